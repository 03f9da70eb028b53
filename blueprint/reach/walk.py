"""Follow a packet from one address to another, as AWS would: group, ACL, route, Transit Gateway, ACL, group.

A packet continues with the traffic that every step allows; the step that leaves none of it is the one that blocks it.
The traffic of replies is followed as well: security groups remember a connection, ACLs do not, and every route table
on the way needs a route back.

ACLs of Transit Gateway subnets follow https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html.
"""

from __future__ import annotations

from typing import Final

from blueprint.reach.filters import Filters
from blueprint.reach.model import Attachment, Interface, Model, Place, Route, Subnet
from blueprint.reach.steps import Packet, Step, Trace
from blueprint.reach.traffic import REPLIES, address

_MOST_HOPS: Final = 8
"""Gateways that a packet may pass before it counts as routed in circles."""


class Walker:
    """Follows packets through a model, with all of its filters or without some."""

    def __init__(self, model: Model, *, groups: bool = True, acls: bool = True) -> None:
        self.model = model
        self.filters = Filters(model, groups=groups, acls=acls)
        self._results: dict[tuple[object, ...], list[Trace]] = {}

    # Where packets start.

    def from_interface(
        self,
        start: Interface,
        source: int,
        to: Place,
        interface: Interface | None,
        target: int,
        requested: int,
    ) -> list[Trace]:
        """Follow a packet that an interface sends.

        Args:
            start: The interface that sends.
            source: Source address.
            to: The place that the packet is addressed to.
            interface: The interface of that place; None if it is outside.
            target: Destination address.
            requested: Traffic to follow.
        """
        key = (
            start.subnet.id, start.groups, start.public, source, to.name if interface is None else "",
            interface and (interface.subnet.id, interface.groups, interface.public), target, requested,
        )  # fmt: skip
        result = self._results.get(key)
        if result is None:
            packet = Packet(source, target, to, interface, requested, REPLIES, ())
            result = self._results[key] = self._send(start, packet)
        return result

    def from_internet(
        self, source: int, to: Place, interface: Interface | None, target: int, requested: int
    ) -> list[Trace]:
        """Follow a packet that comes in from the internet."""
        packet = Packet(source, target, to, interface, requested, REPLIES, ())
        if interface is None:
            return packet.stopped("internet", f"has no way to {to.name} through this stack")
        subnet = interface.subnet
        vpc = self.model.vpcs[subnet.vpc]
        gateway = f"internet gateway {vpc.gateway}"
        if not vpc.gateway:
            return packet.stopped(f"VPC {vpc.name}", "has no internet gateway")
        packet = packet.after(Step("gateway", gateway))
        if not interface.public:
            return packet.stopped(gateway, "has no public address for it")
        if to.kind == "nat" and interface.groups is None:
            return packet.stopped(to.name, "accepts only replies")
        route = self._lookup(subnet, source)
        if route is None or route.kind != "internet":
            packet = packet.without_reply(subnet.table.name, "has no route back to the internet")
        passed = self.filters.through_acl(packet, subnet)
        return self._deliver(passed, interface) if isinstance(passed, Packet) else passed

    def from_attachment(
        self,
        attachment: Attachment,
        source: int,
        to: Place,
        interface: Interface | None,
        target: int,
        requested: int,
    ) -> list[Trace]:
        """Follow a packet that comes in through a Transit Gateway attachment."""
        return self._through_transit(
            Packet(source, target, to, interface, requested, REPLIES, ()), attachment
        )

    # How they continue.

    def _send(self, start: Interface, packet: Packet) -> list[Trace]:
        passed = self.filters.through_groups(packet, start, self._peers(packet, start.subnet.vpc), into=False)
        if not isinstance(passed, Packet):
            return passed
        packet = passed._replace(groups=start.groups or (), origin=start.subnet.vpc)
        if packet.interface is not None and packet.interface.subnet is start.subnet:
            return self._deliver(packet, packet.interface)
        return self._leave(start.subnet, packet, start.public)

    def _leave(self, subnet: Subnet, packet: Packet, public: bool, *, arriving: bool = False) -> list[Trace]:
        """Send a packet out of a subnet; `arriving` if a Transit Gateway has put it there."""
        if packet.hops > _MOST_HOPS:
            return packet.stopped(subnet.table.name, "routes it in circles")
        to = packet.interface
        if arriving and to is not None and to.subnet is subnet:
            # Between a Transit Gateway's interface and a host in its subnet, no ACL applies on the way in, and both
            # lists of the ACL apply on the way out.
            out, _ = self.filters.acl(subnet.acl, packet.source, into=False)
            back, _ = self.filters.acl(subnet.acl, packet.target, into=True)
            packet = self.filters.replies(packet, out & back, subnet)
            return self._deliver(self._way_back(packet, subnet), to)
        allowed, entries = self.filters.acl(subnet.acl, packet.target, into=False)
        packet = packet.after(Step("acl", f"ACL {subnet.acl.name}", "out", entries), allowed)
        if not packet.remaining:
            return self.filters.stopped_by(packet, subnet.acl, into=False)
        table = f"route table {subnet.table.name}"
        if packet.to.kind == "aws" and (
            endpoint := subnet.table.services.get(packet.to.name.split(":", 1)[1])
        ):
            packet = packet.after(Step("route", table, f"to endpoint {endpoint}"))
            return self._outside(packet, subnet)
        route = self._lookup(subnet, packet.target)
        if route is None:
            return packet.stopped(table, f"has no route to {address(packet.target)}")
        packet = packet.after(Step("route", table, f"by {route.name}"))
        packet = packet._replace(hops=packet.hops + 1)
        match route.kind:
            case "local":
                return self._local(subnet, packet, arriving=arriving)
            case "internet":
                return self._to_internet(subnet, packet, public=public)
            case "nat" | "interface":
                return self._through_gateway(subnet, packet, route)
            case "transit":
                return self._to_transit(subnet, packet, route)
            case "unknown":
                return packet.stopped(
                    f"route {route.name}", f"leads to {route.target}, which is not followed"
                )

    def _local(self, subnet: Subnet, packet: Packet, *, arriving: bool) -> list[Trace]:
        to, vpc = packet.interface, self.model.vpcs[subnet.vpc]
        if to is None or to.subnet.vpc != vpc.id:
            return packet.stopped(f"VPC {vpc.name}", f"routes {address(packet.target)} locally")
        passed = self.filters.through_acl(self.filters.reply_into(packet, subnet), to.subnet)
        if not isinstance(passed, Packet):
            return passed
        return self._deliver(self._way_back(passed, to.subnet) if arriving else passed, to)

    def _to_internet(self, subnet: Subnet, packet: Packet, *, public: bool) -> list[Trace]:
        vpc = self.model.vpcs[subnet.vpc]
        gateway = f"internet gateway {vpc.gateway or '?'}"
        if not public:
            return packet.stopped(gateway, "forwards only packets with a public address")
        packet = packet.after(Step("gateway", gateway))
        if packet.to.kind not in ("internet", "aws"):
            return packet.stopped(gateway, f"leads to the internet and not to {packet.to.name}")
        return self._outside(packet, subnet)

    def _through_gateway(self, subnet: Subnet, packet: Packet, route: Route) -> list[Trace]:
        """Pass a packet to a NAT gateway or a forwarding interface, whose address becomes the source address."""
        gate = self.model.gateways.get(route.target)
        if gate is None:
            return packet.stopped(f"route {route.name}", f"leads to {route.target}, outside this program")
        place = next(
            (item for item in self.model.places.values() if gate in item.interfaces and item.kind != "tier"),
            None,
        )
        name = place.name if place else f"interface {route.target}"
        ends_here = place is not None and packet.to.sends_through == place.name
        if not gate.forwards and not ends_here:
            return packet.stopped(name, "drops packets that are not addressed to it")
        if gate.subnet is not subnet:
            passed = self.filters.through_acl(self.filters.reply_into(packet, subnet), gate.subnet)
            if not isinstance(passed, Packet):
                return passed
            packet = passed
        passed = self.filters.through_groups(packet, gate, packet.groups, into=True)
        if not isinstance(passed, Packet):
            return passed
        packet = passed.after(Step("gateway", name))
        if ends_here:
            return packet.arrived()
        traces: list[Trace] = []
        for source in self.model.classes(gate.ranges):
            traces += self._send(gate, packet._replace(source=source))
        return traces

    def _to_transit(self, subnet: Subnet, packet: Packet, route: Route) -> list[Trace]:
        joined = [
            (attachment, part)
            for attachment in self.model.attachments.values()
            if attachment.vpc == subnet.vpc and attachment.transit == route.target
            for part in attachment.subnets
            if part.zone == subnet.zone
        ]
        if not joined:
            return packet.stopped(
                f"route {route.name}", f"leads to a Transit Gateway without a subnet in {subnet.zone}"
            )
        traces: list[Trace] = []
        for attachment, part in joined:
            passed: Packet | list[Trace]
            if part is subnet:
                allowed, entries = self.filters.acl(part.acl, packet.source, into=True)
                passed = packet.after(Step("acl", f"ACL {part.acl.name}", "in", entries), allowed)
                if not passed.remaining:
                    passed = self.filters.stopped_by(passed, part.acl, into=True)
            else:
                passed = self.filters.through_acl(self.filters.reply_into(packet, subnet), part)
            traces += self._through_transit(passed, attachment) if isinstance(passed, Packet) else passed
        return traces

    def _through_transit(self, packet: Packet, attachment: Attachment) -> list[Trace]:
        """Route a packet that has come in through an attachment by the attachment's table."""
        table = attachment.table
        if packet.hops > _MOST_HOPS:
            return packet.stopped(attachment.name, "routes it in circles")
        if table is None:
            return packet.stopped(f"attachment {attachment.name}", "is associated with no route table")
        label = f"Transit Gateway table {table.name}"
        route = table.lookup(packet.target)
        if route is None:
            return packet.stopped(label, f"has no route to {address(packet.target)}")
        if not route.attachment:
            return packet.stopped(label, f"drops {address(packet.target)} by the blackhole {route.name}")
        packet = packet.after(Step("transit", label, f"by {route.name}"))
        other = self.model.attachments[route.attachment]
        back = other.table.lookup(packet.source) if other.table else None
        if back is None or not self._same_side(back.attachment, attachment):
            packet = packet.without_reply(
                f"Transit Gateway table {other.table.name if other.table else 'no table'}",
                f"has no route back to {address(packet.source)}",
            )
        # Beyond a Transit Gateway, security groups can be referenced only if that is enabled.
        origin = packet.origin if self.model.security_group_referencing else ""
        packet = packet._replace(hops=packet.hops + 1, origin=origin)
        if other.vpc:
            return self._into_vpc(packet, other)
        name = f"partner:{other.partner}"
        if packet.to.name != name:
            return packet.stopped(label, f"leads {address(packet.target)} to {name} by {route.name}")
        return packet.arrived()

    def _into_vpc(self, packet: Packet, attachment: Attachment) -> list[Trace]:
        """Follow a packet from each different subnet of the attachment of a VPC."""
        packet = packet.after(Step("transit", f"attachment {attachment.name}"))
        traces: list[Trace] = []
        seen: set[tuple[int, int, bool]] = set()
        for part in attachment.subnets:
            is_target = packet.interface is not None and packet.interface.subnet is part
            alike = (id(part.acl), id(part.table), is_target)
            if alike not in seen:
                seen.add(alike)
                traces += self._leave(part, packet, public=False, arriving=True)
        return traces or packet.stopped(f"attachment {attachment.name}", "has no subnet")

    def _same_side(self, identifier: str, attachment: Attachment) -> bool:
        """Return whether an attachment is this one, or one of the same partner."""
        if identifier == attachment.id:
            return True
        other = self.model.attachments.get(identifier)
        return bool(other and other.partner and other.partner == attachment.partner)

    # How they end.

    def _deliver(self, packet: Packet, interface: Interface) -> list[Trace]:
        peers = packet.groups if self._may_be_referenced(packet, interface.subnet.vpc) else ()
        passed = self.filters.through_groups(packet, interface, peers, into=True)
        return passed.arrived() if isinstance(passed, Packet) else passed

    def _outside(self, packet: Packet, subnet: Subnet) -> list[Trace]:
        return self.filters.reply_into(packet, subnet).arrived()

    # Routes and references.

    def _way_back(self, packet: Packet, subnet: Subnet) -> Packet:
        """Check that a subnet, reached through a Transit Gateway, has a route back to one in its own zone."""
        route = self._lookup(subnet, packet.source)
        if route is None or route.kind != "transit":
            return packet.without_reply(
                f"route table {subnet.table.name}", f"has no route back to {address(packet.source)}"
            )
        zones = {
            part.zone
            for attachment in self.model.attachments.values()
            if attachment.vpc == subnet.vpc and attachment.transit == route.target
            for part in attachment.subnets
        }
        if subnet.zone not in zones:
            return packet.without_reply(
                f"route {route.name}", f"leads to a Transit Gateway without a subnet in {subnet.zone}"
            )
        return packet

    def _lookup(self, subnet: Subnet, target: int) -> Route | None:
        for route in subnet.table.routes:
            if route.to[0] <= target <= route.to[1]:
                return route
        return None

    def _may_be_referenced(self, packet: Packet, vpc: str) -> bool:
        """Return whether rules in a VPC may reference the security groups that a packet comes from."""
        return packet.origin == vpc or (self.model.security_group_referencing and bool(packet.origin))

    def _peers(self, packet: Packet, vpc: str) -> tuple[str, ...]:
        to = packet.interface
        if to is None or to.groups is None:
            return ()
        # Across a Transit Gateway, only ingress rules may reference a security group
        # (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html).
        return to.groups if to.subnet.vpc == vpc else ()
