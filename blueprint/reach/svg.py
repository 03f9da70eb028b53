"""The network as an SVG picture. Equal networks give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from blueprint.reach.diagram import Box, Link, by_tier, diagram
from blueprint.reach.model import Subnet, Vpc
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import address

_CHIP, _GAP, _ROW = (134, 40), 14, 148
"""Size of a box, gap between boxes, and height of the row of a tier, in pixels."""
_MARGIN, _HEAD = 24, 34
_INK, _SOFT, _LINE = "#1f2937", "#6b7280", "#9ca3af"
_FILLS: Final = {"public": "#fef3c7", "private": "#e0f2fe", "data": "#ede9fe"}
_COLORS: Final = {
    "front": "#fb923c", "service": "#38bdf8", "store": "#a78bfa", "proxy": "#a78bfa", "nat": "#fbbf24", "vpn": "#4ade80",
    "files": "#a78bfa", "internet": "#d1d5db", "partner": "#86efac", "clients": "#d1d5db",
}  # fmt: skip


def svg(network: RecordedNetwork, title: str) -> str:
    """Return the network as an SVG document."""
    return _Canvas(network, title).document()


class _Canvas:
    def __init__(self, network: RecordedNetwork, title: str) -> None:
        self.network, self.title, self.diagram = network, title, diagram(network)
        self.boxes: dict[Box, tuple[int, int]] = {}
        self.parts: list[str] = []
        self.labels: list[str] = []
        """Drawn above the connections, which may cross a box but must not hide text."""

    def document(self) -> str:
        vpcs = sorted(self.network.model.vpcs.values(), key=lambda vpc: (-len(vpc.subnets), vpc.name))
        widths = {vpc.id: self._width(vpc) for vpc in vpcs}
        inner = sum(widths.values()) + _GAP * 2 * max(0, len(vpcs) - 1)
        width = (
            max(inner, self._needs(self.diagram.outside), self._needs(self.diagram.partners)) + 2 * _MARGIN
        )
        top = 56
        self._row(self.diagram.outside, _MARGIN, width - 2 * _MARGIN, top)
        top += (_CHIP[1] + 56) if self.diagram.outside else 0
        left, lowest, second = _MARGIN, top, _MARGIN
        for number, vpc in enumerate(vpcs):
            second = left if number == 1 else second
            lowest = max(lowest, self._vpc(vpc, left, top, widths[vpc.id]))
            left += widths[vpc.id] + 2 * _GAP
        bottom = self._transit(lowest, width) if self.network.model.attachments else lowest
        if self.diagram.partners:
            # Below the second VPC, through which partners connect, if there is enough room.
            start = second if self._needs(self.diagram.partners) <= width - _MARGIN - second else _MARGIN
            self._row(self.diagram.partners, start, width - _MARGIN - start, bottom + 44)
            bottom += 44 + _CHIP[1]
        height = bottom + _MARGIN
        lines = [text for link in self.diagram.links for text in self._link(link)]
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

    def _needs(self, chips: list[Box]) -> int:
        return len(chips) * (_CHIP[0] + _GAP) + _GAP

    def _rows(self, vpc: Vpc) -> list[str]:
        return by_tier(subnet.tier for subnet in vpc.subnets)

    def _width(self, vpc: Vpc) -> int:
        chips = max(
            (self._needs(self.diagram.tiers.get((vpc.id, tier), [])) for tier in self._rows(vpc)), default=0
        )
        zones = len({subnet.zone for subnet in vpc.subnets})
        return max(chips, zones * 150, 330) + 2 * _GAP

    def _row(self, chips: list[Box], left: int, width: int, top: int) -> None:
        """Place boxes side by side, spread over a width."""
        step = width // max(1, len(chips))
        for number, chip in enumerate(chips):
            self.boxes[chip] = (left + number * step + (step - _CHIP[0]) // 2, top)

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
            for column, subnet in enumerate(subnets):
                x = left + _GAP + 8 + column * cell
                self.labels.append(_box(x, y + _ROW - 44, cell - 6, 38, "#ffffff", _LINE, dashed=True))
                self.labels.append(_text(x + (cell - 6) // 2, y + _ROW - 28, subnet.zone, middle=True))
                self.labels.append(
                    _text(x + (cell - 6) // 2, y + _ROW - 13, _cidr(subnet), middle=True, soft=True)
                )
            self._row(self.diagram.tiers.get((vpc.id, tier), []), left + _GAP, width - 2 * _GAP, y + 34)
        return top + height

    def _transit(self, top: int, width: int) -> int:
        y = top + 34
        names = sorted({item.table.name for item in self.network.model.attachments.values() if item.table})
        self.labels.append(_box(_MARGIN, y, width - 2 * _MARGIN, 34, "#dcfce7", "#16a34a"))
        label = f"Transit Gateway · {len(self.network.model.attachments)} attachments · tables: {', '.join(names)}"
        self.labels.append(_text(width // 2, y + 21, label, middle=True))
        return y + 34

    def _chip(self, chip: Box, x: int, y: int) -> Iterator[str]:
        yield _box(x, y, *_CHIP, _COLORS.get(chip.kind, "#e5e7eb"), "#ffffff", radius=7)
        title = chip.title if len(chip.title) <= 17 else f"{chip.title[:16]}…"
        yield _text(x + _CHIP[0] // 2, y + (18 if chip.label else 25), title, bold=True, middle=True, size=11)
        if chip.label:
            yield _text(x + _CHIP[0] // 2, y + 33, chip.label, middle=True, size=10)

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
                # The connections of a server's groups end at one point, so their labels are placed at the start.
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
    # The outline keeps connections below from crossing the text.
    around = ' paint-order="stroke" stroke="#ffffff" stroke-width="4" stroke-opacity="0.85"' if halo else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{_SOFT if soft else _INK}"{anchor}{weight}{around}>{escape(text)}</text>'
