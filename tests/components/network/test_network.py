from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from components.network import NatHost, NatStrategy
from components.shared.addressing import plan

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
TARGETS = ("gatewayId", "natGatewayId", "networkInterfaceId")


def tier(resource: Resource) -> Any:
    tags: Any = resource.inputs["tags"]
    return tags["Tier"]


def default_routes(record: Record) -> dict[str, dict[str, str]]:
    """Return the target property of the default routes, by tier and by the name of the route table.

    The function also checks that the routes of each table cover all addresses.
    """
    tables = {table.outputs["id"]: table for table in record.of_type(ROUTE_TABLE)}
    targets: dict[str, dict[str, str]] = {"public": {}, "private": {}, "data": {}}
    destinations: dict[str, set[str]] = {}
    for route in record.of_type(ROUTE):
        table = tables[route.inputs["routeTableId"]]
        destinations.setdefault(table.name, set()).add(route.inputs["destinationCidrBlock"])
        (target,) = set(TARGETS) & set(route.inputs)
        assert targets[tier(table)].setdefault(table.name, target) == target
    for table_name, ranges in destinations.items():
        to_interface = targets["private"].get(table_name) == "networkInterfaceId"
        assert ranges == ({"0.0.0.0/1", "128.0.0.0/1"} if to_interface else {"0.0.0.0/0"})
    return targets


def test_every_zone_has_the_planned_subnet_of_every_tier(network: Any) -> None:
    subnets = network().of_type(SUBNET)
    assert {
        subnet.name: (subnet.inputs["availabilityZone"], subnet.inputs["cidrBlock"]) for subnet in subnets
    } == {
        "main-public-1": ("us-east-1a", "10.20.24.0/22"),
        "main-private-1": ("us-east-1a", "10.20.0.0/20"),
        "main-data-1": ("us-east-1a", "10.20.16.0/21"),
        "main-public-2": ("us-east-1b", "10.20.56.0/22"),
        "main-private-2": ("us-east-1b", "10.20.32.0/20"),
        "main-data-2": ("us-east-1b", "10.20.48.0/21"),
    }


@pytest.mark.parametrize("type_", [SUBNET, ROUTE_TABLE])
def test_subnets_and_route_tables_are_tagged_with_their_tier(network: Any, type_: str) -> None:
    assert {item.name: tier(item) for item in network().of_type(type_)} == {
        f"main-{name}-{number}": name for name in ("public", "private", "data") for number in (1, 2)
    }


def test_no_subnet_assigns_public_addresses(network: Any) -> None:
    assert [subnet.inputs["mapPublicIpOnLaunch"] for subnet in network().of_type(SUBNET)] == [False] * 6


def test_the_vpc_has_dns_support_and_dns_hostnames(network: Any) -> None:
    vpc = network().one("aws:ec2/vpc:Vpc")
    assert vpc.inputs["enableDnsSupport"] is True
    assert vpc.inputs["enableDnsHostnames"] is True


@pytest.mark.parametrize(
    ("nat", "private"),
    [
        (NatStrategy.GATEWAY_PER_ZONE, {"main-private-1": "natGatewayId", "main-private-2": "natGatewayId"}),
        (NatStrategy.SINGLE_GATEWAY, {"main-private-1": "natGatewayId", "main-private-2": "natGatewayId"}),
        (
            NatStrategy.INSTANCE,
            {"main-private-1": "networkInterfaceId", "main-private-2": "networkInterfaceId"},
        ),
        (NatStrategy.NONE, {}),
    ],
)
def test_the_private_tier_routes_to_the_chosen_nat_and_the_data_tier_has_no_default_route(
    network: Any, nat: NatStrategy, private: dict[str, str]
) -> None:
    assert default_routes(network(nat=nat)) == {
        "public": {"main-public-1": "gatewayId", "main-public-2": "gatewayId"},
        "private": private,
        "data": {},
    }


