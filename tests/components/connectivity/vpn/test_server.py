"""The VPN server as a whole: address, secrets, protection, logs, alarms and invalid arguments."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record, Resource
from blueprint.values import Secret
from components.connectivity.vpn.alarms import ALARMS
from tests.components.connectivity.vpn.programs import (
    ANYWHERE,
    FILES,
    GROUP,
    arguments,
    boot_script,
    recorded,
)
from tests.harness import KEY


def test_clients_connect_to_the_address_or_to_the_domain(record: Record) -> None:
    assert f"put host.name {record.one('aws:ec2/eip:Eip').outputs['publicIp']}\n" in boot_script(record)
    assert "put host.name vpn.example.org\n" in boot_script(recorded(domain="vpn.example.org"))


def test_no_secret_is_in_the_record_in_plain_text(record: Record) -> None:
    password = record.one("random:index/randomPassword:RandomPassword").outputs["result"]
    assert isinstance(password, Secret)
    version = record.one("aws:secretsmanager/secretVersion:SecretVersion").inputs
    assert isinstance(version["secretString"], Secret)
    drawn = str(password.value)
    assert drawn
    others = [item for item in record.resources if item.type != "random:index/randomPassword:RandomPassword"]
    assert not [item.urn for item in others if drawn in str({**item.inputs, "secretString": ""})]
    assert drawn not in boot_script(record)


@pytest.mark.parametrize("protect", [True, False])
def test_protect_applies_to_every_resource_with_data(protect: bool) -> None:
    record = recorded(protect=protect)
    kept: list[Resource] = [
        record.one(FILES),
        record.one("aws:ec2/eip:Eip"),
        record.one("aws:secretsmanager/secret:Secret"),
        *record.of_type("aws:cloudwatch/logGroup:LogGroup"),
    ]
    assert len(kept) == 6
    assert {item.protect for item in kept} == {protect}
    assert record.one(GROUP).inputs["forceDelete"] is not protect
    window = record.one("aws:secretsmanager/secret:Secret").inputs["recoveryWindowInDays"]
    assert window == (30 if protect else 0)


def test_log_groups_are_retained_for_six_years(record: Record) -> None:
    groups = record.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert sorted(item.name for item in groups) == ["vpn-access", "vpn-system", "vpn-users"]
    assert {item.inputs["retentionInDays"] for item in groups} == {2192}
    assert {item.inputs["kmsKeyId"] for item in groups} == {KEY}
    text = boot_script(record)
    assert [item.name for item in groups if str(item.outputs["name"]) not in text] == []


def test_alarms_cover_downtime_frequent_replacement_and_failed_sign_ins(record: Record) -> None:
    alarms = {item.name: item.inputs for item in record.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert sorted(alarms) == sorted(f"vpn-{alert.id}" for alert in ALARMS)
    assert alarms["vpn-vpn-down"]["treatMissingData"] == "breaching"
    log = record.one("aws:cloudwatch/logGroup:LogGroup", "vpn-access").outputs["name"]
    assert alarms["vpn-vpn-down"]["dimensions"] == {"Server": log}
    counted: Any = record.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    assert counted["logGroupName"] == log
    failed = alarms["vpn-vpn-failed-logins"]
    assert failed["metricName"] == counted["metricTransformation"]["name"]
    assert failed["namespace"] == counted["metricTransformation"]["namespace"]


def test_a_first_preview_registers_the_same_resources(record: Record) -> None:
    unknown = recorded(known=False)
    assert [item.urn for item in record.resources] == [item.urn for item in unknown.resources]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (
            {"subnets": {}},
            "subnets and state_subnets must have the same zones, at least one, got none and us-east-1a",
        ),
        ({"admin_cidrs": []}, "admin_cidrs must contain at least one range and no duplicates, got none"),
        (
            {"admin_cidrs": [IPv4Network(ANYWHERE)]},
            "admin_cidrs must have a prefix length of 8 or more, got 0.0.0.0/0",
        ),
        (
            {"client_cidr": IPv4Network("10.99.0.0/25")},
            "client_cidr must be a /16 to a /24, got 10.99.0.0/25",
        ),
        ({"access": {"support": ["db"]}}, "access must only name the tiers app, data, got db"),
        (
            {"access": {"openvpn": ["app"]}},
            "access must not name a group openvpn, which is the administrator",
        ),
    ],
)
def test_invalid_arguments_are_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        arguments(**choice)
