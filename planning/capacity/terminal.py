"""A plan for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from planning.capacity import report
from planning.capacity.plan import Plan

WIDTH_WHEN_PIPED: Final = 100
"""Columns where the output is no terminal."""

_RIGHT_ALIGNED: Final = ("Needed", "Available", "Exceeded from")


def show(plan: Plan, raised: Plan, differences: report.Differences, out: Console | None = None) -> None:
    """Print a plan, the limits that it exceeds, and the settings that support the load.

    Args:
        plan: The plan on the current settings.
        raised: The plan on the raised settings.
        differences: The settings that differ between the two.
        out: Where to print; standard output if None.
    """
    out = out or _console()
    with out.capture() as captured:
        _show(plan, raised, differences, out)
    # rich pads lines with spaces to the width of their column.
    out.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_WHEN_PIPED
    return console


def _show(plan: Plan, raised: Plan, differences: report.Differences, out: Console) -> None:
    out.print()
    out.rule(Text(f" {plan.stack} ", style="bold"), align="left", characters="─")
    out.print(Text(f"{report.summary(plan)}."))
    _heading("Sizes", out)
    _table(report.SIZE_COLUMNS, report.size_rows(plan), out)
    _heading("Limits, in the order in which a growing load exceeds them", out)
    _table(report.LIMIT_COLUMNS, report.limit_rows(plan.limits), out)
    for note in plan.notes:
        out.print(Text.assemble(("Note: ", "yellow"), note))
    _heading("Settings to change", out)
    if differences:
        _table(report.DIFFERENCE_COLUMNS, report.difference_rows(differences), out)
    elif not plan.exceeded_limits:
        out.print("  None.")
    for limit in raised.exceeded_limits:
        label = ("no setting is enough  ", "bold red")
        out.print(_indented(Text.assemble(label, report.shortfall(limit))))
    answer = ("not supported  ", "bold red") if plan.exceeded_limits else ("supported  ", "bold green")
    out.print(_indented(Text.assemble(answer, report.first_limit(plan))))


def _heading(text: str, out: Console) -> None:
    out.print()
    out.print(Text(text, style="bold"))


def _indented(content: RenderableType) -> Padding:
    return Padding(content, (0, 0, 0, 2), expand=False)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], out: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in _RIGHT_ALIGNED else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(_indented(table))
