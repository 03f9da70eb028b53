"""Policy documents as plain data: statements, trust policies and ARNs. Creates no resources.

`allow` refuses wildcard principals and actions that cover a whole service, so that no statement can allow everything or
allow everyone. Separate functions build the two exceptions: the policies of VPC endpoints, which only restrict permissions
that identity policies grant, and a role that may not exist yet, which a condition identifies. Maps to
45 CFR 164.308(a)(4)(ii)(B)-(C) and 164.312(a)(1).

Documents are JSON with sorted keys and lists, so that a preview shows a change of a policy only if its meaning changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Statement: TypeAlias = Mapping[str, object]
"""One statement of a policy document."""
Principals: TypeAlias = Mapping[str, Sequence[str]]
"""Principals by their kind (`AWS`, `Service`, …)."""
Conditions: TypeAlias = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Values by condition operator and condition key."""

EVERYONE: Final[Principals] = {"AWS": ["*"]}
"""Every principal, for denials."""

# These services assume a role without sending a source, so a condition on the source would lock them out:
# * EC2 (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html)
# * CloudTrail, for its log group (https://github.com/prowler-cloud/prowler/issues/4714)
# * S3 replication and ECS, for its infrastructure role: AWS documents trust policies without a condition
#   (https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html,
#   https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html)
# * Lambda and AWS Backup: AWS documents no condition (https://github.com/prowler-cloud/prowler/issues/2810)
_WITHOUT_SOURCE: Final = frozenset(
    {
        "backup.amazonaws.com",
        "cloudtrail.amazonaws.com",
        "ec2.amazonaws.com",
        "ecs.amazonaws.com",
        "lambda.amazonaws.com",
        "s3.amazonaws.com",
    }
)
_SID: Final = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Account:
    """The AWS account and region that a stack deploys to."""

    id: str
    """12 digits."""
    region: str
    """Region name, e.g. `us-east-1`."""
    partition: str = "aws"
    """`aws`, `aws-us-gov` or `aws-cn`."""

    def __post_init__(self) -> None:
        """Refuse an id that is not 12 digits, for example because its leading zeros are missing."""
        if not re.fullmatch(r"\d{12}", self.id):
            raise ValueError(f"id must be 12 digits, got {self.id!r}")

    def arn(self, service: str, resource: str, *, regional: bool = True, account: bool = True) -> str:
        """Return the ARN of a resource in this account and region.

        Args:
            service: Service part of the ARN, e.g. `logs`.
            resource: Resource part of the ARN, e.g. `log-group:*`.
            regional: Whether the ARN contains the region; False for global services and S3.
            account: Whether the ARN contains the account; False for S3.
        """
        region = self.region if regional else ""
        return f"arn:{self.partition}:{service}:{region}:{self.id if account else ''}:{resource}"

    @property
    def root(self) -> str:
        """ARN of the account as a principal: the root user and all principals that its IAM policies permit."""
        return self.arn("iam", "root", regional=False)

    def managed_policy(self, name: str) -> str:
        """Return the ARN of an AWS managed policy, e.g. `AmazonSSMManagedInstanceCore`."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    @property
    def dns_suffix(self) -> str:
        """Domain of regional service principals in the partition, e.g. `amazonaws.com`."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


