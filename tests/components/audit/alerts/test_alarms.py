"""Alerts: what is watched, who is told, and that each sends the reader to a section of the runbook."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint import ROOT
from blueprint.record import Record, Resource, evaluate
from blueprint.values import UNKNOWN
from components.audit.alerts.alarms import Alarms, AlarmsArgs, WatchedTrail
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
from components.connectivity.partners.alarms import ALARMS as OF_PARTNERS
from components.connectivity.vpn.alarms import ALARMS as OF_VPN
from components.data.backup.alarms import BACKUP_ALERTS
from components.data.cache.alarms import ALARMS as OF_CACHE
from components.data.database.alarms import ALARMS as OF_DATABASES
from components.encryption.policies import key_policy
from components.shared.alarms import RUNBOOK
from components.shared.iam import Account

ACCOUNT = Account(id="111122223333", region="us-east-1")
KEY = "arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888"
EMAILS = ("security@example.org", "privacy@example.com")
TRAIL = WatchedTrail(log_group_name="trail-events", log_buckets=("archive-1234567", "intake-1234567"))
WAYS_IN = (DELIVERY_STALE, replication_failed())
ALERTS = (*TRAIL_EVENTS, *FINDINGS, TRAIL_SILENT, UNDELIVERED, *WAYS_IN)
OF_CONTAINERS = (*service_alerts(routed=True, limits=AlarmLimits()), *COMPUTE_ALARMS)

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"

# The patterns of the Security Hub controls, copied from AWS's page: a control fails if one differs.
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
    *, emails: tuple[str, ...] = EMAILS, trail: WatchedTrail | None = TRAIL, known: bool = True
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

    return evaluate(program, {"aws:region": "us-east-1", "hipaa:account": ACCOUNT.id}, known=known)


def names(record: Record, type_: str) -> set[str]:
    return {resource.name.removeprefix("alerts-") for resource in record.of_type(type_)}


def ids(rows: Any) -> set[str]:
    return {row.id for row in rows}


def statements(policy: object) -> dict[str, Any]:
    assert isinstance(policy, str)
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def named(rows: Any) -> Any:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.id)


# What is watched


def test_every_row_of_the_table_is_a_filter_and_an_alarm() -> None:
    record = alarms()
    assert names(record, FILTER) == ids(TRAIL_EVENTS)
    assert names(record, ALARM) == ids(TRAIL_EVENTS) | ids((TRAIL_SILENT, UNDELIVERED, *WAYS_IN))


@pytest.mark.parametrize("number", CONTROLS)
def test_a_control_of_security_hub_finds_its_exact_pattern(number: int) -> None:
    (event,) = (event for event in TRAIL_EVENTS if event.source == f"CloudWatch.{number}")
    assert alarms().one(FILTER, f"alerts-{event.id}").inputs["pattern"] == CONTROLS[number]


@named(TRAIL_EVENTS)
def test_an_alarm_counts_what_its_filter_finds(row: TrailAlert) -> None:
    found = alarms().one(FILTER, f"alerts-{row.id}").inputs
    alarm = alarms().one(ALARM, f"alerts-{row.id}").inputs
    assert found["logGroupName"] == "trail-events"
    assert found["metricTransformation"] == {"name": row.id, "namespace": METRIC_NAMESPACE, "value": "1"}
    assert (alarm["metricName"], alarm["namespace"], alarm["statistic"]) == (row.id, METRIC_NAMESPACE, "Sum")
    assert (alarm["threshold"], alarm["period"], alarm["evaluationPeriods"]) == (
        row.threshold,
        row.period_seconds,
        1,
    )
    assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["treatMissingData"] == "notBreaching"


def test_changes_of_the_archive_are_watched_on_the_log_buckets_only() -> None:
    pattern = str(alarms().one(FILTER, "alerts-archive-change").inputs["pattern"])
    assert (
        '&& (($.requestParameters.bucketName="archive-1234567") || ($.requestParameters.bucketName="intake-1234567")) &&'
        in pattern
    )


def test_only_the_pattern_with_the_buckets_names_is_unknown_at_a_first_preview() -> None:
    from pulumi import Output

    def program() -> None:
        import pulumi_aws as aws

        bucket = aws.s3.Bucket("logs")
        trail = WatchedTrail(
            log_group_name="trail-events", log_buckets=[bucket.id, Output.from_input("intake")]
        )
        Alarms("alerts", AlarmsArgs(account=ACCOUNT, logs_key_arn=KEY, emails=EMAILS, trail=trail))

    record = evaluate(program, {"aws:region": "us-east-1"}, known=False)
    unknown = {item.name for item in record.of_type(FILTER) if item.inputs["pattern"] is UNKNOWN}
    assert unknown == {"alerts-archive-change"}


@named(TRAIL_EVENTS)
def test_a_pattern_fits_cloudwatch_even_with_the_longest_bucket_names(row: TrailAlert) -> None:
    pattern = row.pattern_for(["b" * 63, "i" * 63])
    assert len(pattern) <= 1024
    assert pattern.count("(") == pattern.count(")")
    assert (pattern[0], pattern[-1]) == ("{", "}")
    assert "<" not in pattern


def test_a_silent_trail_is_an_alarm_even_without_data() -> None:
    silent = alarms().one(ALARM, "alerts-trail-silent").inputs
    assert silent["dimensions"] == {"LogGroupName": "trail-events"}
    assert (silent["namespace"], silent["metricName"]) == ("AWS/Logs", "IncomingLogEvents")
    assert (silent["comparisonOperator"], silent["threshold"]) == ("LessThanThreshold", 1)
    assert silent["treatMissingData"] == "breaching"


def test_what_could_not_be_delivered_is_an_alarm() -> None:
    queue = alarms().one(QUEUE)
    waiting = alarms().one(ALARM, "alerts-undelivered-alerts").inputs
    assert waiting["dimensions"] == {"QueueName": queue.outputs["name"]}
    assert (waiting["namespace"], waiting["metricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert waiting["threshold"] == 1


# Scopes


def test_a_stack_without_the_trail_has_topic_and_rules_but_no_filters() -> None:
    record = alarms(trail=None)
    assert record.of_type(FILTER) == ()
    assert names(record, ALARM) == ids((UNDELIVERED, *WAYS_IN))
    assert names(record, RULE) == ids(FINDINGS)
    assert len(record.of_type(TOPIC)) == 1


@pytest.mark.parametrize("trail", [None, TRAIL], ids=["without-trail", "with-trail"])
def test_the_ids_of_the_alarms_are_plain_and_complete(trail: WatchedTrail | None) -> None:
    seen: list[tuple[str, ...]] = []

    def program() -> None:
        made = Alarms("alerts", AlarmsArgs(account=ACCOUNT, logs_key_arn=KEY, emails=EMAILS, trail=trail))
        seen.append(made.alarm_ids)

    record = evaluate(program, {"aws:region": "us-east-1"})
    assert set(seen[0]) == names(record, ALARM)
    assert len(seen[0]) == len(set(seen[0]))


def test_everything_belongs_to_the_component() -> None:
    record = alarms()
    component = record.one("hipaa:audit:Alarms")
    assert {item.parent for item in record.resources if item.custom} == {component.urn}
    assert component.outputs["topic_arn"] == record.one(TOPIC).outputs["arn"]
    assert component.outputs["queue_arn"] == record.one(QUEUE).outputs["arn"]


# Who is told


@pytest.mark.parametrize("known", [True, False])
def test_every_alarm_tells_the_topic_of_trouble_and_of_missing_data(known: bool) -> None:
    record = alarms(known=known)
    topic = record.one(TOPIC)
    for alarm in record.of_type(ALARM):
        assert alarm.property_dependencies["alarmActions"] == (topic.urn,), alarm.name
        assert alarm.property_dependencies["insufficientDataActions"] == (topic.urn,), alarm.name
        assert "okActions" not in alarm.inputs, alarm.name
        assert alarm.inputs.get("actionsEnabled", True) is True, alarm.name


def test_everybody_named_is_subscribed_by_mail_and_lost_mail_is_kept() -> None:
    record = alarms()
    subscriptions = record.of_type(SUBSCRIPTION)
    assert {item.inputs["endpoint"] for item in subscriptions} == set(EMAILS)
    for item in subscriptions:
        assert item.inputs["protocol"] == "email"
        assert item.inputs["topic"] == record.one(TOPIC).outputs["arn"]
        assert json.loads(str(item.inputs["redrivePolicy"])) == {
            "deadLetterTargetArn": record.one(QUEUE).outputs["arn"]
        }


def test_topic_and_queue_are_encrypted_under_the_key_for_logs() -> None:
    record = alarms()
    assert record.one(TOPIC).inputs["kmsMasterKeyId"] == KEY
    assert record.one(QUEUE).inputs["kmsMasterKeyId"] == KEY


def test_the_queue_keeps_messages_for_fourteen_days() -> None:
    assert alarms().one(QUEUE).inputs["messageRetentionSeconds"] == 1_209_600


def test_only_this_accounts_alarms_and_eventbridge_may_publish() -> None:
    found = statements(alarms().one(TOPIC_POLICY).inputs["policy"])
    allowed = {sid: item for sid, item in found.items() if item["Effect"] == "Allow"}
    assert {sid: item["Principal"] for sid, item in allowed.items()} == {
        "Alarms": {"Service": ["cloudwatch.amazonaws.com"]},
        "Rules": {"Service": ["events.amazonaws.com"]},
    }
    assert {tuple(item["Action"]) for item in allowed.values()} == {("sns:Publish",)}
    assert found["Alarms"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:*"},
    }


def test_the_statement_for_eventbridge_has_no_condition_which_would_silence_it() -> None:
    assert "Condition" not in statements(alarms().one(TOPIC_POLICY).inputs["policy"])["Rules"]


def test_only_the_topic_and_this_accounts_rules_may_fill_the_queue() -> None:
    record = alarms()
    found = statements(record.one(QUEUE_POLICY).inputs["policy"])
    assert found["Topic"]["Principal"] == {"Service": ["sns.amazonaws.com"]}
    assert found["Topic"]["Condition"] == {"ArnEquals": {"aws:SourceArn": record.one(TOPIC).outputs["arn"]}}
    assert found["Rules"]["Principal"] == {"Service": ["events.amazonaws.com"]}
    assert found["Rules"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:111122223333:rule/*"},
    }
    assert {sid for sid, item in found.items() if item["Effect"] == "Allow"} == {"Topic", "Rules"}


@pytest.mark.parametrize(("type_", "action"), [(TOPIC_POLICY, "sns:Publish"), (QUEUE_POLICY, "sqs:*")])
def test_nothing_gets_in_without_tls(type_: str, action: str) -> None:
    denial = statements(alarms().one(type_).inputs["policy"])["TlsOnly"]
    assert denial["Effect"] == "Deny"
    assert denial["Principal"] == {"AWS": ["*"]}
    assert denial["Action"] == [action]
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_whatever_publishes_waits_until_it_may() -> None:
    record = alarms()
    policies = {record.one(TOPIC_POLICY).urn, record.one(QUEUE_POLICY).urn}
    for item in (*record.of_type(SUBSCRIPTION), *record.of_type(TARGET)):
        assert policies <= set(item.dependencies), item.name


# Events of services


@named(FINDINGS)
def test_a_finding_reaches_the_topic_as_text(row: Any) -> None:
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


@named(FINDINGS)
def test_a_message_shows_identifiers_and_no_free_text(row: Any) -> None:
    free_text = re.compile(r"title|description|message|text|note|remediation", re.IGNORECASE)
    assert [path for path in row.paths.values() if free_text.search(path)] == []


def pattern(name: str) -> Any:
    return json.loads(str(alarms(trail=None).one(RULE, f"alerts-{name}").inputs["eventPattern"]))


def test_guardduty_speaks_up_from_severity_seven() -> None:
    assert pattern("guardduty-finding") == {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 7]}]},
    }


def test_security_hub_speaks_up_for_active_findings_of_high_severity() -> None:
    assert pattern("security-hub-finding")["detail"]["findings"] == {
        "RecordState": ["ACTIVE"],
        "Severity": {"Label": ["HIGH", "CRITICAL"]},
        "Workflow": {"Status": ["NEW"]},
    }


def test_failed_backups_copies_and_restores_are_told_of_whatever_the_field_is_called() -> None:
    failed = ["FAILED", "EXPIRED", "ABORTED"]
    found = pattern("backup-failed")
    assert found["detail"] == {"$or": [{"state": failed}, {"status": failed}]}
    assert {kind.split()[0] for kind in found["detail-type"]} == {"Backup", "Copy", "Restore"}


def test_issues_of_aws_and_lives_of_keys_are_told_of() -> None:
    assert pattern("health-event")["detail"] == {"eventTypeCategory": ["issue"]}
    assert {"KMS CMK Rotation", "KMS CMK Deletion"} <= set(pattern("key-lifecycle")["detail-type"])


def matches(pattern: Any, event: Any) -> bool:
    """Decide like EventBridge, for what this project's patterns use."""
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
    ("code", "container", "told"),
    [
        ("TaskFailedToStart", {"reason": "CannotPullContainerError"}, True),
        ("EssentialContainerExited", {"exitCode": 1}, True),
        ("EssentialContainerExited", {"exitCode": 0}, False),
        ("ServiceSchedulerInitiated", {"exitCode": 143}, False),
        ("UserInitiated", {}, False),
    ],
)
def test_a_task_that_dies_or_never_starts_is_told_of_and_one_that_ends_in_order_is_not(
    code: str, container: dict[str, object], told: bool
) -> None:
    containers = [{"name": "api", "lastStatus": "STOPPED", **container}]
    event = {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {"lastStatus": "STOPPED", "stopCode": code, "containers": containers},
    }
    assert matches(pattern("task-died"), event) is told


