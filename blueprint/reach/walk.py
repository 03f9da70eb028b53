"""Follow a packet from one address to another, as AWS would: group, ACL, route, Transit Gateway, ACL, group.

Nothing here is guessed: a packet goes on with whatever traffic every step lets through, and the step that leaves none of
it is the one that blocks. Beside it goes the traffic of the replies: groups remember a connection, ACLs do not, and
every table on the way must know the way back.

ACLs of Transit Gateway subnets follow https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from blueprint.reach.model import Acl, Attachment, Entry, Interface, Model, Place, Route, Rule, Subnet
from blueprint.reach.traffic import EVERYTHING, NOTHING, REPLIES, address

_MOST_HOPS = 8
"""Gateways that a packet may pass before it is taken to go in circles."""

StepKind = Literal["from", "group", "acl", "route", "gateway", "transit", "to", "block"]


class Step(NamedTuple):
    """One thing that a packet passes, or that stops it."""

    kind: StepKind
    name: str
    """Name of the resource."""
    detail: str = ""
    rules: tuple[Rule | Entry, ...] = ()
    """Rules of a group or ACL that matched the address."""
    left: int = EVERYTHING
    """Traffic that is left after it."""

    def text(self, asked: int = EVERYTHING) -> str:
        """Return the step in words; of its rules those that let some of the traffic through."""
        named = [
            rule.name if isinstance(rule, Rule) else f"{'allow' if rule.allow else 'deny'} {rule.number}"
            for rule in self.rules
            if rule.traffic & asked & self.left and (isinstance(rule, Rule) or rule.allow)
        ]
        rules = f" by {', '.join(dict.fromkeys(named[:3]))}{' …' if len(named) > 3 else ''}" if named else ""
        return f"{self.name}{f' {self.detail}' if self.detail else ''}{rules}"


class Trace(NamedTuple):
    """One packet's way: the traffic that arrives, the traffic that gets replies through, and every step."""

    arrives: int
    replies: int
    steps: tuple[Step, ...]
    block: Step | None = None
    """What stopped it."""
    silent: Step | None = None
    """What keeps replies from coming back."""


class Packet(NamedTuple):
    """A packet under way."""

    source: int
    target: int
    to: Place
    interface: Interface | None
    """The interface it is meant for; None for a place outside."""
    live: int
    replies: int
    steps: tuple[Step, ...]
    groups: tuple[str, ...] = ()
    """Groups of the interface it comes from, by which other groups may know it."""
    origin: str = ""
    """VPC it comes from, if it kept its address since."""
    silent: Step | None = None
    hops: int = 0

    def on(self, step: Step, live: int | None = None, replies: int | None = None) -> Packet:
        """Return the packet after a step."""
        left = self.live if live is None else self.live & live
        return self._replace(
            live=left,
            replies=self.replies if replies is None else self.replies & replies,
            steps=(*self.steps, step._replace(left=left)),
        )

    def stopped(self, name: str, detail: str) -> list[Trace]:
        """Return the trace of a packet that goes no further."""
        block = Step("block", name, detail, left=NOTHING)
        return [Trace(NOTHING, NOTHING, self.steps, block, self.silent)]

    def without_reply(self, name: str, detail: str) -> Packet:
        """Return the packet, whose replies will not come back."""
        step = self.silent or Step("block", name, detail)
        return self._replace(replies=NOTHING, silent=step)