@pytest.mark.parametrize(
    ("nat", "count"),
    [
        (NatStrategy.GATEWAY_PER_ZONE, 2),
        (NatStrategy.SINGLE_GATEWAY, 1),
        (NatStrategy.INSTANCE, 0),
        (NatStrategy.NONE, 0),
    ],
)
def test_the_setting_nat_determines_the_number_of_nat_gateways(
    network: Any, nat: NatStrategy, count: int
) -> None:
    assert len(network(nat=nat).of_type("aws:ec2/natGateway:NatGateway")) == count


def test_the_default_group_acl_and_route_table_of_the_vpc_are_empty(network: Any) -> None:
    record = network()
    vpc = record.one("aws:ec2/vpc:Vpc")
    group = record.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    acl = record.one("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    table = record.one("aws:ec2/defaultRouteTable:DefaultRouteTable")
    assert group.inputs["vpcId"] == vpc.outputs["id"]
    assert acl.inputs["defaultNetworkAclId"] == vpc.outputs["defaultNetworkAclId"]
    assert table.inputs["defaultRouteTableId"] == vpc.outputs["defaultRouteTableId"]
    assert not {"ingress", "egress", "subnetIds"} & (group.inputs.keys() | acl.inputs.keys())
    assert table.inputs["routes"] == []
    assert acl.ignore_changes == ("subnetIds",)


def test_the_outputs_list_the_subnets_of_each_tier_in_the_order_of_the_zones(network: Any) -> None:
    record = network(letters="abc")
    ids = {subnet.name: subnet.outputs["id"] for subnet in record.of_type(SUBNET)}
    outputs = record.one("hipaa:network:Network").outputs
    for name in ("public", "private", "data"):
        assert outputs[f"{name}_subnet_ids"] == [ids[f"main-{name}-{number}"] for number in (1, 2, 3)]
    assert outputs["vpc_id"] == record.one("aws:ec2/vpc:Vpc").outputs["id"]
    assert (
        outputs["flow_log_group_name"]
        == record.one("aws:cloudwatch/logGroup:LogGroup", "main-logs-flows").outputs["name"]
    )


def test_nat_routes_of_a_zone_are_in_the_private_route_table_of_that_zone(network: Any) -> None:
    record = network(nat=NatStrategy.INSTANCE, letters="abc")
    tables = {table.outputs["id"]: table.name for table in record.of_type(ROUTE_TABLE)}
    table_of_route = {
        route.name: tables[route.inputs["routeTableId"]]
        for route in record.of_type(ROUTE)
        if "nat" in route.name
    }
    assert table_of_route == {
        f"main-nat-for-us-east-1{letter}-{half}": f"main-private-{number}"
        for number, letter in enumerate("abc", 1)
        for half in ("lower", "upper")
    }


@pytest.mark.parametrize("gateways", [NatStrategy.GATEWAY_PER_ZONE, NatStrategy.SINGLE_GATEWAY])
def test_routes_to_nat_gateways_and_nat_instances_have_different_destinations(
    network: Any, gateways: NatStrategy
) -> None:
    """Pulumi creates new routes before it deletes old ones, and a route table refuses a repeated destination."""

    def nat_routes(record: Record) -> set[tuple[str, str]]:
        return {
            (route.inputs["routeTableId"], route.inputs["destinationCidrBlock"])
            for route in record.of_type(ROUTE)
            if not {"gatewayId"} & set(route.inputs)
        }

    gateway_routes, instance_routes = (
        nat_routes(network(nat=gateways)),
        nat_routes(network(nat=NatStrategy.INSTANCE)),
    )
    assert gateway_routes
    assert instance_routes
    assert not gateway_routes & instance_routes


def test_a_change_of_the_nat_instance_of_a_zone_keeps_the_names_of_its_routes(network: Any) -> None:
    def route_urns(*zones: str) -> set[str]:
        record = network(nat=NatStrategy.INSTANCE, nat_instance=NatHost(zones=zones))
        return {route.urn for route in record.of_type(ROUTE) if "networkInterfaceId" in route.inputs}

    assert len(route_urns("us-east-1a")) == 4
    assert route_urns("us-east-1a") == route_urns("us-east-1a", "us-east-1b") == route_urns("us-east-1b")


def test_the_public_and_data_tiers_are_optional(network: Any) -> None:
    record = network(tiers=("private",), nat=NatStrategy.NONE)
    assert {subnet.name for subnet in record.of_type(SUBNET)} == {"main-private-1", "main-private-2"}
    assert {acl.name for acl in record.of_type("aws:ec2/networkAcl:NetworkAcl")} == {"main-private"}
    assert record.one("hipaa:network:Network").outputs["data_subnet_ids"] == []


@pytest.mark.parametrize("known", [True, False])
def test_all_resources_belong_to_the_component(network: Any, known: bool) -> None:
    record = network(nat=NatStrategy.INSTANCE, interface_endpoints=("ecr.api",), known=known)
    component = record.one("hipaa:network:Network")
    assert {record.owner(item).urn for item in record.resources if item.parent} == {component.urn}
    assert record.warnings == ()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"tiers": ("data", "public"), "nat": NatStrategy.NONE}, "plan must have the tier private"),
        (
            {"tiers": ("private", "cache"), "nat": NatStrategy.NONE},
            "may have only private, data, public, got private, cache",
        ),
        (
            {"tiers": ("private", "data")},
            "nat gateway-per-zone needs the tier public, but the plan has private, data",
        ),
        (
            {"nat_instance": NatHost(zones=("us-east-1f",))},
            "nat_instance.zones must be zones of the plan, got us-east-1f",
        ),
        ({"public_ports": (443, 22, 3389)}, "public_ports must leave out SSH and RDP, got 22, 3389"),
        (
            {"database_clients": (IPv4Network("0.0.0.0/0"),)},
            "database_clients must be private ranges, got 0.0.0.0/0",
        ),
        ({"database_clients": (IPv4Network("203.0.113.0/24"),)}, "private ranges, got 203.0.113.0/24"),
        (
            {"letters": "abcdef", "database_ports": (3306, 5432, 6379)},
            "the ACL of the data tier would need 24 rules, AWS allows 20: use fewer ports, clients or zones",
        ),
    ],
)
def test_arguments_that_open_a_tier_or_that_aws_rejects_are_refused(
    args: Any, overrides: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        args(**overrides)


@pytest.mark.parametrize("vpc", ["10.20.0.0/16", "100.64.0.0/16"])
def test_the_public_subnets_of_four_zones_may_be_database_clients(args: Any, vpc: str) -> None:
    four_zones = plan(IPv4Network(vpc), [f"us-east-1{letter}" for letter in "abcd"])
    clients = list(four_zones.ranges("public").values())
    rules = args(plan=four_zones, database_clients=clients).acls()["data"]
    ingress = {(rule.cidr, rule.ports) for rule in rules.ingress}
    egress = {(rule.cidr, rule.ports) for rule in rules.egress}
    assert {(str(cidr), (port, port)) for cidr in clients for port in (5432, 6379)} <= ingress
    assert {(str(cidr), (1024, 65535)) for cidr in clients} <= egress


@settings(max_examples=5)
@given(
    letters=st.lists(st.sampled_from("abcdef"), min_size=2, max_size=6, unique=True).map("".join),
    nat=st.sampled_from(list(NatStrategy)),
    endpoints=st.lists(st.sampled_from(["ecr.api", "ecs-agent", "kms", "logs"]), unique=True),
)
def test_with_any_arguments_no_subnet_assigns_public_addresses_and_the_data_tier_has_no_default_route(
    network: Any, letters: str, nat: NatStrategy, endpoints: list[str]
) -> None:
    record = network(
        letters=letters, nat=nat, interface_endpoints=tuple(endpoints), database_ports=(5432, 6379)
    )
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in record.of_type(SUBNET))
    assert default_routes(record)["data"] == {}
    assert len(default_routes(record)["private"]) == (0 if nat == NatStrategy.NONE else len(letters))
    assert len(record.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")) == 2 + len(endpoints)
