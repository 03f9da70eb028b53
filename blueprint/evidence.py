"""The evidence about a stack: files that repeat what one evaluation of the program and of the controls found.

Nothing of it belongs under version control. It is written when somebody needs it, for example for each release.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from blueprint.controls import JudgedStack, component_definition
from blueprint.controls import page as controls_page
from blueprint.page import page
from blueprint.preview import collect
from blueprint.reach.inventory import Inventory, inventory
from blueprint.reach.mermaid import mermaid
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.svg import svg
from blueprint.record import Record
from blueprint.state import as_state
from blueprint.verdict import verdict_of
from blueprint.workspace import Stack, Workspace

WRITTEN, UNUSABLE, BROKEN_PROGRAM = 0, 2, 3


def run(workspace: Workspace, stacks: Sequence[Stack], out: Path) -> int:
    """Write the files of each stack to a folder of its name in `out`; return the exit code.

    Raises:
        PolicyConfigError: The policy configuration of a stack is wrong.
    """
    for stack in stacks:
        try:
            record = workspace.evaluate(stack)
        except Exception:
            print(stack.failure(), file=sys.stderr)
            return BROKEN_PROGRAM
        folder = out / stack.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files(record, workspace, stack):
                (folder / name).write_text(content, encoding="utf-8")
                print(f"wrote {folder / name}")
        except OSError as error:
            print(f"{error.filename}: {error.strerror}", file=sys.stderr)
            return UNUSABLE
    return WRITTEN


def files(record: Record, workspace: Workspace, stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield the name and the content of each file about a stack."""
    network = RecordedNetwork(record, stack.description.intent)
    judged = JudgedStack.of(record, workspace, stack)
    listed = inventory(network)
    yield (
        "stack.md",
        page(collect(network, verdict_of(judged.report, record), workspace, stack))
        + network_part(network, listed),
    )
    yield "network.svg", svg(network, f"Network of stack {stack.name}")
    yield "inventory.csv", listed.csv()
    yield "controls.md", controls_page(judged)
    yield (
        "controls.json",
        component_definition(workspace.version, judged, datetime.datetime.now(datetime.UTC)),
    )
    yield "state.json", json.dumps(as_state(record), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def network_part(network: RecordedNetwork, listed: Inventory) -> str:
    """Return the part of a stack's page with its network map and its inventory of ePHI."""
    parts = (
        "## Network map",
        "![Network of the stack](network.svg)",
        "Arrows are connections that routes, ACLs and security groups allow, with TCP ports unless another protocol is named. "
        "Connections that every service may open (to AWS's services, the internet and the public entry) are left out.",
        f"<details><summary>The same as Mermaid</summary>\n\n```mermaid\n{mermaid(network)}```\n\n</details>",
        "## Where ePHI may be stored and sent",
        "Every resource that can hold data, and every connection that can carry it. Your own records say which of them "
        "hold ePHI. Proposed rules ask for such an inventory and map, reviewed every 12 months (proposed, 90 FR 898). "
        "inventory.csv has the same rows.",
        listed.markdown(),
    )
    return "\n" + "\n\n".join(parts) + "\n"
