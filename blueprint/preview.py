"""What a person wants to know of a stack before `pulumi up`, as plain data.

`look` evaluates the program, judges the record and gathers the answer; `text`, `markdown` and JSON only print it.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import settings
from blueprint import verdict
from blueprint.reach.claims import Network, Statement, statements
from blueprint.record import STACK_TYPE, Record, Resource, evaluate
from blueprint.sinks import BUCKET, Sink, proof
from blueprint.stacks import StackFile

AWS_RESERVED_ADDRESSES: Final = 5
"""Addresses AWS keeps in every subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""


@dataclass(frozen=True, slots=True)
class Branch:
    """A component, or a group of like resources directly under one, in the tree of what would be built."""

    name: str
    """A component's logical name, or a resource type such as `kms/Key`."""
    detail: str
    """A component's type token, or the names of the resources in the group."""
    resources: int
    """Resources in this branch, components not counted."""
    protected: int
    """How many of them Pulumi refuses to delete."""
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Subnet:
    """One row of the address plan."""

    vpc: str
    tier: str
    zone: str
    cidr: str
    usable_addresses: int
    route: str
    """Where traffic to the internet goes: `internet gateway`, `nat gateway`, `nat instance` or `none`."""


@dataclass(frozen=True, slots=True, order=True)
class Fleet:
    """One Auto Scaling group."""

    name: str
    instance_type: str
    """What it launches; more than one where the group mixes."""
    least: int
    most: int
    zones: tuple[str, ...]
    """Availability zones it spreads over."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything `make preview` says about one stack."""

    stack: str
    file: str
    environment: str
    account: str
    region: str
    protect: bool
    tree: tuple[Branch, ...]
    resources: int
    subnets: tuple[Subnet, ...]
    fleets: tuple[Fleet, ...]
    reachability: tuple[Statement, ...]
    """What holds of the network, proven or with the path that breaks it."""
    sinks: tuple[Sink, ...]
    protected: Mapping[str, int]
    """Protected resources by type; what only configures a bucket goes with it and is not counted."""
    verdict: verdict.Verdict
    warnings: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether no control found fault, every log is proven to be kept and every statement of the network holds."""
        return (
            not self.verdict.findings and not self.unproven and all(item.proven for item in self.reachability)
        )

    @property
    def unproven(self) -> dict[str, str]:
        """Logs whose retention is not proven, and why."""
        return {sink.log: sink.fault for sink in self.sinks if sink.fault}


def look(file: StackFile, chosen: settings.Settings, root: Path) -> Preview:
    """Evaluate the real program with a stack's configuration and gather what it would build."""
    return of(program(file, root), file, chosen, root)


def program(file: StackFile, root: Path) -> Record:
    """Evaluate the real program with a stack's configuration."""
    return evaluate(root / "__main__.py", file.config, stack=file.stack, project=file.project)


def of(record: Record, file: StackFile, chosen: settings.Settings, root: Path) -> Preview:
    """Judge a record and gather what it would build."""
    judged = verdict.judge(record, root / "policy")
    resources = [item for item in record.resources if item.custom]
    return Preview(
        stack=file.stack,
        file=file.path.name,
        environment=chosen.environment,
        account=chosen.account_id,
        region=chosen.region,
        protect=chosen.protect,
        tree=_tree(record),
        resources=len(resources),
        subnets=tuple(_subnets(record)),
        fleets=tuple(sorted(_fleets(record))),
        reachability=tuple(statements(Network(record))),
        sinks=tuple(proof(record, judged.without_own_key)),
        protected=dict(sorted(Counter(item.label for item in resources if _holds_something(item)).items())),
        verdict=judged,
        warnings=(*chosen.warnings, *record.warnings),
    )


def _holds_something(item: Resource) -> bool:
    """Tell whether a resource is protected for its own sake."""
    return item.protect and not (item.type.startswith("aws:s3/bucket") and item.type != BUCKET)


def _tree(record: Record) -> tuple[Branch, ...]:
    roots = [item for item in record.resources if item.type == STACK_TYPE]
    return _branches(record, roots[0]) if roots else ()


