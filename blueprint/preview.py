"""What a person wants to know about a stack before `pulumi up`, as plain data.

`preview_stack` evaluates the program, judges the record and collects the result; `text`, `markdown` and JSON only print it.
"""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from blueprint import verdict
from blueprint.cloud import CloudAccount
from blueprint.intent import LogRetention
from blueprint.quotas import Count, counted
from blueprint.reach.claims import Claim, claims
from blueprint.reach.network import RecordedNetwork
from blueprint.record import STACK_TYPE, Record, Resource
from blueprint.sinks import BUCKET, Sink, proof
from blueprint.values import blocks, integer, mapping, text, texts
from blueprint.workspace import Stack, Workspace

AWS_RESERVED_ADDRESSES: Final = 5
"""Addresses that AWS reserves in every subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""


@dataclass(frozen=True, slots=True)
class Branch:
    """A component, or a group of resources of one type directly under it, in the tree of what would be built."""

    name: str
    """A component's logical name, or a resource type such as `kms/Key`."""
    detail: str
    """A component's type token, or the names of the resources in the group."""
    resources: int
    """Number of resources in this branch, without components."""
    protected: int
    """How many of them Pulumi refuses to delete."""
    branches: tuple[Branch, ...] = ()

    @property
    def is_component(self) -> bool:
        """Whether it is a component; a group has at least one resource and no branches."""
        return bool(self.branches) or self.resources == 0


@dataclass(frozen=True, slots=True)
class SubnetRow:
    """One row of the address plan."""

    vpc: str
    tier: str
    zone: str
    cidr: str
    usable_addresses: int
    route: str
    """Where traffic to the internet goes: `internet gateway`, `nat gateway`, `nat instance` or `none`."""


@dataclass(frozen=True, slots=True, order=True)
class AutoScalingGroup:
    """One Auto Scaling group."""

    name: str
    instance_type: str
    """What it launches; several types are separated by commas."""
    min_size: int
    max_size: int
    zones: tuple[str, ...]
    """Availability zones that it uses."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that a preview says about one stack."""

    stack: str
    file: str
    """Name of the stack's file."""
    environment: str
    account: str
    region: str
    protect: bool
    """Whether any resource is protected."""
    tree: tuple[Branch, ...]
    resources: int
    subnets: tuple[SubnetRow, ...]
    auto_scaling_groups: tuple[AutoScalingGroup, ...]
    claims: tuple[Claim, ...]
    """Claims about the network, each proven or with the path that breaks it."""
    sinks: tuple[Sink, ...]
    log_days: int
    """Days for which every log must be kept."""
    protected: Mapping[str, int]
    """Number of protected resources by type, without resources that only configure a bucket."""
    verdict: verdict.Verdict
    warnings: tuple[str, ...]
    quotas: tuple[Count, ...]
    """How much the stack uses of the project's quotas."""
    waivers: str = ""
    """Path of the file with the accepted exceptions."""
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """For each control with a finding, sentences that name the settings from which its parameters follow."""

    @property
    def clean(self) -> bool:
        """Whether no control has findings, and every log and every claim about the network is proven."""
        return (
            not self.verdict.findings and not self.unproven_logs and all(item.proven for item in self.claims)
        )

    @property
    def unproven_logs(self) -> dict[str, str]:
        """Logs whose retention is not proven, with the reason."""
        return {sink.log: sink.fault for sink in self.sinks if sink.fault}


def preview_stack(workspace: Workspace, stack: Stack) -> Preview:
    """Evaluate the program with a stack's configuration and collect what it would build."""
    return preview_record(workspace.evaluate(stack), workspace, stack)


def preview_record(record: Record, workspace: Workspace, stack: Stack) -> Preview:
    """Judge a record and collect what it would build."""
    judged = verdict.judge(record, workspace.parameters_of(stack), workspace.waivers_file)
    return collect(RecordedNetwork(record, stack.description.intent), judged, workspace, stack)


def collect(network: RecordedNetwork, judged: verdict.Verdict, workspace: Workspace, stack: Stack) -> Preview:
    """Collect what a stack would build, from the network of its record and the verdict about it."""
    record = network.record
    resources = [item for item in record.resources if item.custom]
    description = stack.description
    account = CloudAccount.from_config(record.config, description.account)
    protected = Counter(item.label for item in resources if _counts_as_protected(item))
    logs = description.intent.logs if description.intent else LogRetention()
    return Preview(
        stack=stack.name,
        file=stack.file.path.name,
        environment=stack.environment,
        account=account.id,
        region=account.region,
        protect=bool(protected),
        tree=_tree(record),
        resources=len(resources),
        subnets=tuple(_subnets(record)),
        auto_scaling_groups=tuple(sorted(_fleets(record))),
        claims=tuple(claims(network)),
        sinks=tuple(proof(record, judged.without_own_key, logs)),
        log_days=logs.days,
        protected=dict(sorted(protected.items())),
        verdict=judged,
        warnings=(*description.warnings, *record.warnings, *judged.notes),
        quotas=tuple(counted(record, workspace.hooks.quotas, account.region)),
        waivers=workspace.waivers,
        origins=_origins(judged, workspace, stack),
    )


