"""A packet on its way, the steps that it passes, and what is left of it at the end."""

from __future__ import annotations

from typing import Literal, NamedTuple

from blueprint.reach.model import AclEntry, Interface, Place, Rule
from blueprint.reach.traffic import EVERYTHING, NOTHING

StepKind = Literal["group", "acl", "route", "gateway", "transit", "block"]


class Step(NamedTuple):
    """A resource that a packet passes, or that stops it."""

    kind: StepKind
    name: str
    """Name of the resource."""
    detail: str = ""
    rules: tuple[Rule | AclEntry, ...] = ()
    """Rules of a security group, or entries of an ACL, that matched the address."""
    remaining: int = EVERYTHING
    """Traffic that is left after the step."""

    def text(self, requested: int = EVERYTHING) -> str:
        """Return the step in words, with at most three of the rules that allow some of the traffic."""
        named = [
            rule.name if isinstance(rule, Rule) else f"{'allow' if rule.allow else 'deny'} {rule.number}"
            for rule in self.rules
            if rule.traffic & requested & self.remaining and (isinstance(rule, Rule) or rule.allow)
        ]
        rules = f" by {', '.join(dict.fromkeys(named[:3]))}{' …' if len(named) > 3 else ''}" if named else ""
        return f"{self.name}{f' {self.detail}' if self.detail else ''}{rules}"


class Trace(NamedTuple):
    """The result for one packet: what arrives, and every step."""

    traffic: int
    """Traffic that arrives."""
    replies: int
    """Traffic of replies that is allowed back."""
    steps: tuple[Step, ...]
    block: Step | None = None
    """What stopped the packet."""
    reply_block: Step | None = None
    """What stops the replies."""


class Packet(NamedTuple):
    """A packet on its way: one source address, one destination address, and any set of traffic."""

    source: int
    """Source address."""
    target: int
    """Destination address."""
    to: Place
    interface: Interface | None
    """The interface that it is addressed to; None for a place outside."""
    remaining: int
    """Traffic that has not been stopped."""
    replies: int
    """Traffic of replies that has not been stopped."""
    steps: tuple[Step, ...]
    groups: tuple[str, ...] = ()
    """Security groups of the interface that sent it, which rules may reference."""
    origin: str = ""
    """Id of the VPC that it comes from, as long as security groups may be referenced."""
    reply_block: Step | None = None
    hops: int = 0
    """Gateways that it has passed."""

    def after(self, step: Step, remaining: int | None = None, replies: int | None = None) -> Packet:
        """Return the packet after a step that lets only `remaining` pass forward and only `replies` back."""
        left = self.remaining if remaining is None else self.remaining & remaining
        return self._replace(
            remaining=left,
            replies=self.replies if replies is None else self.replies & replies,
            steps=(*self.steps, step._replace(remaining=left)),
        )

    def arrived(self) -> list[Trace]:
        """Return the trace of a packet that has reached its destination."""
        return [Trace(self.remaining, self.replies, self.steps, None, self.reply_block)]

    def stopped(self, name: str, detail: str) -> list[Trace]:
        """Return the trace of a packet that goes no further."""
        block = Step("block", name, detail, remaining=NOTHING)
        return [Trace(NOTHING, NOTHING, self.steps, block, self.reply_block)]

    def without_reply(self, name: str, detail: str) -> Packet:
        """Return the packet as one whose replies do not come back."""
        step = self.reply_block or Step("block", name, detail)
        return self._replace(replies=NOTHING, reply_block=step)