class Walker:
    """Follows packets through a model, with all of its layers or without some."""

    def __init__(self, model: Model, *, groups: bool = True, acls: bool = True) -> None:
        self.model = model
        self._groups, self._acls = groups, acls
        self._group_memo: dict[tuple[object, ...], tuple[int, tuple[Rule, ...]]] = {}
        self._acl_memo: dict[tuple[int, bool, int], tuple[int, tuple[Entry, ...]]] = {}
        self._memo: dict[tuple[object, ...], list[Trace]] = {}

    # What one filter lets through.

    def group(
        self, groups: tuple[str, ...] | None, peer: int, peers: tuple[str, ...], *, into: bool
    ) -> tuple[int, tuple[Rule, ...]]:
        """Return what security groups let in from (or out to) an address that may belong to other groups."""
        if groups is None or not self._groups:
            return EVERYTHING, ()
        key = (groups, peer, peers, into)
        if (known := self._group_memo.get(key)) is None:
            found, rules = NOTHING, list[Rule]()
            for identifier in groups:
                group = self.model.groups.get(identifier)
                for rule in (group.ingress if into else group.egress) if group else ():
                    match = (
                        rule.peer in peers
                        if isinstance(rule.peer, str)
                        else rule.peer[0] <= peer <= rule.peer[1]
                    )
                    if match:
                        found |= rule.traffic
                        rules.append(rule)
            known = self._group_memo[key] = (found, tuple(rules))
        return known

    def acl(self, acl: Acl, peer: int, *, into: bool) -> tuple[int, tuple[Entry, ...]]:
        """Return what an ACL lets in from (or out to) an address: the first entry that matches decides."""
        if not self._acls:
            return EVERYTHING, ()
        key = (id(acl), into, peer)
        if (known := self._acl_memo.get(key)) is None:
            left, found, entries = EVERYTHING, NOTHING, list[Entry]()
            for entry in acl.ingress if into else acl.egress:
                if entry.peer[0] <= peer <= entry.peer[1]:
                    hit = entry.traffic & left
                    left &= ~hit
                    found |= hit if entry.allow else NOTHING
                    if hit:
                        entries.append(entry)
            known = self._acl_memo[key] = (found, tuple(entries))
        return known

    # Where packets start.

    def from_interface(
        self, start: Interface, source: int, to: Place, interface: Interface | None, target: int, asked: int
    ) -> list[Trace]:
        """Follow a packet that an interface sends."""
        key = (
            start.subnet.id, start.groups, start.public, source, to.name if interface is None else "",
            interface and (interface.subnet.id, interface.groups, interface.public), target, asked,
        )  # fmt: skip
        known = self._memo.get(key)
        if known is None:
            packet = Packet(source, target, to, interface, asked, REPLIES, ())
            known = self._memo[key] = self._send(start, packet)
        return known

    def from_internet(
        self, source: int, to: Place, interface: Interface | None, target: int, asked: int
    ) -> list[Trace]:
        """Follow a packet that comes in from the internet."""
        packet = Packet(source, target, to, interface, asked, REPLIES, ())
        if interface is None:
            return packet.stopped("internet", f"has no way to {to.name} through this stack")
        subnet = interface.subnet
        vpc = self.model.vpcs[subnet.vpc]
        if not vpc.gateway:
            return packet.stopped(f"VPC {vpc.name}", "has no internet gateway")
        packet = packet.on(Step("gateway", f"internet gateway {vpc.gateway}"))
        if not interface.public:
            return packet.stopped(f"internet gateway {vpc.gateway}", "knows no public address of it")
        if to.kind == "nat" and interface.groups is None:
            return packet.stopped(to.name, "takes in replies only")
        route = self._lookup(subnet, source)
        if route is None or route.kind != "internet":
            packet = packet.without_reply(subnet.table.name, "has no route back to the internet")
        packet = self._through_acl(packet, subnet, source, into=True)
        return (
            self._deliver(packet, interface)
            if packet.live
            else self._blocked(packet, subnet.acl, "in", source)
        )

    def from_attachment(
        self,
        attachment: Attachment,
        source: int,
        to: Place,
        interface: Interface | None,
        target: int,
        asked: int,
    ) -> list[Trace]:
        """Follow a packet that comes in by a Transit Gateway attachment."""
        return self._transit(Packet(source, target, to, interface, asked, REPLIES, ()), attachment)

    # How they go on.

    def _send(self, start: Interface, packet: Packet) -> list[Trace]:
        peers = self._peers(packet, start.subnet.vpc)
        found, rules = self.group(start.groups, packet.target, peers, into=False)
        if start.groups is not None:
            names = self._group_names(start.groups)
            packet = packet.on(Step("group", f"security group {names}", "out", rules), found)
            if not packet.live:
                return packet.stopped(
                    f"security group {names}", f"lets nothing of it out to {address(packet.target)}"
                )
        packet = packet._replace(groups=start.groups or (), origin=start.subnet.vpc)
        meant = packet.interface
        if meant is not None and meant.subnet is start.subnet:
            return self._deliver(packet, meant)
        return self._leave(start.subnet, packet, start.public)

    def _leave(self, subnet: Subnet, packet: Packet, public: bool, *, arriving: bool = False) -> list[Trace]:
        """Take a packet out of a subnet; `arriving` where a Transit Gateway put it there."""
        if packet.hops > _MOST_HOPS:
            return packet.stopped(subnet.table.name, "leads it in circles")
        meant = packet.interface
        if arriving and meant is not None and meant.subnet is subnet:
            # Between a Transit Gateway's interface and a host in its subnet no ACL is asked on the way in, and both
            # of its lists on the way out.
            out, _ = self.acl(subnet.acl, packet.source, into=False)
            back, _ = self.acl(subnet.acl, packet.target, into=True)
            packet = self._replies(packet, out & back, subnet)
            return self._deliver(self._way_back(packet, subnet), meant)
        found, entries = self.acl(subnet.acl, packet.target, into=False)
        packet = packet.on(Step("acl", f"ACL {subnet.acl.name}", "out", entries), found)
        if not packet.live:
            return self._blocked(packet, subnet.acl, "out", packet.target)
        if packet.to.kind == "aws":
            service = packet.to.name.split(":", 1)[1]
            if endpoint := subnet.table.services.get(service):
                packet = packet.on(
                    Step("route", f"route table {subnet.table.name}", f"to endpoint {endpoint}")
                )
                return self._outside(packet, subnet)
        route = self._lookup(subnet, packet.target)
        if route is None:
            return packet.stopped(
                f"route table {subnet.table.name}", f"has no route to {address(packet.target)}"
            )
        packet = packet.on(Step("route", f"route table {subnet.table.name}", f"by {route.name}"))
        packet = packet._replace(hops=packet.hops + 1)
        match route.kind:
            case "local":
                return self._local(subnet, packet, arriving=arriving)
            case "internet":
                return self._to_internet(subnet, packet, public=public)
            case "nat" | "interface":
                return self._gateway(subnet, packet, route)
            case "transit":
                return self._to_transit(subnet, packet, route)
            case _:
                return packet.stopped(
                    f"route {route.name}", f"leads to {route.target}, which is not followed"
                )

    def _local(self, subnet: Subnet, packet: Packet, *, arriving: bool) -> list[Trace]:
        meant, vpc = packet.interface, self.model.vpcs[subnet.vpc]
        if meant is None or meant.subnet.vpc != vpc.id:
            return packet.stopped(f"VPC {vpc.name}", f"takes {address(packet.target)} for its own")
        packet = self._reply_in(packet, subnet)
        packet = self._through_acl(packet, meant.subnet, packet.source, into=True)
        if not packet.live:
            return self._blocked(packet, meant.subnet.acl, "in", packet.source)
        return self._deliver(self._way_back(packet, meant.subnet) if arriving else packet, meant)

    def _to_internet(self, subnet: Subnet, packet: Packet, *, public: bool) -> list[Trace]:
        vpc = self.model.vpcs[subnet.vpc]
        gateway = f"internet gateway {vpc.gateway or '?'}"
        if not public:
            return packet.stopped(gateway, "carries only what has a public address")
        packet = packet.on(Step("gateway", gateway))
        if packet.to.kind not in ("internet", "aws"):
            return packet.stopped(gateway, f"leads to the internet and not to {packet.to.name}")
        return self._outside(packet, subnet)

    def _gateway(self, subnet: Subnet, packet: Packet, route: Route) -> list[Trace]:
        """Pass a packet to a NAT gateway or an interface that forwards; its own address is then the source."""
        gate = self.model.gateways.get(route.target)
        place = next(
            (item for item in self.model.places.values() if gate in item.interfaces and item.kind != "tier"),
            None,
        )
        name = place.name if place else f"interface {route.target}"
        if gate is None:
            return packet.stopped(f"route {route.name}", f"leads to {route.target}, outside this program")
        if not gate.forwards and not (packet.to.behind and place and packet.to.behind == place.name):
            return packet.stopped(name, "drops what is not addressed to it")
        if gate.subnet is not subnet:
            packet = self._reply_in(packet, subnet)
            packet = self._through_acl(packet, gate.subnet, packet.source, into=True)
            if not packet.live:
                return self._blocked(packet, gate.subnet.acl, "in", packet.source)
        found, rules = self.group(gate.groups, packet.source, packet.groups, into=True)
        if gate.groups is not None:
            names = self._group_names(gate.groups)
            packet = packet.on(Step("group", f"security group {names}", "in", rules), found)
            if not packet.live:
                return packet.stopped(
                    f"security group {names}", f"lets nothing of it in from {address(packet.source)}"
                )
        packet = packet.on(Step("gateway", name))
        if place and packet.to.behind == place.name:
            return self._arrived(packet)
        traces: list[Trace] = []
        for source in self.model.classes(gate.ranges):
            traces += self._send(gate, packet._replace(source=source, replies=packet.replies))
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
            if part is subnet:
                here, entries = self.acl(part.acl, packet.source, into=True)
                passed = packet.on(Step("acl", f"ACL {part.acl.name}", "in", entries), here)
            else:
                passed = self._reply_in(packet, subnet)
                passed = self._through_acl(passed, part, packet.source, into=True)
            if not passed.live:
                traces += self._blocked(passed, part.acl, "in", packet.source)
            else:
                traces += self._transit(passed, attachment)
        return traces

    def _transit(self, packet: Packet, attachment: Attachment) -> list[Trace]:
        table = attachment.table
        if packet.hops > _MOST_HOPS:
            return packet.stopped(attachment.name, "leads it in circles")
        if table is None:
            return packet.stopped(f"attachment {attachment.name}", "is associated with no route table")
        label = f"Transit Gateway table {table.name}"
        route = table.lookup(packet.target)
        if route is None:
            return packet.stopped(label, f"has no route to {address(packet.target)}")
        if not route.attachment:
            return packet.stopped(label, f"drops {address(packet.target)} by the blackhole {route.name}")
        packet = packet.on(Step("transit", label, f"by {route.name}"))
        other = self.model.attachments[route.attachment]
        back = other.table.lookup(packet.source) if other.table else None
        if back is None or not self._same_side(back.attachment, attachment):
            back_name = other.table.name if other.table else "no table"
            packet = packet.without_reply(
                f"Transit Gateway table {back_name}", f"has no route back to {address(packet.source)}"
            )
        # Beyond a Transit Gateway groups know a packet by its own groups only where that is switched on.
        origin = packet.origin if self.model.referencing else ""
        packet = packet._replace(hops=packet.hops + 1, origin=origin)
        if other.vpc:
            packet = packet.on(Step("transit", f"attachment {other.name}"))
            traces: list[Trace] = []
            seen: set[tuple[int, int, bool]] = set()
            for part in other.subnets:
                alike = (
                    id(part.acl),
                    id(part.table),
                    packet.interface is not None and packet.interface.subnet is part,
                )
                if alike not in seen:
                    seen.add(alike)
                    traces += self._leave(part, packet, public=False, arriving=True)
            return traces or packet.stopped(f"attachment {other.name}", "has no subnet")
        name = f"partner:{other.partner}"
        if packet.to.name != name:
            return packet.stopped(label, f"leads {address(packet.target)} to {name} by {route.name}")
        return self._arrived(packet)

    def _same_side(self, identifier: str, attachment: Attachment) -> bool:
        if identifier == attachment.id:
            return True
        other = self.model.attachments.get(identifier)
        return bool(other and other.partner and other.partner == attachment.partner)

    # How they end.

    def _deliver(self, packet: Packet, interface: Interface) -> list[Trace]:
        peers = packet.groups if self._known_to(packet, interface.subnet.vpc) else ()
        found, rules = self.group(interface.groups, packet.source, peers, into=True)
        if interface.groups is not None:
            names = self._group_names(interface.groups)
            packet = packet.on(Step("group", f"security group {names}", "in", rules), found)
            if not packet.live:
                return packet.stopped(
                    f"security group {names}", f"lets nothing of it in from {address(packet.source)}"
                )
        return self._arrived(packet)

    def _arrived(self, packet: Packet) -> list[Trace]:
        return [Trace(packet.live, packet.replies, packet.steps, None, packet.silent)]

    def _outside(self, packet: Packet, subnet: Subnet) -> list[Trace]:
        return self._arrived(self._reply_in(packet, subnet))

    # Filters on the way, forward and back.

    def _through_acl(self, packet: Packet, subnet: Subnet, source: int, *, into: bool) -> Packet:
        """Pass a packet into a subnet; its replies must get out of it."""
        found, entries = self.acl(subnet.acl, source, into=into)
        packet = packet.on(Step("acl", f"ACL {subnet.acl.name}", "in" if into else "out", entries), found)
        back, _ = self.acl(subnet.acl, packet.source, into=not into)
        return self._replies(packet, back, subnet)

    def _reply_in(self, packet: Packet, subnet: Subnet) -> Packet:
        """Let the replies back into the subnet that a packet has left."""
        back, _ = self.acl(subnet.acl, packet.target, into=True)
        return self._replies(packet, back, subnet)

    def _replies(self, packet: Packet, allowed: int, subnet: Subnet) -> Packet:
        left = packet.replies & allowed
        if left:
            return packet._replace(replies=left)
        return packet.without_reply(f"ACL {subnet.acl.name}", "lets no reply through")

    def _way_back(self, packet: Packet, subnet: Subnet) -> Packet:
        """Check that a subnet reached by a Transit Gateway leads back to one, in its own zone."""
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

    def _blocked(self, packet: Packet, acl: Acl, side: str, peer: int) -> list[Trace]:
        towards = "from" if side == "in" else "to"
        return packet.stopped(f"ACL {acl.name}", f"lets nothing of it {side} {towards} {address(peer)}")

    def _lookup(self, subnet: Subnet, target: int) -> Route | None:
        for route in subnet.table.routes:
            if route.to[0] <= target <= route.to[1]:
                return route
        return None

    def _known_to(self, packet: Packet, vpc: str) -> bool:
        """Tell whether groups of a VPC may know a packet by its own groups."""
        return packet.origin == vpc or (self.model.referencing and bool(packet.origin))

    def _peers(self, packet: Packet, vpc: str) -> tuple[str, ...]:
        meant = packet.interface
        if meant is None or meant.groups is None:
            return ()
        # Groups across a Transit Gateway may be named by rules that let in, and by no others
        # (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html).
        return meant.groups if meant.subnet.vpc == vpc else ()

    def _group_names(self, groups: Sequence[str]) -> str:
        return ", ".join(
            self.model.groups[item].name if item in self.model.groups else item for item in groups
        )
