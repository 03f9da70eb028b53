"""The generated pages under `docs/`: one for each stack, the controls, and the pages that the project adds."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator

from blueprint import controls, stacks
from blueprint.page import page
from blueprint.preview import preview_record
from blueprint.reach.inventory import inventory
from blueprint.reach.mermaid import mermaid
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.svg import svg
from blueprint.workspace import Workspace

_NOTICE = "<!-- Written by `python -m blueprint docs`. -->\n\n"


def pages(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Yield the path of every generated page within `docs/`, and its content."""
    for path, content in _contents(workspace):
        yield path, _NOTICE + content if path.endswith(".md") else content


def _contents(workspace: Workspace) -> Iterator[tuple[str, str]]:
    for name in stacks.names(workspace.root):
        stack = workspace.stack(name)
        record = workspace.evaluate(stack)
        if name == workspace.controls_stack:
            yield from controls.pages(record, workspace, workspace.root / "docs")
        network = RecordedNetwork(record, stack.description.intent)
        yield (
            f"stacks/{name}.md",
            page(preview_record(record, workspace, stack)) + network_part(network, name),
        )
        yield f"stacks/{name}-network.svg", svg(network, f"Network of stack {name}")
    yield from workspace.hooks.pages(workspace.files())


def network_part(network: RecordedNetwork, name: str) -> str:
    """Return the part of a stack's page with its network map and its inventory of ePHI."""
    parts = (
        "## Network map",
        f"![Network of stack {name}]({name}-network.svg)",
        "Arrows are connections that routes, ACLs and security groups allow, with TCP ports unless another protocol is named. "
        "Connections that every service may open (to AWS's services, the internet and the public entry) are left out.",
        f"<details><summary>The same as Mermaid</summary>\n\n```mermaid\n{mermaid(network)}```\n\n</details>",
        "## Where ePHI may live and travel",
        "Everything that can hold data, and every connection that can carry it; your own records say which of it is ePHI. "
        "Proposed rules ask for such an inventory and map, reviewed every 12 months (proposed, 90 FR 898). As CSV or JSON: "
        f"`python -m blueprint reach {name} --inventory csv`.",
        inventory(network).markdown(),
    )
    return "\n" + "\n\n".join(parts) + "\n"


def run(workspace: Workspace, *, check: bool) -> int:
    """Write the pages, or with `check` only report those that are out of date; return the exit code."""
    stale = False
    for path, content in pages(workspace):
        file = workspace.root / "docs" / path
        present = file.read_text(encoding="utf-8") if file.is_file() else ""
        if present == content:
            continue
        stale = True
        name = f"docs/{path}"
        if check:
            diff = difflib.unified_diff(
                present.splitlines(), content.splitlines(), name, "generated", lineterm="", n=1
            )
            print(f"{name} is out of date; write it again: python -m blueprint docs", file=sys.stderr)
            print("\n".join(list(diff)[:40]), file=sys.stderr)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
            print(f"wrote {name}")
    return int(stale and check)
