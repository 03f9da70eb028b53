"""Alerts: their conditions, their recipients, and the section of the runbook to which each of them refers."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN
from components.audit.alerts.alarms import Alarms, AlarmsArgs, MonitoredTrail
from components.audit.alerts.rows import METRIC_NAMESPACE, TrailAlert
from components.audit.alerts.service_events import (
    DELIVERY_STALE,
    FINDINGS,
    TRAIL_SILENT,
    UNDELIVERED,
    replication_failed,
)
from components.audit.alerts.trail_events import TRAIL_EVENTS
from components.compute.alarms import ALARMS as COMPUTE_ALARMS
from components.compute.service.alarms import AlarmLimits, service_alerts
from components.connectivity.partners.alarms import ALARMS as PARTNER_ALARMS
from components.connectivity.vpn.alarms import ALARMS as VPN_ALARMS
from components.data.backup.alarms import BACKUP_ALERTS
from components.data.cache.alarms import ALARMS as CACHE_ALARMS
from components.data.database.alarms import ALARMS as DATABASE_ALARMS
from components.encryption.policies import key_policy
from components.shared.alarms import RUNBOOK
from tests.harness import ACCOUNT, KEY, evaluate
from tests.repository import ROOT

EMAILS = ("security@example.org", "privacy@example.com")
TRAIL = MonitoredTrail(log_group_name="trail-events", log_buckets=("archive-1234567", "intake-1234567"))
ARCHIVE_ALARMS = (DELIVERY_STALE, replication_failed())
ALERTS = (*TRAIL_EVENTS, *FINDINGS, TRAIL_SILENT, UNDELIVERED, *ARCHIVE_ALARMS)
CONTAINER_ALARMS = (*service_alerts(routed=True, limits=AlarmLimits()), *COMPUTE_ALARMS)

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"

# The patterns of the Security Hub controls, copied from AWS's page. A control fails if its pattern differs.
CONTROLS = {
    1: '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
    2: '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    3: '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    4: "{($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy) || ($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || ($.eventName=PutRolePolicy) || ($.eventName=PutUserPolicy) || ($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || ($.eventName=CreatePolicyVersion) || ($.eventName=DeletePolicyVersion) || ($.eventName=AttachRolePolicy) || ($.eventName=DetachRolePolicy) || ($.eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || ($.eventName=AttachGroupPolicy) || ($.eventName=DetachGroupPolicy)}",
    5: "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}",
    6: '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
    7: "{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}",
    8: "{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBucketPolicy) || ($.eventName=PutBucketCors) || ($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || ($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || ($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication))}",
    9: "{($.eventSource=config.amazonaws.com) && (($.eventName=StopConfigurationRecorder) || ($.eventName=DeleteDeliveryChannel) || ($.eventName=PutDeliveryChannel) || ($.eventName=PutConfigurationRecorder))}",
    10: "{($.eventName=AuthorizeSecurityGroupIngress) || ($.eventName=AuthorizeSecurityGroupEgress) || ($.eventName=RevokeSecurityGroupIngress) || ($.eventName=RevokeSecurityGroupEgress) || ($.eventName=CreateSecurityGroup) || ($.eventName=DeleteSecurityGroup)}",
    11: "{($.eventName=CreateNetworkAcl) || ($.eventName=CreateNetworkAclEntry) || ($.eventName=DeleteNetworkAcl) || ($.eventName=DeleteNetworkAclEntry) || ($.eventName=ReplaceNetworkAclEntry) || ($.eventName=ReplaceNetworkAclAssociation)}",
    12: "{($.eventName=CreateCustomerGateway) || ($.eventName=DeleteCustomerGateway) || ($.eventName=AttachInternetGateway) || ($.eventName=CreateInternetGateway) || ($.eventName=DeleteInternetGateway) || ($.eventName=DetachInternetGateway)}",
    13: "{($.eventName=CreateRoute) || ($.eventName=CreateRouteTable) || ($.eventName=ReplaceRoute) || ($.eventName=ReplaceRouteTableAssociation) || ($.eventName=DeleteRouteTable) || ($.eventName=DeleteRoute) || ($.eventName=DisassociateRouteTable)}",
    14: "{($.eventName=CreateVpc) || ($.eventName=DeleteVpc) || ($.eventName=ModifyVpcAttribute) || ($.eventName=AcceptVpcPeeringConnection) || ($.eventName=CreateVpcPeeringConnection) || ($.eventName=DeleteVpcPeeringConnection) || ($.eventName=RejectVpcPeeringConnection) || ($.eventName=AttachClassicLinkVpc) || ($.eventName=DetachClassicLinkVpc) || ($.eventName=DisableVpcClassicLink) || ($.eventName=EnableVpcClassicLink)}",
}


@cache
def alarms(
    *, emails: tuple[str, ...] = EMAILS, trail: MonitoredTrail | None = TRAIL, known: bool = True
) -> Record:
    def program() -> None:
        Alarms(
            "alerts",
            AlarmsArgs(
                account=ACCOUNT,
                logs_key_arn=KEY,
                emails=emails,
                delivery_stream_name="delivery-stream",
                replication=[
                    {"SourceBucket": "intake", "DestinationBucket": "archive", "RuleId": rule}
                    for rule in ("awslogs", "application-logs")
                ],
                trail=trail,
            ),
        )

    return evaluate(program, known=known)


def names(record: Record, type_: str) -> set[str]:
    return {resource.name.removeprefix("alerts-") for resource in record.of_type(type_)}


def ids(rows: Any) -> set[str]:
    return {row.id for row in rows}


def statements(policy: object) -> dict[str, Any]:
    assert isinstance(policy, str)
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def for_each(rows: Any) -> Any:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.id)


# Conditions


def test_every_trail_event_has_a_metric_filter_and_an_alarm() -> None:
    record = alarms()
    assert names(record, FILTER) == ids(TRAIL_EVENTS)
    assert names(record, ALARM) == ids(TRAIL_EVENTS) | ids((TRAIL_SILENT, UNDELIVERED, *ARCHIVE_ALARMS))


@pytest.mark.parametrize("number", CONTROLS)
def test_each_security_hub_control_has_a_filter_with_its_exact_pattern(number: int) -> None:
    (event,) = (event for event in TRAIL_EVENTS if event.source == f"CloudWatch.{number}")
    assert alarms().one(FILTER, f"alerts-{event.id}").inputs["pattern"] == CONTROLS[number]


@for_each(TRAIL_EVENTS)
def test_each_alarm_uses_the_metric_of_its_filter(row: TrailAlert) -> None:
    metric_filter = alarms().one(FILTER, f"alerts-{row.id}").inputs
    alarm = alarms().one(ALARM, f"alerts-{row.id}").inputs
    assert metric_filter["logGroupName"] == "trail-events"
    assert metric_filter["metricTransformation"] == {
        "name": row.id,
        "namespace": METRIC_NAMESPACE,
        "value": "1",
    }
    assert (alarm["metricName"], alarm["namespace"], alarm["statistic"]) == (row.id, METRIC_NAMESPACE, "Sum")
    assert (alarm["threshold"], alarm["period"], alarm["evaluationPeriods"]) == (
        row.threshold,
        row.period_seconds,
        1,
    )
    assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["treatMissingData"] == "notBreaching"


def test_the_alarm_on_archive_changes_covers_the_log_buckets_only() -> None:
    pattern = str(alarms().one(FILTER, "alerts-archive-change").inputs["pattern"])
    assert (
        '&& (($.requestParameters.bucketName="archive-1234567") || ($.requestParameters.bucketName="intake-1234567")) &&'
        in pattern
    )


def test_only_the_pattern_with_bucket_names_is_unknown_in_a_first_preview() -> None:
    from pulumi import Output

    def program() -> None:
        import pulumi_aws as aws

        bucket = aws.s3.Bucket("logs")
        trail = MonitoredTrail(
            log_group_name="trail-events", log_buckets=[bucket.id, Output.from_input("intake")]
        )
        Alarms("alerts", AlarmsArgs(account=ACCOUNT, logs_key_arn=KEY, emails=EMAILS, trail=trail))

    record = evaluate(program, known=False)
    unknown = {item.name for item in record.of_type(FILTER) if item.inputs["pattern"] is UNKNOWN}
    assert unknown == {"alerts-archive-change"}


@for_each(TRAIL_EVENTS)
def test_every_pattern_is_within_the_limit_with_the_longest_bucket_names(row: TrailAlert) -> None:
    pattern = row.pattern_for(["b" * 63, "i" * 63])
    assert len(pattern) <= 1024
    assert pattern.count("(") == pattern.count(")")
    assert (pattern[0], pattern[-1]) == ("{", "}")
    assert "<" not in pattern


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


# Stacks with and without the trail


def test_a_stack_without_the_trail_has_topic_and_rules_but_no_filters() -> None:
    record = alarms(trail=None)
    assert record.of_type(FILTER) == ()
    assert names(record, ALARM) == ids((UNDELIVERED, *ARCHIVE_ALARMS))
    assert names(record, RULE) == ids(FINDINGS)
    assert len(record.of_type(TOPIC)) == 1


@pytest.mark.parametrize("trail", [None, TRAIL], ids=["without-trail", "with-trail"])
def test_the_output_alarm_ids_contains_every_alarm_once_as_a_plain_value(
    trail: MonitoredTrail | None,
) -> None:
    outputs: list[tuple[str, ...]] = []

    def program() -> None:
        component = Alarms(
            "alerts", AlarmsArgs(account=ACCOUNT, logs_key_arn=KEY, emails=EMAILS, trail=trail)
        )
        outputs.append(component.alarm_ids)

    record = evaluate(program)
    assert set(outputs[0]) == names(record, ALARM)
    assert len(outputs[0]) == len(set(outputs[0]))


def test_all_resources_are_children_of_the_component() -> None:
    record = alarms()
    component = record.one("hipaa:audit:Alarms")
    assert {item.parent for item in record.resources if item.custom} == {component.urn}
    assert component.outputs["topic_arn"] == record.one(TOPIC).outputs["arn"]
    assert component.outputs["queue_arn"] == record.one(QUEUE).outputs["arn"]


# Recipients


@pytest.mark.parametrize("known", [True, False])
def test_every_alarm_notifies_the_topic_of_alarms_and_of_missing_data(known: bool) -> None:
    record = alarms(known=known)
    topic = record.one(TOPIC)
    for alarm in record.of_type(ALARM):
        assert alarm.property_dependencies["alarmActions"] == (topic.urn,), alarm.name
        assert alarm.property_dependencies["insufficientDataActions"] == (topic.urn,), alarm.name
        assert "okActions" not in alarm.inputs, alarm.name
        assert alarm.inputs.get("actionsEnabled", True) is True, alarm.name


def test_every_address_has_an_email_subscription_with_the_dead_letter_queue() -> None:
    record = alarms()
    subscriptions = record.of_type(SUBSCRIPTION)
    assert {item.inputs["endpoint"] for item in subscriptions} == set(EMAILS)
    for item in subscriptions:
        assert item.inputs["protocol"] == "email"
        assert item.inputs["topic"] == record.one(TOPIC).outputs["arn"]
        assert json.loads(str(item.inputs["redrivePolicy"])) == {
            "deadLetterTargetArn": record.one(QUEUE).outputs["arn"]
        }


def test_topic_and_queue_are_encrypted_with_the_logs_key() -> None:
    record = alarms()
    assert record.one(TOPIC).inputs["kmsMasterKeyId"] == KEY
    assert record.one(QUEUE).inputs["kmsMasterKeyId"] == KEY


def test_the_queue_keeps_messages_for_fourteen_days() -> None:
    assert alarms().one(QUEUE).inputs["messageRetentionSeconds"] == 1_209_600


def test_only_alarms_of_this_account_and_eventbridge_may_publish() -> None:
    by_sid = statements(alarms().one(TOPIC_POLICY).inputs["policy"])
    allowed = {sid: item for sid, item in by_sid.items() if item["Effect"] == "Allow"}
    assert {sid: item["Principal"] for sid, item in allowed.items()} == {
        "Alarms": {"Service": ["cloudwatch.amazonaws.com"]},
        "Rules": {"Service": ["events.amazonaws.com"]},
    }
    assert {tuple(item["Action"]) for item in allowed.values()} == {("sns:Publish",)}
    assert by_sid["Alarms"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:*"},
    }


def test_the_statement_for_eventbridge_has_no_condition_because_eventbridge_could_not_meet_it() -> None:
    assert "Condition" not in statements(alarms().one(TOPIC_POLICY).inputs["policy"])["Rules"]


def test_only_the_topic_and_rules_of_this_account_may_send_to_the_queue() -> None:
    record = alarms()
    by_sid = statements(record.one(QUEUE_POLICY).inputs["policy"])
    assert by_sid["Topic"]["Principal"] == {"Service": ["sns.amazonaws.com"]}
    assert by_sid["Topic"]["Condition"] == {"ArnEquals": {"aws:SourceArn": record.one(TOPIC).outputs["arn"]}}
    assert by_sid["Rules"]["Principal"] == {"Service": ["events.amazonaws.com"]}
    assert by_sid["Rules"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:111122223333:rule/*"},
    }
    assert {sid for sid, item in by_sid.items() if item["Effect"] == "Allow"} == {"Topic", "Rules"}


@pytest.mark.parametrize(("type_", "action"), [(TOPIC_POLICY, "sns:Publish"), (QUEUE_POLICY, "sqs:*")])
def test_topic_and_queue_deny_requests_without_tls(type_: str, action: str) -> None:
    denial = statements(alarms().one(type_).inputs["policy"])["TlsOnly"]
    assert denial["Effect"] == "Deny"
    assert denial["Principal"] == {"AWS": ["*"]}
    assert denial["Action"] == [action]
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_subscriptions_and_targets_depend_on_the_policies_of_topic_and_queue() -> None:
    record = alarms()
    policies = {record.one(TOPIC_POLICY).urn, record.one(QUEUE_POLICY).urn}
    for item in (*record.of_type(SUBSCRIPTION), *record.of_type(TARGET)):
        assert policies <= set(item.dependencies), item.name


# Events of AWS services


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


# Descriptions and runbook


@for_each(ALERTS)
def test_each_description_contains_the_event_the_reason_and_the_runbook(row: Any) -> None:
    for sentence in (row.summary, row.impact):
        assert re.fullmatch(r"[A-Z].{20,}\.", sentence), sentence
    assert row.description == f"{row.summary} {row.impact} Runbook: {RUNBOOK}#{row.id}"


@pytest.mark.parametrize(
    ("type_", "key", "limit"), [(ALARM, "alarmDescription", 1024), (RULE, "description", 512)]
)
def test_descriptions_are_those_of_the_tables_and_within_the_limit(type_: str, key: str, limit: int) -> None:
    expected = {f"alerts-{row.id}": row.description for row in ALERTS}
    described: dict[str, Resource] = {item.name: item for item in alarms().of_type(type_)}
    assert described
    for name, item in described.items():
        assert item.inputs[key] == expected[name]
        assert len(expected[name]) <= limit


def test_every_alert_has_a_section_in_the_runbook_and_every_section_has_an_alert() -> None:
    headings = re.findall(r"^### (.+)$", (ROOT / RUNBOOK).read_text(), flags=re.MULTILINE)
    all_alerts = (
        *ALERTS,
        *CONTAINER_ALARMS,
        *DATABASE_ALARMS,
        *CACHE_ALARMS,
        *BACKUP_ALERTS,
        *PARTNER_ALARMS,
        *VPN_ALARMS,
    )
    assert sorted(headings) == sorted(row.id for row in all_alerts)


@pytest.mark.parametrize("page", sorted((ROOT / "docs/runbooks").glob("*.md")), ids=lambda page: page.name)
def test_each_runbook_is_short_and_its_links_are_valid(page: Path) -> None:
    text = page.read_text()
    # The runbook of the alarms may be longer, because nobody reads more than one of its sections.
    assert len(text.splitlines()) <= (400 if page.name == Path(RUNBOOK).name else 180)
    for file, anchor in re.findall(r"\]\(([\w.-]*)#?([\w-]*)\)", text):
        linked = page.parent / file if file else page
        assert linked.is_file(), file
        slugs = {
            re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", linked.read_text(), flags=re.MULTILINE)
        }
        assert not anchor or anchor in slugs, (file, anchor)


# Any settings


addresses = st.from_regex(r"[a-zA-Z0-9_.+-]{1,12}@[a-z]{1,8}\.(org|com)", fullmatch=True)


@settings(max_examples=8)
@given(emails=st.lists(addresses, unique=True, max_size=4), with_trail=st.booleans(), known=st.booleans())
def test_any_addresses_with_or_without_a_trail_give_one_encrypted_topic_and_one_subscription_per_address(
    emails: list[str], with_trail: bool, known: bool
) -> None:
    record = alarms(emails=tuple(emails), trail=TRAIL if with_trail else None, known=known)
    assert [item.inputs["kmsMasterKeyId"] for item in record.of_type(TOPIC)] == [KEY]
    assert sorted(str(item.inputs["endpoint"]) for item in record.of_type(SUBSCRIPTION)) == sorted(emails)
    assert len(record.of_type(FILTER)) == (len(TRAIL_EVENTS) if with_trail else 0)
    assert len(record.of_type(ALARM)) == 1 + len(ARCHIVE_ALARMS) + (
        len(TRAIL_EVENTS) + 1 if with_trail else 0
    )
    assert len(record.of_type(RULE)) == len(record.of_type(TARGET)) == len(FINDINGS)


# Refusals


def test_a_duplicate_address_is_refused_with_the_address() -> None:
    with pytest.raises(ValueError, match=r"emails names security@example\.org more than once"):
        AlarmsArgs(account=ACCOUNT, logs_key_arn=KEY, emails=("security@example.org",) * 2)


def test_a_trail_without_log_buckets_is_refused() -> None:
    with pytest.raises(ValueError, match="log_buckets"):
        MonitoredTrail(log_group_name="trail-events", log_buckets=())


# The key


def test_the_policy_of_the_logs_key_admits_the_services_that_write_to_topic_and_queue() -> None:
    admitted: set[tuple[str, str]] = set()
    for statement in json.loads(key_policy("logs", ACCOUNT))["Statement"]:
        if {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(statement["Action"]):
            services = statement["Principal"].get("Service", [])
            contexts = statement.get("Condition", {}).get("ArnLike", {})
            admitted |= {(service, context) for service in services for context in contexts}
    assert {
        ("cloudwatch.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn"),
        ("events.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn"),
        ("events.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn"),
        ("sns.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn"),
    } <= admitted
