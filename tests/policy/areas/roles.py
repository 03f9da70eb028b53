"""IAM roles and policies."""

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    ACCOUNT,
    GONE,
    KEY_ARN,
    READS,
    ROOT,
    TRUST,
    Edits,
    Rows,
    allow,
    extra,
    forbidden,
    policies,
    resource,
)


def good_resources() -> Iterator[JudgedResource]:
    """Yield a program that every control accepts, with ids unknown as at a first preview."""
    yield resource(t.ROLE, "role", {"assumeRolePolicy": TRUST})
    yield resource(t.POLICY, "policy", {"policy": READS})
    yield resource(t.ROLE_POLICY_ATTACHMENT, "attachment", {"policyArn": UNKNOWN, "role": UNKNOWN})


GOOD = {item.name: item for item in good_resources()}


GITHUB = "token.actions.githubusercontent.com"


def _from_github(**conditions: Any) -> dict[str, Any]:
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
    return allow(Principal=provider, Action="sts:AssumeRoleWithWebIdentity", Condition=conditions)


GRANTS_SOME = allow(Action=["s3:GetObject", "s3:List*"], Resource="*")

DENIES_ALL = {"Effect": "Deny", "Action": "*", "Resource": "*"}

GRANTED: list[Edits] = [
    *(extra(type_, {"policy": READS}) for type_ in (t.ROLE_POLICY, t.GROUP_POLICY, t.USER_POLICY)),
    extra(t.PERMISSION_SET_POLICY, {"inlinePolicy": READS}),
]

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

ROWS: dict[str, Rows] = {
    "iam-role-trust-is-narrow": policies(
        "role assumeRolePolicy",
        good=(
            allow(Principal=ROOT, Action="sts:AssumeRole"),
            _from_github(StringLike={f"{GITHUB}:sub": ["repo:example/app:ref:refs/heads/*"]}),
        ),
        bad=[
            allow(Principal="*", Action="sts:AssumeRole"),
            allow(Principal={"AWS": ["*"]}, Action="sts:AssumeRole"),
            _from_github(StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"}),
            _from_github(StringNotLike={f"{GITHUB}:sub": "repo:x/*"}),
            _from_github(StringLike={f"{GITHUB}:sub": "repo:*"}),
            _from_github(StringLike={f"{GITHUB}:sub": ["repo:x/y:*", "*"]}),
        ],
    ),
    "iam-has-no-inline-policies": Rows(
        violating=[
            {"role inlinePolicies": [{"name": "x", "policy": READS}]},
            extra(t.ROLE_POLICY, {"policy": READS}),
            extra(t.USER_POLICY, {"policy": READS}),
            extra(t.GROUP_POLICY, {"policy": READS}),
        ],
        missing=[{"role inlinePolicies": GONE}, {"role inlinePolicies": []}],
        missing_is_fine=True,
        unknown=[{"role inlinePolicies": UNKNOWN}],
    ),
    "iam-policy-grants-no-administration": policies(
        "policy policy",
        good=(GRANTS_SOME, DENIES_ALL, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}),
        bad=[
            allow(Action="*", Resource="*"),
            allow(Action=["s3:GetObject", "*:*"], Resource=["*"]),
            allow(NotAction="iam:*", Resource="arn:aws:s3:::x"),
            allow(Action="*", NotResource="arn:aws:s3:::x"),
        ],
        also=GRANTED,
    ),
    "iam-policy-grants-no-whole-service": policies(
        "policy policy",
        good=(GRANTS_SOME, DENIES_ALL, allow(Action="s3:Get*", Resource="*")),
        bad=[
            allow(Action="s3:*", Resource="arn:aws:s3:::x"),
            allow(Action=["logs:PutLogEvents", "SQS:**"], Resource="*"),
        ],
        also=GRANTED,
    ),
    "iam-policy-decrypts-only-named-keys": policies(
        "policy policy",
        good=(
            allow(Action=["kms:Decrypt", "kms:*"], Resource=KEY_ARN),
            allow(Action="kms:DescribeKey", Resource="*"),
            DENIES_ALL,
        ),
        bad=[
            allow(Action="kms:Decrypt", Resource="*"),
            allow(Action="kms:De*", Resource=["*"]),
            allow(Action="kms:ReEncrypt*", Resource=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*"),
            allow(Action="*", Resource="*"),
        ],
        also=GRANTED,
    ),
    "iam-attaches-no-administrator-policy": Rows(
        compliant=(
            {"attachment policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"},
            {"attachment policyArn": f"arn:aws:iam::{ACCOUNT}:policy/x-AdministratorAccess"},
            extra(
                t.PERMISSION_SET_ATTACHMENT,
                {"managedPolicyArn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"},
            ),
        ),
        violating=[
            {"attachment policyArn": ADMINISTRATOR},
            {"role managedPolicyArns": [ADMINISTRATOR]},
            {"attachment policyArn": "arn:aws-us-gov:iam::aws:policy/AmazonS3FullAccess"},
            extra(t.GROUP_POLICY_ATTACHMENT, {"policyArn": ADMINISTRATOR}),
            extra(t.PERMISSION_SET_ATTACHMENT, {"managedPolicyArn": ADMINISTRATOR}),
        ],
        missing=[{"attachment policyArn": GONE}, extra(t.PERMISSION_SET_ATTACHMENT)],
        unknown=[{"attachment policyArn": UNKNOWN}, {"role managedPolicyArns": [UNKNOWN]}],
    ),
    "iam-has-no-users": forbidden(
        t.USER, t.ACCESS_KEY, t.USER_LOGIN_PROFILE, t.USER_POLICY_ATTACHMENT, t.POLICY_ATTACHMENT
    ),
}
