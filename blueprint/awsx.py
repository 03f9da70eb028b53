"""What the real awsx provider creates for its components, resource by resource.

Follows `awsx/ec2/vpc.ts` of pulumi-awsx 3.11 (https://github.com/pulumi/pulumi-awsx): names, parents, tags, order and
dependencies. It covers `awsx.ec2.Vpc` with explicit zones and CIDR blocks, strategy `Auto` and no endpoints. Other
arguments are refused, so that no record is a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from blueprint.record import Resource
from blueprint.values import UNKNOWN, Reference


class AddResource(Protocol):
    """Registers one child of the component that is being expanded."""

    def __call__(
        self, type_: str, name: str, inputs: Mapping[str, object], parent: str, **options: Any
    ) -> Resource:
        """Return the registered child."""
        ...


Expansion = tuple[dict[str, object], dict[str, list[str]]]
"""The component's outputs, and for each the URNs that it depends on."""

_COVERED: Final = frozenset({
    "availabilityZoneNames", "cidrBlock", "enableDnsHostnames", "enableDnsSupport", "natGateways", "subnetSpecs",
    "subnetStrategy", "tags",
})  # fmt: skip
_REQUIRED: Final = frozenset({"availabilityZoneNames", "subnetSpecs", "subnetStrategy"})
_ORDER: Final = ("public", "private", "isolated")


def vpc(component: Resource, add: AddResource) -> Expansion:
    """Expand `awsx:ec2:Vpc`."""
    inputs = component.inputs
    unsupported = sorted(set(inputs) - _COVERED)
    missing = sorted(_REQUIRED - set(inputs))
    if unsupported or missing or inputs["subnetStrategy"] != "Auto":
        raise ValueError(
            f"{component.name}: the recorder supports awsx.ec2.Vpc with availability_zone_names, subnet_specs and "
            f"subnet_strategy Auto only (not supported: {', '.join(unsupported) or 'nothing else'}; "
            f"missing: {', '.join(missing) or 'nothing'})"
        )
    name = component.name
    zones: Sequence[str] = inputs["availabilityZoneNames"]  # pyright: ignore[reportAssignmentType]
    specs: Sequence[Mapping[str, Any]] = inputs["subnetSpecs"]  # pyright: ignore[reportAssignmentType]
    tags: Mapping[str, Any] = inputs.get("tags", {})  # pyright: ignore[reportAssignmentType]
    nat: Mapping[str, Any] = inputs.get("natGateways", {})  # pyright: ignore[reportAssignmentType]
    strategy = str(nat.get("strategy", "OnePerAz"))
    shared = {"Name": name, **tags}
    ordered = sorted(
        (spec for spec in specs if spec["type"] != "Unused"),
        key=lambda spec: _ORDER.index(spec["type"].lower()),
    )

    passed = {
        key: inputs[key] for key in ("cidrBlock", "enableDnsHostnames", "enableDnsSupport") if key in inputs
    }
    cloud = add("aws:ec2/vpc:Vpc", name, {**passed, "tags": shared}, component.urn)
    internet = add(
        "aws:ec2/internetGateway:InternetGateway", name, {"vpcId": _id(cloud), "tags": shared}, cloud.urn,
        dependencies=(cloud.urn,), property_dependencies={"vpcId": (cloud.urn,)},
    )  # fmt: skip
    subnets: dict[str, list[Resource]] = {tier: [] for tier in _ORDER}
    created: dict[str, list[Resource]] = {
        key: []
        for key in ("subnets", "routeTables", "routeTableAssociations", "routes", "eips", "natGateways")
    }

    for index, zone in enumerate(zones):
        for spec in ordered:
            tier = spec["type"].lower()
            child = f"{name}-{spec.get('name') or tier}-{index + 1}"
            subnet = add(
                "aws:ec2/subnet:Subnet",
                child,
                {
                    "assignIpv6AddressOnCreation": False,
                    "availabilityZone": zone,
                    "cidrBlock": spec["cidrBlocks"][index],
                    "mapPublicIpOnLaunch": tier == "public",
                    "tags": {**shared, **spec.get("tags", {}), "Name": child, "SubnetType": spec["type"]},
                    "vpcId": _id(cloud),
                },
                cloud.urn,
                dependencies=(cloud.urn,),
                property_dependencies={"vpcId": (cloud.urn,)},
            )
            table = add(
                "aws:ec2/routeTable:RouteTable",
                child,
                {"tags": {**shared, "Name": child, "SubnetType": spec["type"]}, "vpcId": _id(cloud)},
                subnet.urn,
                dependencies=tuple(sorted((cloud.urn, subnet.urn))),
                property_dependencies={"vpcId": (cloud.urn,)},
            )
            association = add(
                "aws:ec2/routeTableAssociation:RouteTableAssociation",
                child,
                {"routeTableId": _id(table), "subnetId": _id(subnet)},
                table.urn,
                dependencies=tuple(sorted((table.urn, subnet.urn))),
                property_dependencies={"routeTableId": (table.urn,), "subnetId": (subnet.urn,)},
            )
            subnets[tier].append(subnet)
            created["subnets"].append(subnet)
            created["routeTables"].append(table)
            created["routeTableAssociations"].append(association)
            if tier == "public" and _wants_gateway(strategy, index):
                address, gateway = _nat_gateway(f"{name}-{index + 1}", tags, subnet, add)
                created["eips"].append(address)
                created["natGateways"].append(gateway)
            target = _default_route(tier, strategy, index, internet, created["natGateways"])
            if target is not None:
                key, gateway = target
                created["routes"].append(
                    add(
                        "aws:ec2/route:Route",
                        child,
                        {"destinationCidrBlock": "0.0.0.0/0", key: _id(gateway), "routeTableId": _id(table)},
                        table.urn,
                        dependencies=tuple(sorted((table.urn, gateway.urn))),
                        property_dependencies={key: (gateway.urn,), "routeTableId": (table.urn,)},
                    )
                )

    outputs: dict[str, object] = {
        "vpc": _reference(cloud),
        "vpcId": _id(cloud),
        "internetGateway": _reference(internet),
        "vpcEndpoints": [],
        **{key: [_reference(item) for item in items] for key, items in created.items()},
        **{f"{tier}Subnets": [_reference(item) for item in items] for tier, items in subnets.items()},
        **{f"{tier}SubnetIds": [_id(item) for item in items] for tier, items in subnets.items()},
    }
    # Measured: a user of any output waits for the VPC, for all of its subnets and for every resource in that output.
    whole = [cloud.urn, *(item.urn for item in created["subnets"])]
    own = {"internetGateway": [internet], **created}
    origins = {
        key: list(dict.fromkeys([*whole, *(item.urn for item in own.get(key, ()))])) for key in outputs
    }
    return outputs, origins


