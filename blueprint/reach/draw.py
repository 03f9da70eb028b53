"""The network as a picture: SVG by arithmetic alone, and the same as Mermaid. Equal networks give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

from blueprint.reach.claims import Network
from blueprint.reach.model import Place, Subnet, Vpc
from blueprint.reach.traffic import address, show

_TIERS: Final = ("public", "private", "data")
_CHIP, _GAP, _ROW = (134, 40), 14, 148
_MARGIN, _HEAD = 24, 34
_INK, _SOFT, _LINE = "#1f2937", "#6b7280", "#9ca3af"
_FILLS: Final = {"public": "#fef3c7", "private": "#e0f2fe", "data": "#ede9fe"}
_KINDS: Final = {
    "front": "#fb923c", "service": "#38bdf8", "store": "#a78bfa", "proxy": "#a78bfa", "nat": "#fbbf24", "vpn": "#4ade80",
    "files": "#a78bfa", "internet": "#d1d5db", "partner": "#86efac", "clients": "#d1d5db",
}  # fmt: skip
_LABELS: Final = {
    "front": "load balancer", "service": "service", "store": "data store", "proxy": "database proxy", "nat": "NAT",
    "vpn": "VPN server", "files": "file system", "endpoint": "AWS services", "host": "instances", "function": "function",
    "internet": "", "partner": "partner", "clients": "staff, by VPN",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """A box for one place, or for several like ones."""

    names: tuple[str, ...]
    title: str
    kind: str

    @property
    def color(self) -> str:
        """Fill of the box."""
        return _KINDS.get(self.kind, "#e5e7eb")


@dataclass(frozen=True, slots=True)
class Link:
    """A connection that is possible, between two boxes."""

    source: Chip
    target: Chip
    label: str


@dataclass(slots=True)
class Scene:
    """What is drawn: boxes by VPC and tier, boxes outside, and the connections between them."""

    tiers: dict[tuple[str, str], list[Chip]] = field(default_factory=dict[tuple[str, str], list[Chip]])
    outside: list[Chip] = field(default_factory=list[Chip])
    partners: list[Chip] = field(default_factory=list[Chip])
    links: list[Link] = field(default_factory=list[Link])


def scene(network: Network) -> Scene:
    """Gather what is to be drawn. A place in several tiers stands in the first of them."""
    model, found = network.model, Scene()
    of: dict[str, Chip] = {}

    def chip(places: list[Place], title: str) -> Chip:
        made = Chip(tuple(place.name for place in places), title, places[0].kind)
        of.update(dict.fromkeys(made.names, made))
        return made

    grouped_clients = {place.behind for place in model.external() if place.allowed is not None}
    for place in model.external():
        if place.kind == "partner" and not (place.entries and not place.attachments):
            found.partners.append(chip([place], place.name.split(":", 1)[1]))
        elif place.kind in ("internet", "partner") or (
            # All clients of a server that knows groups are those of its groups.
            place.kind == "clients" and (place.allowed is not None or place.behind not in grouped_clients)
        ):
            found.outside.append(chip([place], place.name.split(":", 1)[-1]))
    grouped: dict[tuple[str, str, str], list[Place]] = {}
    for place in model.inside():
        subnet = min(
            (item.subnet for item in place.interfaces), key=lambda item: (_order(item.tier), item.name)
        )
        alike = place.kind if place.kind in ("endpoint", "nat") and not place.leads_to else place.name
        grouped.setdefault((subnet.vpc, subnet.tier, alike), []).append(place)
    for (vpc, tier, alike), places in sorted(grouped.items()):
        title = places[0].name.split(":", 1)[-1]
        if len(places) > 1:
            title = {"endpoint": f"{len(places)} endpoints", "nat": f"{len(places)} gateways"}.get(
                alike, title
            )
        found.tiers.setdefault((vpc, tier), []).append(chip(places, title))
    shown = [*found.outside, *found.partners, *(one for chips in found.tiers.values() for one in chips)]
    for source in shown:
        for target in shown:
            if source is not target and (label := _label(network, source, target)):
                found.links.append(Link(source, target, label))
    return found


_DRAWN: Final = {
    "internet": ("front", "vpn"),
    "front": ("service", "partner", "host", "front"),
    "service": ("service", "store", "proxy", "partner"),
    "proxy": ("store",),
    "vpn": ("files", "service", "store", "proxy"),
    "partner": ("front", "partner", "service", "store"),
}
"""Which connections are drawn. What every service may do (AWS, the internet, the public entry) would hide the rest."""


def _label(network: Network, source: Chip, target: Chip) -> str:
    if source.kind == "clients":
        return _led_to(network, source, target)
    # A service calls the load balancer towards partners, which is no public one.
    inner = source.kind == "service" and target.kind == "front" and not _public(network, target)
    if not inner and target.kind not in _DRAWN.get(source.kind, ()):
        return ""
    places = network.model.places
    traffic = 0
    for one in source.names:
        for other in target.names:
            traffic |= network.ask.direct(places[one], places[other]).answered
    text = show(traffic).replace("tcp ", "") if traffic else ""
    return text if len(text) <= 24 else f"{text[:22]} …"


def _led_to(network: Network, clients: Chip, server: Chip) -> str:
    """Return the tiers that a group gets to through its server, which is drawn as one connection."""
    model = network.model
    place = model.places[clients.names[0]]
    if place.behind not in server.names:
        return ""
    ends = [item for item in model.inside() if item.kind in ("service", "store", "proxy")]
    tiers = {
        interface.subnet.tier
        for end in ends
        if network.ask.direct(place, end).answered
        for interface in end.interfaces
    }
    return f"to {', '.join(sorted(tiers, key=_order))}" if tiers else ""


def _public(network: Network, chip: Chip) -> bool:
    return any(item.public for name in chip.names for item in network.model.places[name].interfaces)


def _order(tier: str) -> int:
    return _TIERS.index(tier) if tier in _TIERS else len(_TIERS)


# SVG.


def svg(network: Network, title: str) -> str:
    """Return the network as an SVG document."""
    return _Canvas(network, title).document()


class _Canvas:
    def __init__(self, network: Network, title: str) -> None:
        self.network, self.title, self.scene = network, title, scene(network)
        self.boxes: dict[Chip, tuple[int, int]] = {}
        self.parts: list[str] = []
        self.labels: list[str] = []
        """What lies above the connections: they may cross a box and never hide a word."""
        self.height = 0

    def document(self) -> str:
        vpcs = sorted(self.network.model.vpcs.values(), key=lambda vpc: (-len(vpc.subnets), vpc.name))
        widths = {vpc.id: self._width(vpc) for vpc in vpcs}
        inner = sum(widths.values()) + _GAP * 2 * max(0, len(vpcs) - 1)
        width = max(inner, self._needs(self.scene.outside), self._needs(self.scene.partners)) + 2 * _MARGIN
        top = 56
        self._row(self.scene.outside, _MARGIN, width - 2 * _MARGIN, top)
        top += (_CHIP[1] + 56) if self.scene.outside else 0
        left, lowest, second = _MARGIN, top, _MARGIN
        for place, vpc in enumerate(vpcs):
            second = left if place == 1 else second
            lowest = max(lowest, self._vpc(vpc, left, top, widths[vpc.id]))
            left += widths[vpc.id] + 2 * _GAP
        bottom = self._transit(lowest, width) if self.network.model.attachments else lowest
        if self.scene.partners:
            # Under the exchange, which partners come in by, if they have room there.
            start = second if self._needs(self.scene.partners) <= width - _MARGIN - second else _MARGIN
            self._row(self.scene.partners, start, width - _MARGIN - start, bottom + 44)
            bottom += 44 + _CHIP[1]
        height = bottom + _MARGIN
        lines = [text for link in self.scene.links for text in self._link(link)]
        chips = [text for chip, place in self.boxes.items() for text in self._chip(chip, *place)]
        head = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="Helvetica, Arial, sans-serif" role="img">',
            f"<title>{escape(self.title)}</title>",
            f'<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            f'<path d="M0 0L8 4L0 8z" fill="{_SOFT}"/></marker></defs>',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            _text(_MARGIN, 32, self.title, size=17, bold=True),
        ]
        return "\n".join([*head, *self.parts, *lines, *self.labels, *chips, "</svg>"]) + "\n"

    def _needs(self, chips: list[Chip]) -> int:
        return len(chips) * (_CHIP[0] + _GAP) + _GAP

    def _rows(self, vpc: Vpc) -> list[str]:
        return sorted({subnet.tier for subnet in vpc.subnets}, key=lambda tier: (_order(tier), tier))

    def _width(self, vpc: Vpc) -> int:
        chips = max(
            (self._needs(self.scene.tiers.get((vpc.id, tier), [])) for tier in self._rows(vpc)), default=0
        )
        zones = len({subnet.zone for subnet in vpc.subnets})
        return max(chips, zones * 150, 330) + 2 * _GAP

    def _row(self, chips: list[Chip], left: int, width: int, top: int) -> None:
        """Place chips side by side, spread over a width."""
        step = width // max(1, len(chips))
        for place, chip in enumerate(chips):
            self.boxes[chip] = (left + place * step + (step - _CHIP[0]) // 2, top)

    def _vpc(self, vpc: Vpc, left: int, top: int, width: int) -> int:
        rows = self._rows(vpc)
        height = _HEAD + len(rows) * (_ROW + _GAP) + _GAP // 2
        gateway = " · internet gateway" if vpc.gateway else " · no internet gateway"
        self.parts.append(_box(left, top, width, height, "#f9fafb", _LINE))
        self.labels.append(_text(left + _GAP, top + 22, f"VPC {vpc.name}", size=14, bold=True, halo=True))
        self.labels.append(_text(left + width - _GAP, top + 22, f"{vpc.cidr}{gateway}", end=True, halo=True))
        for number, tier in enumerate(rows):
            y = top + _HEAD + number * (_ROW + _GAP)
            self.parts.append(
                _box(left + _GAP, y, width - 2 * _GAP, _ROW, _FILLS.get(tier, "#f3f4f6"), "none")
            )
            self.labels.append(_text(left + _GAP + 8, y + 16, f"{tier} tier", bold=True, halo=True))
            subnets = [subnet for subnet in vpc.subnets if subnet.tier == tier]
            subnets.sort(key=lambda subnet: (subnet.zone, subnet.range))
            cell = (width - 2 * _GAP - 16) // len(subnets)
            for place, subnet in enumerate(subnets):
                x = left + _GAP + 8 + place * cell
                self.labels.append(_box(x, y + _ROW - 44, cell - 6, 38, "#ffffff", _LINE, dashed=True))
                self.labels.append(_text(x + (cell - 6) // 2, y + _ROW - 28, subnet.zone, middle=True))
                self.labels.append(
                    _text(x + (cell - 6) // 2, y + _ROW - 13, _cidr(subnet), middle=True, soft=True)
                )
            self._row(self.scene.tiers.get((vpc.id, tier), []), left + _GAP, width - 2 * _GAP, y + 34)
        return top + height

    def _transit(self, top: int, width: int) -> int:
        y = top + 34
        names = sorted({item.table.name for item in self.network.model.attachments.values() if item.table})
        self.labels.append(_box(_MARGIN, y, width - 2 * _MARGIN, 34, "#dcfce7", "#16a34a"))
        label = f"Transit Gateway · {len(self.network.model.attachments)} attachments · tables: {', '.join(names)}"
        self.labels.append(_text(width // 2, y + 21, label, middle=True))
        return y + 34

    def _chip(self, chip: Chip, x: int, y: int) -> Iterator[str]:
        yield _box(x, y, *_CHIP, chip.color, "#ffffff", radius=7)
        title = chip.title if len(chip.title) <= 17 else f"{chip.title[:16]}…"
        label = _LABELS.get(chip.kind, "")
        yield _text(x + _CHIP[0] // 2, y + (18 if label else 25), title, bold=True, middle=True, size=11)
        if label:
            yield _text(x + _CHIP[0] // 2, y + 33, label, middle=True, size=10)

    def _link(self, link: Link) -> Iterator[str]:
        (x1, y1), (x2, y2) = self.boxes[link.source], self.boxes[link.target]
        wide, high = _CHIP
        if y1 == y2:
            # Side by side: an arc above the row.
            start, end = x1 + wide // 2 + (18 if x2 > x1 else -18), x2 + wide // 2 - (18 if x2 > x1 else -18)
            path = f"M{start} {y1}C{start} {y1 - 26} {end} {y1 - 26} {end} {y2}"
            place = ((start + end) // 2, y1 - 23)
        else:
            down = y2 > y1
            start, end = (
                (x1 + wide // 2, y1 + high if down else y1),
                (x2 + wide // 2, y2 if down else y2 + high),
            )
            middle = (start[1] + end[1]) // 2
            path = f"M{start[0]} {start[1]}C{start[0]} {middle} {end[0]} {middle} {end[0]} {end[1]}"
            place = (end[0] + (24 if start[0] >= end[0] else -24), end[1] - (10 if down else -14))
            if link.source.kind == "clients":
                # Groups of one server end in one point, and begin in places of their own.
                place = (start[0], start[1] + 16)
        yield f'<path d="{path}" fill="none" stroke="{_SOFT}" stroke-width="1.3" marker-end="url(#a)"/>'
        half = 3 * len(link.label) + 3
        yield f'<rect x="{place[0] - half}" y="{place[1] - 9}" width="{2 * half}" height="12" fill="#ffffff" opacity="0.85"/>'
        yield _text(place[0], place[1], link.label, middle=True, size=10, soft=True)


def _cidr(subnet: Subnet) -> str:
    first, last = subnet.range
    return f"{address(first)}/{32 - (last - first + 1).bit_length() + 1}"


def _box(
    x: int, y: int, width: int, height: int, fill: str, stroke: str, *, radius: int = 6, dashed: bool = False
) -> str:
    dash = ' stroke-dasharray="3 3"' if dashed else ""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{fill}" stroke="{stroke}"{dash}/>'


def _text(
    x: int, y: int, text: str, *, size: int = 11, bold: bool = False, middle: bool = False, end: bool = False,
    soft: bool = False, halo: bool = False,
) -> str:  # fmt: skip
    anchor = ' text-anchor="middle"' if middle else ' text-anchor="end"' if end else ""
    weight = ' font-weight="bold"' if bold else ""
    # Keeps a connection that passes below from striking the words through.
    around = ' paint-order="stroke" stroke="#ffffff" stroke-width="4" stroke-opacity="0.85"' if halo else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{_SOFT if soft else _INK}"{anchor}{weight}{around}>{escape(text)}</text>'


# Mermaid.


def mermaid(network: Network) -> str:
    """Return the network as a Mermaid flowchart."""
    found = scene(network)
    ids: dict[Chip, str] = {}
    lines = ["flowchart TB"]

    def node(chip: Chip, indent: str) -> str:
        ids[chip] = f"n{len(ids)}"
        label = _LABELS.get(chip.kind, "")
        text = f"{chip.title}<br/>{label}" if label else chip.title
        return f'{indent}{ids[chip]}["{text}"]'

    lines += [node(chip, "  ") for chip in found.outside]
    for vpc in sorted(network.model.vpcs.values(), key=lambda vpc: vpc.name):
        lines.append(f'  subgraph v{vpc.name.replace("-", "_")}["VPC {vpc.name} {vpc.cidr}"]')
        tiers = sorted({subnet.tier for subnet in vpc.subnets}, key=lambda tier: (_order(tier), tier))
        for tier in tiers:
            lines.append(
                f'    subgraph v{vpc.name.replace("-", "_")}_{tier.replace("-", "_")}["{tier} tier"]'
            )
            chips = found.tiers.get((vpc.id, tier), [])
            lines += [node(chip, "      ") for chip in chips]
            if not chips:
                lines.append(f'      e{len(lines)}["nothing yet"]')
            lines.append("    end")
        lines.append("  end")
    lines += [node(chip, "  ") for chip in found.partners]
    lines += [f'  {ids[link.source]} -->|"{link.label}"| {ids[link.target]}' for link in found.links]
    return "\n".join(lines) + "\n"
