"""Where ePHI lives and travels: every asset that may hold it, and every connection that may carry it.

Proposed changes to the Security Rule require both a technology asset inventory and a network map, reviewed at least
every 12 months (proposed, 90 FR 898, https://www.federalregister.gov/d/2024-30983). An asset is listed for what it can
hold, and a connection for what it can carry; whether that is ePHI is not known here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import ClassVar

from blueprint import markdown
from blueprint.reach.assets import Asset, assets
from blueprint.reach.flows import Flow, flows
from blueprint.reach.network import RecordedNetwork


@dataclass(frozen=True, slots=True)
class Inventory:
    """Assets and flows of one stack."""

    assets: tuple[Asset, ...]
    flows: tuple[Flow, ...]

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "kind", "name or from", "type or to", "location or ports", "encryption", "backup", "retention", "protection",
    )  # fmt: skip
    """Columns of one table for assets and flows."""

    def as_data(self) -> dict[str, object]:
        """Return both as plain data."""
        return {
            "assets": [asdict(item) for item in self.assets],
            "flows": [asdict(item) for item in self.flows],
        }

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield one row for each asset and flow; flows leave the last three columns empty."""
        for item in self.assets:
            yield ("asset", *(str(getattr(item, field.name)) for field in fields(Asset)))
        for flow in self.flows:
            yield ("flow", flow.source, flow.target, flow.ports, flow.encryption, "", "", "")

    def csv(self) -> str:
        """Return both as one table of comma-separated values, with a header."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.COLUMNS, *self.rows()])
        return out.getvalue()

    def markdown(self) -> str:
        """Return both as Markdown tables."""
        asset_table = markdown.table(
            ("Asset", "Kind", "Location", "Key", "Backup", "Retention", "Protected by"),
            (
                (item.name, item.kind, item.location, item.key, item.backup, item.retention, item.protection)
                for item in self.assets
            ),
        )
        flow_table = markdown.table(
            ("From", "To", "Ports", "Encryption in transit"),
            ((item.source, item.target, item.ports, item.encryption) for item in self.flows),
        )
        return f"### Assets\n\n{asset_table}\n\n### Flows\n\n{flow_table}"


def inventory(network: RecordedNetwork) -> Inventory:
    """Return the inventory of a network's record."""
    return Inventory(tuple(sorted(assets(network))), tuple(flows(network)))
