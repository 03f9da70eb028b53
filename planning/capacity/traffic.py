"""The network at the peak: load balancer, firewall, NAT and private addresses, and their limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from facts import quotas
from planning.capacity.changes import RaiseRateLimit, UseNatGatewayPerZone, WidenVpc
from planning.capacity.demand import Demand, PlannedStack
from planning.capacity.load import Load
from planning.capacity.plan import Limit, ServicePlan
from settings.model import NatMode

_SECONDS_PER_REQUEST: Final = 1.0
"""Time for which a request keeps its connection to the load balancer active; an assumption."""

_PRIVATE_SUBNET_BITS: Final = 4
"""Bits by which the prefix of a private subnet is longer than the VPC's: half of one of eight slots
(docs/adr/0002-one-slot-per-zone.md)."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """Calls to the internet at the peak."""

    calls: float
    """Calls per second."""
    connections: int
    """Connections that they hold at the same time."""
    gbps: float
    """Bandwidth, in Gbit/s."""

    @classmethod
    def from_load(cls, load: Load, demand: Demand) -> Outbound:
        """Return the calls to other hosts that a load causes."""
        calls = demand.operations * load.outbound_per_request
        gbps = calls * load.outbound_kib * 8 * 1024 / 1e9
        return cls(calls, math.ceil(calls * load.outbound_seconds), gbps)


@dataclass(frozen=True, slots=True)
class NatUnits:
    """The NAT gateways or instances of a stack."""

    number: int
    gbps: float
    """Bandwidth of each, in Gbit/s."""

    @classmethod
    def from_stack(cls, stack: PlannedStack) -> NatUnits:
        """Return the NAT of a stack."""
        network = stack.settings.network
        match network.nat:
            case NatMode.GATEWAY_PER_ZONE:
                return cls(len(network.zones), quotas.NAT_GATEWAY_GBPS)
            case NatMode.SINGLE_GATEWAY:
                return cls(1, quotas.NAT_GATEWAY_GBPS)
            case NatMode.INSTANCE:
                return cls(len(network.nat_zones), quotas.NAT_INSTANCE_GBPS)
            case NatMode.NONE:
                return cls(0, 0.0)

    def units_for(self, outbound: Outbound) -> int:
        """Return how many of them the outbound calls need; 0 without NAT."""
        if not self.number:
            return 0
        by_connections = math.ceil(outbound.connections / quotas.NAT_CONNECTIONS)
        return max(by_connections, math.ceil(outbound.gbps / self.gbps))


def load_balancer_capacity(stack: PlannedStack, load: Load, demand: Demand) -> tuple[float, str]:
    """Return the load balancer capacity units at the peak, and the dimension that requires the most of them."""
    routes = [service.settings.route for service in stack.services.values() if service.settings.route]
    rules = sum(len(route.matches) for route in routes)
    if not rules:
        return 0.0, "no route"
    active = demand.connections + demand.requests * _SECONDS_PER_REQUEST
    gb_per_hour = demand.requests * 3600 * load.kib_per_request * 1024 / 1e9
    evaluations = demand.requests * max(rules - quotas.LCU_FREE_RULES, 0)
    dimensions = {
        "new connections": demand.requests / load.requests_per_connection / quotas.LCU_NEW_CONNECTIONS,
        "active connections": active / quotas.LCU_ACTIVE_CONNECTIONS,
        "data": gb_per_hour / quotas.LCU_GB_PER_HOUR,
        "rules": evaluations / quotas.LCU_RULE_EVALUATIONS,
    }
    largest = max(dimensions, key=lambda key: dimensions[key])
    return dimensions[largest], largest


def traffic_limits(
    stack: PlannedStack,
    load: Load,
    services: Sequence[ServicePlan],
    instances: int,
    targets: int,
    lcu: float,
    outbound: Outbound,
) -> Iterator[Limit]:
    """Yield the limits of addresses, load balancer, firewall and NAT."""
    yield _addresses(stack, services, instances)
    if targets:
        yield from _load_balancer(targets, lcu)
    yield from _firewall(stack, load)
    yield from _nat(stack, outbound)


def private_addresses(vpc: IPv4Network) -> int:
    """Return the addresses in a private subnet that AWS does not reserve."""
    return 2 ** (32 - vpc.prefixlen - _PRIVATE_SUBNET_BITS) - quotas.RESERVED_ADDRESSES


def _addresses(stack: PlannedStack, services: Sequence[ServicePlan], instances: int) -> Limit:
    """Return the limit of private addresses in each zone.

    A task has a network interface with an address, and a deployment that replaces all tasks doubles their number. An
    instance has one address, another one for its trunk, and one for each daemon. An interface endpoint has one in each zone.
    """
    network = stack.settings.network
    tasks = sum(service.tasks for service in services)
    shared = tasks * 2 + instances * ((2 if stack.trunking else 1) + len(stack.compute.daemons))
    can_grow = network.cidr.prefixlen > quotas.VPC_PREFIX
    return Limit(
        name="private addresses",
        need=math.ceil(shared / stack.zones) + len(network.interface_endpoints),
        limit=private_addresses(network.cidr),
        unit="addresses per zone",
        path="hipaa:network.cidr",
        remedy="use more zones, or divide the stack",
        changes=(WidenVpc(network.cidr.supernet()),) if can_grow else (),
    )


def _load_balancer(targets: int, lcu: float) -> Iterator[Limit]:
    remedy = "request a higher quota from AWS, give each task more CPU, or divide the services among load balancers"
    yield Limit(
        name="load balancer targets",
        need=targets,
        limit=quotas.TARGETS_PER_LOAD_BALANCER,
        unit="targets",
        remedy=remedy,
    )
    yield Limit(
        name="load balancer capacity",
        need=round(lcu, 1),
        limit=quotas.LCU_PER_LOAD_BALANCER,
        unit="LCU",
        remedy=remedy,
    )


def _firewall(stack: PlannedStack, load: Load) -> Iterator[Limit]:
    """Yield the limit of requests from one address in five minutes, a twelfth of an hour, at the peak."""
    if stack.settings.edge is None:
        return
    users = min(load.users, load.users_behind_one_address)
    requests = math.ceil(users * load.requests_per_user_hour * load.peak_factor / 12)
    yield Limit(
        name="requests from one address",
        need=requests,
        limit=stack.settings.edge.waf.rate_limit_per_5_min,
        unit="requests in 5 minutes",
        path="hipaa:edge.waf.rate_limit_per_5_min",
        remedy="distribute the users over more public addresses",
        changes=(RaiseRateLimit(min(requests, quotas.WAF_RATE_LIMIT)),),
    )


def _nat(stack: PlannedStack, outbound: Outbound) -> Iterator[Limit]:
    nat = NatUnits.from_stack(stack)
    if not nat.number:
        return
    remedy = "use interface endpoints for AWS services, or keep connections to partners open and share them"
    for name, need, limit, unit in (
        (
            "NAT connections",
            outbound.connections,
            nat.number * quotas.NAT_CONNECTIONS,
            "connections to one destination",
        ),
        ("NAT bandwidth", round(outbound.gbps, 3), nat.number * nat.gbps, "Gbit/s"),
    ):
        yield Limit(
            name=name,
            need=need,
            limit=limit,
            unit=unit,
            path="hipaa:network.nat",
            remedy=remedy,
            changes=(UseNatGatewayPerZone(),),
        )
