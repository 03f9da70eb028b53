"""Two stacks in one account and region: each alarms its own events, and the owner those of the account."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pytest

from blueprint.record import Record
from tests.events import (
    EVENTS_OF_THE_ACCOUNT,
    RULE,
    Event,
    backup_failed,
    copy_failed,
    database_event,
    deployment_failed,
    key_deleted,
    matching_rules,
    restore_failed,
    task_stopped,
)
from tests.repository import program, recorded, workspace

DATABASES: Final = (
    "aws:rds/cluster:Cluster",
    "aws:rds/clusterInstance:ClusterInstance",
    "aws:rds/instance:Instance",
    "aws:rds/proxy:Proxy",
)


@cache
def neighbour() -> Record:
    """Return the record of a second stack like prod in the same account and region, which does not own them."""
    config: dict[str, Any] = dict(workspace().stack("prod").file.config)
    del config["hipaa:budget"]
    audit = {**config["hipaa:audit"], "owns": []}
    audit.pop("detection", None)
    return program({**config, "hipaa:environment": "neighbour", "hipaa:audit": audit}, stack="neighbour")


def own_events(record: Record) -> dict[str, list[Event]]:
    """Return events of the resources of a stack, by the rule that must match them."""
    cluster = str(record.one("aws:ecs/cluster:Cluster").outputs["arn"])
    vault = str(record.one("aws:backup/vault:Vault", "backups").outputs["arn"])
    backup = str(record.one("aws:iam/role:Role", "backups-backup").outputs["arn"])
    restore = str(record.one("aws:iam/role:Role", "backups-restore").outputs["arn"])
    keys = [item for item in record.of_type("aws:kms/key:Key") if item.name.startswith("keys-")]
    return {
        "alerts-key-lifecycle": [key_deleted(str(key.outputs["arn"])) for key in keys],
        "alerts-database-event": [
            database_event(str(item.outputs["arn"])) for item in record.of_type(*DATABASES)
        ],
        "alerts-backup-failed": [
            backup_failed(vault, backup),
            copy_failed(vault, backup),
            restore_failed(restore),
        ],
        "alerts-deployment-failed": [deployment_failed(cluster)],
        "alerts-task-died": [task_stopped(cluster)],
    }


@pytest.mark.parametrize("first", ["prod", "neighbour"])
def test_an_event_of_a_stack_matches_one_rule_of_this_stack_and_none_of_the_other(first: str) -> None:
    own, other = (recorded("prod"), neighbour()) if first == "prod" else (neighbour(), recorded("prod"))
    for rule, events in own_events(own).items():
        assert events, rule
        for event in events:
            assert matching_rules(own, event) == [rule], event
            assert matching_rules(other, event) == [], event


@pytest.mark.parametrize("event", EVENTS_OF_THE_ACCOUNT, ids=lambda event: event["source"])
def test_an_event_of_the_account_matches_one_rule_in_both_stacks_together(event: Event) -> None:
    assert len(matching_rules(recorded("prod"), event)) == 1
    assert matching_rules(neighbour(), event) == []


def test_every_rule_that_sends_alerts_is_tried() -> None:
    tried = {*own_events(recorded("prod"))}
    for event in EVENTS_OF_THE_ACCOUNT:
        tried |= {*matching_rules(recorded("prod"), event)}
    # The rules of the findings write a log or send events to another region, and no alert.
    assert {item.name for item in recorded("prod").of_type(RULE)} - tried == {
        "copy-region-forward",
        "detection-findings",
    }


def test_rules_exist_only_for_what_a_stack_has() -> None:
    config: dict[str, Any] = dict(workspace().stack("dev").file.config)
    for section in ("hipaa:data", "hipaa:compute", "hipaa:apps", "hipaa:edge"):
        config.pop(section, None)
    rules = {item.name for item in program(config, stack="dev").of_type(RULE)}
    assert rules == {"alerts-key-lifecycle"}
