"""Restore tests: their schedule, their network and their role."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from blueprint.record import Record
from tests.components.data.backup.conftest import ALARM, ROLE, VAULT
from tests.components.data.conftest import TIER, Build

TEST_PLAN = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
TEST_SELECTION = "aws:backup/restoreTestingSelection:RestoreTestingSelection"


def test_restore_tests_use_the_data_tier_and_a_security_group_without_ingress(backups: Record) -> None:
    plan: Any = backups.one(TEST_PLAN).inputs
    assert re.fullmatch(r"[a-zA-Z0-9_]{1,50}", plan["name"])
    assert plan["scheduleExpression"] == "cron(0 10 ? * SUN *)"
    assert plan["recoveryPointSelection"]["includeVaults"] == [backups.one(VAULT, "backups").outputs["arn"]]
    subnets = backups.one("aws:rds/subnetGroup:SubnetGroup")
    group = backups.one("aws:ec2/securityGroup:SecurityGroup")
    assert subnets.inputs["subnetIds"] == TIER.subnet_ids
    assert "ingress" not in group.inputs
    tested = backups.of_type(TEST_SELECTION)
    assert {item.inputs["protectedResourceType"] for item in tested} == {"Aurora", "RDS"}
    for item in tested:
        assert re.fullmatch(r"[a-zA-Z0-9_]{1,50}", str(item.inputs["name"]))
        assert item.inputs["restoreMetadataOverrides"] == {
            "dbSubnetGroupName": subnets.outputs["name"],
            "vpcSecurityGroupIds": json.dumps([group.outputs["id"]]),
        }
        assert item.inputs["iamRoleArn"] == backups.one(ROLE, "backups-restore").outputs["arn"]


@pytest.mark.parametrize("overrides", [{"restore_test": None}, {"resource_types": ()}])
def test_without_a_schedule_or_a_database_there_are_no_restore_tests(build: Build, overrides: Any) -> None:
    record = build(**overrides)
    assert not record.of_type(TEST_PLAN, TEST_SELECTION, "aws:rds/subnetGroup:SubnetGroup")
    assert not [alarm.name for alarm in record.of_type(ALARM) if "restore-test" in alarm.name]
