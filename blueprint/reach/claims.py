"""What every stack must hold to, stated in words and proven on its network.

The intention comes from the stack's configuration as written, the fact from what the program registers; neither is asked
about the other's. A statement that fails names the path that breaks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from blueprint.reach.extract import extract
from blueprint.reach.model import Model, Place
from blueprint.reach.questions import Answer, Questions
from blueprint.reach.traffic import EVERYTHING, Ranges, address, cidr, minus, overlap, show, traffic, union
from blueprint.record import Record

_STORES: Final = ("store", "proxy")
_ADMIN_PORTS: Final = traffic("tcp", 22, 22) | traffic("tcp", 943, 943)
"""SSH, and Access Server's admin page (https://openvpn.net/as-docs/faq-ports.html)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about a stack's network."""

    id: str
    text: str
    faults: tuple[str, ...]
    """What breaks it, each with its path; none if it is proven."""

    @property
    def proven(self) -> bool:
        """Whether it holds."""
        return not self.faults


class Network:
    """A record's network with its configuration, ready for questions."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.model: Model = extract(record)
        self.ask = Questions(self.model)
        self._routes = Questions(self.model, groups=False, acls=False)
        self.config = record.config

    def section(self, *path: str) -> dict[str, Any]:
        """Return a section of the configuration; an empty one where it is not given."""
        found: object = self.config
        for step in path:
            found = cast("dict[str, object]", found).get(step) if isinstance(found, Mapping) else None
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    @property
    def partners(self) -> list[Place]:
        """Every partner, with those that only an attachment tells of."""
        return [place for place in self.model.external() if place.kind == "partner"]

    @property
    def data_tiers(self) -> list[Place]:
        """The data tier of every VPC that has one, as bare subnets."""
        return [
            place
            for name, place in self.model.places.items()
            if name.endswith(":data") and place.kind == "tier"
        ]

    @property
    def data_things(self) -> list[Place]:
        """Whatever has an interface in the data tier, and every data store wherever it is."""
        return [item for item in self.model.inside() if "data" in item.tiers or item.kind in _STORES]

    def by_routes(self, source: Place, target: Place) -> Answer:
        """Answer as if no ACL and no security group closed anything, and everything had a public address."""
        return self._routes.direct(_public(source), _public(target))


def _public(place: Place) -> Place:
    if not place.interfaces:
        return place
    parts = tuple(replace(item, public=True) for item in place.interfaces)
    return replace(place, interfaces=parts)


def statements(network: Network) -> list[Statement]:
    """Return every statement that applies to a stack, each proven or with what breaks it."""
    found: list[Statement] = []
    understood = "Everything that may carry traffic is understood and followed."
    gaps = tuple(gap.text for gap in network.model.gaps)
    if not network.model.vpcs:
        return [Statement("network-is-understood", understood, gaps)] if gaps else []

    def state(identifier: str, text: str, faults: Callable[[Network], Iterator[str]]) -> None:
        found.append(Statement(identifier, text, tuple(dict.fromkeys(faults(network)))))

    state(
        "data-tier-has-no-internet",
        "The data tier has no path from or to the internet; routes, ACLs and security groups each close it alone.",
        _data_tier,
    )
    state("entries", _entries_text(network), _entries)
    if network.partners:
        state(
            "partners-apart",
            "No partner reaches another partner or the data tier, and what is sent to one goes to no other.",
            _partners,
        )
        state(
            "partners-come-in-by-what-is-listed",
            "A partner opens no connection into the stack, except through PrivateLink to the public entry.",
            _partner_entries,
        )
    if network.section("hipaa:services"):
        state(
            "services-reach-what-they-use",
            "Each service reaches the data stores, partners and services that its settings name, and no other.",
            _services,
        )
    if any(item.kind in _STORES for item in network.data_things):
        state(
            "stores-have-known-clients",
            "Only services that use a data store, its own proxy and VPN groups with the data tier reach it.",
            _clients,
        )
    if any(place.kind == "clients" for place in network.model.external()):
        state(
            "vpn-groups-keep-to-their-tiers",
            "Every VPN group reaches only the tiers that its access names, and no partner.",
            _groups,
        )
    found.append(Statement("network-is-understood", understood, gaps))
    return found


