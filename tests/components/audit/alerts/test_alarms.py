"""The alarms of an account with and without a trail, and the recipients of alerts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.audit.alerts.alarms import AlarmsArgs, MonitoredTrail
from components.audit.alerts.service_events import TRAIL_SILENT, UNDELIVERED
from components.audit.alerts.trail_events import TRAIL_EVENTS
from tests.components.audit.alerts.programs import (
    ALARM,
    ARCHIVE_ALARMS,
    EMAILS,
    EVENTS,
    FILTER,
    QUEUE,
    QUEUE_POLICY,
    RULE,
    SUBSCRIPTION,
    TARGET,
    TOPIC,
    TOPIC_POLICY,
    TRAIL,
    alarms,
    ids,
    names,
)
from tests.harness import ACCOUNT, KEY


def test_every_trail_event_has_a_metric_filter_and_an_alarm() -> None:
    record = alarms()
    assert names(record, FILTER) == ids(TRAIL_EVENTS)
    assert names(record, ALARM) == ids(TRAIL_EVENTS) | ids((TRAIL_SILENT, UNDELIVERED, *ARCHIVE_ALARMS))


def test_a_stack_without_the_trail_has_topic_and_rules_but_no_filters() -> None:
    record = alarms(trail=None)
    assert record.of_type(FILTER) == ()
    assert names(record, ALARM) == ids((UNDELIVERED, *ARCHIVE_ALARMS))
    assert names(record, RULE) == ids(EVENTS)
    assert len(record.of_type(TOPIC)) == 1


@pytest.mark.parametrize("trail", [None, TRAIL], ids=["without-trail", "with-trail"])
def test_the_output_alarm_ids_contains_every_alarm_once_as_a_plain_value(
    trail: MonitoredTrail | None,
) -> None:
    record = alarms(trail=trail, known=False)
    alarm_ids: Any = record.outputs["alarm_ids"]
    assert set(alarm_ids) == names(record, ALARM)
    assert len(alarm_ids) == len(set(alarm_ids))


def test_all_resources_are_children_of_the_component() -> None:
    record = alarms()
    component = record.one("hipaa:audit:Alarms")
    assert {item.parent for item in record.resources if item.custom} == {component.urn}
    assert component.outputs["topic_arn"] == record.one(TOPIC).outputs["arn"]
    assert component.outputs["queue_arn"] == record.one(QUEUE).outputs["arn"]


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


def test_the_queue_is_encrypted_with_the_logs_key_and_keeps_messages_for_fourteen_days() -> None:
    queue = alarms().one(QUEUE).inputs
    assert (queue["kmsMasterKeyId"], queue["messageRetentionSeconds"]) == (KEY, 1_209_600)


def test_subscriptions_and_targets_depend_on_the_policies_of_topic_and_queue() -> None:
    record = alarms()
    policies = {record.one(TOPIC_POLICY).urn, record.one(QUEUE_POLICY).urn}
    for item in (*record.of_type(SUBSCRIPTION), *record.of_type(TARGET)):
        assert policies <= set(item.dependencies), item.name


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
    assert len(record.of_type(RULE)) == len(record.of_type(TARGET)) == len(EVENTS)


def test_a_duplicate_address_is_refused_with_the_address() -> None:
    with pytest.raises(ValueError, match=r"emails names security@example\.org more than once"):
        AlarmsArgs(account=ACCOUNT, logs_key_arn=KEY, emails=("security@example.org",) * 2)


def test_a_trail_without_log_buckets_is_refused() -> None:
    with pytest.raises(ValueError, match="log_buckets"):
        MonitoredTrail(log_group_name="trail-events", log_buckets=())
