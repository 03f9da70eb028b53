"""A network as plain data: what a packet meets on its way, and the places it may come from and go to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from blueprint.reach.traffic import Range, Ranges, overlap, union


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a security group: what it lets through, to or from whom."""

    name: str
    traffic: int
    peer: Range | str
    """A range of addresses, or the id of a security group."""


@dataclass(slots=True)
class Group:
    """A security group."""

    id: str
    name: str
    vpc: str
    ingress: list[Rule] = field(default_factory=list[Rule])
    egress: list[Rule] = field(default_factory=list[Rule])


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One entry of a network ACL; the lowest number that matches decides."""

    number: int
    allow: bool
    peer: Range
    traffic: int


@dataclass(slots=True)
class Acl:
    """A network ACL."""

    name: str
    ingress: list[Entry] = field(default_factory=list[Entry])
    egress: list[Entry] = field(default_factory=list[Entry])


TargetKind = Literal["local", "internet", "nat", "interface", "transit", "service", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Route:
    """One route: a range, or the name of an AWS service, and where it leads."""

    name: str
    to: Range
    kind: TargetKind
    target: str = ""
    """Id of the gateway, interface or Transit Gateway; for `service` the service's name."""

    @property
    def size(self) -> int:
        """Addresses in the range; the smallest match wins."""
        return self.to[1] - self.to[0]


@dataclass(slots=True)
class Table:
    """A route table of a VPC."""

    name: str
    routes: list[Route] = field(default_factory=list[Route])
    services: dict[str, str] = field(default_factory=dict[str, str])
    """Gateway endpoint by the AWS service it leads to."""


@dataclass(slots=True)
class Subnet:
    """A subnet."""

    id: str
    name: str
    vpc: str
    range: Range
    zone: str
    tier: str
    acl: Acl
    table: Table
    maps_public: bool = False


@dataclass(slots=True)
class Vpc:
    """A VPC."""

    id: str
    name: str
    ranges: Ranges
    gateway: str = ""
    """Name of its internet gateway; empty for none."""
    cidr: str = ""
    subnets: list[Subnet] = field(default_factory=list[Subnet])

    def subnet_of(self, address: int) -> Subnet | None:
        """Return the subnet that holds an address."""
        for subnet in self.subnets:
            if subnet.range[0] <= address <= subnet.range[1]:
                return subnet
        return None

    def holds(self, address: int) -> bool:
        """Tell whether an address is one of the VPC's."""
        return any(first <= address <= last for first, last in self.ranges)


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, or any number of like ones in one subnet."""

    id: str
    subnet: Subnet
    groups: tuple[str, ...] | None
    """Ids of its security groups; None where none applies, as for NAT gateways."""
    public: bool = False
    """Whether the internet gateway knows it by a public address."""
    addresses: Ranges = ()
    """Its private addresses if they are known, else those of its subnet."""
    forwards: bool = False
    """Whether it takes in what is addressed to others (no source/destination check)."""

    @property
    def ranges(self) -> Ranges:
        """Every address it may have."""
        return self.addresses or (self.subnet.range,)


PlaceKind = Literal[
    "service", "front", "store", "proxy", "nat", "vpn", "endpoint", "host", "function", "files", "tier", "internet",
    "partner", "clients", "aws", "range",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """Something that a load balancer passes traffic on to."""

    place: str
    """Name of the place; empty for bare addresses."""
    addresses: Ranges
    traffic: int
    keeps_client: bool
    """Whether the client's address stays the source."""
    encryption: str = ""
    """How the load balancer speaks to it."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A port of a load balancer and what is behind it."""

    name: str
    traffic: int
    targets: tuple[Target, ...]
    encrypted: bool
    """Whether it ends or passes TLS."""


