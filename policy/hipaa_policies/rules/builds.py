"""Builds and managed platforms: no credentials in plain variables, sources by OAuth, updates that come by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import AT_REST
from hipaa_policies.model import Resource
from hipaa_policies.requirements import (
    dotted,
    is_unknown,
    must_be_plain,
    must_name_own_key,
    must_not_be_true,
    positions,
)
from hipaa_policies.rules.containers import speaks_of_a_secret
from hipaa_policies.tokens import BEANSTALK_ENVIRONMENT, BEANSTALK_TEMPLATE, BUILD_PROJECT
from hipaa_policies.values import MISSING, UNKNOWN, peek, shown


@control(
    id="build-holds-no-credentials",
    title="Builds hold no credentials",
    description="No variable of a build project in plain text speaks of a password, a token or an access key.",
    citations=("164.308(a)(3)(i)", "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    severity="critical",
    pack="baseline",
    remediation="Set the variable's type to SECRETS_MANAGER or PARAMETER_STORE, or let the build's role do it.",
    types={BUILD_PROJECT: ("environment",)},
    sources=(
        "cdk-nag:CodeBuildProjectEnvVarAwsCred",
        "aws-config:CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK",
        "FSBP:CodeBuild.2",
    ),
)
def _credentials(project: Resource, _config: Config) -> Iterator[str]:
    variables = ("environment", "environmentVariables")
    yield from must_be_plain(project, *variables)
    for variable in positions(project, *variables):
        name, kind = (peek(project.props, *variable, part) for part in ("name", "type"))
        telling = name is UNKNOWN or (
            isinstance(name, str) and (speaks_of_a_secret(name) or name == "AWS_ACCESS_KEY_ID")
        )
        if telling and kind in (MISSING, UNKNOWN, "PLAINTEXT"):
            yield f"The variable {shown(name)} must have type SECRETS_MANAGER or PARAMETER_STORE, but type is {shown(kind)}."


@control(
    id="build-source-carries-no-password",
    title="Build sources carry no password",
    description="A build's sources are reached by a connection, not by a token in their address, and TLS is checked.",
    citations=("164.308(a)(3)(i)", "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    severity="high",
    pack="baseline",
    remediation="Remove the user from source.location and connect the repository by OAuth or a CodeConnections connection.",
    types={BUILD_PROJECT: ("source", "secondarySources")},
    sources=(
        "cdk-nag:CodeBuildProjectSourceRepoUrl",
        "aws-config:CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK",
        "FSBP:CodeBuild.1",
    ),
    unknown="present",
)
def _source(project: Resource, _config: Config) -> Iterator[str]:
    for source in (("source",), *positions(project, "secondarySources")):
        location = peek(project.props, *source, "location")
        _, scheme, address = location.partition("://") if isinstance(location, str) else ("", "", "")
        if scheme and "@" in address.split("/", 1)[0]:
            yield f"{dotted(source)}.location must hold no user or password, but it does."
        if not is_unknown(project, *source, "insecureSsl"):
            yield from must_not_be_true(project, *source, "insecureSsl")


@control(
    id="build-uses-own-key",
    title="Builds use a customer-managed key",
    description="What a build makes is encrypted under a key of one's own; neither its artifacts nor its logs go without.",
    citations=AT_REST,
    severity="medium",
    pack="encryption",
    remediation="Pass the compute key's ARN as encryption_key and leave encryption_disabled false.",
    types={BUILD_PROJECT: ("encryptionKey", "artifacts", "secondaryArtifacts", "logsConfig")},
    sources=("CKV_AWS_147", "hipaa:cmk-everywhere"),
    unknown="present",
)
def _own_key(project: Resource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(project, "encryptionKey")
    for made in (("artifacts",), *positions(project, "secondaryArtifacts"), ("logsConfig", "s3Logs")):
        if not is_unknown(project, *made, "encryptionDisabled"):
            yield from must_not_be_true(project, *made, "encryptionDisabled")


_ASKED: Final = {
    ("aws:elasticbeanstalk:healthreporting:system", "SystemType"): ("enhanced",),
    ("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled"): ("true",),
}


@control(
    id="platform-updates-and-reports",
    title="Elastic Beanstalk updates and reports",
    description="An environment has enhanced health reporting and managed platform updates.",
    citations=("164.312(b)", "164.308(a)(5)(ii)(A)"),
    severity="medium",
    pack="baseline",
    remediation="Add the two settings that the message names.",
    types={BEANSTALK_ENVIRONMENT: ("settings",), BEANSTALK_TEMPLATE: ("settings",)},
    sources=(
        "cdk-nag:ElasticBeanstalkEnhancedHealthReportingEnabled", "aws-config:BEANSTALK_ENHANCED_HEALTH_REPORTING_ENABLED",
        "cdk-nag:ElasticBeanstalkManagedUpdatesEnabled", "aws-config:ELASTIC_BEANSTALK_MANAGED_UPDATES_ENABLED", "CKV_AWS_312", "CKV_AWS_340",
    ),
)  # fmt: skip
def _beanstalk(environment: Resource, _config: Config) -> Iterator[str]:
    settings = {
        (namespace, name): peek(environment.props, *entry, "value")
        for entry in positions(environment, "settings")
        if isinstance(namespace := peek(environment.props, *entry, "namespace"), str)
        and isinstance(name := peek(environment.props, *entry, "name"), str)
    }
    for (namespace, name), allowed in _ASKED.items():
        found = UNKNOWN if is_unknown(environment, "settings") else settings.get((namespace, name), MISSING)
        if found not in allowed:
            yield f"settings must hold {namespace} {name} with {allowed[0]}, but it is {shown(found)}."
