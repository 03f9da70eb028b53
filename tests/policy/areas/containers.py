"""Tasks, services, repositories, functions and builds."""

import json
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import GONE, KEY_ARN, Rows, choices, extra, flags, own_keys, resource

CONTAINER: dict[str, Any] = {
    "name": "app", "user": "65532:65532", "privileged": False, "readonlyRootFilesystem": True,
    "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "app"}},
    "environment": [{"name": "PASSWORD_FILE", "value": "/run/x"}, {"name": "SIZE", "value": "1"}],
}  # fmt: skip
LOG = {"cloudWatchLogGroupName": UNKNOWN, "cloudWatchEncryptionEnabled": True}
EXEC = "cluster configuration.executeCommandConfiguration"
MOUNT = "task volumes.0.efsVolumeConfiguration"


def containers(**changes: Any) -> dict[str, Any]:
    """Replace parts of the container; a part that is GONE is left out."""
    found = {key: value for key, value in {**CONTAINER, **changes}.items() if value is not GONE}
    return {"task containerDefinitions": json.dumps([found])}


def unsure(**changes: Any) -> dict[str, Any]:
    """Give the container as an object with an unknown in it, as another language may."""
    return {"task containerDefinitions": [{**CONTAINER, **changes}]}


UNREADABLE: list[dict[str, Any]] = [
    {"task containerDefinitions": "not JSON"},
    {"task containerDefinitions": '{"name": "x"}'},
]
NO_CONTAINERS: list[dict[str, Any]] = [{"task containerDefinitions": GONE}]
LATER: list[dict[str, Any]] = [
    {"task containerDefinitions": UNKNOWN},
    {"task containerDefinitions": [UNKNOWN]},
]

