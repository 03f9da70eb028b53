"""The network as a Mermaid flowchart. Equal networks give equal text."""

from __future__ import annotations

from blueprint.reach.diagram import Box, by_tier, diagram
from blueprint.reach.network import RecordedNetwork


def mermaid(network: RecordedNetwork) -> str:
    """Return the network as a Mermaid flowchart."""
    drawn = diagram(network)
    ids: dict[Box, str] = {}
    lines = ["flowchart TB"]

    def node(chip: Box, indent: str) -> str:
        ids[chip] = f"n{len(ids)}"
        text = f"{chip.title}<br/>{chip.label}" if chip.label else chip.title
        return f'{indent}{ids[chip]}["{text}"]'

    lines += [node(chip, "  ") for chip in drawn.outside]
    for vpc in sorted(network.model.vpcs.values(), key=lambda vpc: vpc.name):
        identifier = f"v{vpc.name.replace('-', '_')}"
        lines.append(f'  subgraph {identifier}["VPC {vpc.name} {vpc.cidr}"]')
        for tier in by_tier(subnet.tier for subnet in vpc.subnets):
            lines.append(f'    subgraph {identifier}_{tier.replace("-", "_")}["{tier} tier"]')
            chips = drawn.tiers.get((vpc.id, tier), [])
            lines += [node(chip, "      ") for chip in chips]
            if not chips:
                lines.append(f'      e{len(lines)}["nothing yet"]')
            lines.append("    end")
        lines.append("  end")
    lines += [node(chip, "  ") for chip in drawn.partners]
    lines += [f'  {ids[link.source]} -->|"{link.label}"| {ids[link.target]}' for link in drawn.links]
    return "\n".join(lines) + "\n"
