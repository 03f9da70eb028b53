"""CodeBuild projects and Elastic Beanstalk: credentials, sources, encryption keys, health reports and updates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import AT_REST
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    dotted_path,
    element_paths,
    is_unknown,
    must_be_plain,
    must_name_own_key,
    must_not_be_true,
)
from hipaa_policies.rules.containers import suggests_a_secret
from hipaa_policies.tokens import BEANSTALK_ENVIRONMENT, BEANSTALK_TEMPLATE, BUILD_PROJECT
from hipaa_policies.values import MISSING, UNKNOWN, format_value, peek


@control(
    id="build-holds-no-credentials",
    title="Builds hold no credentials",
    description="No plain text variable of a build project has a name that suggests a password, a token or an access key.",
    citations=("164.308(a)(3)(i)", "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    severity="critical",
    pack="baseline",
    remediation="Set the type of the variable to SECRETS_MANAGER or PARAMETER_STORE, or use the role of the build instead.",
    types={BUILD_PROJECT: ("environment",)},
    sources=(
        "cdk-nag:CodeBuildProjectEnvVarAwsCred",
        "aws-config:CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK",
        "FSBP:CodeBuild.2",
    ),
)
def _credentials(project: JudgedResource, _config: Config) -> Iterator[str]:
    variables = ("environment", "environmentVariables")
    yield from must_be_plain(project, *variables)
    for variable in element_paths(project, *variables):
        name, kind = (peek(project.props, *variable, part) for part in ("name", "type"))
        suspicious = name is UNKNOWN or (
            isinstance(name, str) and (suggests_a_secret(name) or name == "AWS_ACCESS_KEY_ID")
        )
        if suspicious and kind in (MISSING, UNKNOWN, "PLAINTEXT"):
            yield f"The variable {format_value(name)} must have type SECRETS_MANAGER or PARAMETER_STORE, but type is {format_value(kind)}."


@control(
    id="build-source-carries-no-password",
    title="Build sources contain no password",
    description="A build reads its sources through a connection instead of a token in the URL, and verifies TLS certificates.",
    citations=("164.308(a)(3)(i)", "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    severity="high",
    pack="baseline",
    remediation="Remove the user from source.location, and connect the repository with OAuth or CodeConnections.",
    types={BUILD_PROJECT: ("source", "secondarySources")},
    sources=(
        "cdk-nag:CodeBuildProjectSourceRepoUrl",
        "aws-config:CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK",
        "FSBP:CodeBuild.1",
    ),
    unknown="present",
)
def _source(project: JudgedResource, _config: Config) -> Iterator[str]:
    for source in (("source",), *element_paths(project, "secondarySources")):
        location = peek(project.props, *source, "location")
        _, scheme, address = location.partition("://") if isinstance(location, str) else ("", "", "")
        if scheme and "@" in address.split("/", 1)[0]:
            yield f"{dotted_path(source)}.location must not contain a user or a password, but it does."
        if not is_unknown(project, *source, "insecureSsl"):
            yield from must_not_be_true(project, *source, "insecureSsl")


@control(
    id="build-uses-own-key",
    title="Builds use a customer-managed key",
    description="A build encrypts its artifacts and logs, and uses a customer-managed key.",
    citations=AT_REST,
    severity="medium",
    pack="encryption",
    remediation="Set encryption_key to the ARN of the key for compute, and leave encryption_disabled false.",
    types={BUILD_PROJECT: ("encryptionKey", "artifacts", "secondaryArtifacts", "logsConfig")},
    sources=("CKV_AWS_147", "hipaa:cmk-everywhere"),
    unknown="present",
)
def _own_key(project: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(project, "encryptionKey")
    for output in (("artifacts",), *element_paths(project, "secondaryArtifacts"), ("logsConfig", "s3Logs")):
        if not is_unknown(project, *output, "encryptionDisabled"):
            yield from must_not_be_true(project, *output, "encryptionDisabled")


_REQUIRED_SETTINGS: Final = {
    ("aws:elasticbeanstalk:healthreporting:system", "SystemType"): ("enhanced",),
    ("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled"): ("true",),
}


@control(
    id="platform-updates-and-reports",
    title="Elastic Beanstalk environments report health and install updates",
    description="Every environment has enhanced health reporting and managed platform updates.",
    citations=("164.312(b)", "164.308(a)(5)(ii)(A)"),
    severity="medium",
    pack="baseline",
    remediation="Add the setting that the message names.",
    types={BEANSTALK_ENVIRONMENT: ("settings",), BEANSTALK_TEMPLATE: ("settings",)},
    sources=(
        "cdk-nag:ElasticBeanstalkEnhancedHealthReportingEnabled",
        "aws-config:BEANSTALK_ENHANCED_HEALTH_REPORTING_ENABLED",
        "cdk-nag:ElasticBeanstalkManagedUpdatesEnabled",
        "aws-config:ELASTIC_BEANSTALK_MANAGED_UPDATES_ENABLED",
        "CKV_AWS_312",
        "CKV_AWS_340",
    ),
)
def _beanstalk(environment: JudgedResource, _config: Config) -> Iterator[str]:
    settings = {
        (namespace, name): peek(environment.props, *entry, "value")
        for entry in element_paths(environment, "settings")
        if isinstance(namespace := peek(environment.props, *entry, "namespace"), str)
        and isinstance(name := peek(environment.props, *entry, "name"), str)
    }
    for (namespace, name), allowed in _REQUIRED_SETTINGS.items():
        value = UNKNOWN if is_unknown(environment, "settings") else settings.get((namespace, name), MISSING)
        if value not in allowed:
            yield f"settings must set {namespace} {name} to {allowed[0]}, but it is {format_value(value)}."