def _ways(answer: Answer, asked: int = EVERYTHING, note: str = "") -> Iterator[str]:
    """Yield a sentence for what gets through, with its path."""
    for path in [path for path in answer.paths if path.traffic & asked][:1]:
        heard = "" if path.answered & asked else ", without a reply"
        found = show(path.traffic & asked)
        shown = replace(path, traffic=path.traffic & asked)
        yield f"{answer.source} reaches {answer.target} on {found}{heard}{note}: {shown.text()}"
    for chain in [chain for chain in answer.chains if chain.traffic & asked][:1]:
        way = " | ".join(part.text() for part in chain.paths)
        yield f"{answer.source} reaches {answer.target} on {show(chain.traffic)} through {chain.text}{note}: {way}"


# The data tier.


def _data_tier(network: Network) -> Iterator[str]:
    model, ask = network.model, network.ask
    internet = model.places["internet"]
    outside = [internet, *(place for place in model.external() if place.kind == "aws")]
    for place in [*network.data_tiers, *network.data_things]:
        yield from _ways(ask.ask(internet, place))
        for target in outside:
            yield from _ways(ask.ask(place, target))
    for tier in network.data_tiers:
        by_routes = network.by_routes(internet, tier)
        yield from _ways(
            replace(by_routes, paths=tuple(path for path in by_routes.paths if path.answered)),
            note=" if only routes closed it",
        )
        for target in outside:
            yield from _ways(network.by_routes(tier, target), note=" if only routes closed it")
        yield from _acls_alone(network, tier, internet.ranges)
    for place in network.data_things:
        yield from _groups_alone(network, place, internet.ranges, out=True)


def _acls_alone(network: Network, tier: Place, ranges: Ranges) -> Iterator[str]:
    for item in tier.interfaces:
        for into, side in ((True, "in from"), (False, "out to")):
            for number in network.model.classes(ranges):
                found, entries = network.ask.walker.acl(item.subnet.acl, number, into=into)
                if found:
                    named = ", ".join(str(entry.number) for entry in entries if entry.allow)
                    yield (
                        f"ACL {item.subnet.acl.name} of {item.subnet.name} lets {show(found)} {side} the internet "
                        f"({address(number)}) by entry {named}"
                    )
                    break


def _groups_alone(network: Network, place: Place, ranges: Ranges, *, out: bool = False) -> Iterator[str]:
    for item in place.interfaces:
        for into in (True, False) if out else (True,):
            for number in network.model.classes(ranges):
                found, rules = network.ask.walker.group(item.groups, number, (), into=into)
                if item.groups is not None and found:
                    side = "in from" if into else "out to"
                    named = ", ".join(rule.name for rule in rules)
                    yield f"{place.name}'s security group lets {show(found)} {side} the internet ({address(number)}) by {named}"
                    break


# What the internet may enter by.


def _entries_text(network: Network) -> str:
    named = [
        text
        for text, there in (("the edge", network.section("hipaa:edge")), ("the VPN server", _vpn(network)))
        if there
    ]
    if not named:
        return "Nothing accepts connections from the internet."
    return f"Only {' and '.join(named)} accept{'s' if len(named) == 1 else ''} connections from the internet."


def _vpn(network: Network) -> dict[str, Any]:
    return network.section("hipaa:connectivity", "vpn")


def _is_edge(network: Network, place: Place) -> bool:
    """Tell whether a place is the public entry: the load balancer that answers to the application's name."""
    if place.kind != "front" or not network.section("hipaa:edge"):
        return False
    item = network.record.by_urn[place.urn]
    return item.name == "edge" or network.record.owner(item).type == "hipaa:compute:Edge"


def _entries(network: Network) -> Iterator[str]:
    ask, internet = network.ask, network.model.places["internet"]
    edge = network.section("hipaa:edge")
    # Without `allowed_cidrs` everybody may connect.
    admitted = union(cidr(str(part)) for part in edge.get("allowed_cidrs", ["0.0.0.0/0"])) if edge else ()
    admins = union(cidr(str(part)) for part in _vpn(network).get("admin_cidrs", []))
    for place in network.model.inside():
        if _is_edge(network, place):
            strangers = replace(
                internet, name="internet outside allowed_cidrs", ranges=minus(internet.ranges, admitted)
            )
            if strangers.ranges:
                yield from _ways(ask.direct(strangers, place))
            yield from _ways(
                ask.direct(internet, place), EVERYTHING & ~traffic("tcp", 80, 80) & ~traffic("tcp", 443, 443)
            )
        elif place.kind == "vpn" and _vpn(network):
            strangers = replace(
                internet, name="internet outside admin_cidrs", ranges=minus(internet.ranges, admins)
            )
            yield from _ways(ask.direct(strangers, place), _ADMIN_PORTS)
        else:
            yield from _ways(ask.direct(internet, place))
            if place.interfaces[0].groups is not None:
                yield from _groups_alone(network, place, internet.ranges)