# Descriptions and runbook


@named(ALERTS)
def test_a_description_says_what_happened_why_it_matters_and_which_runbook_to_open(row: Any) -> None:
    for sentence in (row.what, row.why):
        assert re.fullmatch(r"[A-Z].{20,}\.", sentence), sentence
    assert row.description == f"{row.what} {row.why} Runbook: {RUNBOOK}#{row.id}"


@pytest.mark.parametrize(
    ("type_", "key", "limit"), [(ALARM, "alarmDescription", 1024), (RULE, "description", 512)]
)
def test_descriptions_are_those_of_the_tables_and_fit(type_: str, key: str, limit: int) -> None:
    expected = {f"alerts-{row.id}": row.description for row in ALERTS}
    described: dict[str, Resource] = {item.name: item for item in alarms().of_type(type_)}
    assert described
    for name, item in described.items():
        assert item.inputs[key] == expected[name]
        assert len(expected[name]) <= limit


def test_every_alert_has_its_section_in_the_runbook_and_every_section_its_alert() -> None:
    headings = re.findall(r"^### (.+)$", (ROOT / RUNBOOK).read_text(), flags=re.MULTILINE)
    known = (*ALERTS, *OF_CONTAINERS, *OF_DATABASES, *OF_CACHE, *BACKUP_ALERTS, *OF_PARTNERS, *OF_VPN)
    assert sorted(headings) == sorted(row.id for row in known)


