"""Applications that sign in with a password: secrets, the rotation function and what it may do."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest

from blueprint.record import Record
from blueprint.values import Secret
from components.data import ApplicationIdentity, Aurora, AuroraArgs, Rds, RdsArgs
from tests.components.data.conftest import SECRETS_KEY, data_tier, violations_of
from tests.harness import all_dependencies, evaluate, statements_of

EHR = ApplicationIdentity(name="ehr", sign_in="password")
PORTAL = ApplicationIdentity(name="portal", sign_in="password")
API = ApplicationIdentity(name="api")
SECRET, VERSION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION, FUNCTION = "aws:secretsmanager/secretRotation:SecretRotation", "aws:lambda/function:Function"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def recorded(*applications: ApplicationIdentity, protect: bool = True, **values: Any) -> Record:
    """Record a cluster and export the access of its applications."""

    def program() -> None:
        store = Aurora(
            "aurora",
            AuroraArgs(tier=data_tier(protect), engine_version="17.9", applications=applications, **values),
        )
        for item in applications:
            access = store.destination(item.name)
            pulumi.export(
                item.name,
                {
                    "environment": access.environment,
                    "secrets": access.secrets,
                    "users": access.database_users,
                    "group": access.security_group_id,
                },
            )

    return evaluate(program)


def first_value(version: Any) -> dict[str, str]:
    """Return the first value of a secret, which the program marks as secret like every later one."""
    value: Any = version.inputs["secretString"]
    assert isinstance(value, Secret)
    return json.loads(str(value.value))


def test_the_first_value_of_a_secret_has_the_address_and_no_password() -> None:
    record = recorded(EHR)
    version = record.one(VERSION, "aurora-ehr")
    value = first_value(version)
    cluster = record.one("aws:rds/cluster:Cluster").outputs
    assert value.pop("masterarn").startswith("arn:")
    assert value == {
        "engine": "postgres", "host": cluster["endpoint"], "port": "5432", "dbname": "app", "username": "ehr_2",
    }  # fmt: skip
    # A version that has to be created again must not become the current one.
    assert version.inputs["versionStages"] == ["SEED"]
    assert {"secretString", "versionStages"} <= set(version.ignore_changes)
    secret = record.one(SECRET, "aurora-ehr").inputs
    assert (secret["kmsKeyId"], secret["recoveryWindowInDays"]) == (SECRETS_KEY, 30)
    assert recorded(EHR, protect=False).one(SECRET).inputs["recoveryWindowInDays"] == 0
    assert not record.of_type("random:index/randomPassword:RandomPassword")


def test_an_application_gets_the_url_as_a_secret_and_no_right_to_sign_in_by_iam() -> None:
    record = recorded(EHR, API, proxy=True)
    access: Any = record.outputs["ehr"]
    assert access["secrets"] == {"DATABASE_URL": f"{record.one(SECRET).outputs['arn']}:url::"}
    assert access["users"] == []
    assert "AURORA_USER" not in access["environment"]
    groups = {item.name: item.outputs["id"] for item in record.of_type("aws:ec2/securityGroup:SecurityGroup")}
    # The proxy signs in by IAM, so only applications that sign in by IAM use it.
    cluster: Any = record.one("aws:rds/cluster:Cluster").outputs
    assert (access["group"], access["environment"]["AURORA_HOST"]) == (groups["aurora"], cluster["endpoint"])
    other: Any = record.outputs["api"]
    assert (other["group"], other["secrets"]) == (groups["aurora-proxy"], {})


def test_every_secret_rotates_after_the_database_the_value_and_the_permission_exist() -> None:
    record = recorded(EHR, PORTAL, rotate_days=14)
    for name in ("ehr", "portal"):
        rotation = record.one(ROTATION, f"aurora-rotation-{name}")
        assert rotation.inputs["secretId"] == record.one(SECRET, f"aurora-{name}").outputs["id"]
        assert rotation.inputs["rotationLambdaArn"] == record.one(FUNCTION).outputs["arn"]
        assert rotation.inputs["rotationRules"] == {"automaticallyAfterDays": 14}
        needed = {
            record.one(VERSION, f"aurora-{name}").urn,
            record.one("aws:lambda/permission:Permission").urn,
            record.one("aws:rds/clusterInstance:ClusterInstance", "aurora-a").urn,
        }
        assert needed <= all_dependencies(record, rotation)


def test_the_function_reaches_the_database_and_https_only() -> None:
    record = recorded(EHR)
    groups = {item.name: item.outputs["id"] for item in record.of_type("aws:ec2/securityGroup:SecurityGroup")}
    configuration: Any = record.one(FUNCTION).inputs["vpcConfig"]
    assert configuration["securityGroupIds"] == [groups["aurora-rotation"]]
    assert configuration["subnetIds"] == ["subnet-4", "subnet-5"]
    rules = [
        (item.inputs["fromPort"], item.inputs.get("referencedSecurityGroupId"))
        for item in record.of_type(EGRESS)
        if item.inputs["securityGroupId"] == groups["aurora-rotation"]
    ]
    assert sorted(rules, key=str) == [(443, None), (5432, groups["aurora"])]


def test_the_function_may_change_these_secrets_and_read_that_of_the_administrator() -> None:
    record = recorded(EHR, PORTAL)
    granted = statements_of(record.one("aws:iam/policy:Policy", "aurora-rotation").inputs["policy"])
    assert granted["Secrets"]["Resource"] == sorted(
        str(item.outputs["arn"]) for item in record.of_type(SECRET)
    )
    assert granted["Administrator"]["Action"] == ["secretsmanager:GetSecretValue"]
    everything = {sid for sid, item in granted.items() if "*" in item["Resource"]}
    assert everything == {"NetworkInterfaces", "RandomPassword"}
    assert "environment" not in record.one(FUNCTION).inputs


def test_the_archive_of_the_function_contains_all_that_it_imports(tmp_path: Path) -> None:
    inputs = recorded(EHR).one(FUNCTION).inputs
    code: Any = inputs["code"]
    for path, asset in code["assets"].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(asset["text"])
    module, _, handler = str(inputs["handler"]).rpartition(".")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from {module} import {handler}; print({handler}.__module__)"
    # Isolated: without the packages of this project and without the current folder.
    result = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert result.stdout.strip() == module, result.stderr


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_an_instance_has_the_same_rotation(engine: str) -> None:
    version = "8.4.11" if engine == "mysql" else "17.9"
    urls: list[str] = []

    def program() -> None:
        values: dict[str, Any] = {"engine": engine, "engine_version": version, "applications": [EHR]}
        store = Rds("rds", RdsArgs(tier=data_tier(), **values))
        urls.extend(store.destination("ehr").secrets)

    record = evaluate(program)
    value = first_value(record.one(VERSION, "rds-ehr"))
    assert (value["engine"], value["dbname"]) == ((engine, "ehr") if engine == "mysql" else (engine, "app"))
    assert urls == ["DATABASE_URL"]


def test_the_policies_accept_the_rotation() -> None:
    assert violations_of(recorded(EHR, PORTAL)) == violations_of(recorded(API))


def test_without_passwords_there_is_no_function_and_no_secret() -> None:
    assert not recorded(API).of_type(SECRET, FUNCTION, ROTATION)


def test_a_tier_without_subnets_for_functions_is_rejected() -> None:
    tier = replace(data_tier(), function_subnet_ids=())
    with pytest.raises(ValueError, match="function_subnet_ids must not be empty if ehr"):
        evaluate(lambda: Aurora("aurora", AuroraArgs(tier=tier, engine_version="17.9", applications=[EHR])))


@pytest.mark.parametrize("days", [2, 366])
def test_a_wrong_rotation_period_is_rejected(days: int) -> None:
    with pytest.raises(ValueError, match="rotate_days must be 3 to 365"):
        AuroraArgs(tier=data_tier(), engine_version="17.9", rotate_days=days)