# Partners.


def _partners(network: Network) -> Iterator[str]:
    for partner in network.partners:
        for other in network.partners:
            if other is not partner:
                yield from _ways(network.ask.ask(partner, other))
        for place in [*network.data_tiers, *network.data_things]:
            yield from _ways(network.ask.ask(partner, place))
        for tier in network.data_tiers:
            yield from _ways(network.by_routes(partner, tier), note=" if only routes closed it")
    yield from _misled(network)


def _misled(network: Network) -> Iterator[str]:
    """Yield every Transit Gateway route by which what is meant for a partner goes somewhere else."""
    model = network.model
    for partner in network.partners:
        for table in model.transit_tables.values():
            for number in model.classes(partner.ranges):
                route = table.lookup(number)
                if route is None or not route.attachment:
                    continue
                leads = model.attachments[route.attachment]
                if leads.partner and f"partner:{leads.partner}" != partner.name:
                    yield (
                        f"Transit Gateway table {table.name} leads {address(number)} of {partner.name} to "
                        f"partner:{leads.partner} by {route.name}"
                    )


def _partner_entries(network: Network) -> Iterator[str]:
    for partner in network.partners:
        fronts = set(partner.entries)
        for place in network.model.inside():
            if place.name in fronts or _is_edge(network, place):
                # The public entry is everybody's; what it may be asked is stated above.
                continue
            answer = network.ask.ask(partner, place)
            beyond = tuple(
                chain
                for chain in answer.chains
                if not any(_is_edge(network, network.model.places[hop.front]) for hop in chain.hops)
            )
            yield from _ways(replace(answer, chains=beyond))


# Services.


def _uses(network: Network, place: Place) -> str:
    """Return the key of `uses` that a store or way belongs to; an empty text for none."""
    if place.kind == "partner" or place.leads_to:
        return "partners"
    item = network.record.by_urn.get(place.urn)
    if item is None:
        return ""
    if item.type.startswith("aws:elasticache/"):
        return "cache"
    if item.type == "aws:rds/instance:Instance":
        return "rds"
    if item.type.startswith(("aws:rds/cluster", "aws:rds/proxy")):
        owner = network.record.owner(item)
        near = [owner, *network.record.descendants(owner)]
        if item.type.startswith("aws:rds/proxy") and not any(
            part.type == "aws:rds/cluster:Cluster" for part in near
        ):
            return "rds"
        return "aurora"
    return item.type


def _services(network: Network) -> Iterator[str]:
    model, services = network.model, network.section("hipaa:services")
    for name, stated in services.items():
        place = model.places.get(name)
        if place is None or place.kind != "service":
            # Before its first image a service is a repository only, and without a cluster not even that.
            if stated.get("image") and "hipaa:compute" in network.record.config:
                yield f"{name} is in the settings and not in the program"
            continue
        uses, calls = set(stated.get("uses", [])), set(stated.get("connects_to", []))
        reached: set[str] = set()
        for target in [*model.inside(), *network.partners]:
            if target is place:
                continue
            answer = _private(network, network.ask.ask(place, target))
            store = target.kind in (*_STORES, "files", "partner") or bool(target.leads_to)
            if store and (answer.traffic or answer.chains):
                if answer.reaches:
                    reached.add(target.name)
                if _uses(network, target) not in uses:
                    yield from _ways(answer)
            elif target.kind in ("service", "host", "vpn", "function"):
                if target.name not in calls:
                    # What the VPN server lets everybody do, a service may do too.
                    everybody = network.ask.direct(model.places["internet"], target).traffic
                    yield from _ways(answer, EVERYTHING & ~everybody)
                elif not answer.answered & _port(services.get(target.name, {})):
                    yield f"{name} does not reach {target.name}, which it connects to: {stopped(answer)}"
        for use in sorted(uses):
            there = [
                item
                for item in [*model.inside(), *network.partners]
                if _uses(network, item) == use and _offered(network, item) and not item.leads_to
            ]
            missed = [item for item in there if item.name not in reached]
            # One way to a store is enough; every partner that offers something is to be reached.
            if missed and (use == "partners" or len(missed) == len(there)):
                for item in missed if use == "partners" else missed[:1]:
                    # Through a load balancer it is the second hop that tells more, if the first is open.
                    fronts = [
                        front for front in _fronts(network, item) if network.ask.ask(place, front).reaches
                    ]
                    blocked = stopped(network.ask.ask(fronts[0] if fronts else place, item))
                    yield f"{name} does not reach {item.name}, which it uses: {blocked}"


