"""The generated pages under docs/: the settings reference, the controls and one page for each stack."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

import settings
from blueprint import controls, markdown, stacks
from blueprint.preview import of, program
from blueprint.reach.claims import Network
from blueprint.reach.draw import mermaid, svg
from blueprint.reach.inventory import inventory
from settings.reference import Entry, entries

_NOTICE = "<!-- Written by `python -m blueprint docs`. -->\n\n"


def pages(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield every generated page with its content."""
    yield root / "docs" / "settings.md", _NOTICE + settings_page()
    for name in stacks.names(root):
        file = stacks.read(root, name)
        chosen = settings.parse(file.config, file=file.path.name)
        record = program(file, root)
        if name == controls.STACK:
            for path, content in controls.pages(record, root):
                yield path, _NOTICE + content if path.suffix == ".md" else content
        network = Network(record)
        page = markdown.page(of(record, file, chosen, root)) + network_part(network, name)
        yield root / "docs" / "stacks" / f"{name}.md", _NOTICE + page
        yield root / "docs" / "stacks" / f"{name}-network.svg", svg(network, f"Network of stack {name}")


def network_part(network: Network, name: str) -> str:
    """Return the part of a stack's page with its network map and its inventory of ePHI."""
    parts = (
        "## Network map",
        f"![Network of stack {name}]({name}-network.svg)",
        "Arrows are connections that routes, ACLs and security groups let through, with TCP ports unless told otherwise. "
        "What every service may do (AWS's services, the internet, the public entry) is left out.",
        f"<details><summary>The same as Mermaid</summary>\n\n```mermaid\n{mermaid(network)}```\n\n</details>",
        "## Where ePHI may live and travel",
        "Everything that can hold data, and every connection that can carry it; what of it is ePHI, your own records say. "
        "Proposed rules ask for such an inventory and map, reviewed every 12 months (proposed, 90 FR 898). As CSV or JSON: "
        f"`python -m blueprint reach {name} --inventory csv`.",
        inventory(network).markdown(),
    )
    return "\n" + "\n\n".join(parts) + "\n"


def run(root: Path, *, check: bool) -> int:
    """Write the pages, or with `check` only tell which are out of date; return the exit code."""
    stale = False
    for path, content in pages(root):
        found = path.read_text(encoding="utf-8") if path.is_file() else ""
        if found == content:
            continue
        stale = True
        name = path.relative_to(root).as_posix()
        if check:
            diff = difflib.unified_diff(
                found.splitlines(), content.splitlines(), name, "generated", lineterm="", n=1
            )
            print(f"{name} is out of date; write it again: python -m blueprint docs", file=sys.stderr)
            print("\n".join(list(diff)[:40]), file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            print(f"wrote {name}")
    return int(stale and check)


def settings_page() -> str:
    """Return the reference of every key that a stack file may have."""
    parts = [
        "# Settings",
        "Every key that `Pulumi.<stack>.yaml` may have under `config:`. A key without a default is required. What is not "
        "listed is refused, and all mistakes are told at once. Encryption, TLS, six-year retention, the private data tier, "
        "IMDSv2 and key rotation have no key: nothing turns them off.",
    ]
    section: list[Entry] = []
    for entry in entries():
        if entry.section and section:
            parts.append(_table(section))
            section = []
        if entry.section:
            parts.append(f"## `{entry.path}`")
            parts.append(entry.meaning)
        else:
            section.append(entry)
    parts.append(_table(section))
    return "\n\n".join(parts) + "\n"


def _table(section: list[Entry]) -> str:
    rows = ((f"`{item.path}`", item.allowed, item.default, item.meaning) for item in section)
    return markdown.table(("Key", "Allowed", "Default", "Meaning"), rows)
