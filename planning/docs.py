"""The generated pages in docs/capacity: one for each stack with services."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from blueprint import stacks
from planning import stack_settings
from planning.capacity.demand import CapacityPlanError
from planning.capacity.page import capacity_page
from settings import SettingsError

_NOTICE: Final = "<!-- Written by `python -m planning docs`. -->\n\n"
_MAX_DIFF_LINES: Final = 40


def pages(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the path and the content of every generated page."""
    for name in stacks.names(root):
        stack = stack_settings.read(root, name)
        if stack.compute and stack.services:
            yield root / "docs" / "capacity" / f"{name}.md", _NOTICE + capacity_page(stack, name)


def run(root: Path, *, check: bool) -> int:
    """Write the pages, or with `check` compare them only.

    Returns:
        0 if the pages are written or up to date, 1 if `check` finds an outdated page, 2 if the settings are wrong.
    """
    try:
        generated = list(pages(root))
    except (CapacityPlanError, stacks.StackError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    outdated = False
    for path, content in generated:
        existing = path.read_text(encoding="utf-8") if path.is_file() else ""
        if existing == content:
            continue
        name = path.relative_to(root).as_posix()
        if check:
            outdated = True
            _report(name, existing, content)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            print(f"wrote {name}")
    return int(outdated)


def _report(name: str, existing: str, content: str) -> None:
    lines = difflib.unified_diff(
        existing.splitlines(), content.splitlines(), name, "generated", lineterm="", n=1
    )
    print(f"{name} is out of date; to write it again: python -m planning docs", file=sys.stderr)
    print("\n".join(list(lines)[:_MAX_DIFF_LINES]), file=sys.stderr)
