"""What the applications of a stack share although they must not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from blueprint.record import Record
from facts.aws_services import NOT_FOR_APPLICATIONS
from settings import Settings

_POLICY = "aws:iam/policy:Policy"
_ACCESS_POINT = "elasticfilesystem:AccessPointArn"
_EXEC = "ssmmessages"
"""Service of the actions for ECS Exec, which the task role of an application with shells has."""


def shared(record: Record, settings: Settings) -> list[str]:
    """Return every role, database user, access point, secret of the program and security group that two applications have."""
    owned = {app: {*_owned(record, settings, app)} for app in settings.apps or {}}
    return [
        f"{one} and {other}: {item}"
        for one, other in combinations(owned, 2)
        for item in sorted(owned[one] & owned[other])
    ]


def leading_elsewhere(record: Record, settings: Settings) -> list[str]:
    """Return the actions of task roles that lead to tasks, roles or secrets.

    Exceptions are signing in as a user of a database, mounting through an access point, and actions on tasks with the tag of
    the same application.
    """
    return [
        f"{app}: {action}"
        for app in settings.apps or {}
        for statement in _statements(record, f"{app}-task")
        if statement.get("Condition") != {"StringEquals": {"aws:ResourceTag/application": app}}
        for action in statement["Action"]
        if action.split(":")[0] in NOT_FOR_APPLICATIONS
        and not action.startswith((_EXEC, "rds-db:"))
        and statement.get("Condition", {}).get("StringEquals", {}).keys() != {_ACCESS_POINT}
    ]


def _owned(record: Record, settings: Settings, app: str) -> Iterator[str]:
    created = {str(item.outputs["arn"]) for item in record.of_type("aws:secretsmanager/secret:Secret")}
    for statement in _statements(record, f"{app}-task"):
        if "rds-db:connect" in statement["Action"]:
            yield from statement["Resource"]
        if "elasticfilesystem:ClientMount" in statement["Action"]:
            yield statement["Condition"]["StringEquals"][_ACCESS_POINT]
    for name, service in settings.services.items():
        if service.app != app or service.image is None:
            continue
        definition = record.one("aws:ecs/taskDefinition:TaskDefinition", name).inputs
        yield str(definition["taskRoleArn"])
        yield str(definition["executionRoleArn"])
        network: Any = record.one("aws:ecs/service:Service", name).inputs["networkConfiguration"]
        yield from network["securityGroups"]
        for statement in _statements(record, f"{name}-execution"):
            yield from created & {*statement["Resource"]}


def _statements(record: Record, policy: str) -> Iterator[dict[str, Any]]:
    for item in record.of_type(_POLICY):
        if item.name == policy:
            yield from json.loads(str(item.inputs["policy"]))["Statement"]
