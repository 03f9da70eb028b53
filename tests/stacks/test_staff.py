"""The VPN server of the shipped stacks, and access from the internet."""

from __future__ import annotations

from tests.repository import recorded

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def test_dev_has_no_vpn_and_prod_has_one():
    assert recorded("dev").of_type("hipaa:connectivity:VpnServer") == ()
    assert recorded("prod").one("hipaa:connectivity:VpnServer").name == "vpn"
    outputs = recorded("prod").outputs
    assert outputs["vpn_public_ip"]
    assert str(outputs["vpn_admin_secret_arn"]).startswith("arn:aws:secretsmanager:")


def test_the_internet_reaches_only_the_edge_and_the_vpn():
    record = recorded("prod")
    open_to_all = [item for item in record.of_type(INGRESS) if item.inputs.get("cidrIpv4") == "0.0.0.0/0"]
    assert {
        (record.owner(item).name, item.inputs["ipProtocol"], item.inputs["fromPort"]) for item in open_to_all
    } == {
        ("edge", "tcp", 80),
        ("edge", "tcp", 443),
        ("vpn", "tcp", 443),
        ("vpn", "udp", 1194),
    }


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
