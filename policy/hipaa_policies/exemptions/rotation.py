"""Rotation functions: Lambda functions that only Secrets Manager calls, and that may only rotate passwords."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Exemption
from hipaa_policies.documents import PolicyStatement
from hipaa_policies.exemptions import rights
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import deferred, merge_tables
from hipaa_policies.tokens import (
    ALARM,
    COMPOSITE_ALARM,
    DASHBOARD,
    EVENT_SOURCE_MAPPING,
    FUNCTION_INVOKE_CONFIG,
    FUNCTION_PERMISSION,
    FUNCTION_URL,
    LOG_GROUP,
    ROLE,
    SECRET_ROTATION,
)
from hipaa_policies.values import MISSING, is_blank, items, peek, to_int

_SERVICE: Final = "secretsmanager.amazonaws.com"
_ACTIONS: Final = frozenset(
    {
        "secretsmanager:describesecret",
        "secretsmanager:getrandompassword",
        "secretsmanager:getsecretvalue",
        "secretsmanager:putsecretvalue",
        "secretsmanager:updatesecretversionstage",
        "kms:decrypt",
        "kms:generatedatakey",
        "elasticache:describeusergroups",
        "elasticache:describeusers",
        "elasticache:modifyuser",
        "ec2:assignprivateipaddresses",
        "ec2:createnetworkinterface",
        "ec2:deletenetworkinterface",
        "ec2:describenetworkinterfaces",
        "ec2:describesubnets",
        "ec2:unassignprivateipaddresses",
        "logs:createlogstream",
        "logs:putlogevents",
    }
)
"""What a rotation of the password of an ElastiCache user, or of a database user in a VPC, needs, in lower case:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html,
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/User-Secrets-Manager.html,
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"""
_WITHOUT_RESOURCE: Final = frozenset(
    {"secretsmanager:getrandompassword", *(action for action in _ACTIONS if action.startswith("ec2:"))}
)
_MAY_REFER: Final = frozenset(
    {
        FUNCTION_PERMISSION,
        SECRET_ROTATION,
        FUNCTION_INVOKE_CONFIG,
        ALARM,
        COMPOSITE_ALARM,
        DASHBOARD,
        LOG_GROUP,
    }
)
"""Types that may refer to the function: they configure or watch it. Anything else might invoke it."""

_ONLY_SECRETS_MANAGER: Final = (
    "This applies if every permission of the function names secretsmanager.amazonaws.com and an account or a secret, no other "
    "resource of the stack refers to the function except alarms, dashboards and log groups, and its role may only change "
    "named secrets and named ElastiCache users, use named keys, write to named log groups and attach itself to a VPC."
)
_GUIDE: Final = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/"
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/"

VPC: Final = Exemption(
    text=(
        "A rotation function of Secrets Manager may run outside a VPC if it only calls APIs of AWS: in a VPC it would need a "
        f"route to these APIs, and could reach the data tier. {_ONLY_SECRETS_MANAGER}"
    ),
    sources=(
        f"{_GUIDE}rotation-function-network-access.html",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/User-Secrets-Manager.html",
    ),
)
CONCURRENCY: Final = Exemption(
    text=(
        "A rotation function of Secrets Manager need not reserve concurrency: it runs once for each secret and rotation, and "
        "AWS does not allow a reservation in an account whose quota is not above the 100 that must stay unreserved. "
        f"{_ONLY_SECRETS_MANAGER}"
    ),
    sources=(f"{_LAMBDA}configuration-concurrency.html", f"{_LAMBDA}gettingstarted-limits.html"),
)
FAILURES: Final = Exemption(
    text=(
        "A rotation function of Secrets Manager needs no destination for failed events: Lambda sends only asynchronous events "
        "to it, but Secrets Manager invokes the function synchronously, and repeats a rotation that fails. An alarm with an "
        f"action must watch the metric Errors of the function and fire at the first error. {_ONLY_SECRETS_MANAGER}"
    ),
    sources=(
        f"{_LAMBDA}with-secrets-manager.html",
        f"{_LAMBDA}invocation-async-retain-records.html",
        f"{_GUIDE}rotate-secrets_lambda.html",
    ),
)

READS: Final = merge_tables(
    {
        FUNCTION_PERMISSION: ("function", "principal", "sourceAccount", "sourceArn"),
        SECRET_ROTATION: ("rotationLambdaArn",),
        FUNCTION_URL: ("functionName",),
        EVENT_SOURCE_MAPPING: ("functionName",),
    },
    rights.READS,
)
READS_ALARMS: Final = {
    ALARM: ("namespace", "metricName", "dimensions", "comparisonOperator", "threshold", "alarmActions"),
}


def unmet(graph: Graph, function: JudgedResource) -> Iterator[str] | None:
    """Return the unmet conditions of a rotation function; None if no rotation of the stack uses the function."""
    if not graph.referrers(function.urn, SECRET_ROTATION, "rotationLambdaArn"):
        return None
    return _unmet(graph, function)


def unmet_with_alarm(graph: Graph, function: JudgedResource) -> Iterator[str] | None:
    """Return the unmet conditions of a rotation function whose failures an alarm reports."""
    if (conditions := unmet(graph, function)) is None:
        return None
    return (item for part in (conditions, _unwatched(graph, function)) for item in part)


def _unmet(graph: Graph, function: JudgedResource) -> Iterator[str]:
    permissions = graph.referrers(function.urn, FUNCTION_PERMISSION, "function")
    if not permissions:
        yield f"a permission must allow {_SERVICE} to invoke the function, but there is none."
    for permission in permissions:
        if peek(permission.props, "principal") != _SERVICE:
            yield f"every permission must name {_SERVICE}, but {permission.name} does not."
        if all(is_blank(peek(permission.props, key)) for key in ("sourceAccount", "sourceArn")):
            yield f"every permission must name an account or a secret, but {permission.name} names neither."
    for item in _others(graph, function):
        noun = item.type.rpartition(":")[2]
        yield f"only Secrets Manager may invoke the function, but {noun} {item.name} refers to it."
    yield from _wide_role(graph, function)


def _others(graph: Graph, function: JudgedResource) -> Iterator[JudgedResource]:
    """Yield the resources that may invoke a function, other than by a permission."""
    triggers = {
        item.urn: item
        for type_ in (FUNCTION_URL, EVENT_SOURCE_MAPPING)
        for item in graph.referrers(function.urn, type_, "functionName")
    }
    yield from triggers.values()
    for item in graph.resources:
        refers = any(function.urn in urns for urns in item.property_dependencies.values())
        if refers and item.type not in _MAY_REFER and item.urn not in triggers:
            yield item


def _wide_role(graph: Graph, function: JudgedResource) -> Iterator[str]:
    roles = graph.references(function, "role", ROLE)
    if len(roles) != 1:
        yield "the role of the function must be in the stack, but it is not."
        return
    granted = rights.rights(graph, roles[0])
    for arn in granted.elsewhere:
        yield f"every policy of the role must be in the stack, but {arn} is not."
    for statement in granted.statements:
        yield from _wide_statement(statement)
    if not granted.complete:
        yield deferred("policy")


def _wide_statement(statement: PolicyStatement) -> Iterator[str]:
    if not statement.allows:
        return
    excess = sorted(set(statement.actions) - _ACTIONS)
    if excess or "NotAction" in statement.negated_elements:
        extra = excess[0] if excess else "all actions except some"
        yield f"the role may only rotate passwords, but {statement.label} allows {extra}."
    if statement.applies_to_any_resource and not _WITHOUT_RESOURCE.issuperset(statement.actions):
        yield f"the role must name its resources, but {statement.label} allows every resource."


def _unwatched(graph: Graph, function: JudgedResource) -> Iterator[str]:
    alarms = graph.referrers(function.urn, ALARM, "dimensions")
    if not any(_reports_errors(alarm) for alarm in alarms):
        yield "an alarm with an action must watch the metric Errors of the function from the first error, but none does."


def _reports_errors(alarm: JudgedResource) -> bool:
    first = {"GreaterThanThreshold": 0, "GreaterThanOrEqualToThreshold": 1}
    operator = peek(alarm.props, "comparisonOperator")
    return (
        (peek(alarm.props, "namespace"), peek(alarm.props, "metricName")) == ("AWS/Lambda", "Errors")
        and isinstance(operator, str)
        and to_int(peek(alarm.props, "threshold")) == first.get(operator, -1)
        and peek(alarm.props, "dimensions", "FunctionName") is not MISSING
        and any(True for _ in items(alarm.props, "alarmActions"))
    )
