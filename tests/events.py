"""Events of AWS services in the shape of AWS's documentation, and a matcher that decides like EventBridge.

The matcher implements the operators of
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html that patterns here can use, and
refuses any other operator.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from blueprint.record import Record

RULE: Final = "aws:cloudwatch/eventRule:EventRule"
TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"

Event = Mapping[str, Any]

_ABSENT: Final = object()
_COMPARISONS: Final = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def matches(pattern: Mapping[str, Any], event: Event) -> bool:
    """Decide whether an event matches an event pattern."""
    return all(
        any(matches(branch, event) for branch in rule)
        if key == "$or"
        else any(_field(rule, value) for value in _values(event.get(key, _ABSENT)))
        for key, rule in pattern.items()
    )


def _values(value: Any) -> Sequence[Any]:
    """Return the values of a field: an array matches if one of its elements does, and an empty array has no value."""
    return (value or [_ABSENT]) if isinstance(value, list) else [value]


def _field(rule: Any, value: Any) -> bool:
    if isinstance(rule, Mapping):
        return matches(rule, value if isinstance(value, Mapping) else {})
    assert isinstance(rule, list), rule
    assert rule, "EventBridge refuses an empty array"
    return any(_leaf(item, value) for item in rule)


def _leaf(item: Any, value: Any) -> bool:
    if not isinstance(item, Mapping):
        return type(item) is type(value) and item == value
    [(name, operand)] = item.items()
    if name == "exists":
        return (value is not _ABSENT) is operand
    if value is _ABSENT:
        return False
    match name:
        case "prefix":
            return isinstance(value, str) and value.startswith(operand)
        case "suffix":
            return isinstance(value, str) and value.endswith(operand)
        case "wildcard":
            expression = ".*".join(re.escape(part) for part in operand.split("*"))
            return isinstance(value, str) and re.fullmatch(expression, value) is not None
        case "anything-but":
            return not any(
                _leaf(each, value) for each in (operand if isinstance(operand, list) else [operand])
            )
        case "numeric":
            pairs = zip(operand[::2], operand[1::2], strict=True)
            return isinstance(value, int | float) and all(_COMPARISONS[sign](value, n) for sign, n in pairs)
        case _:
            raise AssertionError(f"the matcher does not know the operator {name}")


def matching_rules(record: Record, event: Event) -> list[str]:
    """Return the names of the rules of a record that match an event and that send alerts, that is to an SNS topic."""
    return [
        rule.name
        for rule in record.of_type(RULE)
        if matches(json.loads(str(rule.inputs["eventPattern"])), event)
        and ":sns:" in str(record.one(TARGET, rule.name).inputs["arn"])
    ]


def event(source: str, kind: str, detail: Event, resources: Sequence[str] = ()) -> Event:
    """Return an event with the fields that every event has."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind,
        "source": source,
        "account": "111122223333",
        "time": "2026-08-10T16:37:50Z",
        "region": "us-east-1",
        "resources": [*resources],
        "detail": detail,
    }


def key_deleted(key_arn: str) -> Event:
    """See https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html."""
    return event("aws.kms", "KMS CMK Deletion", {"key-id": key_arn.rpartition("/")[2]}, [key_arn])


def database_event(
    arn: str, category: str = "failure", kind: str = "RDS DB Instance Event", tags: Event | None = None
) -> Event:
    """See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html."""
    detail = {
        "EventCategories": [category],
        "SourceType": kind.removeprefix("RDS ").removesuffix(" Event").replace(" ", "_").upper(),
        "SourceArn": arn,
        "Date": "2026-08-10T16:37:50.292Z",
        "Message": "A message",
        "SourceIdentifier": arn.rpartition(":")[2],
        "EventID": "RDS-EVENT-0031",
        "Tags": tags or {},
    }
    return event("aws.rds", kind, detail, [arn])


def backup_failed(vault_arn: str, role_arn: str, state: str = "FAILED") -> Event:
    """See https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html."""
    detail = {
        "backupJobId": "34176239-e96d-4e1d-9fad-529dbb3c3556",
        "backupVaultArn": vault_arn,
        "backupVaultName": vault_arn.rpartition(":")[2],
        "bytesTransferred": "0",
        "iamRoleArn": role_arn,
        "resourceArn": "arn:aws:rds:us-east-1:111122223333:cluster:any",
        "resourceType": "Aurora",
        "state": state,
        "percentDone": 0,
    }
    return event("aws.backup", "Backup Job State Change", detail)


def copy_failed(vault_arn: str, role_arn: str) -> Event:
    """See https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html."""
    detail = {
        "copyJobId": "47C8EF56-74D8-059D-1301-C5BE1D5C926E",
        "iamRoleArn": role_arn,
        "resourceArn": "arn:aws:rds:us-east-1:111122223333:cluster:any",
        "resourceType": "Aurora",
        "sourceBackupVaultArn": vault_arn,
        "state": "FAILED",
        "destinationBackupVaultArn": "arn:aws:backup:us-west-2:111122223333:backup-vault:copy",
        "destinationRecoveryPointArn": {},
    }
    snapshot = "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:awsbackup:job-1"
    return event("aws.backup", "Copy Job State Change", detail, [snapshot])


def restore_failed(role_arn: str) -> Event:
    """See https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html."""
    detail = {
        "restoreJobId": "1B234A56-789B-01CD-2A34-4567A08901FD",
        "backupSizeInBytes": "22548578304",
        "iamRoleArn": role_arn,
        "percentDone": 0,
        "resourceType": "Aurora",
        "status": "FAILED",
    }
    snapshot = "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:awsbackup:job-1"
    return event("aws.backup", "Restore Job State Change", detail, [snapshot])


def deployment_failed(cluster_arn: str, name: str = "SERVICE_DEPLOYMENT_FAILED") -> Event:
    """See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html."""
    service = f"{cluster_arn.replace(':cluster/', ':service/')}/api"
    detail = {
        "eventType": "ERROR",
        "eventName": name,
        "deploymentId": "ecs-svc/123",
        "updatedAt": "2026-08-10T16:37:50Z",
        "reason": "ECS deployment circuit breaker: task failed to start.",
    }
    return event("aws.ecs", "ECS Deployment State Change", detail, [service])


def task_stopped(cluster_arn: str, code: str = "TaskFailedToStart", **container: object) -> Event:
    """See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html."""
    task = f"{cluster_arn.replace(':cluster/', ':task/')}/0123456789abcdef"
    detail = {
        "clusterArn": cluster_arn,
        "containers": [{"name": "api", "lastStatus": "STOPPED", **container}],
        "desiredStatus": "STOPPED",
        "group": "service:api",
        "lastStatus": "STOPPED",
        "stopCode": code,
        "taskArn": task,
    }
    return event("aws.ecs", "ECS Task State Change", detail, [task])


_FINDING: Final = {
    "RecordState": "ACTIVE",
    "Severity": {"Label": "CRITICAL"},
    "Workflow": {"Status": "NEW"},
    "Resources": [{"Id": "arn:aws:s3:::any"}],
}
EVENTS_OF_THE_ACCOUNT: Final = (
    event("aws.guardduty", "GuardDuty Finding", {"severity": 8, "type": "Backdoor:EC2/DenialOfService.Tcp"}),
    event("aws.securityhub", "Security Hub Findings - Imported", {"findings": [_FINDING]}),
    event("aws.health", "AWS Health Event", {"eventTypeCategory": "issue", "service": "RDS"}),
)
"""An event of each kind that concerns the whole account and region."""
