"""The network of one record as plain data: what filters and routes packets, and the places they come from and go to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Literal

from blueprint.reach.traffic import Range, Ranges, union


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a security group: the traffic that it allows, and from or to whom."""

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
    """Id of its VPC."""
    ingress: list[Rule] = field(default_factory=list[Rule])
    egress: list[Rule] = field(default_factory=list[Rule])


@dataclass(frozen=True, slots=True, order=True)
class AclEntry:
    """One entry of a network ACL; the matching entry with the lowest number decides."""

    number: int
    allow: bool
    peer: Range
    traffic: int


@dataclass(slots=True)
class Acl:
    """A network ACL."""

    name: str
    ingress: list[AclEntry] = field(default_factory=list[AclEntry])
    egress: list[AclEntry] = field(default_factory=list[AclEntry])


TargetKind = Literal["local", "internet", "nat", "interface", "transit", "unknown"]


@dataclass(frozen=True, slots=True)
class Route:
    """A route of a VPC's route table."""

    name: str
    to: Range
    kind: TargetKind
    target: str = ""
    """Id of the gateway, interface or Transit Gateway."""

    @property
    def size(self) -> int:
        """Number of addresses in the range; the route with the smallest matching range is used."""
        return self.to[1] - self.to[0]


@dataclass(slots=True)
class Table:
    """A route table of a VPC."""

    name: str
    routes: list[Route] = field(default_factory=list[Route])
    services: dict[str, str] = field(default_factory=dict[str, str])
    """For each AWS service with a gateway endpoint in this table, the name of the endpoint."""


@dataclass(slots=True)
class Subnet:
    """A subnet."""

    id: str
    name: str
    vpc: str
    """Id of its VPC."""
    range: Range
    zone: str
    tier: str
    """Its tag `Tier` (or `SubnetType`) in lower case; `untagged` without one."""
    acl: Acl
    table: Table
    assigns_public_ip: bool = False
    """Whether it assigns public addresses."""


@dataclass(slots=True)
class Vpc:
    """A VPC."""

    id: str
    name: str
    ranges: Ranges
    gateway: str = ""
    """Name of its internet gateway; empty if it has none."""
    cidr: str = ""
    """Its first range, as text."""
    subnets: list[Subnet] = field(default_factory=list[Subnet])


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, or any number of identical interfaces in one subnet."""

    id: str
    subnet: Subnet
    groups: tuple[str, ...] | None
    """Ids of its security groups; None if security groups do not apply, as for NAT gateways."""
    public: bool = False
    """Whether it has a public address at the internet gateway."""
    addresses: Ranges = ()
    """Its private addresses if they are known; otherwise it may have any address of its subnet."""
    forwards: bool = False
    """Whether it accepts packets for other addresses (no source/destination check)."""

    @property
    def ranges(self) -> Ranges:
        """Every address that it may have."""
        return self.addresses or (self.subnet.range,)


def any_host(subnet: Subnet) -> Interface:
    """Return an interface for any host in a subnet, without a security group.

    It has a public address if the subnet assigns them.
    """
    return Interface(f"any host in {subnet.name}", subnet, None, public=subnet.assigns_public_ip)


PlaceKind = Literal[
    "service", "front", "store", "proxy", "nat", "vpn", "endpoint", "host", "function", "files", "tier", "internet",
    "partner", "clients", "aws", "range",
]  # fmt: skip
"""What a place is: `front` is a load balancer, `files` a file system, `tier` the subnets of a tier, `clients` people
connected to a VPN server, `aws` an AWS service behind a gateway endpoint, `range` a range of addresses in a question."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that a load balancer forwards traffic to."""

    place: str
    """Name of the place; empty for plain addresses."""
    addresses: Ranges
    traffic: int
    """Traffic that the target receives."""
    preserves_client_ip: bool
    """Whether the client's address stays the source address."""
    encryption: str = ""
    """Encryption between the load balancer and the target."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener of a load balancer with its targets."""

    name: str
    traffic: int
    """Traffic that it accepts."""
    targets: tuple[Target, ...]
    encrypted: bool
    """Whether it terminates TLS or passes it through."""