def _branches(record: Record, parent: Resource) -> tuple[Branch, ...]:
    children = record.children(parent)
    components = [item for item in children if not item.custom]
    groups: dict[str, list[Resource]] = {}
    for item in _flattened(record, [child for child in children if child.custom]):
        groups.setdefault(item.label, []).append(item)
    found = [_component(record, item) for item in sorted(components, key=lambda item: item.name)]
    for label, items in sorted(groups.items()):
        names = ", ".join(sorted(item.name for item in items))
        found.append(Branch(label, names, len(items), sum(item.protect for item in items)))
    return tuple(found)


def _flattened(record: Record, resources: list[Resource]) -> list[Resource]:
    """Return resources with everything below them: awsx hangs a route under its table, the table under its subnet."""
    found = list(resources)
    for item in resources:
        found.extend(below for below in record.descendants(item) if below.custom)
    return found


def _component(record: Record, component: Resource) -> Branch:
    branches = _branches(record, component)
    return Branch(
        name=component.name,
        detail=component.type,
        resources=sum(branch.resources for branch in branches),
        protected=sum(branch.protected for branch in branches),
        branches=branches,
    )


def _subnets(record: Record) -> list[Subnet]:
    rows: list[tuple[str, ipaddress.IPv4Network, Subnet]] = []
    for item in record.of_type("aws:ec2/subnet:Subnet"):
        network = ipaddress.IPv4Network(str(item.inputs["cidrBlock"]))
        tags = cast(Mapping[str, str], item.inputs.get("tags", {}))
        vpc = record.owner(item).name
        row = Subnet(
            vpc=vpc,
            tier=tags.get("Tier", tags.get("SubnetType", "")).lower(),
            zone=str(item.inputs["availabilityZone"]),
            cidr=str(network),
            usable_addresses=network.num_addresses - AWS_RESERVED_ADDRESSES,
            route=_default_route(record, item),
        )
        rows.append((vpc, network, row))
    return [row for _, _, row in sorted(rows, key=lambda entry: (entry[0], entry[1]))]


def _fleets(record: Record) -> Iterator[Fleet]:
    for group in record.of_type("aws:autoscaling/group:Group"):
        templates = [
            record.by_urn[urn]
            for key in ("launchTemplate", "mixedInstancesPolicy")
            for urn in group.property_dependencies.get(key, ())
            if record.by_urn[urn].type == "aws:ec2/launchTemplate:LaunchTemplate"
        ]
        told = cast("list[str]", group.inputs.get("availabilityZones", []))
        subnets = cast("list[str]", group.inputs.get("vpcZoneIdentifiers", []))
        zones = told or {
            str(item.inputs["availabilityZone"])
            for item in record.of_type("aws:ec2/subnet:Subnet")
            if item.outputs.get("id") in subnets
        }
        yield Fleet(
            name=group.name,
            instance_type=", ".join(sorted({str(item.inputs.get("instanceType", "")) for item in templates})),
            least=int(cast("int", group.inputs["minSize"])),
            most=int(cast("int", group.inputs["maxSize"])),
            zones=tuple(sorted(zones)),
        )


_ROUTE_TARGETS: Final = {
    "gatewayId": "internet gateway",
    "natGatewayId": "nat gateway",
    "networkInterfaceId": "nat instance",
    "transitGatewayId": "transit gateway",
}


def _default_route(record: Record, subnet: Resource) -> str:
    """Return where a subnet's route table sends what no other route takes: all of 0.0.0.0/0, or its two halves."""
    tables = {
        urn
        for association in record.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
        if subnet.urn in association.property_dependencies.get("subnetId", ())
        for urn in association.property_dependencies.get("routeTableId", ())
    }
    ids = {record.by_urn[urn].outputs.get("id") for urn in tables}
    for route in record.of_type("aws:ec2/route:Route"):
        if (
            route.inputs.get("destinationCidrBlock") in ("0.0.0.0/0", "0.0.0.0/1")
            and route.inputs.get("routeTableId") in ids
        ):
            return next(
                (label for key, label in _ROUTE_TARGETS.items() if key in route.inputs), "another target"
            )
    return "none"
