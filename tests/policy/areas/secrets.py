"""Secrets, their rotation, and parameters."""

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    GONE,
    KEY_ARN,
    Rows,
    choices,
    own_keys,
    resource,
)


def secrets() -> tuple[JudgedResource, ...]:
    """Return secrets and parameters."""
    return (
        resource(t.SECRET, "secret", {"kmsKeyId": KEY_ARN}, protect=True),
        resource(
            t.SECRET_ROTATION,
            "rotation",
            {"secretId": UNKNOWN, "rotationRules": {"automaticallyAfterDays": 30}},
            {"secretId": f"{t.SECRET} secret"},
        ),
        resource(
            t.SECRET,
            "issued",
            {
                "kmsKeyId": KEY_ARN,
                "tags": {"rotation": "external"},
                "replicas": [{"region": "us-west-2", "kmsKeyId": KEY_ARN}],
            },
            protect=True,
        ),
        resource(
            t.PARAMETER, "parameter", {"name": "/app/api-token", "type": "SecureString", "keyId": KEY_ARN}
        ),
        resource(t.PARAMETER, "plain", {"name": "/app/size", "type": "String"}),
    )


GOOD = {item.name: item for item in secrets()}

ROWS: dict[str, Rows] = {
    "secret-uses-own-key": own_keys(
        "secret kmsKeyId",
        "issued replicas.0.kmsKeyId",
        "parameter keyId",
        compliant=[{"issued replicas": GONE}],
    ),
    "parameter-holds-no-secret": choices(
        {"plain type": ["StringList", "SecureString"]}, {"parameter type": ["String"]}
    ),
    "secret-rotates": Rows(
        compliant=(
            *(
                {"rotation rotationRules": {"scheduleExpression": schedule}}
                for schedule in (
                    "rate(30 days)",
                    "rate(12 hours)",
                    "cron(0 4 1 * ? *)",
                    "cron(0 4 L 1/2 ? *)",
                    "cron(0 4 ? * SUN *)",
                )
            ),
            {"secret tags": {"rotation": "redeploy"}, "rotation": GONE},
        ),
        violating=[
            *(
                {"rotation rotationRules": {"scheduleExpression": schedule}}
                for schedule in (
                    "rate(91 days)",
                    "rate(9999 hours)",
                    "cron(0 4 1 1/3 ? *)",
                    "cron(0 4 1 JAN ? *)",
                    "cron(0 4 31 1/2 ? *)",
                    "cron(0 4 1 * ? 2027)",
                    "cron(0 4 1 */0 ? *)",
                    "daily",
                )
            ),
            {"rotation rotationRules.automaticallyAfterDays": 91},
            {"rotation rotationEnabled": False},
            {"issued tags.rotation": "never"},
        ],
        missing=[{"rotation": GONE}, {"rotation rotationRules": GONE}, {"issued tags": GONE}],
        unknown=[
            {"rotation rotationRules.automaticallyAfterDays": UNKNOWN},
            {"issued tags": UNKNOWN},
            {"rotation rotationRules": {"scheduleExpression": UNKNOWN}},
        ],
    ),
}
