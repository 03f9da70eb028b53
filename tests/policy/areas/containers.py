"""Tasks, services, clusters and image repositories."""

import json
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    GONE,
    KEY_ARN,
    Rows,
    choices,
    extra,
    flags,
    resource,
)

CONTAINER: dict[str, Any] = {
    "name": "app",
    "user": "65532:65532",
    "privileged": False,
    "readonlyRootFilesystem": True,
    "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "app"}},
    "environment": [{"name": "PASSWORD_FILE", "value": "/run/x"}, {"name": "SIZE", "value": "1"}],
    "mountPoints": [{"sourceVolume": "proc", "containerPath": "/host/proc", "readOnly": True}],
}

LOG = {"cloudWatchLogGroupName": UNKNOWN, "cloudWatchEncryptionEnabled": True}

EXEC = "cluster configuration.executeCommandConfiguration"

MOUNT = "task volumes.0.efsVolumeConfiguration"
PROC = {"sourceVolume": "proc", "containerPath": "/host/proc", "readOnly": True}


def containers(**changes: Any) -> dict[str, Any]:
    """Return the edit that changes fields of the container; a field with the value GONE is removed."""
    container = {key: value for key, value in {**CONTAINER, **changes}.items() if value is not GONE}
    return {"task containerDefinitions": json.dumps([container])}


def as_object(**changes: Any) -> dict[str, Any]:
    """Return the edit that gives the container as an object instead of JSON; its fields may be unknown."""
    return {"task containerDefinitions": [{**CONTAINER, **changes}]}


UNREADABLE: list[dict[str, Any]] = [
    {"task containerDefinitions": "not JSON"},
    {"task containerDefinitions": '{"name": "x"}'},
]

NO_CONTAINERS: list[dict[str, Any]] = [{"task containerDefinitions": GONE}]

UNKNOWN_CONTAINERS: list[dict[str, Any]] = [
    {"task containerDefinitions": UNKNOWN},
    {"task containerDefinitions": [UNKNOWN]},
]