@dataclass(slots=True)
class Place:
    """Something that sends or receives packets: a resource with network interfaces, or a place outside the stack."""

    name: str
    kind: PlaceKind
    urn: str = ""
    """URN of its resource; empty for places outside and for tiers."""
    interfaces: tuple[Interface, ...] = ()
    ranges: Ranges = ()
    """Addresses of a place that has no interfaces in the record."""
    port: int | None = None
    """The port that it serves, if its resource says so."""
    listeners: tuple[Listener, ...] = ()
    attachments: tuple[str, ...] = ()
    """Ids of the Transit Gateway attachments by which packets of an outside place arrive."""
    entries: tuple[str, ...] = ()
    """Names of the load balancers that it reaches through PrivateLink."""
    sends_through: str = ""
    """The place through whose interfaces it sends, as VPN clients do."""
    allowed: tuple[tuple[Range, int], ...] | None = None
    """What the VPN server's rules allow a group of users: ranges with traffic; None if the server has no rules."""
    endpoint_partner: str = ""
    """For an interface endpoint, the partner whose service it leads to."""
    filters_privatelink: bool = True
    """For a load balancer, whether its security groups apply to traffic from PrivateLink."""

    @property
    def addresses(self) -> Ranges:
        """Every address that it may have."""
        return self.ranges or union(part for item in self.interfaces for part in item.ranges)

    @property
    def tiers(self) -> tuple[str, ...]:
        """Tiers that its interfaces are in, sorted."""
        return tuple(sorted({item.subnet.tier for item in self.interfaces}))


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """A route of a Transit Gateway's table."""

    name: str
    to: Range
    attachment: str
    """Id of the attachment; empty for a blackhole."""
    static: bool

    @property
    def order(self) -> tuple[int, bool]:
        """Sort key: smaller ranges first; of equal ranges, static routes before propagated ones."""
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
    """A Transit Gateway attachment: of a VPC of the record, or of a partner."""

    id: str
    name: str
    transit: str
    """Id of the Transit Gateway."""
    vpc: str = ""
    """Id of the VPC; empty for a partner."""
    subnets: tuple[Subnet, ...] = ()
    partner: str = ""
    """Name of the partner; empty for a VPC."""
    table: TransitTable | None = None
    """The route table that it is associated with."""


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Something that may carry traffic and that the model does not follow."""

    name: str
    reason: str

    @property
    def text(self) -> str:
        """The gap in words."""
        return f"{self.name}: {self.reason}"


@dataclass(slots=True)
class Model:
    """The network of one record."""

    vpcs: dict[str, Vpc] = field(default_factory=dict[str, Vpc])
    subnets: dict[str, Subnet] = field(default_factory=dict[str, Subnet])
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    """By name; everything else by id."""
    attachments: dict[str, Attachment] = field(default_factory=dict[str, Attachment])
    transit_tables: dict[str, TransitTable] = field(default_factory=dict[str, TransitTable])
    gateways: dict[str, Interface] = field(default_factory=dict[str, Interface])
    """Interfaces that routes may lead to, by the id of the NAT gateway or network interface."""
    gaps: list[Gap] = field(default_factory=list[Gap])
    security_group_referencing: bool = False
    """Whether security groups of one VPC may reference those of another across the Transit Gateway."""
    boundaries: tuple[int, ...] = ()
    """Every address at which the range of some rule or route begins or has just ended, sorted."""

    def classes(self, ranges: Ranges) -> tuple[int, ...]:
        """Return one address of each class within ranges.

        Between two cuts, every rule and route treats all addresses alike. An answer for one address of each class
        is therefore exact for all addresses.
        """
        addresses: list[int] = []
        for first, last in ranges:
            addresses.append(first)
            addresses.extend(
                self.boundaries[bisect_right(self.boundaries, first) : bisect_left(self.boundaries, last + 1)]
            )
        return tuple(addresses)

    def external(self) -> list[Place]:
        """Return the places outside, by name."""
        return [self.places[name] for name in sorted(self.places) if not self.places[name].interfaces]

    def inside(self) -> list[Place]:
        """Return the places with interfaces in the record, except tiers and ranges, by name."""
        return [
            place
            for name in sorted(self.places)
            if (place := self.places[name]).interfaces and place.kind not in ("tier", "range")
        ]
