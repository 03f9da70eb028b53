"""The file system of the VPN server: encryption, network access and policy."""

from __future__ import annotations

import json
from typing import Any

from blueprint.record import Record
from tests.components.connectivity.vpn.programs import FILES, INGRESS, SECURITY_GROUP, own_group, rules
from tests.harness import KEY, statements_of


def test_the_file_system_is_encrypted_and_backed_up(record: Record) -> None:
    files: Any = record.one(FILES).inputs
    assert files["encrypted"] is True
    assert files["kmsKeyId"] == KEY
    assert files["tags"]["backup"] == "vault"


def test_the_file_system_has_mount_targets_in_every_zone_that_only_the_server_reaches(record: Record) -> None:
    targets = record.of_type("aws:efs/mountTarget:MountTarget")
    assert {item.name: item.inputs["subnetId"] for item in targets} == {
        "vpn-state-us-east-1a": "subnet-3",
        "vpn-state-us-east-1b": "subnet-4",
    }
    group = record.one(SECURITY_GROUP, "vpn-state").outputs["id"]
    assert {str(item.inputs["securityGroups"]) for item in targets} == {str([group])}
    [rule] = rules(record, INGRESS, group)
    assert (rule["fromPort"], rule["referencedSecurityGroupId"]) == (2049, own_group(record))


def test_only_the_role_of_the_server_may_use_the_file_system_and_only_with_tls(record: Record) -> None:
    policy = statements_of(record.one("aws:efs/fileSystemPolicy:FileSystemPolicy").inputs["policy"])
    role = record.one("aws:iam/role:Role").outputs["arn"]
    point = record.one("aws:efs/accessPoint:AccessPoint").outputs["arn"]
    assert policy["Server"]["Principal"] == {"AWS": [role]}
    assert policy["Server"]["Condition"] == {"StringEquals": {"elasticfilesystem:AccessPointArn": point}}
    assert policy["TlsOnly"]["Effect"] == policy["AccessPointOnly"]["Effect"] == "Deny"
    assert policy["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    elsewhere = {"StringNotEquals": {"elasticfilesystem:AccessPointArn": point}}
    assert policy["AccessPointOnly"]["Condition"] == elsewhere
    assert "elasticfilesystem:ClientWrite" in policy["AccessPointOnly"]["Action"]
    # EFS evaluates no condition on the principal, so a denial with such a condition would deny the server too.
    assert "aws:Principal" not in json.dumps([item["Condition"] for item in policy.values()])
