"""What a program is meant to do, for the proofs to compare with what it registers.

Names are logical names of Pulumi resources. The name of a component refers to every resource in it. Anything that an
intent does not mention is not meant to happen: no other place accepts connections, no other service uses a data store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

SIX_YEARS_DAYS: Final = 2192


@dataclass(frozen=True, kw_only=True)
class AllowedTraffic:
    """Traffic that is allowed from, or to, ranges of addresses."""

    ranges: tuple[IPv4Network, ...]
    tcp: tuple[int, ...] = ()
    """TCP ports."""
    udp: tuple[int, ...] = ()
    """UDP ports."""
    setting: str = ""
    """Setting that holds the ranges, for messages."""


@dataclass(frozen=True, kw_only=True)
class EntryPoint:
    """A load balancer, or a server, that accepts connections from the internet."""

    title: str
    """What people call it, e.g. `the edge`."""
    allowed: tuple[AllowedTraffic, ...]
    """Everything that it accepts, by the range that it comes from."""
    outside: tuple[AllowedTraffic, ...] | None = None
    """Traffic that it sends to the internet, and no other; None if that is not stated."""


@dataclass(frozen=True, kw_only=True)
class ServiceIntent:
    """A program of the stack, such as an ECS service, and what it needs to reach."""

    stores: frozenset[str] = frozenset()
    """Names of the data stores that it uses."""
    partners: frozenset[str] = frozenset()
    """Names of the partners that it uses."""
    calls: frozenset[str] = frozenset()
    """Names of the services that it calls."""
    port: int | None = None
    """TCP port on which other services call it; any port if not given."""
    outside: tuple[AllowedTraffic, ...] | None = None
    """Traffic that it sends to the internet, and no other; None if that is not stated."""


@dataclass(frozen=True, kw_only=True)
class PartnerIntent:
    """A network or an account of somebody else that is connected to the stack, and how the record shows it."""

    ranges: tuple[IPv4Network, ...] = ()
    """Addresses that are routed to the partner."""
    gateway_address: str = ""
    """Public address of the partner's VPN gateway."""
    attachment_id: str = ""
    """Id of the Transit Gateway attachment that the partner created."""
    principals: frozenset[str] = frozenset()
    """ARNs that may connect to an endpoint service of the stack."""
    endpoint_service: str = ""
    """Name of the partner's endpoint service."""


@dataclass(frozen=True, kw_only=True)
class VpnIntent:
    """A VPN server for people."""

    server: str
    """Name of the server, or of the component that holds it."""
    client_ranges: tuple[IPv4Network, ...] = ()
    """Addresses of connected clients."""
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """For each group of users, the tiers (tag `Tier` of a subnet) that it may reach."""
    rules: Callable[[str], Mapping[str, tuple[AllowedTraffic, ...]] | None] = lambda _boot_script: None
    """Read, from the server's boot script, what the server lets each group reach; None if the script does not say."""


@dataclass(frozen=True, kw_only=True)
class LogRetention:
    """How long logs must be kept."""

    days: int = SIX_YEARS_DAYS
    """Days that at least one store must keep each log."""
    setting: str = ""
    """Setting that holds the retention, for reports."""
    search_setting: str = ""
    """Setting that holds the shorter retention of log groups that are archived elsewhere, for reports."""
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a log group holds, by its tag `log`; otherwise a report names the tag and the group's component."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What a stack is meant to do."""

    entry_points: Mapping[str, EntryPoint] = field(default_factory=dict[str, EntryPoint])
    """Everything that accepts connections from the internet, by name."""
    services: Mapping[str, ServiceIntent] = field(default_factory=dict[str, ServiceIntent])
    """Services that must be running, by name."""
    partners: Mapping[str, PartnerIntent] = field(default_factory=dict[str, PartnerIntent])
    """Partners by name."""
    vpn: VpnIntent | None = None
    data_tier: str = "data"
    """Tier (tag `Tier` of a subnet) that holds data and has no connection to the internet."""
    logs: LogRetention = LogRetention()