GOOD = {
    item.name: item
    for item in (
        resource(
            t.TASK_DEFINITION, "task",
            {"networkMode": "awsvpc", "containerDefinitions": json.dumps([CONTAINER]), "taskRoleArn": UNKNOWN,
             "executionRoleArn": UNKNOWN, "volumes": [{"name": "x", "efsVolumeConfiguration": {"transitEncryption": "ENABLED"}},
                                                      {"name": "scratch"}]},
            {"taskRoleArn": f"{t.ROLE} task-role", "executionRoleArn": f"{t.ROLE} agent-role"},
        ),
        resource(t.LOG_GROUP, "app", {"name": "app", "retentionInDays": 2192, "kmsKeyId": KEY_ARN, "deletionProtectionEnabled": True},
                 protect=True),
        resource(t.ECS_SERVICE, "service", {"networkConfiguration": {"assignPublicIp": False},
                                            "deploymentCircuitBreaker": {"enable": True, "rollback": True}}),
        resource(t.ECS_CLUSTER, "cluster", {
            "settings": [{"name": "containerInsights", "value": "enhanced"}],
            "configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE", "kmsKeyId": KEY_ARN, "logConfiguration": LOG}}}),
        resource(t.REPOSITORY, "repository", {
            "imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY_ARN}]}, protect=True),
        resource(t.REPOSITORY_TEMPLATE, "template", {
            "imageTagMutability": "IMMUTABLE", "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY_ARN}]}),
        resource(t.REGISTRY_SCANNING, "registry", {"rules": [{"scanFrequency": "CONTINUOUS_SCAN"}]}),
        resource(t.FUNCTION, "function", {
            "vpcConfig": {"subnetIds": [UNKNOWN], "securityGroupIds": [UNKNOWN]}, "kmsKeyArn": KEY_ARN,
            "environment": {"variables": {"SIZE": "1"}}, "reservedConcurrentExecutions": 5,
            "deadLetterConfig": {"targetArn": UNKNOWN}}),
        resource(t.FUNCTION_INVOKE_CONFIG, "invocation", {"functionName": UNKNOWN, "destinationConfig": {
            "onFailure": {"destination": UNKNOWN}}}, {"functionName": f"{t.FUNCTION} function"}),
        resource(t.FUNCTION_URL, "url", {"authorizationType": "AWS_IAM"}),
        resource(t.FUNCTION_PERMISSION, "permission", {"principal": "events.amazonaws.com", "sourceArn": UNKNOWN}),
        resource(t.BUILD_PROJECT, "build", {
            "encryptionKey": KEY_ARN, "source": {"type": "GITHUB", "location": "https://git.example.org/app"},
            "environment": {"environmentVariables": [{"name": "API_TOKEN", "type": "SECRETS_MANAGER", "value": "x"},
                                                     {"name": "SIZE", "value": "1"}]}}),
        *(resource(type_, name, {"settings": [
            {"namespace": "aws:elasticbeanstalk:healthreporting:system", "name": "SystemType", "value": "enhanced"},
            {"namespace": "aws:elasticbeanstalk:managedactions", "name": "ManagedActionsEnabled", "value": "true"}]})
          for type_, name in ((t.BEANSTALK_ENVIRONMENT, "platform"), (t.BEANSTALK_TEMPLATE, "platforms"))),
    )
}  # fmt: skip
VARIABLE = "build environment.environmentVariables.0.type"

ROWS: dict[str, Rows] = {
    "task-has-its-own-network": Rows(
        compliant=({"task pidMode": "task"}, {"task ipcMode": "none"}),
        violating=[{"task networkMode": "host"}, {"task networkMode": "bridge"}, {"task pidMode": "host"}, {"task ipcMode": "host"}],
        missing=[{"task networkMode": GONE}],
        unknown=[{"task networkMode": UNKNOWN}, {"task pidMode": UNKNOWN}],
    ),
    "container-is-unprivileged": Rows(
        compliant=(containers(user="app"), containers(privileged=GONE), unsure()),
        violating=[containers(user="0:0"), containers(user="root"), containers(privileged=True),
                   containers(linuxParameters={"capabilities": {"add": ["SYS_ADMIN"]}}), *UNREADABLE],
        missing=[containers(user=GONE), *NO_CONTAINERS],
        unknown=[*LATER, unsure(user=UNKNOWN), unsure(privileged=UNKNOWN)],
    ),
    "container-disk-is-read-only": Rows(
        violating=[containers(readonlyRootFilesystem=False), *UNREADABLE],
        missing=[containers(readonlyRootFilesystem=GONE), *NO_CONTAINERS],
        unknown=[*LATER, unsure(readonlyRootFilesystem=UNKNOWN)],
    ),
    "container-writes-logs": Rows(
        compliant=(containers(logConfiguration={"logDriver": "awsfirelens"}),),
        violating=[containers(logConfiguration={"logDriver": "none"}), *UNREADABLE],
        missing=[containers(logConfiguration=GONE), *NO_CONTAINERS],
        unknown=[*LATER, unsure(logConfiguration=UNKNOWN)],
    ),
    "container-environment-holds-no-secrets": Rows(
        compliant=(containers(environment=[]), containers(environment=[{"name": "SECRET_ARN", "value": "x"}])),
        violating=[containers(environment=[{"name": "DB_PASSWORD", "value": "x"}]), containers(environment=[{"name": "apiToken"}]),
                   *UNREADABLE],
        missing=NO_CONTAINERS,
        unknown=[*LATER, unsure(environment=UNKNOWN), unsure(environment=[{"name": UNKNOWN}])],
    ),
    "log-group-is-declared": Rows(
        violating=[containers(logConfiguration={"options": {"awslogs-group": "another"}})],
        missing=[{"app": GONE}],
        unknown=[*LATER[:1], unsure(logConfiguration={"options": {"awslogs-group": UNKNOWN}})],
    ),
    "task-roles-are-apart": Rows(
        violating=[
            {"task taskRoleArn": "arn:x", "task executionRoleArn": "arn:x"},
            {"task": resource(t.TASK_DEFINITION, "task", {"taskRoleArn": UNKNOWN, "executionRoleArn": UNKNOWN},
                              {"taskRoleArn": f"{t.ROLE} one", "executionRoleArn": f"{t.ROLE} one"})},
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
        violating=[{"service networkConfiguration.assignPublicIp": True}, {"service platformVersion": "1.3.0"}],
        missing=[{"service networkConfiguration": GONE}],
        missing_is_fine=True,
        unknown=[{"service networkConfiguration.assignPublicIp": UNKNOWN}, {"service platformVersion": UNKNOWN}],
    ),
    "service-rolls-back": flags(
        "service deploymentCircuitBreaker.enable", "service deploymentCircuitBreaker.rollback",
        compliant=[{"service deploymentController": {"type": type_}, "service deploymentCircuitBreaker": GONE}
                   for type_ in ("CODE_DEPLOY", "EXTERNAL")],
    ),
    "exec-sessions-are-recorded": Rows(
        compliant=({f"{EXEC}.logConfiguration": {"s3BucketName": UNKNOWN, "s3BucketEncryptionEnabled": True}},),
        violating=[
            {f"{EXEC}.logging": "DEFAULT"}, {f"{EXEC}.kmsKeyId": "alias/aws/ecs"},
            {f"{EXEC}.logConfiguration.cloudWatchEncryptionEnabled": False},
            {f"{EXEC}.logConfiguration": {"s3BucketName": "x", "s3BucketEncryptionEnabled": False}},
            {"cluster configuration.managedStorageConfiguration": {"kmsKeyId": "alias/aws/ebs"}},
        ],
        missing=[{"cluster configuration": GONE}, {f"{EXEC}.kmsKeyId": GONE}, {f"{EXEC}.logConfiguration": GONE}],
        unknown=[{f"{EXEC}.logging": UNKNOWN}, {f"{EXEC}.logConfiguration.cloudWatchEncryptionEnabled": UNKNOWN}],
    ),
    "cluster-reports-insights": choices(
        {"cluster settings.0.value": ["enabled"]}, {"cluster settings.0.value": ["disabled"], "cluster settings": [[]]}
    ),
    "image-tags-are-immutable": choices(
        {}, {f"{name} imageTagMutability": ["MUTABLE", "IMMUTABLE_WITH_EXCLUSION"] for name in ("repository", "template")}
    ),
    "images-are-scanned": Rows(
        compliant=({"registry rules.0.scanFrequency": "SCAN_ON_PUSH"},),
        violating=[{"repository imageScanningConfiguration.scanOnPush": False}, {"registry rules.0.scanFrequency": "MANUAL"},
                   {"registry rules": []}],
        missing=[{"repository imageScanningConfiguration": GONE}, {"registry rules": GONE}],
        unknown=[{"repository imageScanningConfiguration": UNKNOWN}, {"registry rules": UNKNOWN}],
    ),
    "images-use-own-key": Rows(
        compliant=(
            {"repository encryptionConfigurations.0.encryptionType": "KMS_DSSE"},
            extra(t.REPOSITORY_TEMPLATE, {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY_ARN}]}),
        ),
        violating=[{"repository encryptionConfigurations.0.encryptionType": "AES256"},
                   {"repository encryptionConfigurations.0.kmsKey": "alias/aws/ecr"},
                   {"template encryptionConfigurations.0.kmsKey": "alias/aws/ecr"}],
        missing=[{"repository encryptionConfigurations": GONE}, {"repository encryptionConfigurations.0.kmsKey": GONE}],
        unknown=[{"repository encryptionConfigurations": UNKNOWN}, {"repository encryptionConfigurations.0.kmsKey": UNKNOWN}],
    ),
    "stateful-resource-is-protected": Rows(
        violating=[{"repository forceDelete": True}, {"repository": {"protect": False}}],
        missing=[{"repository": {"protect": False}}],
        unknown=[{"repository forceDelete": UNKNOWN}],
    ),
    "function-is-in-a-vpc": Rows(
        violating=[{"function vpcConfig.subnetIds": []}],
        missing=[{"function vpcConfig": GONE}, {"function vpcConfig.securityGroupIds": GONE}],
        unknown=[{"function vpcConfig": UNKNOWN}, {"function vpcConfig.subnetIds": UNKNOWN}],
    ),
    "function-uses-own-key": own_keys(
        "function kmsKeyArn", compliant=[{"function environment": GONE, "function kmsKeyArn": GONE}]
    ),
    "function-environment-holds-no-secrets": Rows(
        violating=[{"function environment.variables": {"DB_PASSWORD": "x"}}],
        missing=[{"function environment": GONE}],
        missing_is_fine=True,
        unknown=[{"function environment": UNKNOWN}, {"function environment.variables": UNKNOWN}],
    ),
    "function-has-reserved-concurrency": Rows(
        violating=[{"function reservedConcurrentExecutions": -1}],
        missing=[{"function reservedConcurrentExecutions": GONE}],
        unknown=[{"function reservedConcurrentExecutions": UNKNOWN}],
    ),
    "function-keeps-failures": Rows(
        compliant=({"function deadLetterConfig": GONE}, {"invocation": GONE}),
        violating=[{"invocation": GONE, "function deadLetterConfig.targetArn": ""}],
        missing=[{"invocation": GONE, "function deadLetterConfig": GONE}],
        unknown=[{"invocation": GONE, "function deadLetterConfig": UNKNOWN}],
    ),
    "function-is-not-public": Rows(
        compliant=({"permission principal": "123456789012"},
                   {"permission principal": "*", "permission principalOrgId": "o-1", "permission sourceArn": GONE}),
        violating=[{"url authorizationType": "NONE"}, {"permission principal": "*", "permission sourceArn": GONE}],
        missing=[{"permission sourceArn": GONE}, {"url authorizationType": GONE}, {"permission principal": GONE}],
        unknown=[{"permission principal": UNKNOWN}, {"url authorizationType": UNKNOWN}],
    ),
    "build-holds-no-credentials": Rows(
        violating=[{VARIABLE: "PLAINTEXT"}],
        missing=[{VARIABLE: GONE}],
        unknown=[{VARIABLE: UNKNOWN}, {"build environment": UNKNOWN}],
    ),
    "build-source-carries-no-password": Rows(
        compliant=({"build source.location": "git@git.example.org:app"},),
        violating=[
            {"build source.location": "https://user:x@git.example.org/app"}, {"build source.insecureSsl": True},
            {"build secondarySources": [{"sourceIdentifier": "lib", "location": "https://user:x@git.example.org/lib"}]},
            {"build secondarySources": [{"sourceIdentifier": "lib", "insecureSsl": True}]},
        ],
        missing=[{"build source.location": GONE}],
        missing_is_fine=True,
        unknown=[{"build source.location": UNKNOWN}],
    ),
    "build-uses-own-key": Rows(
        compliant=(
            {"build artifacts": {"type": "S3", "encryptionDisabled": False}, "build logsConfig": {"s3Logs": {"status": "DISABLED"}}},
        ),
        violating=[
            {"build encryptionKey": "alias/aws/s3"}, {"build artifacts": {"type": "S3", "encryptionDisabled": True}},
            {"build secondaryArtifacts": [{"type": "S3", "artifactIdentifier": "report", "encryptionDisabled": True}]},
            {"build logsConfig": {"s3Logs": {"status": "ENABLED", "encryptionDisabled": True}}},
        ],
        missing=[{"build encryptionKey": GONE}],
        unknown=[{"build encryptionKey": UNKNOWN}, {"build artifacts": UNKNOWN}],
    ),
    "platform-updates-and-reports": choices(
        {}, {"platform settings.0.value": ["basic"], "platform settings.1.value": ["false"], "platform settings": [[]]}
    ),
}  # fmt: skip
