"""`python -m blueprint reach STACK [SOURCE DEST[:PORT]]`: one question, or who reaches whom."""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rich.text import Text

import settings
from blueprint import stacks, text
from blueprint.reach.claims import Network, stopped
from blueprint.reach.inventory import Inventory, inventory
from blueprint.reach.questions import Answer, UnknownPlaceError
from blueprint.reach.questions import Path as Way
from blueprint.reach.traffic import EVERYTHING, show, traffic
from blueprint.record import evaluate

AS_ASKED, NOT_AS_EXPECTED, BAD_INPUT, BROKEN_PROGRAM = 0, 1, 2, 3
_PORT: Final = re.compile(r"(?P<port>[0-9]{1,5})(?:/(?P<protocol>tcp|udp))?")


def run(root: Path, options: argparse.Namespace) -> int:
    """Answer and return the exit code."""
    if (options.source is None) != (options.target is None):
        print("reach: name both SOURCE and DEST, or neither for the whole table", file=sys.stderr)
        return BAD_INPUT
    if options.expect and options.source is None:
        print("reach: --expect needs SOURCE and DEST", file=sys.stderr)
        return BAD_INPUT
    try:
        file = stacks.read(root, options.stack)
        settings.parse(file.config, file=file.path.name)
    except (stacks.StackFileError, settings.SettingsError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    try:
        network = Network(evaluate(root / "__main__.py", file.config, stack=file.stack, project=file.project))
    except Exception:
        print(f"__main__.py failed for stack {file.stack}:\n{traceback.format_exc()}", file=sys.stderr)
        return BROKEN_PROGRAM
    if options.inventory:
        print(_inventory(inventory(network), options.inventory), end="")
        return AS_ASKED
    if options.source is None:
        return _matrix(network, as_json=options.json)
    return _one(network, options)


# One question.


def _one(network: Network, options: argparse.Namespace) -> int:
    name, asked = _target(options.target)
    if not asked:
        print(f"reach: {options.target}: a port is 0 to 65535", file=sys.stderr)
        return BAD_INPUT
    try:
        source = network.ask.place(options.source)
        try:
            target = network.ask.place(options.target)
            asked = EVERYTHING
        except UnknownPlaceError:
            target = network.ask.place(name)
    except UnknownPlaceError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    answer = network.ask.ask(source, target, asked)
    if options.json:
        print(json.dumps(as_data(answer), indent=2))
    else:
        _show(answer, asked)
    return NOT_AS_EXPECTED if options.expect and options.expect != answer.verdict else AS_ASKED


def _target(written: str) -> tuple[str, int]:
    name, _, port = written.rpartition(":")
    found = _PORT.fullmatch(port)
    if not name or found is None:
        return written, EVERYTHING
    number = int(found["port"])
    return name, traffic(found["protocol"] or "tcp", number, number) if number < 65_536 else 0


def _show(answer: Answer, asked: int) -> None:
    out = text.console()
    on = "" if asked == EVERYTHING else f" on {show(asked)}"
    style = {"yes": "bold green", "no": "bold red"}.get(answer.verdict, "bold yellow")
    via = ""
    if not answer.answered and answer.chains:
        via = f", through {', '.join(dict.fromkeys(chain.hops[0].front for chain in answer.chains))}"
    out.print(
        Text.assemble(
            (answer.source, "bold"), " → ", (answer.target, "bold"), f"{on}: ", (answer.verdict, style), via
        )
    )
    for path in answer.paths:
        out.print(Text.assemble("\n  directly on ", (show(path.traffic), "bold")))
        _steps(path, out)
        if path.silent:
            out.print(Text(f"    no reply: {path.silent.name} {path.silent.detail}", style="yellow"))
    for chain in answer.chains:
        out.print(Text.assemble("\n  through ", (chain.text, "bold"), f" on {show(chain.traffic & asked)}"))
        for path in chain.paths:
            _steps(path, out)
    if not answer.paths:
        head = "\n  not directly: " if answer.chains else "\n  stopped: "
        for trace in answer.blocks[:1]:
            block = trace.block
            out.print(Text.assemble(head, (f"{block.name} {block.detail}" if block else "", "bold")))
            for step in trace.steps:
                out.print(Text(f"    passes {step.text()}", style="dim"))
    elif answer.partly:
        out.print(
            Text(f"\n  not from every address: {stopped(Answer('', '', (), answer.blocks))}", style="yellow")
        )


def _steps(path: Way, out: Any) -> None:
    for line in path.lines():
        out.print(Text(f"    {line}", style="dim"))


def as_data(answer: Answer) -> dict[str, object]:
    """Return an answer as plain data for JSON."""
    return {
        "source": answer.source,
        "target": answer.target,
        "reaches": answer.verdict,
        "direct": [
            {
                "traffic": show(path.traffic),
                "answered": show(path.answered),
                "path": path.lines(),
            }
            for path in answer.paths
        ],
        "through": [
            {
                "front": chain.text,
                "traffic": show(chain.traffic),
                "paths": [path.lines() for path in chain.paths],
            }
            for chain in answer.chains
        ],
        "stopped_by": [
            {
                "name": trace.block.name,
                "why": trace.block.detail,
                "after": [step.text() for step in trace.steps],
            }
            for trace in answer.blocks
            if trace.block
        ],
    }


# Who reaches whom.

Row = tuple[str, str, str, str]


def rows(network: Network) -> list[Row]:
    """Return source, target, traffic and what it goes through, like ones together."""
    model = network.model
    places = [*model.external(), *model.inside()]
    found: dict[tuple[str, str, str], list[str]] = {}
    for source in places:
        if source.kind == "aws":
            continue
        for target in places:
            if source is target or target.kind == "nat":
                continue
            answer = network.ask.ask(source, target)
            direct = answer.answered or answer.traffic
            through = ", ".join(dict.fromkeys(chain.hops[-1].front for chain in answer.chains))
            if direct:
                on = show(direct) + ("" if answer.answered else " (no reply)")
                found.setdefault((source.name, on, ""), []).append(target.name)
            elif through:
                found.setdefault((source.name, show(answer.through), through), []).append(target.name)
    alike: dict[tuple[str, str, str], list[str]] = {}
    for (source, on, through), targets in found.items():
        alike.setdefault((_names(targets), on, through), []).append(source)
    return [(_names(sources), targets, on, through) for (targets, on, through), sources in alike.items()]


def _names(names: list[str]) -> str:
    """Return names in one line; more than two of one kind by their kind and number."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(name.split(":", 1)[0] if ":" in name else name, []).append(name)
    return ", ".join(
        f"{kind}:* ({len(same)})" if len(same) > 2 else ", ".join(same) for kind, same in kinds.items()
    )


def _matrix(network: Network, *, as_json: bool) -> int:
    if as_json:
        places = [*network.model.external(), *network.model.inside()]
        answers = (network.ask.ask(one, other) for one in places for other in places if one is not other)
        print(json.dumps([as_data(answer) for answer in answers if answer.verdict != "no"], indent=2))
        return AS_ASKED
    out = text.console()
    table = text.sheet("From", "To", "On", "Through")
    for row in rows(network):
        table.add_row(*row)
    with out.capture() as captured:
        out.print(table)
    out.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
    for gap in network.model.gaps:
        print(f"not followed: {gap.text}")
    return AS_ASKED


# The inventory.


def _inventory(found: Inventory, form: str) -> str:
    if form == "json":
        return json.dumps(found.as_data(), indent=2) + "\n"
    if form == "markdown":
        return found.markdown() + "\n"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for line in _lines(found):
        writer.writerow(line)
    return out.getvalue()


def _lines(found: Inventory) -> Iterator[tuple[str, ...]]:
    """Yield one table for assets and flows alike, told apart by the first column."""
    yield ("kind", *Inventory.COLUMNS)
    yield from found.csv_rows()