@dataclass(slots=True)
class Place:
    """Something that sends or receives: a thing with interfaces, or a place outside."""

    name: str
    kind: PlaceKind
    urn: str = ""
    interfaces: tuple[Interface, ...] = ()
    ranges: Ranges = ()
    """Addresses, for places without interfaces of the record."""
    port: int | None = None
    """The port it serves, where its resource says so."""
    listeners: tuple[Listener, ...] = ()
    attachments: tuple[str, ...] = ()
    """Transit Gateway attachments by which an outside place comes in."""
    entries: tuple[str, ...] = ()
    """Load balancers that it reaches through PrivateLink."""
    behind: str = ""
    """The place through whose interfaces it sends, as VPN clients do."""
    allowed: tuple[tuple[Range, int], ...] | None = None
    """Where a group of VPN users may go by the server's own rules, and on what; None where it has none."""
    leads_to: str = ""
    """The partner whose service an interface endpoint leads to."""
    judges_endpoints: bool = True
    """Whether a load balancer's groups judge what comes by PrivateLink."""

    @property
    def addresses(self) -> Ranges:
        """Every address it may have."""
        return self.ranges or union(part for item in self.interfaces for part in item.ranges)

    @property
    def tiers(self) -> tuple[str, ...]:
        """Tiers that its interfaces are in."""
        return tuple(sorted({item.subnet.tier for item in self.interfaces}))


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """A route of a Transit Gateway's table; a static one comes before a propagated one of the same size."""

    name: str
    to: Range
    attachment: str
    """Id of the attachment; empty for a blackhole."""
    static: bool

    @property
    def order(self) -> tuple[int, bool]:
        """Sort key: the most specific first, then the static."""
        return (self.to[1] - self.to[0], not self.static)


@dataclass(slots=True)
class TransitTable:
    """A route table of a Transit Gateway."""

    name: str
    routes: list[TransitRoute] = field(default_factory=list[TransitRoute])

    def lookup(self, address: int) -> TransitRoute | None:
        """Return the route for an address."""
        for route in self.routes:
            if route.to[0] <= address <= route.to[1]:
                return route
        return None


@dataclass(slots=True)
class Attachment:
    """What joins a Transit Gateway: a VPC of the record, or a partner."""

    id: str
    name: str
    transit: str
    vpc: str = ""
    subnets: tuple[Subnet, ...] = ()
    partner: str = ""
    """Name of the place outside."""
    table: TransitTable | None = None


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Something that may carry traffic and that the model does not follow."""

    name: str
    reason: str

    @property
    def text(self) -> str:
        """The gap as a sentence."""
        return f"{self.name}: {self.reason}"


@dataclass(slots=True)
class Model:
    """The network of one record."""

    vpcs: dict[str, Vpc] = field(default_factory=dict[str, Vpc])
    subnets: dict[str, Subnet] = field(default_factory=dict[str, Subnet])
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    attachments: dict[str, Attachment] = field(default_factory=dict[str, Attachment])
    transit_tables: dict[str, TransitTable] = field(default_factory=dict[str, TransitTable])
    gateways: dict[str, Interface] = field(default_factory=dict[str, Interface])
    """Interfaces that routes lead to, by the id of the NAT gateway or network interface."""
    gateway_names: Mapping[str, str] = field(default_factory=dict[str, str])
    gaps: list[Gap] = field(default_factory=list[Gap])
    referencing: bool = False
    """Whether security groups of one VPC may name those of another across the Transit Gateway."""
    cuts: tuple[int, ...] = ()
    """Every address where some rule or route begins or has just ended, sorted."""

    def classes(self, ranges: Ranges) -> tuple[int, ...]:
        """Return one address of each class within ranges: between two cuts every rule answers alike.

        So asking about these addresses, and no other, is exact for all of them.
        """
        from bisect import bisect_left, bisect_right

        found: list[int] = []
        for first, last in ranges:
            found.append(first)
            found.extend(self.cuts[bisect_right(self.cuts, first) : bisect_left(self.cuts, last + 1)])
        return tuple(found)

    def external(self) -> list[Place]:
        """Return the places outside, by name."""
        return [self.places[name] for name in sorted(self.places) if not self.places[name].interfaces]

    def inside(self) -> list[Place]:
        """Return the places with interfaces of the record that are things, by name."""
        return [
            place
            for name in sorted(self.places)
            if (place := self.places[name]).interfaces and place.kind not in ("tier", "range")
        ]

    def within(self, place: Place, ranges: Ranges) -> bool:
        """Tell whether a place may have an address of these ranges."""
        return bool(overlap(place.addresses, ranges))
