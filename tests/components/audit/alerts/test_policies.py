"""Only alarms and rules of the account may use the topic and the dead-letter queue, and only with TLS."""

from __future__ import annotations

import json

import pytest

from components.encryption.policies import key_policy
from tests.components.audit.alerts.programs import QUEUE_POLICY, TOPIC, TOPIC_POLICY, alarms
from tests.harness import ACCOUNT, statements_of


def test_only_alarms_of_this_account_and_eventbridge_may_publish() -> None:
    by_sid = statements_of(alarms().one(TOPIC_POLICY).inputs["policy"])
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
    # EventBridge does not support conditions in the policy of a topic.
    assert "Condition" not in by_sid["Rules"]


def test_only_the_topic_and_rules_of_this_account_may_send_to_the_queue() -> None:
    record = alarms()
    by_sid = statements_of(record.one(QUEUE_POLICY).inputs["policy"])
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
    denial = statements_of(alarms().one(type_).inputs["policy"])["TlsOnly"]
    assert denial["Effect"] == "Deny"
    assert denial["Principal"] == {"AWS": ["*"]}
    assert denial["Action"] == [action]
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


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