def _offered(network: Network, place: Place) -> bool:
    """Tell whether there is a way to a partner yet: somebody who has not attached, or offers nothing, is not missed."""
    return place.kind != "partner" or bool(_fronts(network, place))


def _fronts(network: Network, place: Place) -> list[Place]:
    """Return the load balancers and endpoints that lead to a place."""
    return [
        front
        for front in network.model.inside()
        if any(
            aim.place == place.name or overlap(aim.addresses, place.ranges)
            for listener in front.listeners
            for aim in listener.targets
        )
    ]


def _port(stated: Mapping[str, Any]) -> int:
    port = stated.get("connect_port")
    return traffic("tcp", port, port) if isinstance(port, int) else EVERYTHING


def _private(network: Network, answer: Answer) -> Answer:
    """Leave out what goes through the public entry: what everybody may do, a service may do too."""
    kept = tuple(
        chain
        for chain in answer.chains
        if not any(_is_edge(network, network.model.places[hop.front]) for hop in chain.hops)
    )
    return replace(answer, chains=kept)


def stopped(answer: Answer) -> str:
    """Return what stops a packet first, in words."""
    if answer.paths and not answer.reaches:
        silent = answer.paths[0].silent
        return (
            f"packets arrive, but {silent.name} {silent.detail}"
            if silent
            else "packets arrive on other ports only"
        )
    block = answer.blocks[0].block if answer.blocks else None
    return f"{block.name} {block.detail}" if block else "nothing listens"


def _clients(network: Network) -> Iterator[str]:
    model, services = network.model, network.section("hipaa:services")
    open_to_vpn = any("data" in tiers for tiers in _vpn(network).get("access", {}).values())
    stores = [item for item in network.data_things if item.kind in _STORES]
    for store in stores:
        use = _uses(network, store)
        for source in model.inside():
            alike = source.kind in _STORES and _uses(network, source) == use
            if source is store or (source.kind == "service" and source.name in services) or alike:
                continue
            if source.kind == "vpn" and open_to_vpn:
                continue
            # A function in the tier that a store's own component makes, such as one that rotates its secret, is part of it.
            item, owner = network.record.by_urn.get(source.urn), network.record.by_urn.get(store.urn)
            if (
                source.kind == "function"
                and item
                and owner
                and network.record.owner(item) is network.record.owner(owner)
            ):
                continue
            yield from _ways(_private(network, network.ask.ask(source, store)))


# VPN groups.

_TIERS: Final[Mapping[str, str]] = {"app": "private", "data": "data"}


def _groups(network: Network) -> Iterator[str]:
    model, access = network.model, _vpn(network).get("access", {})
    for place in model.external():
        if place.kind != "clients":
            continue
        named = (
            access.get(place.name.split(":", 1)[1], [])
            if place.name.startswith("vpn:")
            else [tier for tiers in access.values() for tier in tiers]
        )
        tiers = {_TIERS.get(tier, tier) for tier in named}
        for target in [*model.inside(), *network.partners]:
            if target.kind in ("files", "endpoint", "nat", "vpn") and not target.leads_to:
                # What the server itself lives on; its clients have no account there.
                continue
            answer = _private(network, network.ask.ask(place, target))
            beyond = target.kind == "partner" or not set(target.tiers) <= tiers
            if beyond and not _is_edge(network, target):
                yield from _ways(answer)
