"""The expansion of awsx.ec2.Vpc equals what the awsx provider creates.

The table was measured with the awsx provider under a real engine: names, parents, inputs, dependencies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pulumi
import pulumi_aws
import pulumi_awsx as awsx
import pytest

from blueprint.record import Record
from blueprint.recorder import evaluate

CONFIG = {"aws:region": "us-east-1", "aws:allowedAccountIds": ["123456789012"]}
ZONES = ["us-east-1a", "us-east-1b"]

VPC = "awsx:ec2:Vpc$aws:ec2/vpc:Vpc"
SUBNET = f"{VPC}$aws:ec2/subnet:Subnet"
TABLE = f"{SUBNET}$aws:ec2/routeTable:RouteTable"
MEASURED_WITH_ONE_GATEWAY = sorted([
    ("awsx:ec2:Vpc", "demo"),
    (VPC, "demo"),
    (f"{VPC}$aws:ec2/internetGateway:InternetGateway", "demo"),
    (f"{SUBNET}$aws:ec2/eip:Eip", "demo-1"),
    (f"{SUBNET}$aws:ec2/natGateway:NatGateway", "demo-1"),
    *((SUBNET, f"demo-{tier}-{n}") for tier in ("public", "private", "data") for n in (1, 2)),
    *((TABLE, f"demo-{tier}-{n}") for tier in ("public", "private", "data") for n in (1, 2)),
    *(
        (f"{TABLE}$aws:ec2/routeTableAssociation:RouteTableAssociation", f"demo-{tier}-{n}")
        for tier in ("public", "private", "data")
        for n in (1, 2)
    ),
    *((f"{TABLE}$aws:ec2/route:Route", f"demo-{tier}-{n}") for tier in ("public", "private") for n in (1, 2)),
])  # fmt: skip


def vpc(strategy: str, use: Callable[[awsx.ec2.Vpc], None] = lambda _: None, **options: object) -> Record:
    def program() -> None:
        network = awsx.ec2.Vpc(
            "demo",
            cidr_block="10.0.0.0/16",
            availability_zone_names=ZONES,
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=awsx.ec2.NatGatewayStrategy(strategy)),
            subnet_specs=[
                awsx.ec2.SubnetSpecArgs(
                    type=awsx.ec2.SubnetType(kind), name=name, cidr_blocks=blocks, tags={"Tier": name}
                )
                for kind, name, blocks in (
                    ("Isolated", "data", ["10.0.64.0/20", "10.0.80.0/20"]),
                    ("Public", "public", ["10.0.0.0/20", "10.0.16.0/20"]),
                    ("Private", "private", ["10.0.32.0/20", "10.0.48.0/20"]),
                )
            ],
            tags={"Owner": "platform"},
            opts=pulumi.ResourceOptions(**options),  # type: ignore[arg-type]
        )
        use(network)

    return evaluate(program, CONFIG)


def chains(record: Record) -> list[tuple[str, str]]:
    return sorted(
        (item.urn.split("::")[2], item.name)
        for item in record.resources
        if "awsx:ec2:Vpc" in item.urn.split("::")[2]
    )


def test_children_are_those_of_the_real_provider():
    assert chains(vpc("Single")) == MEASURED_WITH_ONE_GATEWAY


def test_tags_flow_as_in_the_real_provider():
    record = vpc("Single")
    subnet = record.one("aws:ec2/subnet:Subnet", "demo-data-1")
    table = record.one("aws:ec2/routeTable:RouteTable", "demo-data-1")
    assert subnet.inputs["tags"] == {
        "Name": "demo-data-1", "Owner": "platform", "SubnetType": "Isolated", "Tier": "data",
    }  # fmt: skip
    assert table.inputs["tags"] == {"Name": "demo-data-1", "Owner": "platform", "SubnetType": "Isolated"}


@pytest.mark.parametrize(
    ("strategy", "gateways", "targets"),
    [
        ("None", [], {}),
        ("Single", ["demo-1"], {"demo-private-1": "demo-1", "demo-private-2": "demo-1"}),
        ("OnePerAz", ["demo-1", "demo-2"], {"demo-private-1": "demo-1", "demo-private-2": "demo-2"}),
    ],
)
def test_private_routes_follow_the_nat_strategy(strategy: str, gateways: list[str], targets: dict[str, str]):
    record = vpc(strategy)
    assert sorted(item.name for item in record.of_type("aws:ec2/natGateway:NatGateway")) == gateways
    routes = {
        route.name: record.by_urn[route.property_dependencies["natGatewayId"][0]].name
        for route in record.of_type("aws:ec2/route:Route")
        if "natGatewayId" in route.inputs
    }
    assert routes == targets


def test_the_isolated_tier_never_gets_a_route():
    record = vpc("OnePerAz")
    assert not [route for route in record.of_type("aws:ec2/route:Route") if "data" in route.name]


def test_transforms_reach_the_children_and_protection_too():
    def closed(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:ec2/subnet:Subnet":
            return None
        return pulumi.ResourceTransformResult({**args.props, "mapPublicIpOnLaunch": False}, args.opts)

    plain, transformed = vpc("None"), vpc("None", transforms=[closed], protect=True)
    name = "demo-public-1"
    assert plain.one("aws:ec2/subnet:Subnet", name).inputs["mapPublicIpOnLaunch"] is True
    assert transformed.one("aws:ec2/subnet:Subnet", name).inputs["mapPublicIpOnLaunch"] is False
    assert all(item.protect for item in transformed.resources if item.type.startswith("aws:"))


def test_a_use_that_the_expansion_does_not_know_is_refused():
    with pytest.raises(ValueError, match=r"the recorder supports awsx\.ec2\.Vpc with"):
        evaluate(lambda: awsx.ec2.Vpc("demo", cidr_block="10.0.0.0/16"), CONFIG)


def test_outputs_of_the_component_point_at_the_children():
    def program() -> None:
        network = awsx.ec2.Vpc(
            "demo",
            cidr_block="10.0.0.0/16",
            availability_zone_names=ZONES,
            subnet_strategy="Auto",
            nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy="None"),
            subnet_specs=[
                awsx.ec2.SubnetSpecArgs(type="Isolated", cidr_blocks=["10.0.0.0/20", "10.0.16.0/20"])
            ],
        )
        pulumi.export("subnets", network.isolated_subnet_ids)
        pulumi.export("table", network.route_tables.apply(lambda tables: tables[1].id))
        pulumi.export("acl", network.vpc.apply(lambda inner: inner.default_network_acl_id))

    record = evaluate(program, CONFIG)
    subnets = [record.one("aws:ec2/subnet:Subnet", f"demo-isolated-{n}").outputs["id"] for n in (1, 2)]
    assert record.outputs["subnets"] == subnets
    assert (
        record.outputs["table"]
        == record.one("aws:ec2/routeTable:RouteTable", "demo-isolated-2").outputs["id"]
    )
    assert record.outputs["acl"] == record.one("aws:ec2/vpc:Vpc").outputs["defaultNetworkAclId"]


@pytest.mark.parametrize(
    ("output", "own"),
    [
        ("vpc_id", {}),
        ("vpc", {}),
        ("subnets", {}),
        ("private_subnet_ids", {}),
        ("internet_gateway", {"internetGateway": 1}),
        ("route_tables", {"routeTable": 6}),
        ("route_table_associations", {"routeTableAssociation": 6}),
        ("routes", {"route": 4}),
        ("eips", {"eip": 1}),
        ("nat_gateways", {"natGateway": 1}),
    ],
)
def test_whoever_uses_an_output_waits_for_what_the_engine_makes_it_wait_for(output: str, own: dict[str, int]):
    def use(network: awsx.ec2.Vpc) -> None:
        value = getattr(network, output)
        pulumi_aws.sns.Topic("user", display_name=value.apply(lambda _: "anything"))

    record = vpc("Single", use)
    user = record.one("aws:sns/topic:Topic")
    kinds = Counter(
        urn.split("::")[2].split("$")[-1].split("/")[-1].split(":")[0] for urn in user.dependencies
    )
    assert kinds == {"awsx": 1, "vpc": 1, "subnet": 6, **own}
    assert user.property_dependencies["displayName"] == user.dependencies