def _nat_gateway(
    name: str, tags: Mapping[str, Any], subnet: Resource, add: AddResource
) -> tuple[Resource, Resource]:
    labels = {**tags, "Name": name}
    address = add("aws:ec2/eip:Eip", name, {"tags": labels}, subnet.urn, dependencies=(subnet.urn,))
    gateway = add(
        "aws:ec2/natGateway:NatGateway",
        name,
        {
            "allocationId": address.outputs.get("allocationId", UNKNOWN),
            "subnetId": _id(subnet),
            "tags": labels,
        },
        subnet.urn,
        dependencies=tuple(sorted((address.urn, subnet.urn))),
        property_dependencies={"allocationId": (address.urn,), "subnetId": (subnet.urn,)},
    )
    return address, gateway


def _wants_gateway(strategy: str, zone_index: int) -> bool:
    return strategy == "OnePerAz" or (strategy == "Single" and zone_index == 0)


def _default_route(
    tier: str, strategy: str, zone_index: int, internet: Resource, gateways: Sequence[Resource]
) -> tuple[str, Resource] | None:
    if tier == "public":
        return "gatewayId", internet
    if tier == "private" and strategy != "None":
        return "natGatewayId", gateways[0 if strategy == "Single" else zone_index]
    return None


def _id(resource: Resource) -> object:
    return resource.outputs.get("id", UNKNOWN)


def _reference(resource: Resource) -> Reference:
    return Reference(resource.urn, _id(resource))


EXPANSIONS: Final[Mapping[str, Callable[[Resource, AddResource], Expansion]]] = {"awsx:ec2:Vpc": vpc}
