"""Tests of the whole program with the shipped stack files."""

from __future__ import annotations

import json
from collections import Counter
from ipaddress import IPv4Network

import pulumi
import pytest

from blueprint.preview import preview_stack
from blueprint.record import STACK_TYPE
from blueprint.sinks import BUCKET, LOG_GROUP, bucket_configurations, proof
from blueprint.values import UNKNOWN
from tests.repository import STACKS, intent_of, judge, program, recorded, settings_of, workspace

KEY = "aws:kms/key:Key"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105
STORES = (
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:rds/cluster:Cluster",
    "aws:rds/instance:Instance",
)
CLEAN = "no finding"


def test_every_control_is_satisfied(stack: str):
    findings = judge(recorded(stack)).findings
    assert [f"{item.policy} {item.name}: {item.message}" for item in findings] == []


def test_unknown_values_raise_no_false_alarm(stack: str):
    judged = judge(recorded(stack, known=False))
    assert [f"{item.policy} {item.name}: {item.message}" for item in judged.findings] == []
    assert judged.checks > 100


def test_a_first_preview_registers_the_same_resources(stack: str):
    known, unknown = recorded(stack), recorded(stack, known=False)
    assert [item.urn for item in known.resources] == [item.urn for item in unknown.resources]


def test_no_input_vanishes_because_an_output_had_no_value(stack: str):
    known, unknown = recorded(stack), recorded(stack, known=False)
    lost = [
        f"{item.name} {item.type}: {key}"
        for item in known.resources
        for key in set(unknown.by_urn[item.urn].inputs) ^ set(item.inputs)
    ]
    assert lost == []


def test_every_log_group_keeps_six_years_under_a_customer_managed_key(stack: str):
    record = recorded(stack)
    groups = record.of_type(LOG_GROUP)
    assert len(groups) >= 2
    for group in groups:
        assert group.inputs["retentionInDays"] >= 2192, group.name
        assert [record.by_urn[urn].type for urn in group.property_dependencies["kmsKeyId"]] == [KEY], (
            group.name
        )


def test_every_log_is_proven_to_be_kept_six_years(stack: str):
    record = recorded(stack)
    found = proof(record, judge(record).without_own_key)
    assert {sink.log for sink in found} >= {"VPC flow logs of app", "DNS queries of app", "S3 access to logs"}
    assert [(sink.log, sink.fault) for sink in found if sink.fault] == []


def test_only_the_stack_that_owns_the_account_has_its_trail_configuration_history_and_findings():
    record = recorded("prod")
    logs = {sink.log for sink in proof(record, required=intent_of(record.config).logs)}
    assert logs >= {
        "API calls of the account",
        "configuration history of the account",
        "findings of the account's detection services",
    }
    assert not [item for item in recorded("dev").resources if item.type.startswith("aws:cloudtrail/")]


def test_prod_has_at_least_fourteen_security_alarms():
    alarms = recorded("prod").of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len(alarms) >= 14
    assert all(item.inputs["alarmActions"] and item.inputs["alarmDescription"] for item in alarms)


def test_every_log_in_a_bucket_of_prod_is_under_object_lock():
    buckets = [sink for sink in proof(recorded("prod")) if sink.kind == "bucket"]
    assert len(buckets) >= 5
    # A copy of the archive's own access log would be another access to log, in an endless loop.
    assert [sink.log for sink in buckets if not sink.lock.startswith("compliance, 2192 days")] == [
        "S3 access to logs"
    ]


def test_every_bucket_is_versioned_private_and_refuses_plain_http(stack: str):
    record = recorded(stack)
    buckets = record.of_type(BUCKET)
    assert len(buckets) >= 2
    for bucket in buckets:
        [versioning] = bucket_configurations(record, bucket, "aws:s3/bucketVersioning:BucketVersioning")
        assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
        [block] = bucket_configurations(
            record, bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
        )
        flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        assert [block.inputs[flag] for flag in flags] == [True] * 4
        [policy] = bucket_configurations(record, bucket, "aws:s3/bucketPolicy:BucketPolicy")
        denied = [
            item for item in json.loads(str(policy.inputs["policy"]))["Statement"] if item["Effect"] == "Deny"
        ]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [item.get("Condition") for item in denied]


def test_every_bucket_but_the_intake_is_encrypted_under_a_customer_managed_key(stack: str):
    record = recorded(stack)
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    algorithms = {}
    for bucket in record.of_type(BUCKET):
        [encryption] = bucket_configurations(record, bucket, type_)
        algorithms[bucket.name] = encryption.inputs["rules"][0]["applyServerSideEncryptionByDefault"][
            "sseAlgorithm"
        ]
    assert algorithms.pop("logs-intake") == "AES256"
    assert set(algorithms.values()) == {"aws:kms"}


