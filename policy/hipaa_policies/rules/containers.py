"""Containers: own network, no root, no writable disk, no secrets in plain view, images that are what they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import ACCESS, ACTIVITY, AT_REST, REACH
from hipaa_policies.model import Resource
from hipaa_policies.requirements import (
    deferred,
    is_unknown,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_name_own_key,
    must_not_be_true,
    not_applicable,
    positions,
)
from hipaa_policies.rules.logging import containers_of
from hipaa_policies.tokens import (
    ECS_CLUSTER,
    ECS_SERVICE,
    REGISTRY_SCANNING,
    REPOSITORY,
    REPOSITORY_TEMPLATE,
    TASK_DEFINITION,
)
from hipaa_policies.values import MISSING, UNKNOWN, is_true, items, peek, shown


def _containers(task: Resource) -> Iterator[object | str]:
    """Yield each container; a sentence stands for containers that cannot be read."""
    found = containers_of(task)
    if found is UNKNOWN:
        yield deferred("containerDefinitions")
    elif found is MISSING or found == "unreadable":
        what = "it is missing" if found is MISSING else "it is not a JSON list"
        yield f"containerDefinitions must hold containers, but {what}."
    else:
        yield from (deferred("containerDefinitions") if item is UNKNOWN else item for item in items(found))


def _named(container: object) -> str:
    name = peek(container, "name")
    return f"Container {name}" if isinstance(name, str) else "A container"


def _unknown_in(container: object, *path: str) -> str | None:
    return deferred("containerDefinitions") if peek(container, *path) is UNKNOWN else None


@control(
    id="task-has-its-own-network",
    title="Tasks have a network of their own",
    description="Tasks use awsvpc networking and share neither processes nor memory with the host.",
    citations=(*ACCESS, "164.308(a)(3)(ii)(A)"),
    severity="high",
    pack="baseline",
    remediation="Set network_mode to awsvpc; leave pid_mode and ipc_mode unset or task.",
    types={TASK_DEFINITION: ("networkMode", "pidMode", "ipcMode")},
    sources=(
        "cdk-nag:ECSTaskDefinitionUserForHostMode", "aws-config:ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK", "CKV_AWS_335",
        "FSBP:ECS.3", "prowler:ecs_task_definitions_host_networking_mode_users",
    ),
)  # fmt: skip
def _network(task: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_one_of(task, ("awsvpc",), "networkMode")
    for name in ("pidMode", "ipcMode"):
        value = peek(task.props, name)
        if value not in (MISSING, "", "task", "none"):
            yield f"{name} must be task or unset, but it is {shown(value)}."


@control(
    id="container-is-unprivileged",
    title="Containers run without privileges",
    description="A container states a user other than root, is not privileged and adds no kernel capability.",
    citations=(*ACCESS, "164.308(a)(3)(ii)(A)"),
    severity="high",
    pack="baseline",
    remediation="Set user to a number above 0, leave privileged out and drop capabilities instead of adding them.",
    types={TASK_DEFINITION: ("containerDefinitions",)},
    sources=(
        "cdk-nag:ECSTaskDefinitionUserForHostMode", "CKV_AWS_334", "FSBP:ECS.4", "prowler:ecs_task_definitions_no_privileged_containers",
    ),
    unknown="defer",
    settings={
        "root_containers": {
            "type": "array", "items": {"type": "string"}, "default": (),
            "description": "Names of containers, such as log routers, that must start as root.",
        },
    },
)  # fmt: skip
def _privileges(task: Resource, config: Config) -> Iterator[str]:
    for container in _containers(task):
        if isinstance(container, str):
            yield container
            continue
        user, name = peek(container, "user"), _named(container)
        later = _unknown_in(container, "user") or _unknown_in(container, "privileged")
        if later:
            yield later
            continue
        owner = user.split(":")[0] if isinstance(user, str) else user
        if (
            owner in (MISSING, "", "0", "root", 0)
            and peek(container, "name") not in config["root_containers"]
        ):
            yield f"{name} must state a user other than root, but user is {shown(user)}."
        if peek(container, "privileged") not in (MISSING, False):
            yield f"{name} must not be privileged, but privileged is {shown(peek(container, 'privileged'))}."
        for capability in items(container, "linuxParameters", "capabilities", "add"):
            yield f"{name} must add no kernel capability, but it adds {shown(capability)}."


@control(
    id="container-disk-is-read-only",
    title="Containers cannot change their disk",
    description="Every container has a read-only root file system.",
    citations=("164.312(c)(1)", "164.312(a)(1)"),
    severity="medium",
    pack="baseline",
    remediation="Set readonlyRootFilesystem to true and mount a tmpfs or a volume where the program writes.",
    types={TASK_DEFINITION: ("containerDefinitions",)},
    sources=(
        "aws-config:ECS_CONTAINERS_READONLY_ACCESS", "CKV_AWS_336", "FSBP:ECS.5",
        "prowler:ecs_task_definitions_containers_readonly_access",
    ),
    unknown="defer",
)  # fmt: skip
def _read_only(task: Resource, _config: Config) -> Iterator[str]:
    for container in _containers(task):
        if isinstance(container, str):
            yield container
        elif later := _unknown_in(container, "readonlyRootFilesystem"):
            yield later
        elif not is_true(value := peek(container, "readonlyRootFilesystem")):
            yield f"{_named(container)} must have readonlyRootFilesystem true, but it is {shown(value)}."


@control(
    id="container-writes-logs",
    title="Containers write logs",
    description="Every container has a log configuration with a driver.",
    citations=ACTIVITY,
    severity="high",
    pack="retention",
    remediation="Set logConfiguration with the awslogs driver (or awsfirelens) and a log group of the program.",
    types={TASK_DEFINITION: ("containerDefinitions",)},
    sources=("FSBP:ECS.9", "prowler:ecs_task_definitions_logging_enabled", "hipaa:ecs-hardening"),
    unknown="defer",
    settings={
        "drivers": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("awslogs", "awsfirelens", "splunk"),
        },
    },
)
def _logs(task: Resource, config: Config) -> Iterator[str]:
    for container in _containers(task):
        if isinstance(container, str):
            yield container
        elif later := _unknown_in(container, "logConfiguration", "logDriver"):
            yield later
        elif (driver := peek(container, "logConfiguration", "logDriver")) not in config["drivers"]:
            yield f"{_named(container)} must have a logConfiguration with {' or '.join(config['drivers'])}, but its driver is {shown(driver)}."


_TELLING: Final = (
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "access_key",
    "private_key",
    "credential",
)
# Names that end so hold a place or a figure, not the secret itself.
_HARMLESS: Final = (
    "_arn",
    "_name",
    "_id",
    "_url",
    "_path",
    "_file",
    "_ttl",
    "_seconds",
    "_length",
    "_expiry",
    "_header",
)


@control(
    id="container-environment-holds-no-secrets",
    title="Container environments hold no secrets",
    description="No variable in plain text has a name that speaks of a password, a token or a key.",
    citations=("164.312(a)(1)", "164.308(a)(5)(ii)(D)"),
    severity="critical",
    pack="baseline",
    remediation="Pass the value by secrets, as the ARN of a secret or a secure parameter.",
    types={TASK_DEFINITION: ("containerDefinitions",)},
    sources=("FSBP:ECS.8", "prowler:ecs_task_definitions_no_environment_secrets", "hipaa:ecs-hardening"),
    unknown="defer",
    settings={"allowed": {"type": "array", "items": {"type": "string"}, "default": ()}},
)
def _environment(task: Resource, config: Config) -> Iterator[str]:
    for container in _containers(task):
        if isinstance(container, str):
            yield container
        elif later := _unknown_in(container, "environment"):
            yield later
        else:
            for entry in items(container, "environment"):
                name = peek(entry, "name")
                if name is UNKNOWN or entry is UNKNOWN:
                    yield deferred("containerDefinitions")
                elif isinstance(name, str) and name not in config["allowed"] and speaks_of_a_secret(name):
                    yield f"{_named(container)} must get {name} by secrets, but it stands in environment."


def speaks_of_a_secret(name: str) -> bool:
    """Tell whether a variable's name says that its value is a secret."""
    lower = name.lower()
    return any(word in lower for word in _TELLING) and not lower.endswith(_HARMLESS)


