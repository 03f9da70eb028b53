"""Functions, build projects and Elastic Beanstalk."""

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    GONE,
    KEY_ARN,
    Rows,
    choices,
    own_keys,
    resource,
)

GOOD = {
    item.name: item
    for item in (
        resource(
            t.FUNCTION,
            "function",
            {
                "vpcConfig": {"subnetIds": [UNKNOWN], "securityGroupIds": [UNKNOWN]},
                "kmsKeyArn": KEY_ARN,
                "environment": {"variables": {"SIZE": "1"}},
                "reservedConcurrentExecutions": 5,
                "deadLetterConfig": {"targetArn": UNKNOWN},
            },
        ),
        resource(
            t.FUNCTION_INVOKE_CONFIG,
            "invocation",
            {"functionName": UNKNOWN, "destinationConfig": {"onFailure": {"destination": UNKNOWN}}},
            {"functionName": f"{t.FUNCTION} function"},
        ),
        resource(t.FUNCTION_URL, "url", {"authorizationType": "AWS_IAM"}),
        resource(
            t.FUNCTION_PERMISSION, "permission", {"principal": "events.amazonaws.com", "sourceArn": UNKNOWN}
        ),
        resource(
            t.BUILD_PROJECT,
            "build",
            {
                "encryptionKey": KEY_ARN,
                "source": {"type": "GITHUB", "location": "https://git.example.org/app"},
                "environment": {
                    "environmentVariables": [
                        {"name": "API_TOKEN", "type": "SECRETS_MANAGER", "value": "x"},
                        {"name": "SIZE", "value": "1"},
                    ]
                },
            },
        ),
        *(
            resource(
                type_,
                name,
                {
                    "settings": [
                        {
                            "namespace": "aws:elasticbeanstalk:healthreporting:system",
                            "name": "SystemType",
                            "value": "enhanced",
                        },
                        {
                            "namespace": "aws:elasticbeanstalk:managedactions",
                            "name": "ManagedActionsEnabled",
                            "value": "true",
                        },
                    ]
                },
            )
            for type_, name in ((t.BEANSTALK_ENVIRONMENT, "platform"), (t.BEANSTALK_TEMPLATE, "platforms"))
        ),
    )
}

VARIABLE = "build environment.environmentVariables.0.type"

ROWS: dict[str, Rows] = {
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
        compliant=(
            {"permission principal": "123456789012"},
            {"permission principal": "*", "permission principalOrgId": "o-1", "permission sourceArn": GONE},
        ),
        violating=[
            {"url authorizationType": "NONE"},
            {"permission principal": "*", "permission sourceArn": GONE},
        ],
        missing=[
            {"permission sourceArn": GONE},
            {"url authorizationType": GONE},
            {"permission principal": GONE},
        ],
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
            {"build source.location": "https://user:x@git.example.org/app"},
            {"build source.insecureSsl": True},
            {
                "build secondarySources": [
                    {"sourceIdentifier": "lib", "location": "https://user:x@git.example.org/lib"}
                ]
            },
            {"build secondarySources": [{"sourceIdentifier": "lib", "insecureSsl": True}]},
        ],
        missing=[{"build source.location": GONE}],
        missing_is_fine=True,
        unknown=[{"build source.location": UNKNOWN}],
    ),
    "build-uses-own-key": Rows(
        compliant=(
            {
                "build artifacts": {"type": "S3", "encryptionDisabled": False},
                "build logsConfig": {"s3Logs": {"status": "DISABLED"}},
            },
        ),
        violating=[
            {"build encryptionKey": "alias/aws/s3"},
            {"build artifacts": {"type": "S3", "encryptionDisabled": True}},
            {
                "build secondaryArtifacts": [
                    {"type": "S3", "artifactIdentifier": "report", "encryptionDisabled": True}
                ]
            },
            {"build logsConfig": {"s3Logs": {"status": "ENABLED", "encryptionDisabled": True}}},
        ],
        missing=[{"build encryptionKey": GONE}],
        unknown=[{"build encryptionKey": UNKNOWN}, {"build artifacts": UNKNOWN}],
    ),
    "platform-updates-and-reports": choices(
        {},
        {
            "platform settings.0.value": ["basic"],
            "platform settings.1.value": ["false"],
            "platform settings": [[]],
        },
    ),
}
