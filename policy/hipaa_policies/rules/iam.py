"""IAM: trust policies, permission policies, attached policies and users."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import RIGHTS
from hipaa_policies.documents import PolicyStatement, judge_statements, names_principals
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    must_be_empty,
    must_be_present,
)
from hipaa_policies.tokens import (
    ACCESS_KEY,
    GROUP_MEMBERSHIP,
    GROUP_POLICY,
    GROUP_POLICY_ATTACHMENT,
    PERMISSION_SET_ATTACHMENT,
    PERMISSION_SET_POLICY,
    POLICY,
    POLICY_ATTACHMENT,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    USER,
    USER_GROUP_MEMBERSHIP,
    USER_LOGIN_PROFILE,
    USER_POLICY,
    USER_POLICY_ATTACHMENT,
)
from hipaa_policies.values import items

# Identity providers with customers of many organizations: only the subject of a token identifies the customer.
# https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
_SHARED_ISSUERS: Final = (
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "app.terraform.io",
    "api.pulumi.com/oidc",
)


@control(
    id="iam-role-trust-is-narrow",
    title="Roles trust named principals",
    description="No role can be assumed by everyone, or by every customer of a shared identity provider.",
    citations=RIGHTS,
    severity="critical",
    pack="isolation",
    remediation="Name the service or the account in the trust policy. Name the subject for a shared identity provider.",
    types={ROLE: ("assumeRolePolicy",)},
    sources=("CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_358"),
    unknown="defer",
)
def _trust(role: JudgedResource, _config: Config) -> Iterator[str]:
    yield from judge_statements(role, "assumeRolePolicy", _wide_trust)


def _wide_trust(statement: PolicyStatement) -> Iterator[str]:
    yield from names_principals(statement)
    for kind, provider in statement.principals:
        issuer = provider.partition(":oidc-provider/")[2].lower()
        if statement.allows and kind == "Federated" and issuer in _SHARED_ISSUERS:
            subjects = [
                subject
                for operator, key, values in statement.conditions
                if operator.removeprefix("foranyvalue:") in ("stringequals", "stringlike")
                and key == f"{issuer}:sub"
                for subject in values
            ]
            if not subjects or any(subject.startswith(("*", "repo:*")) for subject in subjects):
                yield f"The document's {statement.label} must name subjects of {issuer}, but it allows those of every customer."


@control(
    id="iam-has-no-inline-policies",
    title="Permissions come from managed policies",
    description="Roles, users and groups have no inline policies.",
    citations=RIGHTS,
    severity="medium",
    pack="isolation",
    remediation="Use aws.iam.Policy with an attachment.",
    types={ROLE: ("inlinePolicies",), ROLE_POLICY: (), USER_POLICY: (), GROUP_POLICY: ()},
    sources=("cdk-nag:IAMNoInlinePolicy", "aws-config:IAM_NO_INLINE_POLICY_CHECK"),
)
def _inline(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == ROLE:
        yield from must_be_empty(resource, "inlinePolicies", instead=" on the role but in managed policies")
    else:
        yield "Permissions must come from a managed policy, but this resource is an inline policy."


_GRANTS: Final = {
    POLICY: ("policy",),
    ROLE_POLICY: ("policy",),
    GROUP_POLICY: ("policy",),
    USER_POLICY: ("policy",),
    PERMISSION_SET_POLICY: ("inlinePolicy",),
}


@control(
    id="iam-policy-grants-no-administration",
    title="No policy grants administrator access",
    description="No statement allows every action on every resource, or every action except some.",
    citations=RIGHTS,
    severity="critical",
    pack="isolation",
    remediation="Name the actions and the resources.",
    types=_GRANTS,
    sources=(
        "cdk-nag:IAMPolicyNoStatementsWithAdminAccess",
        "aws-config:IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
        "CKV_AWS_62",
        "CKV_AWS_63",
    ),
    unknown="defer",
)
def _administration(policy: JudgedResource, _config: Config) -> Iterator[str]:
    yield from judge_statements(policy, _GRANTS[policy.type][0], _administrator_access)


def _administrator_access(statement: PolicyStatement) -> Iterator[str]:
    if statement.allows and "NotAction" in statement.negated_elements:
        yield f"policy, {statement.label}, must name the actions it allows, but it allows all except some."
    if statement.allows and set(statement.actions) & {"*", "*:*"} and statement.applies_to_any_resource:
        yield f"policy, {statement.label}, must name actions and resources, but it allows every action on every resource."


@control(
    id="iam-policy-grants-no-whole-service",
    title="No policy grants a whole service",
    description="No statement allows all actions of a service.",
    citations=RIGHTS,
    severity="high",
    pack="isolation",
    remediation="Name the actions, or add the service to allowed_services if all its actions are needed.",
    types=_GRANTS,
    sources=(
        "cdk-nag:IAMPolicyNoStatementsWithFullAccess",
        "aws-config:IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS",
        "CKV_AWS_289",
        "CKV_AWS_290",
    ),
    unknown="defer",
    settings={"allowed_services": {"type": "array", "items": {"type": "string"}, "default": ()}},
)
def _whole_service(policy: JudgedResource, config: Config) -> Iterator[str]:
    allowed = {f"{service}:*" for service in config["allowed_services"]}

    def whole_services(statement: PolicyStatement) -> Iterator[str]:
        for action in statement.actions:
            whole = action == "*" or action.endswith(":*")
            if statement.allows and whole and action not in allowed:
                yield f"policy, {statement.label}, must name the actions it allows, but it allows {action}."

    yield from judge_statements(policy, _GRANTS[policy.type][0], whole_services)


@control(
    id="iam-policy-decrypts-only-named-keys",
    title="Policies allow decryption only with named keys",
    description="No statement allows kms:Decrypt or kms:ReEncrypt* on every key.",
    citations=("164.312(a)(2)(iv)", "164.312(a)(1)"),
    severity="high",
    pack="isolation",
    remediation="Name the ARNs of the keys in Resource.",
    types=_GRANTS,
    sources=(
        "aws-config:IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS",
        "aws-config:IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS",
    ),
    unknown="defer",
)
def _decrypts(policy: JudgedResource, _config: Config) -> Iterator[str]:
    yield from judge_statements(policy, _GRANTS[policy.type][0], _decrypts_anything)


def _decrypts_anything(statement: PolicyStatement) -> Iterator[str]:
    blocked = ("kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    any_key = statement.applies_to_any_resource or any(
        fnmatchcase(resource, "arn:*:kms:*:*") and resource.endswith("*") for resource in statement.resources
    )
    if statement.allows and any_key:
        action = next((action for action in blocked if statement.permits(action)), None)
        if action:
            yield f"policy, {statement.label}, must name the keys, but it allows {action} on every key."


_BROAD_POLICIES: Final = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "FullAccess")
_ATTACHMENTS: Final = {
    ROLE_POLICY_ATTACHMENT: "policyArn",
    GROUP_POLICY_ATTACHMENT: "policyArn",
    ROLE: "managedPolicyArns",
    PERMISSION_SET_ATTACHMENT: "managedPolicyArn",
}


@control(
    id="iam-attaches-no-administrator-policy",
    title="No administrator policy of AWS is attached",
    description=(
        "No attachment, role or permission set names AdministratorAccess, PowerUserAccess or a FullAccess policy of AWS."
    ),
    citations=RIGHTS,
    severity="critical",
    pack="isolation",
    remediation="Attach a policy that names the required actions and resources.",
    types={type_: (name,) for type_, name in _ATTACHMENTS.items()},
    sources=("CKV_AWS_274", "prowler:iam_aws_attached_policy_no_administrative_privileges"),
    unknown="present",
)
def _administrators(resource: JudgedResource, _config: Config) -> Iterator[str]:
    property_ = _ATTACHMENTS[resource.type]
    if resource.type != ROLE:
        yield from must_be_present(resource, property_)
    for arn in items(resource.props, property_):
        if isinstance(arn, str) and ":iam::aws:policy/" in arn and arn.endswith(_BROAD_POLICIES):
            yield f"{property_} must name a narrow policy, but it names {arn.rpartition('/')[2]}."


@control(
    id="iam-has-no-users",
    title="People and programs use roles instead of IAM users",
    description="The program creates no IAM users, access keys, console passwords or policy attachments of users.",
    citations=(*RIGHTS, "164.312(d)"),
    severity="high",
    pack="isolation",
    remediation="Use IAM Identity Center for people, and roles for programs.",
    types={
        USER: (),
        ACCESS_KEY: (),
        USER_GROUP_MEMBERSHIP: (),
        GROUP_MEMBERSHIP: (),
        USER_LOGIN_PROFILE: (),
        USER_POLICY_ATTACHMENT: (),
        POLICY_ATTACHMENT: (),
    },
    sources=(
        "cdk-nag:IAMUserNoPolicies",
        "cdk-nag:IAMGroupHasUsers",
        "cdk-nag:IAMUserGroupMembership",
        "aws-config:IAM_USER_NO_POLICIES_CHECK",
        "CKV_AWS_40",
        "CKV_AWS_273",
    ),
)
def _users(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == POLICY_ATTACHMENT:
        yield "Policies must be attached to single roles, but this resource also attaches them to users and groups."
    else:
        yield "Access must come from roles, but this resource belongs to an IAM user."