@control(
    id="task-roles-are-apart",
    title="Task and execution roles are apart",
    description="A task has a role for its program and another for the agent that starts it.",
    citations=("164.312(a)(1)", "164.308(a)(4)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Pass a task_role_arn and an execution_role_arn of different roles.",
    types={TASK_DEFINITION: ("taskRoleArn", "executionRoleArn")},
    sources=("CKV_AWS_249", "hipaa:ecs-hardening"),
    unknown="present",
)
def _roles(task: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_present(task, "taskRoleArn")
    yield from must_be_present(task, "executionRoleArn")
    roles = [peek(task.props, name) for name in ("taskRoleArn", "executionRoleArn")]
    urns = [set(task.property_dependencies.get(name, ())) for name in ("taskRoleArn", "executionRoleArn")]
    if (isinstance(roles[0], str) and roles[0] == roles[1] and roles[0]) or (
        UNKNOWN in roles and urns[0] and urns[0] == urns[1]
    ):
        yield "taskRoleArn and executionRoleArn must name two roles, but they name the same one."


@control(
    id="service-has-no-public-address",
    title="Services ask for no public address",
    description="Tasks of a service get no public address, and run on a current platform version.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Leave assign_public_ip unset or false, and platform_version unset or LATEST.",
    types={ECS_SERVICE: ("networkConfiguration", "platformVersion")},
    sources=("CKV_AWS_333", "FSBP:ECS.2", "FSBP:ECS.10", "hipaa:ecs-hardening"),
)
def _public_address(service: Resource, _config: Config) -> Iterator[str]:
    yield from must_not_be_true(service, "networkConfiguration", "assignPublicIp")
    version = peek(service.props, "platformVersion")
    if version not in (MISSING, "LATEST"):
        yield f"platformVersion must be LATEST or unset, but it is {shown(version)}."


@control(
    id="service-rolls-back",
    title="Services roll back a failed deployment",
    description="A deployment that does not become healthy is stopped and rolled back.",
    citations=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(C)"),
    severity="low",
    pack="baseline",
    remediation="Set deployment_circuit_breaker with enable and rollback.",
    types={ECS_SERVICE: ("deploymentCircuitBreaker", "deploymentController", "schedulingStrategy")},
    sources=("hipaa:ecs-hardening",),
)
def _rollback(service: Resource, _config: Config) -> Iterator[str]:
    if peek(service.props, "deploymentController", "type") in ("CODE_DEPLOY", "EXTERNAL"):
        yield not_applicable("Another controller deploys it.")
        return
    yield from must_be_true(service, "deploymentCircuitBreaker", "enable")
    yield from must_be_true(service, "deploymentCircuitBreaker", "rollback")


@control(
    id="exec-sessions-are-recorded",
    title="Sessions in containers are recorded",
    description="ECS Exec logs what is typed and shown to an encrypted group or bucket, under a key of one's own.",
    citations=(*ACTIVITY, *AT_REST),
    severity="high",
    pack="retention",
    remediation="Set execute_command_configuration with logging OVERRIDE, kms_key_id and an encrypted log group.",
    types={ECS_CLUSTER: ("configuration",)},
    sources=("CKV_AWS_223", "CKV_AWS_224", "hipaa:ecs-hardening"),
)
def _exec(cluster: Resource, _config: Config) -> Iterator[str]:
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
    title="Clusters report Container Insights",
    description="Every cluster collects metrics of its tasks and containers.",
    citations=("164.312(b)",),
    severity="low",
    pack="baseline",
    remediation="Add a setting containerInsights with enhanced or enabled.",
    types={ECS_CLUSTER: ("settings",)},
    sources=("CKV_AWS_65", "FSBP:ECS.12", "prowler:ecs_cluster_container_insights_enabled"),
)
def _insights(cluster: Resource, _config: Config) -> Iterator[str]:
    values = [
        peek(cluster.props, *setting, "value")
        for setting in positions(cluster, "settings")
        if peek(cluster.props, *setting, "name") == "containerInsights"
    ]
    found = UNKNOWN if is_unknown(cluster, "settings") else values[0] if values else MISSING
    if found not in ("enabled", "enhanced"):
        yield f"settings must turn containerInsights to enhanced or enabled, but it is {shown(found)}."


@control(
    id="image-tags-are-immutable",
    title="Image tags never move",
    description="A tag in a repository names the same image for ever.",
    citations=("164.312(c)(1)", "164.308(a)(5)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Set image_tag_mutability to IMMUTABLE.",
    types={REPOSITORY: ("imageTagMutability",), REPOSITORY_TEMPLATE: ("imageTagMutability",)},
    sources=("CKV_AWS_51", "FSBP:ECR.2", "hipaa:ecr-hardening"),
)
def _immutable(repository: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_one_of(repository, ("IMMUTABLE",), "imageTagMutability")


@control(
    id="images-are-scanned",
    title="Images are scanned when they are pushed",
    description="A repository, or the registry, scans each image for known vulnerabilities.",
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
def _scanned(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == REPOSITORY:
        yield from must_be_true(resource, "imageScanningConfiguration", "scanOnPush")
        return
    frequencies = [peek(resource.props, *rule, "scanFrequency") for rule in positions(resource, "rules")]
    if not frequencies:
        yield f"rules must scan on push or continuously, but they are {shown(peek(resource.props, 'rules'))}."
    for frequency in frequencies:
        if frequency not in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"):
            yield f"rules must scan on push or continuously, but scanFrequency is {shown(frequency)}."


@control(
    id="images-use-own-key",
    title="Images are encrypted with a customer-managed key",
    description="A repository encrypts with KMS under a key of its own.",
    citations=AT_REST,
    severity="medium",
    pack="encryption",
    remediation="Set encryption_configurations with encryption_type KMS and the key's ARN; it cannot be changed later.",
    types={REPOSITORY: ("encryptionConfigurations",), REPOSITORY_TEMPLATE: ("encryptionConfigurations",)},
    sources=("CKV_AWS_136", "FSBP:ECR.5", "hipaa:cmk-everywhere", "hipaa:ecr-hardening"),
    unknown="present",
)
def _image_key(repository: Resource, _config: Config) -> Iterator[str]:
    if is_unknown(repository, "encryptionConfigurations"):
        return
    for entry in list(positions(repository, "encryptionConfigurations")) or [("encryptionConfigurations", 0)]:
        yield from must_be_one_of(repository, ("KMS", "KMS_DSSE"), *entry, "encryptionType")
        yield from must_name_own_key(repository, *entry, "kmsKey")
