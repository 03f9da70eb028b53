"""`Cache`: encryption, network, snapshots, users, password rotation and alarms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from blueprint.values import Secret
from components.data import Cache, CacheArgs
from components.data.cache.users import access_string, user_id
from components.shared.names import BACKUP_TAG
from facts import caches
from tests.harness import all_dependencies

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
USER = "aws:elasticache/user:User"
USERS = "aws:elasticache/userGroup:UserGroup"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
FUNCTION = "aws:lambda/function:Function"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"

Build = Callable[..., Record]


@pytest.fixture(scope="module")
def build(tier: Any, record: Any) -> Build:
    """Record a cache named `cache`, with some arguments replaced."""

    def record_cache(*, known: bool = True, protect: bool = False, **overrides: Any) -> Record:
        values: dict[str, Any] = {
            "engine_version": "8.2",
            "node_type": "cache.r7g.large",
            "replicas": 2,
            "services": ("api", "worker"),
        }

        def program() -> None:
            cache = Cache("cache", CacheArgs(**{"tier": tier(protect=protect), **values, **overrides}))
            for service in overrides.get("services", values["services"]):
                access = cache.destination(service)
                pulumi.export(service, {"environment": access.environment, "secrets": access.secrets})

        return record(program, known)

    return record_cache


@pytest.fixture(scope="module")
def cache(build: Build) -> Record:
    return build()


def test_the_cache_is_encrypted_at_rest_and_requires_tls(cache: Record, keys: Any) -> None:
    group = cache.one(GROUP).inputs
    assert group["atRestEncryptionEnabled"] is True
    assert group["kmsKeyId"] == keys["data"]
    assert group["transitEncryptionEnabled"] is True
    assert group["transitEncryptionMode"] == "required"


def test_the_cache_is_in_the_data_tier_and_has_no_ingress_rule(cache: Record) -> None:
    subnets = cache.one("aws:elasticache/subnetGroup:SubnetGroup")
    assert subnets.inputs["subnetIds"] == ["subnet-1", "subnet-2"]
    group = cache.one(GROUP)
    assert group.inputs["subnetGroupName"] == subnets.outputs["name"]
    [security] = cache.of_type("aws:ec2/securityGroup:SecurityGroup")
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
    parameters = record.one("aws:elasticache/parameterGroup:ParameterGroup")
    assert parameters.inputs["family"] == caches.FAMILIES[engine][version]
    assert {"name": "reserved-memory-percent", "value": "25"} in parameters.inputs["parameters"]  # type: ignore[operator]
    group = record.one(GROUP).inputs
    assert (group["engine"], group["engineVersion"]) == (engine, version)
    assert group["autoMinorVersionUpgrade"] is False
    assert {user.inputs["engine"] for user in record.of_type(USER)} == {engine}
    assert record.one(USERS).inputs["engine"] == engine


@pytest.mark.parametrize("protect", [True, False])
def test_only_a_protected_cache_has_protection_and_a_final_snapshot(build: Build, protect: bool) -> None:
    group = build(protect=protect).one(GROUP)
    assert group.protect is protect
    assert ("finalSnapshotIdentifier" in group.inputs) is protect


def test_the_final_snapshot_name_has_a_suffix_from_the_state(build: Build) -> None:
    record = build(protect=True)
    suffix = record.one("random:index/randomId:RandomId").outputs["hex"]
    assert record.one(GROUP).inputs["finalSnapshotIdentifier"] == f"cache-final-{suffix}"


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
    policy = cache.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    [statement] = json.loads(str(policy.inputs["policyDocument"]))["Statement"]
    assert statement["Principal"] == {"Service": ["delivery.logs.amazonaws.com"]}
    assert statement["Resource"] == sorted(
        f"{cache.one(LOG_GROUP, f'cache-{kind}').outputs['arn']}:log-stream:*"
        for kind in ("slow-log", "engine-log")
    )
    assert policy.urn in all_dependencies(cache, cache.one(GROUP))


def test_each_service_has_a_user_and_the_default_user_cannot_sign_in(cache: Record) -> None:
    users = {user.name: user.inputs for user in cache.of_type(USER)}
    assert users.keys() == {"cache", "cache-api", "cache-worker"}
    assert (users["cache"]["userName"], users["cache"]["accessString"]) == ("default", "off -@all")
    group = cache.one(USERS).inputs
    assert group["userIds"] == [users[name]["userId"] for name in ("cache", "cache-api", "cache-worker")]
    assert cache.one(GROUP).inputs["userGroupIds"] == [group["userGroupId"]]


def test_a_user_has_access_to_the_keys_of_its_service_and_the_shared_keys_only(cache: Record) -> None:
    granted = str(cache.one(USER, "cache-api").inputs["accessString"]).split()
    assert granted[0] == "on"
    assert {part for part in granted if part[0] in "~&"} == {"~api:*", "~shared:*", "&api:*", "&shared:*"}


def test_a_user_may_not_run_administrative_or_dangerous_commands() -> None:
    granted = access_string("api").split()
    assert "+@all" not in granted
    assert granted.index("-@all") < min(granted.index(part) for part in granted if part.startswith("+"))
    for category in ("@admin", "@dangerous"):
        assert f"+{category}" not in granted
        # A denial counts only if it follows every category that was allowed before.
        last = max(granted.index(part) for part in granted if part.startswith("+@"))
        assert granted.index(f"-{category}") > last
    assert {part for part in granted if part.startswith("+") and "@" not in part} == {"+info"}


@given(st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True))
def test_any_service_name_gives_a_valid_user_id(service: str) -> None:
    id_ = user_id("cache", service, "0a1b2c3d")
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", id_)
    assert len(id_) <= 40


def test_no_password_is_recorded_in_plain_text(build: Build) -> None:
    for record in (build(), build(known=False)):
        generated = record.of_type("random:index/randomPassword:RandomPassword")
        assert len(generated) == 3
        values = [
            result.value for item in generated if isinstance(result := item.outputs.get("result"), Secret)
        ]
        text = repr((record.resources, record.outputs))
        assert "SecretVersion" in text
        assert not [value for value in values if str(value) in text]
    recorded = build()
    assert len({str(item.outputs["result"].value) for item in recorded.of_type("random:index/randomPassword:RandomPassword")}) == 3  # type: ignore[attr-defined]  # fmt: skip


def test_the_secret_contains_the_password_of_its_user(cache: Record, keys: Any) -> None:
    for service in ("api", "worker"):
        user, generated = (
            cache.one(USER, f"cache-{service}"),
            cache.one("random:index/randomPassword:RandomPassword", f"cache-{service}"),
        )
        value: Any = cache.one(VERSION, f"cache-{service}").inputs["secretString"]
        assert isinstance(value, Secret)
        password: Any = generated.outputs["result"]
        assert json.loads(str(value.value)) == {
            "username": user.inputs["userName"],
            "user_id": user.inputs["userId"],
            "password": password.value,
        }
        mode: Any = user.inputs["authenticationMode"]
        assert mode == {"type": "password", "passwords": [password]}
        assert cache.one(SECRET, f"cache-{service}").inputs["kmsKeyId"] == keys["secrets"]


def test_a_deployment_ignores_rotated_passwords(cache: Record) -> None:
    assert {item.ignore_changes for item in cache.of_type(USER)} == {("authenticationMode",)}
    assert {item.ignore_changes for item in cache.of_type(VERSION)} == {("secretString",)}


@pytest.mark.parametrize(("protect", "days"), [(True, 30), (False, 0)])
def test_a_deleted_secret_can_be_restored_only_in_a_protected_stack(
    build: Build, protect: bool, days: int
) -> None:
    secrets = build(protect=protect).of_type(SECRET)
    assert [item.inputs["recoveryWindowInDays"] for item in secrets] == [days, days]


def test_every_secret_rotates_after_cache_secret_value_and_permission_exist(cache: Record) -> None:
    rotations = cache.of_type(ROTATION)
    assert len(rotations) == 2
    function = cache.one(FUNCTION)
    for rotation in rotations:
        service = rotation.name.removeprefix("cache-rotation-")
        assert rotation.inputs["secretId"] == cache.one(SECRET, f"cache-{service}").outputs["id"]
        assert rotation.inputs["rotationLambdaArn"] == function.outputs["arn"]
        assert rotation.inputs["rotationRules"] == {"automaticallyAfterDays": 30}
        assert rotation.inputs["rotateImmediately"] is True
        permission = cache.one("aws:lambda/permission:Permission")
        dependencies = {cache.one(GROUP).urn, cache.one(VERSION, f"cache-{service}").urn, permission.urn}
        assert dependencies <= all_dependencies(cache, rotation)


def test_only_secrets_manager_in_this_account_may_invoke_the_function(cache: Record) -> None:
    permission = cache.one("aws:lambda/permission:Permission").inputs
    assert permission["action"] == "lambda:InvokeFunction"
    assert permission["function"] == cache.one(FUNCTION).outputs["name"]
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert permission["sourceAccount"] == "111122223333"


def test_the_function_code_is_the_tested_module(cache: Record) -> None:
    function = cache.one(FUNCTION)
    code: Any = function.inputs["code"]
    [(name, asset)] = code["assets"].items()
    assert name == "rotate_cache_user.py"
    assert function.inputs["handler"] == "rotate_cache_user.handler"
    assert "def handler(event" in asset["text"]
    assert "vpcConfig" not in function.inputs
    assert "environment" not in function.inputs
    logging: Any = function.inputs["loggingConfig"]
    assert logging["logGroup"] == cache.one(LOG_GROUP, "cache-rotation").outputs["name"]


def test_the_function_may_change_only_these_users_and_secrets(cache: Record) -> None:
    document = json.loads(str(cache.one("aws:iam/policy:Policy", "cache-rotation").inputs["policy"]))
    granted = {item["Sid"]: item for item in document["Statement"]}
    assert granted["Secrets"]["Resource"] == sorted(
        str(item.outputs["arn"]) for item in cache.of_type(SECRET)
    )
    assert granted["Users"]["Resource"] == sorted(
        str(cache.one(USER, f"cache-{service}").outputs["arn"]) for service in ("api", "worker")
    )
    everything = [sid for sid, item in granted.items() if "*" in item["Resource"]]
    assert everything == ["Draw"]
    assert granted["Draw"]["Action"] == ["secretsmanager:GetRandomPassword"]


def test_without_services_there_is_no_function_and_no_secret(build: Build) -> None:
    record = build(services=())
    assert not record.of_type(FUNCTION, SECRET, ROTATION)
    assert [user.inputs["userName"] for user in record.of_type(USER)] == ["default"]


def test_a_service_gets_the_hosts_as_variables_and_the_password_from_the_secret(cache: Record) -> None:
    access: Any = cache.outputs["api"]
    user = cache.one(USER, "cache-api")
    assert access["environment"] == {
        "CACHE_HOST": cache.one(GROUP).outputs["primaryEndpointAddress"],
        "CACHE_READER_HOST": cache.one(GROUP).outputs["readerEndpointAddress"],
        "CACHE_PORT": "6379",
        "CACHE_USER": user.inputs["userName"],
        "CACHE_PREFIX": "api:",
        "CACHE_SHARED_PREFIX": "shared:",
    }
    assert access["secrets"] == {
        "CACHE_PASSWORD": f"{cache.one(SECRET, 'cache-api').outputs['arn']}:password::"
    }


def test_a_service_without_a_user_is_rejected(build: Build, tier: Any, record: Any) -> None:
    arguments = CacheArgs(tier=tier(), engine_version="8.2", node_type="cache.t4g.micro", services=["api"])
    with pytest.raises(ValueError, match=r"service must be one with a user \(api\), got 'worker'"):
        record(lambda: Cache("cache", arguments).destination("worker"))


def test_dependencies_give_a_deletion_order_that_aws_accepts(cache: Record) -> None:
    group, users = cache.one(GROUP), cache.one(USERS)
    after = {
        "the rotation": (cache.one(ROTATION, "cache-rotation-api"), group),
        "the cache": (group, users),
        "the group of users": (users, cache.one(USER, "cache-api")),
        "the cache's parameters": (group, cache.one("aws:elasticache/parameterGroup:ParameterGroup")),
        "the cache's subnets": (group, cache.one("aws:elasticache/subnetGroup:SubnetGroup")),
        "the cache's security": (group, cache.one("aws:ec2/securityGroup:SecurityGroup")),
        "the cache's logs": (group, cache.one(LOG_GROUP, "cache-slow-log")),
        "the function": (
            cache.one(FUNCTION),
            cache.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cache-rotation"),
        ),
    }
    for what, (first, second) in after.items():
        assert second.urn in all_dependencies(cache, first), what


def test_every_node_has_alarms_including_one_on_failover(build: Build) -> None:
    record = build(replicas=2)
    group = record.one(GROUP).outputs["id"]
    nodes: dict[str, set[str]] = {}
    for alarm in record.of_type(ALARM):
        dimensions: Any = alarm.inputs.get("dimensions", {})
        if "CacheClusterId" in dimensions:
            nodes.setdefault(dimensions["CacheClusterId"], set()).add(str(alarm.inputs["metricName"]))
    assert nodes.keys() == {f"{group}-001", f"{group}-002", f"{group}-003"}
    for metrics in nodes.values():
        assert metrics >= {
            "Evictions", "EngineCPUUtilization", "CPUUtilization", "DatabaseMemoryUsagePercentage", "CurrConnections",
            "ReplicationLag", "AuthenticationFailures", "CommandAuthorizationFailures", "KeyAuthorizationFailures",
        }  # fmt: skip
    failovers = [alarm for alarm in record.of_type(ALARM) if alarm.name.endswith("cache-failover")]
    assert len(failovers) == 3
    for alarm in failovers:
        queries: Any = alarm.inputs["metricQueries"]
        assert [query.get("expression") for query in queries] == [None, "DIFF(primary)"]
        assert queries[0]["metric"]["metricName"] == "IsMaster"


def test_a_single_node_has_no_alarm_on_lag_or_failover(build: Build) -> None:
    names = [alarm.name for alarm in build(replicas=0).of_type(ALARM)]
    assert names
    assert not [name for name in names if "lag" in name or "failover" in name]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"engine_version": "7.1"}, "engine_version must be one of 7.2, 8.0, 8.1, 8.2, 9.0, got '7.1'"),
        ({"node_type": "cache.r4.large"}, "node_type must be one that valkey has, such as cache.r7g.large"),
        ({"replicas": 6}, "replicas must be 0 to 5, got 6"),
        ({"snapshot_days": 0}, "snapshot_days must be 1 to 35, got 0"),
        ({"rotate_days": 0}, "rotate_days must be 1 to 365, got 0"),
        ({"services": ("api", "api")}, "services must name each service once, got api, api"),
    ],
)
def test_invalid_arguments_are_rejected(tier: Any, overrides: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {"tier": tier(), "engine_version": "8.2", "node_type": "cache.r7g.large"}
    with pytest.raises(ValueError, match=re.escape(message)):
        CacheArgs(**{**values, **overrides})


# Without Phase.shrink: shrinking a whole program takes minutes and adds little to the first example.
@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data(), protect=st.booleans(), known=st.booleans())
def test_any_cache_is_encrypted_has_snapshots_and_violates_no_policy(
    build: Build, violations: Any, keys: Any, data: st.DataObject, protect: bool, known: bool
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
    assert group.inputs["kmsKeyId"] == keys["data"]
    assert group.inputs["transitEncryptionMode"] == "required"
    assert group.inputs["snapshotRetentionLimit"] >= 1  # type: ignore[operator]
    assert BACKUP_TAG.items() <= dict(group.inputs["tags"]).items()  # type: ignore[call-overload]
    assert group.protect is protect
    assert violations(record) == set()