def allow(
    sid: str,
    *,
    actions: Sequence[str],
    resources: Sequence[str] = (),
    principals: Principals | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """Return a statement that allows named actions. Only a statement of a trust policy has no resources.

    Raises:
        ValueError: An action is `*` or covers a whole service, a principal is a wildcard, `sid` has other characters than
            letters and digits, or there is no action.
    """
    for action in actions:
        _, separator, operation = action.partition(":")
        if not separator or not operation.strip("*"):
            raise ValueError(
                f"actions of {sid} must not cover a whole service, got {action!r}: list the operations"
            )
    for kind, names in (principals or {}).items():
        if kind == "*" or any(not name.strip("*") for name in names):
            raise ValueError(
                f"principals of {sid} must not be a wildcard, got {kind}: {', '.join(names)}: list the principals"
            )
    return _statement("Allow", sid, actions, resources, principals, conditions)


def endpoint_own_account(
    sid: str, *, account: Account, actions: Sequence[str], own_resources: bool
) -> Statement:
    """Return a statement of an endpoint policy that admits only principals of this account.

    The statement grants no permission by itself. With `own_resources` it also excludes resources of other accounts.
    """
    accounts = {"aws:PrincipalAccount": account.id}
    if own_resources:
        accounts["aws:ResourceAccount"] = account.id
    return _statement("Allow", sid, actions, ["*"], EVERYONE, {"StringEquals": accounts})


def endpoint_downloads(sid: str, *, resources: Sequence[str]) -> Statement:
    """Return a statement of the policy of an S3 endpoint that lets everyone in the VPC read objects that AWS publishes.

    It has no condition on the caller: hosts download packages anonymously, and image layers with a URL that ECR signed.
    """
    return _statement("Allow", sid, ["s3:GetObject"], resources, EVERYONE, None)


def allow_role(
    sid: str,
    *,
    role_arn: str,
    account: Account,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Conditions | None = None,
) -> Statement:
    """Return a statement of a resource policy for one role that may not exist yet, such as a service-linked role.

    AWS refuses a policy with a role that does not exist as principal. With the account as principal, the role would also
    need an identity policy. So the principal is `*`, with a condition that only this role meets.
    """
    statement = allow(sid, actions=actions, resources=resources)
    only_role = {
        "StringEquals": {"aws:PrincipalAccount": account.id},
        "ArnEquals": {"aws:PrincipalArn": role_arn},
    }
    return {**statement, "Principal": EVERYONE, "Condition": {**(conditions or {}), **only_role}}


def deny(
    sid: str,
    *,
    actions: Sequence[str],
    resources: Sequence[str] = (),
    principals: Principals | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """Return a statement that denies actions; unlike `allow`, it accepts wildcards."""
    return _statement("Deny", sid, actions, resources, principals, conditions)


def services(*names: str) -> Principals:
    """Return the principals of a statement for services, e.g. `delivery.logs.amazonaws.com`."""
    return {"Service": _sorted("services", names)}


def document(*statements: Statement) -> str:
    """Return a policy document as JSON.

    Raises:
        ValueError: There is no statement, or two statements have the same sid.
    """
    sids = [str(statement["Sid"]) for statement in statements]
    if not sids:
        raise ValueError("a policy document needs at least one statement, got none")
    if repeated := sorted({sid for sid in sids if sids.count(sid) > 1}):
        raise ValueError(f"statements must have different sids, got {', '.join(repeated)} more than once")
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def assume_role(service: str, *, account: Account, source_arn: str | None = None) -> str:
    """Return the trust policy of a role that a service may assume on behalf of this account only.

    A condition on `aws:SourceArn` or `aws:SourceAccount` prevents the service from acting on behalf of another account
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). Services that send neither get no condition.

    Args:
        service: Service principal, e.g. `vpc-flow-logs.amazonaws.com`.
        account: The account of the role.
        source_arn: ARN or ARN pattern of the resources that the service may act for; None for all of the account.

    Raises:
        ValueError: `source_arn` is set for a service that sends no source.
    """
    conditions: dict[str, dict[str, str]] = {}
    if service not in _WITHOUT_SOURCE:
        if source_arn is not None:
            # The ARN contains the account, and not every service sends both keys.
            conditions["ArnLike"] = {"aws:SourceArn": source_arn}
        else:
            conditions["StringEquals"] = {"aws:SourceAccount": account.id}
    elif source_arn is not None:
        raise ValueError(
            f"source_arn must be left out for {service}, which sends no source ARN, got {source_arn!r}"
        )
    return document(
        allow(
            "AssumeRole",
            actions=["sts:AssumeRole"],
            principals=services(service),
            conditions=conditions or None,
        )
    )


def _statement(
    effect: str,
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    principals: Principals | None,
    conditions: Conditions | None,
) -> Statement:
    if not _SID.fullmatch(sid):
        raise ValueError(f"sid must be letters and digits, got {sid!r}")
    if not actions:
        raise ValueError(f"actions of {sid} must have at least one action, got none")
    statement: dict[str, object] = {"Sid": sid, "Effect": effect, "Action": _sorted("actions", actions)}
    if resources:
        statement["Resource"] = _sorted("resources", resources)
    if principals is not None:
        statement["Principal"] = {kind: _sorted("principals", names) for kind, names in principals.items()}
    if conditions is not None:
        statement["Condition"] = {
            operator: {
                key: value if isinstance(value, str) else _sorted("conditions", value)
                for key, value in values.items()
            }
            for operator, values in conditions.items()
        }
    return statement


def _sorted(field: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str):
        raise TypeError(f"{field} must be a list, got the text {values!r}")
    return sorted(set(values))
