"""Alerts on events of AWS services, and on logs and alerts that do not arrive."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from components.shared.alarms import RUNBOOK
from tests.components.audit.alerts.programs import (
    ALARM,
    CLUSTER,
    DATABASES,
    EVENTS,
    QUEUE,
    RESTORE_ROLE,
    RULE,
    TARGET,
    TOPIC,
    VAULT,
    alarms,
    for_each,
)
from tests.events import (
    backup_failed,
    copy_failed,
    database_event,
    deployment_failed,
    key_deleted,
    matches,
    restore_failed,
    task_stopped,
)
from tests.harness import ACCOUNT, KEY


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


@for_each(EVENTS)
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


@for_each(EVENTS)
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


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED", "ABORTED"])
def test_failed_backups_copies_and_restores_of_the_vault_raise_an_alert(state: str) -> None:
    pattern = event_pattern("backup-failed")
    other = ACCOUNT.arn("iam", "role/other", regional=False)
    assert matches(pattern, backup_failed(VAULT, other, state))
    assert matches(pattern, copy_failed(VAULT, other))
    assert matches(pattern, restore_failed(RESTORE_ROLE))


def test_jobs_that_succeed_and_jobs_of_other_vaults_and_roles_raise_no_alert() -> None:
    pattern = event_pattern("backup-failed")
    vault = f"{VAULT}8"
    assert not matches(pattern, backup_failed(VAULT, RESTORE_ROLE, "COMPLETED"))
    assert not matches(pattern, backup_failed(vault, RESTORE_ROLE))
    assert not matches(pattern, copy_failed(vault, RESTORE_ROLE))
    assert not matches(pattern, restore_failed(f"{RESTORE_ROLE}8"))


@pytest.mark.parametrize("arn", DATABASES)
@pytest.mark.parametrize("category", ["deletion", "failover", "failure", "low storage"])
def test_a_failure_or_deletion_of_a_database_of_the_stack_raises_an_alert(arn: str, category: str) -> None:
    pattern = event_pattern("database-event")
    kind = {"cluster": "Cluster", "db-proxy": "Proxy", "db": "Instance"}[arn.split(":")[5]]
    assert matches(pattern, database_event(arn, category, f"RDS DB {kind} Event"))
    assert not matches(pattern, database_event(f"{arn}8", category, f"RDS DB {kind} Event"))
    assert not matches(pattern, database_event(arn, "notification", f"RDS DB {kind} Event"))


@pytest.mark.parametrize(
    ("category", "cluster", "alert"),
    [("failure", "aurora-1", True), ("deletion", "aurora-1", False), ("failure", "aurora-2", False)],
)
def test_a_failure_of_a_reader_that_auto_scaling_added_raises_an_alert_and_its_deletion_does_not(
    category: str, cluster: str, alert: bool
) -> None:
    reader = ACCOUNT.arn("rds", "db:application-autoscaling-61aabbcc-4e2f-4c65-b620-ab7421abc123")
    tags = {"application-autoscaling:resourceId": f"cluster:{cluster}"}
    assert matches(event_pattern("database-event"), database_event(reader, category, tags=tags)) is alert


def test_a_stack_without_a_cluster_has_a_pattern_without_an_empty_list() -> None:
    instance = DATABASES[-1]
    rule = alarms(databases=(instance,)).one(RULE, "alerts-database-event")
    pattern = json.loads(str(rule.inputs["eventPattern"]))
    assert matches(pattern, database_event(instance, "deletion"))
    assert not matches(pattern, database_event(DATABASES[1]))


def test_the_pattern_of_sixteen_instances_is_within_the_quota() -> None:
    cluster = ACCOUNT.arn("rds", f"cluster:{'a' * 24}")
    instances = tuple(ACCOUNT.arn("rds", f"db:aurora-{letter}2-1234567") for letter in "abcdefghijklmnop")
    rule = alarms(databases=(cluster, *instances, DATABASES[2], DATABASES[3])).one(
        RULE, "alerts-database-event"
    )
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    assert len(str(rule.inputs["eventPattern"])) <= 2048


def test_a_failed_deployment_in_the_cluster_raises_an_alert() -> None:
    pattern = event_pattern("deployment-failed")
    assert matches(pattern, deployment_failed(CLUSTER))
    assert not matches(pattern, deployment_failed(CLUSTER, "SERVICE_DEPLOYMENT_COMPLETED"))
    assert not matches(pattern, deployment_failed(f"{CLUSTER}8"))


def test_a_deletion_of_a_key_of_the_stack_raises_an_alert() -> None:
    assert matches(event_pattern("key-lifecycle"), key_deleted(KEY))
    assert not matches(event_pattern("key-lifecycle"), key_deleted(f"{KEY}8"))


def test_events_of_the_whole_account_raise_alerts_only_in_the_stack_that_owns_them() -> None:
    record = alarms(region_events=False)
    assert {item.name for item in record.of_type(RULE)} == {
        f"alerts-{row.id}" for row in EVENTS if row.filter
    }


@for_each(EVENTS)
def test_a_pattern_has_arns_if_and_only_if_it_has_a_filter(row: Any) -> None:
    with pytest.raises(ValueError, match=f"arns of {row.id} must"):
        row.pattern_for(() if row.filter else (KEY,))


def test_issues_of_aws_and_the_rotation_and_deletion_of_keys_raise_an_alert() -> None:
    assert event_pattern("health-event")["detail"] == {"eventTypeCategory": ["issue"]}
    assert {"KMS CMK Rotation", "KMS CMK Deletion"} <= set(event_pattern("key-lifecycle")["detail-type"])


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
    assert matches(event_pattern("task-died"), task_stopped(CLUSTER, code, **container)) is alert
    assert not matches(event_pattern("task-died"), task_stopped(f"{CLUSTER}8", code, **container))