def test_every_key_rotates_yearly_and_waits_thirty_days_before_deletion(stack: str):
    keys = recorded(stack).of_type(KEY)
    copies = ["backups-copy"] if recorded(stack).config["hipaa:data"]["backup"].get("copy_to_region") else []
    assert sorted(key.name for key in keys) == [
        *copies, "keys-backup", "keys-compute", "keys-data", "keys-logs", "keys-secrets",
    ]  # fmt: skip
    for key in keys:
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["rotationPeriodInDays"] == 365
        assert key.inputs["deletionWindowInDays"] == 30


def test_every_store_is_in_the_backup_selection(stack: str):
    record = recorded(stack)
    stores = record.of_type(*STORES)
    assert stores
    [selection] = record.of_type("aws:backup/selection:Selection")
    defaults = record.config["aws:defaultTags"]["tags"]
    for store in stores:
        tags = {**defaults, **store.inputs["tags"]}
        for condition in selection.inputs["conditions"][0]["stringEquals"]:
            assert tags[condition["key"].removeprefix("aws:ResourceTag/")] == condition["value"], store.name


def test_no_generated_password_is_in_what_a_preview_shows(stack: str):
    record = recorded(stack)
    drawn = record.of_type("random:index/randomPassword:RandomPassword")
    assert drawn
    shown = preview_stack(workspace(), workspace().stack(stack))
    text = repr((record, shown))
    assert not [item.name for item in drawn if str(item.outputs["result"].value) in text]


def test_dev_leaves_no_snapshot_secret_or_recovery_point_after_destroy():
    dev = recorded("dev")
    assert {item.inputs["forceDestroy"] for item in dev.of_type("aws:backup/vault:Vault")} == {True}
    assert dev.of_type("aws:backup/vaultLockConfiguration:VaultLockConfiguration") == ()
    [cache] = dev.of_type("aws:elasticache/replicationGroup:ReplicationGroup")
    assert "finalSnapshotIdentifier" not in cache.inputs
    assert {item.inputs["recoveryWindowInDays"] for item in dev.of_type(SECRET)} <= {0}
    prod = recorded("prod")
    assert {item.inputs["recoveryWindowInDays"] for item in prod.of_type(SECRET)} == {30}
    assert {item.inputs["forceDestroy"] for item in prod.of_type("aws:backup/vault:Vault")} == {False}


def test_prod_locks_its_vaults_in_both_regions():
    prod = recorded("prod")
    locks = prod.of_type("aws:backup/vaultLockConfiguration:VaultLockConfiguration")
    assert {(item.inputs.get("region"), item.inputs["changeableForDays"]) for item in locks} == {
        (None, 14),
        ("us-west-2", 14),
    }


def test_only_the_stack_that_owns_the_account_allows_backup_reports_and_their_role_exists_first():
    policies = {
        stack: recorded(stack).one("aws:s3/bucketPolicy:BucketPolicy", "logs-intake") for stack in STACKS
    }
    admitted = {stack: "BackupReports" in str(item.inputs["policy"]) for stack, item in policies.items()}
    assert admitted == {"dev": False, "prod": True}
    prod = recorded("prod")
    role = prod.one("aws:iam/serviceLinkedRole:ServiceLinkedRole", "logs-backup-reports")
    assert role.urn in policies["prod"].dependencies
    reports = prod.of_type("aws:backup/framework:Framework", "aws:backup/reportPlan:ReportPlan")
    assert len(reports) == 6
    for item in reports:
        assert policies["prod"].urn in needs("prod", item.urn), item.name
    assert not recorded("dev").of_type("aws:iam/serviceLinkedRole:ServiceLinkedRole")


def test_the_data_dashboard_shows_every_store_and_the_backups():
    page = recorded("prod").one("aws:cloudwatch/dashboard:Dashboard", "data")
    widgets = json.loads(str(page.inputs["dashboardBody"]))["widgets"]
    rows = {widget["properties"]["title"].split(":")[0] for widget in widgets}
    assert rows == {"aurora", "backups", "cache", "rds"}
    [evictions] = [item for item in widgets if item["properties"]["title"] == "cache: Evictions"]
    assert len(evictions["properties"]["metrics"]) == 3  # a line for each node


def test_only_services_that_use_the_cache_and_staff_on_the_vpn_reach_it():
    prod = recorded("prod")
    [cache] = [item for item in prod.of_type("aws:ec2/securityGroup:SecurityGroup") if item.name == "cache"]
    rules = [
        item
        for item in prod.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if item.inputs["securityGroupId"] == cache.outputs["id"]
    ]
    assert sorted(item.name for item in rules) == [
        "api-to-cache-6379",
        "realtime-to-cache-6379",
        # Engineers: `access` of the VPN includes the data tier.
        "vpn-to-data-cache-6379",
    ]
    assert {(item.inputs["fromPort"], item.inputs["toPort"]) for item in rules} == {(6379, 6379)}
    assert all("referencedSecurityGroupId" in item.inputs for item in rules)


