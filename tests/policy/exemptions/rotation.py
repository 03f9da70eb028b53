"""A rotation function of Secrets Manager that changes the passwords of ElastiCache users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.exemptions.cases import Exempted
from tests.policy.program import ACCOUNT, GONE, KEY_ARN, Edits, allow, document, resource

FUNCTION, ROLE = f"{t.FUNCTION} rotate", f"{t.ROLE} role"
SERVICE = "secretsmanager.amazonaws.com"
CHANGES = allow(
    Sid="Secret",
    Action=[
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ],
    Resource=[f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:cache-AbCdEf"],
)
DRAWS = allow(Action="secretsmanager:GetRandomPassword", Resource="*")
USES_KEY = allow(Action=["kms:Decrypt", "kms:GenerateDataKey"], Resource=[KEY_ARN])
SETS = allow(
    Action=["elasticache:DescribeUsers", "elasticache:ModifyUser", "elasticache:DescribeUserGroups"],
    Resource=[f"arn:aws:elasticache:us-east-1:{ACCOUNT}:user:app"],
)
LOGS = allow(
    Action=["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource=[f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:rotate:log-stream:*"],
)
ATTACHES = allow(
    Sid="Interfaces",
    Action=[
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    ],
    Resource="*",
)
RIGHTS = (CHANGES, DRAWS, USES_KEY, SETS, LOGS)


def function(**parts: Any) -> JudgedResource:
    props = {"id": "rotate", "role": f"arn:aws:iam::{ACCOUNT}:role/role", **parts}
    return resource(t.FUNCTION, "rotate", props, {"role": ROLE})


def permission(name: str, **parts: Any) -> JudgedResource:
    props = {"function": "rotate", "principal": SERVICE, "sourceAccount": ACCOUNT, **parts}
    return resource(t.FUNCTION_PERMISSION, name, props, {"function": FUNCTION})


def good_resources() -> Iterator[JudgedResource]:
    yield function()
    yield resource(t.ROLE, "role", {"id": "role"})
    yield resource(t.POLICY, "rights", {"policy": document(*RIGHTS)})
    yield resource(
        t.ROLE_POLICY_ATTACHMENT,
        "attachment",
        {"role": "role", "policyArn": UNKNOWN},
        {"role": ROLE, "policyArn": f"{t.POLICY} rights"},
    )
    yield permission("permission")
    yield resource(
        t.SECRET_ROTATION, "rotation", {"rotationLambdaArn": UNKNOWN}, {"rotationLambdaArn": FUNCTION}
    )
    yield resource(
        t.ALARM,
        "alarm",
        {
            "namespace": "AWS/Lambda",
            "metricName": "Errors",
            "dimensions": {"FunctionName": "rotate"},
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 0,
            "alarmActions": [UNKNOWN],
        },
        {"dimensions": FUNCTION},
    )


GOOD = {item.name: item for item in good_resources()}


def granted(*statements: dict[str, Any]) -> Edits:
    """Return the edit that adds statements to the policy of the role."""
    return {"rights policy": document(*RIGHTS, *statements)}


def refers(type_: str, property_: str = "functionName") -> Edits:
    """Return the edit that adds a resource that takes a value from the function."""
    return {"other": resource(type_, "other", {property_: UNKNOWN}, {property_: FUNCTION})}


def names(type_: str) -> Edits:
    """Return the edit that adds a resource that contains the name of the function."""
    return {"other": resource(type_, "other", {"functionName": "rotate"})}


def attached(arn: str) -> Edits:
    return {"other": resource(t.ROLE_POLICY_ATTACHMENT, "other", {"role": "role", "policyArn": arn})}


def inline(policy: Any) -> Edits:
    return {"other": resource(t.ROLE_POLICY, "other", {"role": "role", "policy": policy})}


READS_FILES = allow(Sid="Files", Action="s3:GetObject", Resource="arn:aws:s3:::x/*")
OTHERS = "For the exemption, only Secrets Manager may invoke the function, but"
OUTSIDE = "For the exemption, every policy of the role must be in the stack, but"
WIDE = "For the exemption, the role may only rotate passwords, but statement"
REFUSED: tuple[tuple[Edits, str], ...] = (
    ({"permission": GONE}, f"For the exemption, a permission must allow {SERVICE} to invoke the function"),
    ({"permission principal": "events.amazonaws.com"}, f"every permission must name {SERVICE}, but permission does not."),
    ({"permission principal": UNKNOWN}, f"every permission must name {SERVICE}, but permission does not."),
    ({"permission sourceAccount": GONE}, "every permission must name an account or a secret, but permission names neither."),
    ({"permission sourceAccount": ""}, "every permission must name an account or a secret, but permission names neither."),
    ({"second": permission("second", principal="sns.amazonaws.com")}, f"every permission must name {SERVICE}, but second does not."),
    (refers(t.FUNCTION_URL), f"{OTHERS} FunctionUrl other refers to it."),
    (names(t.FUNCTION_URL), f"{OTHERS} FunctionUrl other refers to it."),
    (names(t.EVENT_SOURCE_MAPPING), f"{OTHERS} EventSourceMapping other refers to it."),
    (refers("aws:scheduler/schedule:Schedule", "target"), f"{OTHERS} Schedule other refers to it."),
    (refers(t.POLICY, "policy"), f"{OTHERS} Policy other refers to it."),
    ({"rotate": resource(t.FUNCTION, "rotate", {"id": "rotate", "role": "arn:x"})}, "the role of the function must be in the stack"),
    (attached("arn:aws:iam::1:policy/x"), f"{OUTSIDE} arn:aws:iam::1:policy/x is not."),
    (attached("arn:aws:iam::aws:policy/ReadOnlyAccess"), f"{OUTSIDE} arn:aws:iam::aws:policy/ReadOnlyAccess is not."),
    ({"role managedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}, f"{OUTSIDE} arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ({"role managedPolicyArns": UNKNOWN}, f"{OUTSIDE} not known before deployment is not."),
    (granted(allow(Sid="Start", Action="ec2:RunInstances", Resource="*")), f"{WIDE} Start allows ec2:runinstances."),
    (granted(READS_FILES), f"{WIDE} Files allows s3:getobject."),
    (granted({**CHANGES, "Action": "secretsmanager:*"}), f"{WIDE} Secret allows secretsmanager:*."),
    (granted(allow(Sid="Most", NotAction="iam:*", Resource="arn:x")), f"{WIDE} Most allows all actions except some."),
    (granted({**CHANGES, "Resource": "*"}), "the role must name its resources, but statement Secret allows every resource."),
    (inline(document(READS_FILES)), f"{WIDE} Files allows s3:getobject."),
    ({"role inlinePolicies": [{"policy": document(READS_FILES)}]}, f"{WIDE} Files allows s3:getobject."),
)  # fmt: skip
ALSO: tuple[Edits, ...] = (
    {"permission sourceAccount": GONE, "permission sourceArn": "arn:x"},
    {"permission sourceAccount": UNKNOWN},
    {"second": permission("second")},
    {"permission": resource(t.FUNCTION_PERMISSION, "permission", {"function": "rotate", "principal": SERVICE, "sourceAccount": "1"})},
    *(refers(type_) for type_ in (t.LOG_GROUP, t.DASHBOARD, t.COMPOSITE_ALARM, t.FUNCTION_INVOKE_CONFIG)),
    granted({**READS_FILES, "Effect": "Deny"}),
    inline(document(CHANGES)),
    inline(document(ATTACHES)),
)  # fmt: skip
PENDING: tuple[Edits, ...] = (
    {"rights policy": UNKNOWN},
    {"rights policy": {"Statement": [{**CHANGES, "Resource": [UNKNOWN]}]}},
    inline(UNKNOWN),
    {"role inlinePolicies": UNKNOWN},
)
NOT_ROTATING: Edits = {"rotation": GONE}
OUTSIDE_THE_VPC: Edits = {"rotate vpcConfig": {"subnetIds": [], "securityGroupIds": []}}
UNRESERVED: Edits = {"rotate reservedConcurrentExecutions": -1}
UNWATCHING: tuple[tuple[str, Any], ...] = (
    ("alarm", GONE),
    ("alarm", resource(t.ALARM, "alarm", GOOD["alarm"].props)),
    ("alarm namespace", "AWS/SNS"),
    ("alarm metricName", "Duration"),
    ("alarm dimensions.FunctionName", GONE),
    ("alarm comparisonOperator", "LessThanThreshold"),
    ("alarm comparisonOperator", GONE),
    ("alarm threshold", 100),
    ("alarm threshold", GONE),
    ("alarm alarmActions", []),
    ("alarm alarmActions", GONE),
)
"""Changes after which no alarm reports the errors of the function."""
UNWATCHED = "For the exemption, an alarm with an action must watch the metric Errors of the function"

EXEMPTED = (
    *(
        Exempted(
            control=control,
            subject="rotate",
            good=GOOD,
            refused=REFUSED,
            unknown=PENDING,
            also=(*ALSO, {"alarm": GONE}, also),
            ordinary=(NOT_ROTATING,),
        )
        for control, also in (
            ("function-is-in-a-vpc", OUTSIDE_THE_VPC),
            ("function-has-reserved-concurrency", UNRESERVED),
        )
    ),
    Exempted(
        control="function-keeps-failures",
        subject="rotate",
        good=GOOD,
        refused=(
            *REFUSED,
            *(({target: value}, UNWATCHED) for target, value in UNWATCHING),
        ),
        unknown=PENDING,
        also=(*ALSO, {"alarm comparisonOperator": "GreaterThanOrEqualToThreshold", "alarm threshold": 1.0}),
        ordinary=(NOT_ROTATING,),
    ),
)
