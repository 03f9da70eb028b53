"""The role of the VPN server allows only what the server needs."""

from __future__ import annotations

from typing import Any

from blueprint.record import Record
from tests.components.connectivity.vpn.programs import GROUP, SECRETS_KEY, TEMPLATE, boot_script, recorded
from tests.harness import statements_of


def test_the_server_may_only_associate_its_own_address(record: Record) -> None:
    policy = statements_of(record.one("aws:iam/policy:Policy").inputs["policy"])
    address = record.one("aws:ec2/eip:Eip").outputs["allocationId"]
    assert policy["Address"]["Resource"] == [f"arn:aws:ec2:us-east-1:111122223333:elastic-ip/{address}"]
    own = {"StringEquals": {"aws:ResourceTag/vpn-server": address}}
    assert policy["AddressToItself"]["Condition"] == own
    assert policy["Replacement"]["Condition"] == own
    template: Any = record.one(TEMPLATE).inputs
    tagged = {item["resourceType"]: item["tags"].get("vpn-server") for item in template["tagSpecifications"]}
    assert (tagged["instance"], tagged["network-interface"]) == (address, address)
    tags: Any = record.one(GROUP).inputs["tags"]
    assert {tag["key"]: tag["value"] for tag in tags}["vpn-server"] == address


def test_the_server_reads_only_its_own_secrets(record: Record) -> None:
    secret = record.one("aws:secretsmanager/secret:Secret")
    policy = statements_of(record.one("aws:iam/policy:Policy").inputs["policy"])
    assert policy["Secrets"]["Action"] == ["secretsmanager:GetSecretValue"]
    assert policy["Secrets"]["Resource"] == [secret.outputs["arn"]]
    assert policy["SecretsKey"]["Resource"] == [SECRETS_KEY]
    assert secret.inputs["kmsKeyId"] == SECRETS_KEY


def test_with_a_licence_the_server_may_also_read_its_secret() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:vpn-licence-AbCdEf"
    record = recorded(licence_secret_arn=arn)
    policy = statements_of(record.one("aws:iam/policy:Policy").inputs["policy"])
    assert arn in policy["Secrets"]["Resource"]
    assert f"licence={arn}" in boot_script(record)