def _origins(judged: verdict.Verdict, workspace: Workspace, stack: Stack) -> dict[str, tuple[str, ...]]:
    """Return the sentences about the parameters of each control with a finding."""
    parameters, origins = workspace.parameters_of(stack), workspace.origins_of(stack)
    failed = {finding.policy for finding in judged.findings}
    return {
        id_: tuple(
            f"Parameter {name} = {json.dumps(value)} follows from {' and '.join(origins[id_][name])}."
            for name, value in parameters[id_].items()
            if name in origins[id_]
        )
        for id_ in sorted(failed & set(origins) & set(parameters))
    }


def _counts_as_protected(item: Resource) -> bool:
    """Return whether a resource is protected, other than one that only configures a bucket."""
    return item.protect and not (item.type.startswith("aws:s3/bucket") and item.type != BUCKET)


def _tree(record: Record) -> tuple[Branch, ...]:
    roots = [item for item in record.resources if item.type == STACK_TYPE]
    return _branches(record, roots[0]) if roots else ()


def _branches(record: Record, parent: Resource) -> tuple[Branch, ...]:
    children = record.children(parent)
    components = [item for item in children if not item.custom]
    groups: dict[str, list[Resource]] = {}
    for item in _with_descendants(record, [child for child in children if child.custom]):
        groups.setdefault(item.label, []).append(item)
    branches = [_component(record, item) for item in sorted(components, key=lambda item: item.name)]
    for label, items in sorted(groups.items()):
        names = ", ".join(sorted(item.name for item in items))
        branches.append(Branch(label, names, len(items), sum(item.protect for item in items)))
    return tuple(branches)


def _with_descendants(record: Record, resources: list[Resource]) -> list[Resource]:
    """Return resources with all below them: in awsx, a route is below its table, and the table below its subnet."""
    below = [child for item in resources for child in record.descendants(item) if child.custom]
    return [*resources, *below]


def _component(record: Record, component: Resource) -> Branch:
    branches = _branches(record, component)
    return Branch(
        name=component.name,
        detail=component.type,
        resources=sum(branch.resources for branch in branches),
        protected=sum(branch.protected for branch in branches),
        branches=branches,
    )


def _subnets(record: Record) -> list[SubnetRow]:
    rows: list[tuple[str, ipaddress.IPv4Network, SubnetRow]] = []
    for item in record.of_type("aws:ec2/subnet:Subnet"):
        cidr = text(item.inputs.get("cidrBlock"))
        if not cidr:
            continue
        network = ipaddress.IPv4Network(cidr)
        tags = mapping(item.inputs.get("tags"))
        vpc = _vpc_name(record, item)
        row = SubnetRow(
            vpc=vpc,
            tier=str(tags.get("Tier", tags.get("SubnetType", ""))).lower(),
            zone=text(item.inputs.get("availabilityZone")),
            cidr=str(network),
            usable_addresses=network.num_addresses - AWS_RESERVED_ADDRESSES,
            route=_default_route(record, item),
        )
        rows.append((vpc, network, row))
    return [row for _, _, row in sorted(rows, key=lambda entry: (entry[0], entry[1]))]


def _vpc_name(record: Record, subnet: Resource) -> str:
    """Return the name of the component that holds a subnet, or of its VPC if no component does."""
    owner = record.owner(subnet)
    if owner is not subnet:
        return owner.name
    vpcs = (item for item in record.sources(subnet, "vpcId") if item.type == "aws:ec2/vpc:Vpc")
    return next((vpc.name for vpc in vpcs), "")


def _fleets(record: Record) -> Iterator[AutoScalingGroup]:
    for group in record.of_type("aws:autoscaling/group:Group"):
        templates = [
            item
            for item in record.sources(group, "launchTemplate", "mixedInstancesPolicy")
            if item.type == "aws:ec2/launchTemplate:LaunchTemplate"
        ]
        subnets = texts(group.inputs.get("vpcZoneIdentifiers"))
        zones = texts(group.inputs.get("availabilityZones")) or {
            text(item.inputs.get("availabilityZone"))
            for item in record.of_type("aws:ec2/subnet:Subnet")
            if item.outputs.get("id") in subnets
        }
        yield AutoScalingGroup(
            name=group.name,
            instance_type=", ".join(sorted({text(item.inputs.get("instanceType")) for item in templates})),
            min_size=integer(group.inputs.get("minSize")) or 0,
            max_size=integer(group.inputs.get("maxSize")) or 0,
            zones=tuple(sorted(zones)),
        )


_ROUTE_TARGETS: Final = {
    "gatewayId": "internet gateway",
    "natGatewayId": "nat gateway",
    "networkInterfaceId": "nat instance",
    "transitGatewayId": "transit gateway",
}


def _default_route(record: Record, subnet: Resource) -> str:
    """Return the target of a subnet's default route, which is 0.0.0.0/0 or its two halves."""
    tables = [
        table
        for association in record.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
        if subnet.urn in association.property_dependencies.get("subnetId", ())
        for table in record.sources(association, "routeTableId")
    ]
    ids = {table.outputs.get("id") for table in tables}
    routes = [
        *(route for table in tables for route in blocks(table.inputs.get("routes"))),
        *(
            route.inputs
            for route in record.of_type("aws:ec2/route:Route")
            if route.inputs.get("routeTableId") in ids
        ),
    ]
    for route in routes:
        if route.get("destinationCidrBlock", route.get("cidrBlock")) in ("0.0.0.0/0", "0.0.0.0/1"):
            return next((label for key, label in _ROUTE_TARGETS.items() if key in route), "another target")
    return "none"
