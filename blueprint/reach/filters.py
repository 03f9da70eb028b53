"""What security groups and network ACLs allow from or to one address."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.reach.model import Acl, AclEntry, Interface, Model, Rule, Subnet
from blueprint.reach.steps import Packet, Step, Trace
from blueprint.reach.traffic import EVERYTHING, NOTHING, address


class Filters:
    """The security groups and ACLs of a model; results are remembered."""

    def __init__(self, model: Model, *, groups: bool = True, acls: bool = True) -> None:
        """Use a model with both kinds of filters, or as if one kind allowed everything."""
        self.model = model
        self._groups, self._acls = groups, acls
        self._group_results: dict[tuple[object, ...], tuple[int, tuple[Rule, ...]]] = {}
        self._acl_results: dict[tuple[int, bool, int], tuple[int, tuple[AclEntry, ...]]] = {}

    def group(
        self, groups: tuple[str, ...] | None, peer: int, peers: tuple[str, ...], *, into: bool
    ) -> tuple[int, tuple[Rule, ...]]:
        """Return the traffic that security groups allow, and the rules that match.

        Args:
            groups: Ids of the security groups; None if none applies.
            peer: Address at the other end.
            peers: Ids of the security groups of the other end.
            into: Whether the traffic comes in from the other end.
        """
        if groups is None or not self._groups:
            return EVERYTHING, ()
        key = (groups, peer, peers, into)
        if (result := self._group_results.get(key)) is None:
            allowed, rules = NOTHING, list[Rule]()
            for identifier in groups:
                group = self.model.groups.get(identifier)
                for rule in (group.ingress if into else group.egress) if group else ():
                    matches = (
                        rule.peer in peers
                        if isinstance(rule.peer, str)
                        else rule.peer[0] <= peer <= rule.peer[1]
                    )
                    if matches:
                        allowed |= rule.traffic
                        rules.append(rule)
            result = self._group_results[key] = (allowed, tuple(rules))
        return result

    def acl(self, acl: Acl, peer: int, *, into: bool) -> tuple[int, tuple[AclEntry, ...]]:
        """Return the traffic that an ACL allows in from (or out to) an address, and the entries that decide."""
        if not self._acls:
            return EVERYTHING, ()
        key = (id(acl), into, peer)
        if (result := self._acl_results.get(key)) is None:
            undecided, allowed, entries = EVERYTHING, NOTHING, list[AclEntry]()
            for entry in acl.ingress if into else acl.egress:
                if entry.peer[0] <= peer <= entry.peer[1]:
                    decided = entry.traffic & undecided
                    undecided &= ~decided
                    allowed |= decided if entry.allow else NOTHING
                    if decided:
                        entries.append(entry)
            result = self._acl_results[key] = (allowed, tuple(entries))
        return result

    def names(self, groups: Sequence[str]) -> str:
        """Return the names of security groups."""
        return ", ".join(
            self.model.groups[item].name if item in self.model.groups else item for item in groups
        )

    # Packets that pass a filter.

    def through_groups(
        self, packet: Packet, interface: Interface, peers: tuple[str, ...], *, into: bool
    ) -> Packet | list[Trace]:
        """Pass a packet through an interface's security groups; return its trace if they allow none of it."""
        if interface.groups is None:
            return packet
        peer = packet.source if into else packet.target
        allowed, rules = self.group(interface.groups, peer, peers, into=into)
        name = f"security group {self.names(interface.groups)}"
        packet = packet.after(Step("group", name, "in" if into else "out", rules), allowed)
        if packet.remaining:
            return packet
        return packet.stopped(name, f"does not allow it {'in from' if into else 'out to'} {address(peer)}")

    def through_acl(self, packet: Packet, subnet: Subnet) -> Packet | list[Trace]:
        """Pass a packet through the ACL into a subnet; its replies must be allowed out of the subnet."""
        allowed, entries = self.acl(subnet.acl, packet.source, into=True)
        packet = packet.after(Step("acl", f"ACL {subnet.acl.name}", "in", entries), allowed)
        back, _ = self.acl(subnet.acl, packet.source, into=False)
        packet = self.replies(packet, back, subnet)
        return packet if packet.remaining else self.stopped_by(packet, subnet.acl, into=True)

    def reply_into(self, packet: Packet, subnet: Subnet) -> Packet:
        """Check that replies are allowed into the subnet that a packet has left."""
        back, _ = self.acl(subnet.acl, packet.target, into=True)
        return self.replies(packet, back, subnet)

    def replies(self, packet: Packet, allowed: int, subnet: Subnet) -> Packet:
        """Return the packet with the replies that an ACL allows."""
        left = packet.replies & allowed
        if left:
            return packet._replace(replies=left)
        return packet.without_reply(f"ACL {subnet.acl.name}", "allows no reply")

    def stopped_by(self, packet: Packet, acl: Acl, *, into: bool) -> list[Trace]:
        """Return the trace of a packet that an ACL does not allow."""
        peer = packet.source if into else packet.target
        return packet.stopped(
            f"ACL {acl.name}", f"does not allow it {'in from' if into else 'out to'} {address(peer)}"
        )
