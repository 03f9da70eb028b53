"""`Cache`: encryption, network, versions, snapshots, logs, the order of deletion, and invalid arguments."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from components.data import CacheArgs
from components.shared.names import BACKUP_TAG
from facts import caches
from tests.components.data.cache.conftest import (
    FUNCTION,
    GROUP,
    LOG_GROUP,
    PARAMETERS,
    ROTATION,
    SECURITY_GROUP,
    SUBNETS,
    USER,
    USERS,
)
from tests.components.data.conftest import DATA_KEY, TIER, Build, data_tier, violations_of
from tests.harness import all_dependencies


def test_the_cache_is_encrypted_at_rest_and_requires_tls(cache: Record) -> None:
    group = cache.one(GROUP).inputs
    assert group["atRestEncryptionEnabled"] is True
    assert group["kmsKeyId"] == DATA_KEY
    assert group["transitEncryptionEnabled"] is True
    assert group["transitEncryptionMode"] == "required"


def test_the_cache_is_in_the_data_tier_and_has_no_ingress_rule(cache: Record) -> None:
    subnets = cache.one(SUBNETS)
    assert subnets.inputs["subnetIds"] == TIER.subnet_ids
    group = cache.one(GROUP)
    assert group.inputs["subnetGroupName"] == subnets.outputs["name"]
    [security] = cache.of_type(SECURITY_GROUP)
    assert group.inputs["securityGroupIds"] == [security.outputs["id"]]
    assert not cache.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert "ingress" not in security.inputs
    assert "egress" not in security.inputs


@pytest.mark.parametrize(("replicas", "spread"), [(0, False), (1, True), (5, True)])
def test_with_a_replica_the_cache_is_multi_az_with_automatic_failover(
    build: Build, replicas: int, spread: bool
) -> None:
    group = build(replicas=replicas).one(GROUP).inputs
    assert group["numCacheClusters"] == replicas + 1
    assert (group["multiAzEnabled"], group["automaticFailoverEnabled"]) == (spread, spread)


@pytest.mark.parametrize(
    ("engine", "version"),
    [(engine, version) for engine, known in caches.FAMILIES.items() for version in known],
)
def test_the_parameter_group_family_matches_the_engine_version(
    build: Build, engine: Any, version: str
) -> None:
    record = build(engine=engine, engine_version=version)
    parameters = record.one(PARAMETERS)
    assert parameters.inputs["family"] == caches.FAMILIES[engine][version]
    assert {"name": "reserved-memory-percent", "value": "25"} in parameters.inputs["parameters"]  # type: ignore[operator]
    group = record.one(GROUP).inputs
    assert (group["engine"], group["engineVersion"]) == (engine, version)
    assert group["autoMinorVersionUpgrade"] is False
    assert {user.inputs["engine"] for user in record.of_type(USER)} == {engine}
    assert record.one(USERS).inputs["engine"] == engine


@pytest.mark.parametrize("protect", [True, False])
def test_only_a_protected_cache_has_protection_and_a_final_snapshot(build: Build, protect: bool) -> None:
    record = build(protect=protect)
    group, suffix = record.one(GROUP), record.one("random:index/randomId:RandomId").outputs["hex"]
    assert group.protect is protect
    snapshot = group.inputs.get("finalSnapshotIdentifier")
    assert snapshot == (f"cache-final-{suffix}" if protect else None)


def test_the_cache_keeps_snapshots_for_35_days_and_has_the_backup_tag(cache: Record) -> None:
    group = cache.one(GROUP).inputs
    assert group["snapshotRetentionLimit"] == 35
    assert BACKUP_TAG.items() <= dict(group["tags"]).items()  # type: ignore[call-overload]


def test_both_logs_go_to_log_groups_that_log_delivery_may_write_to(cache: Record) -> None:
    deliveries: Any = cache.one(GROUP).inputs["logDeliveryConfigurations"]
    assert {item["logType"]: item["destination"] for item in deliveries} == {
        kind: cache.one(LOG_GROUP, f"cache-{kind}").outputs["name"] for kind in ("slow-log", "engine-log")
    }
    assert {(item["logFormat"], item["destinationType"]) for item in deliveries} == {
        ("json", "cloudwatch-logs")
    }
    for kind in ("slow-log", "engine-log"):
        policy = cache.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", f"cache-{kind}")
        arn = cache.one(LOG_GROUP, f"cache-{kind}").outputs["arn"]
        [statement] = json.loads(str(policy.inputs["policyDocument"]))["Statement"]
        assert policy.inputs["resourceArn"] == arn
        assert statement["Principal"] == {"Service": ["delivery.logs.amazonaws.com"]}
        assert statement["Resource"] == [f"{arn}:log-stream:*"]
        assert policy.urn in all_dependencies(cache, cache.one(GROUP))


def test_dependencies_give_a_deletion_order_that_aws_accepts(cache: Record) -> None:
    group, users = cache.one(GROUP), cache.one(USERS)
    after = {
        "the rotation": (cache.one(ROTATION, "cache-rotation-api"), group),
        "the cache": (group, users),
        "the group of users": (users, cache.one(USER, "cache-api")),
        "the cache's parameters": (group, cache.one(PARAMETERS)),
        "the cache's subnets": (group, cache.one(SUBNETS)),
        "the cache's security": (group, cache.one(SECURITY_GROUP)),
        "the cache's logs": (group, cache.one(LOG_GROUP, "cache-slow-log")),
        "the function": (
            cache.one(FUNCTION),
            cache.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cache-rotation"),
        ),
    }
    for what, (first, second) in after.items():
        assert second.urn in all_dependencies(cache, first), what


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"engine_version": "7.1"}, "engine_version must be one of 7.2, 8.0, 8.1, 8.2, 9.0, got '7.1'"),
        ({"node_type": "cache.r4.large"}, "node_type must be one that valkey has, such as cache.r7g.large"),
        ({"replicas": 6}, "replicas must be 0 to 5, got 6"),
        ({"snapshot_days": 0}, "snapshot_days must be 1 to 35, got 0"),
        ({"rotate_days": 2}, "rotate_days must be 3 to 365, got 2"),
        ({"services": ("api", "api")}, "services must name each service once, got api, api"),
    ],
)
def test_invalid_arguments_are_rejected(overrides: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {"tier": data_tier(), "engine_version": "8.2", "node_type": "cache.r7g.large"}
    with pytest.raises(ValueError, match=re.escape(message)):
        CacheArgs(**{**values, **overrides})


# Without Phase.shrink: shrinking a whole program takes minutes and adds little to the first example.
@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data(), protect=st.booleans(), known=st.booleans())
def test_any_cache_is_encrypted_has_snapshots_and_violates_no_policy(
    build: Build, data: st.DataObject, protect: bool, known: bool
) -> None:
    engine = data.draw(st.sampled_from(sorted(caches.FAMILIES)))
    record = build(
        known=known,
        protect=protect,
        engine=engine,
        engine_version=data.draw(st.sampled_from(sorted(caches.FAMILIES[engine]))),
        node_type=data.draw(st.sampled_from(caches.NODE_TYPES[engine])),
        replicas=data.draw(st.integers(0, 5)),
        snapshot_days=data.draw(st.integers(1, 35)),
        services=tuple(data.draw(st.sets(st.sampled_from(["api", "default", "rotation", "a--b"])))),
    )
    group = record.one(GROUP)
    assert group.inputs["kmsKeyId"] == DATA_KEY
    assert group.inputs["transitEncryptionMode"] == "required"
    assert group.inputs["snapshotRetentionLimit"] >= 1  # type: ignore[operator]
    assert BACKUP_TAG.items() <= dict(group.inputs["tags"]).items()  # type: ignore[call-overload]
    assert group.protect is protect
    assert violations_of(record) == set()