def test_the_data_tier_has_no_route_out(stack: str):
    record = recorded(stack)
    tables = {
        table.outputs["id"]
        for table in record.of_type("aws:ec2/routeTable:RouteTable")
        if "-data-" in table.name
    }
    assert tables
    routes = [
        route.name
        for route in record.of_type("aws:ec2/route:Route")
        if route.inputs["routeTableId"] in tables
    ]
    assert routes == []


def test_everything_has_a_parent_and_every_component_belongs_to_the_project(stack: str):
    record = recorded(stack)
    for resource in record.resources:
        if resource.type == STACK_TYPE:
            continue
        assert resource.parent in record.by_urn, resource.urn
        owner = record.owner(resource)
        assert owner.type.startswith("hipaa:"), resource.urn


def test_prod_protects_what_holds_data_and_dev_protects_nothing():
    stateful = (KEY, BUCKET, LOG_GROUP)
    prod = Counter(item.protect for item in recorded("prod").of_type(*stateful))
    assert set(prod) == {True}
    assert [item.urn for item in recorded("dev").resources if item.protect or item.retain_on_delete] == []


def test_dev_empties_its_buckets_when_destroyed_and_prod_never_does():
    assert {bucket.inputs["forceDestroy"] for bucket in recorded("dev").of_type(BUCKET)} == {True}
    assert {bucket.inputs["forceDestroy"] for bucket in recorded("prod").of_type(BUCKET)} == {False}


