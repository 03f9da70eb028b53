"""ECS services and clusters, and ECR repositories: addresses, deployments, recorded sessions, image tags and scans."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import ACTIVITY, AT_REST, REACH
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    element_paths,
    is_unknown,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_name_own_key,
    must_not_be_true,
    not_applicable,
)
from hipaa_policies.tokens import (
    ECS_CLUSTER,
    ECS_SERVICE,
    REGISTRY_SCANNING,
    REPOSITORY,
    REPOSITORY_TEMPLATE,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, peek


@control(
    id="service-has-no-public-address",
    title="Services have no public address",
    description="Tasks of a service have no public address, and run on the latest platform version.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Leave assign_public_ip unset or false. Leave platform_version unset, or set it to LATEST.",
    types={ECS_SERVICE: ("networkConfiguration", "platformVersion")},
    sources=("CKV_AWS_333", "FSBP:ECS.2", "FSBP:ECS.10", "hipaa:ecs-hardening"),
)
def _public_address(service: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_not_be_true(service, "networkConfiguration", "assignPublicIp")
    version = peek(service.props, "platformVersion")
    if version not in (MISSING, "LATEST"):
        yield f"platformVersion must be LATEST or unset, but it is {format_value(version)}."


@control(
    id="service-rolls-back",
    title="Services roll back a failed deployment",
    description="ECS stops and rolls back a deployment whose tasks do not become healthy.",
    citations=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(C)"),
    severity="low",
    pack="baseline",
    remediation="Set enable and rollback of deployment_circuit_breaker to true.",
    types={ECS_SERVICE: ("deploymentCircuitBreaker", "deploymentController")},
    sources=("hipaa:ecs-hardening",),
)
def _rollback(service: JudgedResource, _config: Config) -> Iterator[str]:
    if peek(service.props, "deploymentController", "type") in ("CODE_DEPLOY", "EXTERNAL"):
        yield not_applicable("Another deployment controller deploys the service.")
        return
    yield from must_be_true(service, "deploymentCircuitBreaker", "enable")
    yield from must_be_true(service, "deploymentCircuitBreaker", "rollback")


@control(
    id="exec-sessions-are-recorded",
    title="ECS Exec sessions are recorded",
    description="ECS Exec records input and output of sessions in an encrypted log group or bucket, with a customer-managed key.",
    citations=(*ACTIVITY, *AT_REST),
    severity="high",
    pack="retention",
    remediation="Set execute_command_configuration with logging OVERRIDE, kms_key_id and an encrypted log group.",
    types={ECS_CLUSTER: ("configuration",)},
    sources=("CKV_AWS_223", "CKV_AWS_224", "hipaa:ecs-hardening"),
)
def _exec(cluster: JudgedResource, _config: Config) -> Iterator[str]:
    command = ("configuration", "executeCommandConfiguration")
    yield from must_be_one_of(cluster, ("OVERRIDE",), *command, "logging")
    log = (*command, "logConfiguration")
    if peek(cluster.props, *log, "s3BucketName") is MISSING:
        yield from must_be_present(cluster, *log, "cloudWatchLogGroupName")
        yield from must_be_true(cluster, *log, "cloudWatchEncryptionEnabled")
    else:
        yield from must_be_true(cluster, *log, "s3BucketEncryptionEnabled")
    yield from must_name_own_key(cluster, *command, "kmsKeyId")
    storage = ("configuration", "managedStorageConfiguration")
    for name in ("kmsKeyId", "fargateEphemeralStorageKmsKeyId"):
        if peek(cluster.props, *storage, name) is not MISSING:
            yield from must_name_own_key(cluster, *storage, name)


@control(
    id="cluster-reports-insights",
    title="Clusters have Container Insights",
    description="Every cluster collects metrics of its tasks and containers.",
    citations=("164.312(b)",),
    severity="low",
    pack="baseline",
    remediation="Add the setting containerInsights with the value enhanced or enabled.",
    types={ECS_CLUSTER: ("settings",)},
    sources=("CKV_AWS_65", "FSBP:ECS.12", "prowler:ecs_cluster_container_insights_enabled"),
)
def _insights(cluster: JudgedResource, _config: Config) -> Iterator[str]:
    values = [
        peek(cluster.props, *setting, "value")
        for setting in element_paths(cluster, "settings")
        if peek(cluster.props, *setting, "name") == "containerInsights"
    ]
    value = UNKNOWN if is_unknown(cluster, "settings") else values[0] if values else MISSING
    if value not in ("enabled", "enhanced"):
        yield f"settings must set containerInsights to enhanced or enabled, but it is {format_value(value)}."


@control(
    id="image-tags-are-immutable",
    title="Image tags are immutable",
    description="A tag in a repository always names the same image.",
    citations=("164.312(c)(1)", "164.308(a)(5)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Set image_tag_mutability to IMMUTABLE.",
    types={REPOSITORY: ("imageTagMutability",), REPOSITORY_TEMPLATE: ("imageTagMutability",)},
    sources=("CKV_AWS_51", "FSBP:ECR.2", "hipaa:ecr-hardening"),
)
def _immutable(repository: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_one_of(repository, ("IMMUTABLE",), "imageTagMutability")


@control(
    id="images-are-scanned",
    title="Images are scanned on push",
    description="Every repository scans images on push. Rules of the registry scan on push or continuously.",
    citations=("164.308(a)(5)(ii)(B)", "164.308(a)(1)(ii)(A)"),
    severity="medium",
    pack="baseline",
    remediation="Set image_scanning_configuration with scan_on_push=True.",
    types={REPOSITORY: ("imageScanningConfiguration",), REGISTRY_SCANNING: ("rules",)},
    sources=(
        "CKV_AWS_163",
        "FSBP:ECR.1",
        "prowler:ecr_repositories_scan_images_on_push_enabled",
        "hipaa:ecr-hardening",
    ),
)
def _scanned(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == REPOSITORY:
        yield from must_be_true(resource, "imageScanningConfiguration", "scanOnPush")
        return
    frequencies = [peek(resource.props, *rule, "scanFrequency") for rule in element_paths(resource, "rules")]
    if not frequencies:
        yield f"rules must scan on push or continuously, but they are {format_value(peek(resource.props, 'rules'))}."
    for frequency in frequencies:
        if frequency not in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"):
            yield f"rules must scan on push or continuously, but scanFrequency is {format_value(frequency)}."


@control(
    id="images-use-own-key",
    title="Images are encrypted with a customer-managed key",
    description="Every repository is encrypted with KMS and a customer-managed key.",
    citations=AT_REST,
    severity="medium",
    pack="encryption",
    remediation="Set encryption_configurations with encryption_type KMS and the ARN of the key. It cannot be changed later.",
    types={REPOSITORY: ("encryptionConfigurations",), REPOSITORY_TEMPLATE: ("encryptionConfigurations",)},
    sources=("CKV_AWS_136", "FSBP:ECR.5", "hipaa:cmk-everywhere", "hipaa:ecr-hardening"),
    unknown="present",
)
def _image_key(repository: JudgedResource, _config: Config) -> Iterator[str]:
    if is_unknown(repository, "encryptionConfigurations"):
        return
    for entry in list(element_paths(repository, "encryptionConfigurations")) or [
        ("encryptionConfigurations", 0)
    ]:
        yield from must_be_one_of(repository, ("KMS", "KMS_DSSE"), *entry, "encryptionType")
        yield from must_name_own_key(repository, *entry, "kmsKey")