@pytest.mark.parametrize("page", sorted((ROOT / "docs/runbooks").glob("*.md")), ids=lambda page: page.name)
def test_a_runbook_is_short_and_its_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    # The page with a section for each alarm is looked up and not read.
    assert len(text.splitlines()) <= (400 if page.name == Path(RUNBOOK).name else 180)
    for file, anchor in re.findall(r"\]\(([\w.-]*)#?([\w-]*)\)", text):
        linked = page.parent / file if file else page
        assert linked.is_file(), file
        slugs = {
            re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", linked.read_text(), flags=re.MULTILINE)
        }
        assert not anchor or anchor in slugs, (file, anchor)


# Whatever the settings


addresses = st.from_regex(r"[a-zA-Z0-9_.+-]{1,12}@[a-z]{1,8}\.(org|com)", fullmatch=True)


@settings(max_examples=8, deadline=None)
@given(emails=st.lists(addresses, unique=True, max_size=4), watches=st.booleans(), known=st.booleans())
def test_any_addresses_and_scope_give_one_encrypted_topic_with_a_reader_each(
    emails: list[str], watches: bool, known: bool
) -> None:
    record = alarms(emails=tuple(emails), trail=TRAIL if watches else None, known=known)
    assert [item.inputs["kmsMasterKeyId"] for item in record.of_type(TOPIC)] == [KEY]
    assert sorted(str(item.inputs["endpoint"]) for item in record.of_type(SUBSCRIPTION)) == sorted(emails)
    assert len(record.of_type(FILTER)) == (len(TRAIL_EVENTS) if watches else 0)
    assert len(record.of_type(ALARM)) == 1 + len(WAYS_IN) + (len(TRAIL_EVENTS) + 1 if watches else 0)
    assert len(record.of_type(RULE)) == len(record.of_type(TARGET)) == len(FINDINGS)


# Refusals


def test_an_address_named_twice_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"emails names security@example\.org more than once"):
        AlarmsArgs(account=ACCOUNT, logs_key_arn=KEY, emails=("security@example.org",) * 2)


def test_a_trail_without_log_buckets_is_refused() -> None:
    with pytest.raises(ValueError, match="log_buckets"):
        WatchedTrail(log_group_name="trail-events", log_buckets=())


# The key


def test_the_key_for_logs_admits_those_that_write_to_topic_and_queue() -> None:
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