def test_prod_locks_the_archive_for_the_whole_retention():
    [lock] = recorded("prod").of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock.inputs["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 2192}}
    assert recorded("dev").of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration") == ()


def test_the_stacks_can_be_connected_because_no_ranges_overlap():
    networks = [settings_of(name).network.cidr for name in STACKS]
    assert not any(
        first.overlaps(second) for index, first in enumerate(networks) for second in networks[index + 1 :]
    )
    for name in STACKS:
        subnets = [
            IPv4Network(item.inputs["cidrBlock"]) for item in recorded(name).of_type("aws:ec2/subnet:Subnet")
        ]
        joined = settings_of(name).connectivity
        exchange = [joined.exchange_cidr] if joined and joined.exchange_cidr else []
        own = [settings_of(name).network.cidr, *exchange]
        assert all(any(subnet.subnet_of(cidr) for cidr in own) for subnet in subnets)


def test_outputs_name_what_other_programs_need(stack: str):
    outputs = recorded(stack).outputs
    zones = len(settings_of(stack).network.zones)
    for tier in ("public", "private", "data"):
        assert len(outputs[f"{tier}_subnet_ids"]) == zones
    for purpose in ("logs", "data", "compute", "secrets", "backup"):
        assert str(outputs[f"{purpose}_key_arn"]).startswith("arn:aws:kms:")
    assert str(outputs["vpc_id"]).startswith("vpc-")
    assert outputs["archive_bucket_name"] != outputs["intake_bucket_name"]


def test_outputs_of_a_first_preview_are_unknown_and_not_missing(stack: str):
    outputs = recorded(stack, known=False).outputs
    assert set(outputs) == set(recorded(stack).outputs)
    assert outputs["vpc_id"] is UNKNOWN


def test_nothing_is_registered_when_the_settings_are_wrong():
    config = {**recorded("dev").config, "hipaa:network": {"cidr": "10.10.0.0/16", "zones": 9}}
    with pytest.raises(pulumi.RunError, match="zones"):
        program(config, stack="dev")


def test_the_internet_reaches_only_the_edge_and_the_vpn():
    record = recorded("prod")
    open_to_all = [
        item
        for item in record.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if item.inputs.get("cidrIpv4") == "0.0.0.0/0"
    ]
    assert {
        (record.owner(item).name, item.inputs["ipProtocol"], item.inputs["fromPort"]) for item in open_to_all
    } == {
        ("edge", "tcp", 80),
        ("edge", "tcp", 443),
        ("vpn", "tcp", 443),
        ("vpn", "udp", 1194),
    }


def test_dev_has_no_vpn_and_prod_has_one():
    assert recorded("dev").of_type("hipaa:connectivity:VpnServer") == ()
    assert recorded("prod").one("hipaa:connectivity:VpnServer").name == "vpn"
    outputs = recorded("prod").outputs
    assert outputs["vpn_public_ip"]
    assert str(outputs["vpn_admin_secret_arn"]).startswith("arn:aws:secretsmanager:")


def test_prod_runs_compute_optimised_instances_over_three_zones():
    preview = preview_stack(workspace(), workspace().stack("prod"))
    [fleet] = [item for item in preview.auto_scaling_groups if item.name != "vpn"]
    assert (fleet.instance_type, fleet.min_size, fleet.max_size) == ("c5.2xlarge", 3, 30)
    assert fleet.zones == ("us-east-1a", "us-east-1b", "us-east-1c")


def needs(stack: str, urn: str) -> set[str]:
    """Return the URNs of all direct and indirect dependencies of a resource, which are destroyed after it."""
    record, dependencies, pending = recorded(stack), set[str](), [urn]
    while pending:
        item = record.by_urn.get(pending.pop())
        new = set(item.dependencies) - dependencies if item else set[str]()
        dependencies |= new
        pending += new
    return dependencies


def test_databases_are_destroyed_before_their_dependencies():
    record = recorded("dev")
    instance = record.one("aws:rds/clusterInstance:ClusterInstance", "aurora-a")
    names = {record.by_urn[urn].name for urn in needs("dev", instance.urn) if urn in record.by_urn}
    assert {"aurora", "keys-data", "aurora-postgresql", "aurora-monitoring"} <= names
    cluster = record.one("aws:rds/cluster:Cluster")
    assert (cluster.inputs["skipFinalSnapshot"], cluster.inputs["deletionProtection"]) == (True, False)
    assert not any(item.protect for item in record.resources)


def test_dev_pays_for_a_database_only_while_it_is_used():
    cluster = recorded("dev").one("aws:rds/cluster:Cluster")
    scaling = cluster.inputs["serverlessv2ScalingConfiguration"]
    assert (scaling["minCapacity"], scaling["secondsUntilAutoPause"]) == (0, 1800)
    assert len(recorded("dev").of_type("aws:rds/clusterInstance:ClusterInstance")) == 1


def test_services_of_prod_reach_the_databases_they_use_and_no_other():
    record = recorded("prod")
    reached = {
        item.name
        for item in record.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if "-to-aurora-" in item.name or "-to-rds-" in item.name
    }
    assert reached == {"api-to-aurora-5432", "worker-to-aurora-5432", "worker-to-rds-5432"}
    definition = json.loads(
        record.one("aws:ecs/taskDefinition:TaskDefinition", "worker").inputs["containerDefinitions"]
    )
    variables = {item["name"]: item["value"] for item in definition[0]["environment"]}
    assert (variables["AURORA_USER"], variables["RDS_USER"], variables["RDS_PORT"]) == (
        "worker",
        "worker",
        "5432",
    )
    assert variables["AURORA_HOST"] == record.outputs["aurora_host"]


def test_outputs_contain_arns_of_secrets_but_no_secret_values():
    outputs = recorded("prod").outputs
    assert str(outputs["aurora_secret_arn"]).startswith("arn:aws:secretsmanager:")
    assert str(outputs["aurora_bootstrap_task_arn"]).startswith("arn:aws:ecs:")
    assert str(outputs["aurora_cluster_arn"]).startswith("arn:aws:rds:us-east-1:123456789012:cluster:aurora-")


def test_the_vpn_server_starts_in_the_two_zones_that_the_acl_of_the_data_tier_allows() -> None:
    record = recorded("prod")
    ids = record.one("aws:autoscaling/group:Group", "vpn").inputs["vpcZoneIdentifiers"]
    subnets = record.of_type("aws:ec2/subnet:Subnet")
    server_subnets = {str(item.inputs["cidrBlock"]): item for item in subnets if item.outputs["id"] in ids}  # type: ignore[operator]
    assert len(server_subnets) == 2
    public = {
        str(item.inputs["cidrBlock"])
        for item in subnets
        if item.inputs["tags"]["SubnetType"] == "Public"  # type: ignore[index]
    }
    acl = next(item for item in record.of_type("aws:ec2/networkAcl:NetworkAcl") if item.name == "app-data")
    allowed = {str(rule["cidrBlock"]) for rule in acl.inputs["ingress"]}  # type: ignore[index,union-attr]
    assert allowed & public == set(server_subnets)


def test_load_balancers_log_to_the_intake_bucket_after_its_policy_exists() -> None:
    record = recorded("prod")
    intake = record.one("aws:s3/bucket:Bucket", "logs-intake")
    policy = record.one("aws:s3/bucketPolicy:BucketPolicy", "logs-intake")
    for balancer in record.of_type("aws:lb/loadBalancer:LoadBalancer"):
        assert balancer.inputs["accessLogs"]["bucket"] == intake.outputs["id"]  # type: ignore[index,call-overload]
        assert policy.urn in balancer.property_dependencies["accessLogs"]
