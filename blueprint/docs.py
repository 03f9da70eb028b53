"""The generated pages under `docs/`: the catalog of controls, and the pages that the project adds."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator

from blueprint import controls
from blueprint.workspace import Workspace

_NOTICE = "<!-- Written by `python -m blueprint docs`. -->\n\n"


def pages(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Yield the path of every generated page within `docs/`, and its content."""
    yield "controls.md", _NOTICE + controls.page()
    for path, content in workspace.hooks.pages(workspace.files()):
        yield path, (_NOTICE if path.endswith(".md") else "") + content


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
