"""Policy documents as plain data: statements, trust policies and ARNs. No resources.

A statement that allows everything, or allows something to everyone, cannot be built: `allow` refuses wildcard principals
and actions that cover a whole service. Two exceptions have functions of their own: endpoint policies, which only narrow
what identity policies grant, and a role that may not exist yet, which is named by a condition. Maps to
45 CFR 164.308(a)(4)(ii)(B)-(C) and 164.312(a)(1).

Documents come out as JSON with sorted keys and sorted lists, so that a policy changes in a preview only when its
meaning does.
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
"""Principals by kind (`AWS`, `Service`, …)."""
Conditions: TypeAlias = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Values by condition operator and key."""

EVERYONE: Final[Principals] = {"AWS": ["*"]}
"""Every principal: for denials."""

# These take a role without naming a source, so a condition on it would lock them out: EC2
# (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html), CloudTrail for its log group
# (https://github.com/prowler-cloud/prowler/issues/4714), S3 replication and ECS for its infrastructure role, for which AWS
# documents a trust without (https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html,
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html), and Lambda and AWS Backup, for
# which it documents none (https://github.com/prowler-cloud/prowler/issues/2810).
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
    """The AWS account and region that a stack builds in."""

    id: str
    """12 digits."""
    region: str
    """Region name, e.g. `us-east-1`."""
    partition: str = "aws"
    """`aws`, `aws-us-gov` or `aws-cn`."""

    def __post_init__(self) -> None:
        """Refuse an id that lost its leading zeros or is none."""
        if not re.fullmatch(r"\d{12}", self.id):
            raise ValueError(f"id must be 12 digits, got {self.id!r}")

    def arn(self, service: str, resource: str, *, regional: bool = True, account: bool = True) -> str:
        """Return the ARN of a resource; global services leave out the region, S3 the account as well."""
        region = self.region if regional else ""
        return f"arn:{self.partition}:{service}:{region}:{self.id if account else ''}:{resource}"

    @property
    def root(self) -> str:
        """ARN of the account itself, which stands for the root user and whoever IAM policies name."""
        return self.arn("iam", "root", regional=False)

    def managed_policy(self, name: str) -> str:
        """Return the ARN of a policy that AWS maintains, e.g. `AmazonSSMManagedInstanceCore`."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    @property
    def dns_suffix(self) -> str:
        """Domain of the partition's regional service principals."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


def allow(
    sid: str,
    *,
    actions: Sequence[str],
    resources: Sequence[str] = (),
    principals: Principals | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """Return a statement that allows named actions; without resources it is one of a trust policy.

    Raises:
        ValueError: An action is `*` or covers a whole service, or a principal is everyone.
    """
    for action in actions:
        _, separator, operation = action.partition(":")
        if not separator or not operation.strip("*"):
            raise ValueError(f"actions of {sid} must name what is allowed, got {action!r}")
    for kind, names in (principals or {}).items():
        if kind == "*" or any(not name.strip("*") for name in names):
            raise ValueError(f"principals of {sid} must be named, got {kind}: {', '.join(names)}")
    return _statement("Allow", sid, actions, resources, principals, conditions)


def endpoint_own_account(
    sid: str, *, account: Account, actions: Sequence[str], own_resources: bool
) -> Statement:
    """Return the statement of a VPC endpoint's policy that admits nobody but this account's principals.

    It grants nothing by itself; with `own_resources` it also keeps other accounts' resources out of reach.
    """
    limits = {"aws:PrincipalAccount": account.id}
    if own_resources:
        limits["aws:ResourceAccount"] = account.id
    return _statement("Allow", sid, actions, ["*"], EVERYONE, {"StringEquals": limits})


def endpoint_downloads(sid: str, *, resources: Sequence[str]) -> Statement:
    """Return the statement of an S3 endpoint's policy that lets anyone behind it read what AWS itself publishes.

    No condition on the caller: packages are read anonymously, and image layers by a link that ECR signed.
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
    """Return a resource policy's statement for one role that may not exist yet, such as a service-linked one.

    AWS refuses a policy whose principal names a role that is not there, and the account as a principal would admit the
    role only if a policy of its own did so too. So the principal is everyone, if they are that role.
    """
    named = allow(sid, actions=actions, resources=resources)
    only = {"StringEquals": {"aws:PrincipalAccount": account.id}, "ArnEquals": {"aws:PrincipalArn": role_arn}}
    return {**named, "Principal": EVERYONE, "Condition": {**(conditions or {}), **only}}


def deny(
    sid: str,
    *,
    actions: Sequence[str],
    resources: Sequence[str] = (),
    principals: Principals | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """Return a statement that denies."""
    return _statement("Deny", sid, actions, resources, principals, conditions)


def services(*names: str) -> Principals:
    """Return service principals, e.g. `delivery.logs.amazonaws.com`, as a statement takes them."""
    return {"Service": _sorted("services", names)}


def document(*statements: Statement) -> str:
    """Return a policy document as JSON.

    Raises:
        ValueError: There is no statement, or two have one sid.
    """
    sids = [str(statement["Sid"]) for statement in statements]
    if not sids:
        raise ValueError("a policy document needs a statement, got none")
    if repeated := sorted({sid for sid in sids if sids.count(sid) > 1}):
        raise ValueError(f"statements must have different sids, got {', '.join(repeated)} more than once")
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def assume_role(service: str, *, account: Account, source_arn: str | None = None) -> str:
    """Return the trust policy of a role that a service takes on for this account alone.

    `aws:SourceArn` where given, and `aws:SourceAccount` otherwise, keep the service from acting on another account's behalf
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). Some services send neither.

    Raises:
        ValueError: A source ARN is given for a service that sends none.
    """
    conditions: dict[str, dict[str, str]] = {}
    if service not in _WITHOUT_SOURCE:
        if source_arn is not None:
            # It names the account too, and not every service sends both.
            conditions["ArnLike"] = {"aws:SourceArn": source_arn}
        else:
            conditions["StringEquals"] = {"aws:SourceAccount": account.id}
    elif source_arn is not None:
        raise ValueError(f"source_arn must be left out for {service}, which sends none, got {source_arn!r}")
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
        raise ValueError(f"actions of {sid} must name an action, got none")
    statement: dict[str, object] = {"Sid": sid, "Effect": effect, "Action": _sorted("actions", actions)}
    if resources:
        statement["Resource"] = _sorted("resources", resources)
    if principals is not None:
        statement["Principal"] = {kind: _sorted("principals", names) for kind, names in principals.items()}
    if conditions is not None:
        statement["Condition"] = {
            operator: {
                key: value if isinstance(value, str) else _sorted("conditions", value)
                for key, value in tests.items()
            }
            for operator, tests in conditions.items()
        }
    return statement


def _sorted(field: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str):
        raise TypeError(f"{field} must be a list, got the text {values!r}")
    return sorted(set(values))
