"""Databases, caches and backups of the shipped stacks."""

from __future__ import annotations

import json

from tests.harness import all_dependencies
from tests.repository import STACKS, recorded

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
VAULT = "aws:backup/vault:Vault"
VAULT_LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def test_every_store_is_in_the_backup_selection(stack: str):
    record = recorded(stack)
    stores = record.of_type(CACHE, CLUSTER, "aws:rds/instance:Instance")
    assert stores
    [selection] = record.of_type("aws:backup/selection:Selection")
    defaults = record.config["aws:defaultTags"]["tags"]
    for store in stores:
        tags = {**defaults, **store.inputs["tags"]}
        for condition in selection.inputs["conditions"][0]["stringEquals"]:
            assert tags[condition["key"].removeprefix("aws:ResourceTag/")] == condition["value"], store.name


def test_dev_leaves_no_snapshot_secret_or_recovery_point_after_destroy():
    dev = recorded("dev")
    assert {item.inputs["forceDestroy"] for item in dev.of_type(VAULT)} == {True}
    assert dev.of_type(VAULT_LOCK) == ()
    [cache] = dev.of_type(CACHE)
    assert "finalSnapshotIdentifier" not in cache.inputs
    assert {item.inputs["recoveryWindowInDays"] for item in dev.of_type(SECRET)} <= {0}
    prod = recorded("prod")
    assert {item.inputs["recoveryWindowInDays"] for item in prod.of_type(SECRET)} == {30}
    assert {item.inputs["forceDestroy"] for item in prod.of_type(VAULT)} == {False}


def test_prod_locks_its_vaults_in_both_regions():
    prod = recorded("prod")
    locks = prod.of_type(VAULT_LOCK)
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
        assert policies["prod"].urn in all_dependencies(prod, item), item.name
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
    rules = [item for item in prod.of_type(INGRESS) if item.inputs["securityGroupId"] == cache.outputs["id"]]
    assert sorted(item.name for item in rules) == [
        "api-web-to-cache-6379",
        "realtime-web-to-cache-6379",
        # Engineers: `access` of the VPN includes the data tier.
        "vpn-to-data-cache-6379",
    ]
    assert {(item.inputs["fromPort"], item.inputs["toPort"]) for item in rules} == {(6379, 6379)}
    assert all("referencedSecurityGroupId" in item.inputs for item in rules)


def test_databases_are_destroyed_before_their_dependencies():
    record = recorded("dev")
    instance = record.one(INSTANCE, "aurora-a")
    names = {record.by_urn[urn].name for urn in all_dependencies(record, instance)}
    assert {"aurora", "keys-data", "aurora-postgresql", "aurora-monitoring"} <= names
    cluster = record.one(CLUSTER)
    assert (cluster.inputs["skipFinalSnapshot"], cluster.inputs["deletionProtection"]) == (True, False)
    assert not any(item.protect for item in record.resources)


def test_dev_pays_for_a_database_only_while_it_is_used():
    cluster = recorded("dev").one(CLUSTER)
    scaling = cluster.inputs["serverlessv2ScalingConfiguration"]
    assert (scaling["minCapacity"], scaling["secondsUntilAutoPause"]) == (0, 1800)
    assert len(recorded("dev").of_type(INSTANCE)) == 1


def test_services_of_prod_reach_the_databases_they_use_and_no_other():
    record = recorded("prod")
    reached = {
        item.name for item in record.of_type(INGRESS) if "-to-aurora-" in item.name or "-to-rds-" in item.name
    }
    assert reached == {"api-web-to-aurora-5432", "worker-jobs-to-aurora-5432", "worker-jobs-to-rds-5432"}
    definition = json.loads(
        record.one("aws:ecs/taskDefinition:TaskDefinition", "worker-jobs").inputs["containerDefinitions"]
    )
    variables = {item["name"]: item["value"] for item in definition[0]["environment"]}
    assert (variables["AURORA_USER"], variables["RDS_USER"], variables["RDS_PORT"]) == (
        "worker_iam",
        "worker_iam",
        "5432",
    )
    assert variables["AURORA_HOST"] == record.outputs["aurora_host"]


def test_outputs_contain_arns_of_secrets_but_no_secret_values():
    outputs = recorded("prod").outputs
    assert str(outputs["aurora_secret_arn"]).startswith("arn:aws:secretsmanager:")
    assert str(outputs["aurora_bootstrap_task_arn"]).startswith("arn:aws:ecs:")
    assert str(outputs["aurora_cluster_arn"]).startswith("arn:aws:rds:us-east-1:123456789012:cluster:aurora-")
