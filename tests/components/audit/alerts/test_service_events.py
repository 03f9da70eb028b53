"""Alerts on events of AWS services, and on logs and alerts that do not arrive."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from components.audit.alerts.service_events import FINDINGS
from components.shared.alarms import RUNBOOK
from tests.components.audit.alerts.programs import ALARM, QUEUE, RULE, TARGET, TOPIC, alarms, for_each


def test_a_trail_without_events_raises_an_alarm_also_when_the_metric_is_missing() -> None:
    alarm = alarms().one(ALARM, "alerts-trail-silent").inputs
    assert alarm["dimensions"] == {"LogGroupName": "trail-events"}
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/Logs", "IncomingLogEvents")
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 1)
    assert alarm["treatMissingData"] == "breaching"


def test_a_message_in_the_dead_letter_queue_raises_an_alarm() -> None:
    queue = alarms().one(QUEUE)
    alarm = alarms().one(ALARM, "alerts-undelivered-alerts").inputs
    assert alarm["dimensions"] == {"QueueName": queue.outputs["name"]}
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["threshold"] == 1


@for_each(FINDINGS)
def test_each_event_is_sent_to_the_topic_as_text_with_its_runbook(row: Any) -> None:
    record = alarms(trail=None)
    target = record.one(TARGET, f"alerts-{row.id}")
    rule = record.one(RULE, f"alerts-{row.id}")
    transformer: Any = target.inputs["inputTransformer"]
    text = json.loads(transformer["inputTemplate"])
    assert target.inputs["arn"] == record.one(TOPIC).outputs["arn"]
    assert target.inputs["rule"] == rule.outputs["name"]
    assert target.inputs["deadLetterConfig"] == {"arn": record.one(QUEUE).outputs["arn"]}
    assert "roleArn" not in target.inputs
    assert set(re.findall(r"<(\w+)>", text)) == set(transformer["inputPaths"])
    assert text.endswith(f"Runbook: {RUNBOOK}#{row.id}")


@for_each(FINDINGS)
def test_messages_contain_no_free_text_of_an_event(row: Any) -> None:
    free_text = re.compile(r"title|description|message|text|note|remediation", re.IGNORECASE)
    assert [path for path in row.paths.values() if free_text.search(path)] == []


def event_pattern(name: str) -> Any:
    return json.loads(str(alarms(trail=None).one(RULE, f"alerts-{name}").inputs["eventPattern"]))


def test_guardduty_findings_of_severity_seven_and_higher_raise_an_alert() -> None:
    assert event_pattern("guardduty-finding") == {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 7]}]},
    }


def test_new_active_security_hub_findings_of_high_severity_raise_an_alert() -> None:
    assert event_pattern("security-hub-finding")["detail"]["findings"] == {
        "RecordState": ["ACTIVE"],
        "Severity": {"Label": ["HIGH", "CRITICAL"]},
        "Workflow": {"Status": ["NEW"]},
    }


def test_failed_backups_copies_and_restores_raise_an_alert_in_both_forms_of_the_event() -> None:
    failed = ["FAILED", "EXPIRED", "ABORTED"]
    pattern = event_pattern("backup-failed")
    assert pattern["detail"] == {"$or": [{"state": failed}, {"status": failed}]}
    assert {kind.split()[0] for kind in pattern["detail-type"]} == {"Backup", "Copy", "Restore"}


def test_issues_of_aws_and_the_rotation_and_deletion_of_keys_raise_an_alert() -> None:
    assert event_pattern("health-event")["detail"] == {"eventTypeCategory": ["issue"]}
    assert {"KMS CMK Rotation", "KMS CMK Deletion"} <= set(event_pattern("key-lifecycle")["detail-type"])


def matches(pattern: Any, event: Any) -> bool:
    """Decide like EventBridge, for the operators that this project's patterns use."""
    if isinstance(event, list):
        return any(matches(pattern, item) for item in event)
    if isinstance(pattern, dict):
        branches = pattern.get("$or", [])
        return (not branches or any(matches(branch, event) for branch in branches)) and all(
            isinstance(event, dict) and key in event and matches(value, event[key])
            for key, value in pattern.items()
            if key != "$or"
        )
    return any(
        event not in (item["anything-but"],) if isinstance(item, dict) else event == item for item in pattern
    )


@pytest.mark.parametrize(
    ("code", "container", "alert"),
    [
        ("TaskFailedToStart", {"reason": "CannotPullContainerError"}, True),
        ("EssentialContainerExited", {"exitCode": 1}, True),
        ("EssentialContainerExited", {"exitCode": 0}, False),
        ("ServiceSchedulerInitiated", {"exitCode": 143}, False),
        ("UserInitiated", {}, False),
    ],
)
def test_a_task_that_fails_or_never_starts_raises_an_alert_and_a_task_that_ends_normally_does_not(
    code: str, container: dict[str, object], alert: bool
) -> None:
    containers = [{"name": "api", "lastStatus": "STOPPED", **container}]
    event = {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {"lastStatus": "STOPPED", "stopCode": code, "containers": containers},
    }
    assert matches(event_pattern("task-died"), event) is alert