GOOD = {
    item.name: item
    for item in (
        resource(
            t.TASK_DEFINITION,
            "task",
            {
                "networkMode": "awsvpc",
                "containerDefinitions": json.dumps([CONTAINER]),
                "taskRoleArn": UNKNOWN,
                "executionRoleArn": UNKNOWN,
                "volumes": [
                    {"name": "x", "efsVolumeConfiguration": {"transitEncryption": "ENABLED"}},
                    {"name": "scratch"},
                    {"name": "proc", "hostPath": "/proc"},
                ],
            },
            {"taskRoleArn": f"{t.ROLE} task-role", "executionRoleArn": f"{t.ROLE} agent-role"},
        ),
        resource(
            t.LOG_GROUP,
            "app",
            {"name": "app", "retentionInDays": 2192, "kmsKeyId": KEY_ARN, "deletionProtectionEnabled": True},
            protect=True,
        ),
        resource(
            t.ECS_SERVICE,
            "service",
            {
                "networkConfiguration": {"assignPublicIp": False},
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
        ),
        resource(
            t.ECS_CLUSTER,
            "cluster",
            {
                "settings": [{"name": "containerInsights", "value": "enhanced"}],
                "configuration": {
                    "executeCommandConfiguration": {
                        "logging": "OVERRIDE",
                        "kmsKeyId": KEY_ARN,
                        "logConfiguration": LOG,
                    }
                },
            },
        ),
        resource(
            t.REPOSITORY,
            "repository",
            {
                "imageTagMutability": "IMMUTABLE",
                "imageScanningConfiguration": {"scanOnPush": True},
                "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY_ARN}],
            },
            protect=True,
        ),
        resource(
            t.REPOSITORY_TEMPLATE,
            "template",
            {
                "imageTagMutability": "IMMUTABLE",
                "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY_ARN}],
            },
        ),
        resource(t.REGISTRY_SCANNING, "registry", {"rules": [{"scanFrequency": "CONTINUOUS_SCAN"}]}),
    )
}

ROWS: dict[str, Rows] = {
    "task-has-its-own-network": Rows(
        compliant=({"task pidMode": "task"}, {"task ipcMode": "none"}),
        violating=[
            {"task networkMode": "host"},
            {"task networkMode": "bridge"},
            {"task pidMode": "host"},
            {"task ipcMode": "host"},
        ],
        missing=[{"task networkMode": GONE}],
        unknown=[{"task networkMode": UNKNOWN}, {"task pidMode": UNKNOWN}],
    ),
    "container-is-unprivileged": Rows(
        compliant=(containers(user="app"), containers(privileged=GONE), as_object()),
        violating=[
            containers(user="0:0"),
            containers(user="root"),
            containers(privileged=True),
            containers(linuxParameters={"capabilities": {"add": ["SYS_ADMIN"]}}),
            *UNREADABLE,
        ],
        missing=[containers(user=GONE), *NO_CONTAINERS],
        unknown=[*UNKNOWN_CONTAINERS, as_object(user=UNKNOWN), as_object(privileged=UNKNOWN)],
    ),
    "container-disk-is-read-only": Rows(
        violating=[containers(readonlyRootFilesystem=False), *UNREADABLE],
        missing=[containers(readonlyRootFilesystem=GONE), *NO_CONTAINERS],
        unknown=[*UNKNOWN_CONTAINERS, as_object(readonlyRootFilesystem=UNKNOWN)],
    ),
    "host-paths-are-read-only": Rows(
        compliant=(
            {"task volumes": GONE},
            {"task volumes.2.hostPath": "/sys/fs/cgroup"},
            {"task volumes.2.hostPath": ""},
            {"task volumes.2": {"name": "proc", "dockerVolumeConfiguration": {"driver": "local"}}},
            containers(mountPoints=[{"sourceVolume": "scratch"}, PROC]),
            containers(mountPoints=GONE),
        ),
        violating=[
            *(
                {"task volumes.2.hostPath": path}
                for path in (
                    "/",
                    "/etc",
                    "/proc/",
                    "/run",
                    "/var",
                    "/var/run/docker.sock",
                    "/var/../run/docker.sock",
                    "//run/containerd",
                )
            ),
            {
                "task volumes.2": {
                    "name": "proc",
                    "dockerVolumeConfiguration": {
                        "driverOpts": {"type": "none", "o": "bind", "device": "/etc"}
                    },
                }
            },
            containers(mountPoints=[{**PROC, "readOnly": False}]),
            *UNREADABLE,
        ],
        missing=[containers(mountPoints=[{"sourceVolume": "proc"}]), *NO_CONTAINERS],
        unknown=[
            *UNKNOWN_CONTAINERS,
            {"task volumes": UNKNOWN},
            {"task volumes.2.hostPath": UNKNOWN},
            as_object(mountPoints=UNKNOWN),
            as_object(mountPoints=[UNKNOWN]),
            as_object(mountPoints=[{"sourceVolume": UNKNOWN}]),
            as_object(mountPoints=[{**PROC, "readOnly": UNKNOWN}]),
        ],
    ),
    "container-writes-logs": Rows(
        compliant=(containers(logConfiguration={"logDriver": "awsfirelens"}),),
        violating=[containers(logConfiguration={"logDriver": "none"}), *UNREADABLE],
        missing=[containers(logConfiguration=GONE), *NO_CONTAINERS],
        unknown=[*UNKNOWN_CONTAINERS, as_object(logConfiguration=UNKNOWN)],
    ),
    "container-environment-holds-no-secrets": Rows(
        compliant=(
            containers(environment=[]),
            containers(environment=[{"name": "SECRET_ARN", "value": "x"}]),
        ),
        violating=[
            containers(environment=[{"name": "DB_PASSWORD", "value": "x"}]),
            containers(environment=[{"name": "apiToken"}]),
            *UNREADABLE,
        ],
        missing=NO_CONTAINERS,
        unknown=[
            *UNKNOWN_CONTAINERS,
            as_object(environment=UNKNOWN),
            as_object(environment=[{"name": UNKNOWN}]),
        ],
    ),
    "log-group-is-declared": Rows(
        violating=[containers(logConfiguration={"options": {"awslogs-group": "another"}})],
        missing=[{"app": GONE}],
        unknown=[
            *UNKNOWN_CONTAINERS[:1],
            as_object(logConfiguration={"options": {"awslogs-group": UNKNOWN}}),
        ],
    ),
    "task-roles-are-apart": Rows(
        violating=[
            {"task taskRoleArn": "arn:x", "task executionRoleArn": "arn:x"},
            {
                "task": resource(
                    t.TASK_DEFINITION,
                    "task",
                    {"taskRoleArn": UNKNOWN, "executionRoleArn": UNKNOWN},
                    {"taskRoleArn": f"{t.ROLE} one", "executionRoleArn": f"{t.ROLE} one"},
                )
            },
        ],
        missing=[{"task executionRoleArn": GONE}],
        compliant=({"task taskRoleArn": GONE},),
        unknown=[{"task taskRoleArn": UNKNOWN}],
    ),
    "task-mounts-files-over-tls": Rows(
        violating=[{f"{MOUNT}.transitEncryption": "DISABLED"}],
        missing=[{f"{MOUNT}.transitEncryption": GONE}],
        unknown=[{"task volumes": UNKNOWN}, {MOUNT: UNKNOWN}],
    ),
    "service-has-no-public-address": Rows(
        compliant=({"service platformVersion": "LATEST"},),
        violating=[
            {"service networkConfiguration.assignPublicIp": True},
            {"service platformVersion": "1.3.0"},
        ],
        missing=[{"service networkConfiguration": GONE}],
        missing_is_fine=True,
        unknown=[
            {"service networkConfiguration.assignPublicIp": UNKNOWN},
            {"service platformVersion": UNKNOWN},
        ],
    ),
    "service-rolls-back": flags(
        "service deploymentCircuitBreaker.enable",
        "service deploymentCircuitBreaker.rollback",
        compliant=[
            {"service deploymentController": {"type": type_}, "service deploymentCircuitBreaker": GONE}
            for type_ in ("CODE_DEPLOY", "EXTERNAL")
        ],
    ),
    "exec-sessions-are-recorded": Rows(
        compliant=(
            {f"{EXEC}.logConfiguration": {"s3BucketName": UNKNOWN, "s3BucketEncryptionEnabled": True}},
        ),
        violating=[
            {f"{EXEC}.logging": "DEFAULT"},
            {f"{EXEC}.kmsKeyId": "alias/aws/ecs"},
            {f"{EXEC}.logConfiguration.cloudWatchEncryptionEnabled": False},
            {f"{EXEC}.logConfiguration": {"s3BucketName": "x", "s3BucketEncryptionEnabled": False}},
            {"cluster configuration.managedStorageConfiguration": {"kmsKeyId": "alias/aws/ebs"}},
        ],
        missing=[
            {"cluster configuration": GONE},
            {f"{EXEC}.kmsKeyId": GONE},
            {f"{EXEC}.logConfiguration": GONE},
        ],
        unknown=[
            {f"{EXEC}.logging": UNKNOWN},
            {f"{EXEC}.logConfiguration.cloudWatchEncryptionEnabled": UNKNOWN},
        ],
    ),
    "cluster-reports-insights": choices(
        {"cluster settings.0.value": ["enabled"]},
        {"cluster settings.0.value": ["disabled"], "cluster settings": [[]]},
    ),
    "image-tags-are-immutable": choices(
        {},
        {
            f"{name} imageTagMutability": ["MUTABLE", "IMMUTABLE_WITH_EXCLUSION"]
            for name in ("repository", "template")
        },
    ),
    "images-are-scanned": Rows(
        compliant=({"registry rules.0.scanFrequency": "SCAN_ON_PUSH"},),
        violating=[
            {"repository imageScanningConfiguration.scanOnPush": False},
            {"registry rules.0.scanFrequency": "MANUAL"},
            {"registry rules": []},
        ],
        missing=[{"repository imageScanningConfiguration": GONE}, {"registry rules": GONE}],
        unknown=[{"repository imageScanningConfiguration": UNKNOWN}, {"registry rules": UNKNOWN}],
    ),
    "images-use-own-key": Rows(
        compliant=(
            {"repository encryptionConfigurations.0.encryptionType": "KMS_DSSE"},
            extra(
                t.REPOSITORY_TEMPLATE,
                {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY_ARN}]},
            ),
        ),
        violating=[
            {"repository encryptionConfigurations.0.encryptionType": "AES256"},
            {"repository encryptionConfigurations.0.kmsKey": "alias/aws/ecr"},
            {"template encryptionConfigurations.0.kmsKey": "alias/aws/ecr"},
        ],
        missing=[
            {"repository encryptionConfigurations": GONE},
            {"repository encryptionConfigurations.0.kmsKey": GONE},
        ],
        unknown=[
            {"repository encryptionConfigurations": UNKNOWN},
            {"repository encryptionConfigurations.0.kmsKey": UNKNOWN},
        ],
    ),
    "stateful-resource-is-protected": Rows(
        violating=[{"repository forceDelete": True}, {"repository": {"protect": False}}],
        missing=[{"repository": {"protect": False}}],
        unknown=[{"repository forceDelete": UNKNOWN}],
    ),
}
