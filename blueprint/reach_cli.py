"""`python -m blueprint reach STACK [SOURCE DEST[:PORT]]`: one question, or a table of who reaches whom."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import replace
from typing import Final

from rich.console import Console
from rich.text import Text

from blueprint import text
from blueprint.reach.answers import Answer, Path
from blueprint.reach.inventory import Inventory, inventory
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.questions import UnknownPlaceError
from blueprint.reach.traffic import EVERYTHING, show, traffic
from blueprint.verdict import waivers_of
from blueprint.workspace import Workspace

AS_ASKED, NOT_AS_EXPECTED, BAD_INPUT, BROKEN_PROGRAM = 0, 1, 2, 3
_PORT: Final = re.compile(r"(?P<port>[0-9]{1,5})(?:/(?P<protocol>tcp|udp))?")


def run(workspace: Workspace, options: argparse.Namespace) -> int:
    """Answer and return the exit code.

    Raises:
        StackError: The stack's file, its settings or the waivers are wrong.
    """
    if (options.source is None) != (options.target is None):
        print("reach: name both SOURCE and DEST, or neither for the whole table", file=sys.stderr)
        return BAD_INPUT
    if options.expect and options.source is None:
        print("reach: --expect needs SOURCE and DEST", file=sys.stderr)
        return BAD_INPUT
    stack = workspace.stack(options.stack)
    waivers_of(workspace.waivers_file)
    try:
        record = workspace.evaluate(stack)
    except Exception:
        print(stack.failure(), file=sys.stderr)
        return BROKEN_PROGRAM
    network = RecordedNetwork(record, stack.description.intent)
    if options.inventory:
        print(_inventory(inventory(network), options.inventory), end="")
        return AS_ASKED
    if options.source is None:
        return _matrix(network, as_json=options.json)
    return _one(network, options)


# One question.


def _one(network: RecordedNetwork, options: argparse.Namespace) -> int:
    name, requested = _target(options.target)
    if not requested:
        print(f"reach: {options.target}: a port is 0 to 65535", file=sys.stderr)
        return BAD_INPUT
    try:
        source = network.ask.place(options.source)
        try:
            target = network.ask.place(options.target)
            requested = EVERYTHING
        except UnknownPlaceError:
            target = network.ask.place(name)
    except UnknownPlaceError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    answer = network.ask.ask(source, target, requested)
    if options.json:
        print(json.dumps(as_data(answer), indent=2))
    else:
        _show(answer, requested)
    return NOT_AS_EXPECTED if options.expect and options.expect != answer.verdict else AS_ASKED


def _target(written: str) -> tuple[str, int]:
    """Return the name of a place and the traffic; no traffic if the port is out of range."""
    name, _, port = written.rpartition(":")
    match = _PORT.fullmatch(port)
    if not name or match is None:
        return written, EVERYTHING
    number = int(match["port"])
    return name, traffic(match["protocol"] or "tcp", number, number) if number < 65_536 else 0


def _show(answer: Answer, requested: int) -> None:
    out = text.console()
    on = "" if requested == EVERYTHING else f" on {show(requested)}"
    style = {"yes": "bold green", "no": "bold red"}.get(answer.verdict, "bold yellow")
    via = ""
    if not answer.two_way_traffic and answer.chains:
        via = f", through {', '.join(dict.fromkeys(chain.hops[0].load_balancer for chain in answer.chains))}"
    out.print(
        Text.assemble(
            (answer.source, "bold"), " → ", (answer.target, "bold"), f"{on}: ", (answer.verdict, style), via
        )
    )
    for path in answer.paths:
        out.print(Text.assemble("\n  directly on ", (show(path.traffic), "bold")))
        _steps(path, out)
        if path.reply_block:
            out.print(
                Text(f"    no reply: {path.reply_block.name} {path.reply_block.detail}", style="yellow")
            )
    for chain in answer.chains:
        out.print(
            Text.assemble("\n  through ", (chain.text, "bold"), f" on {show(chain.traffic & requested)}")
        )
        for path in chain.paths:
            _steps(path, out)
    if not answer.paths:
        head = "\n  not directly: " if answer.chains else "\n  stopped: "
        for trace in answer.blocks[:1]:
            block = trace.block
            out.print(Text.assemble(head, (f"{block.name} {block.detail}" if block else "", "bold")))
            for step in trace.steps:
                out.print(Text(f"    passes {step.text()}", style="dim"))
    elif answer.is_partial:
        stopped = replace(answer, paths=(), chains=()).block_text
        out.print(Text(f"\n  not from every address: {stopped}", style="yellow"))


def _steps(path: Path, out: Console) -> None:
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
                "answered": show(path.two_way_traffic),
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


def rows(network: RecordedNetwork) -> list[Row]:
    """Return source, target, traffic and load balancer of every connection; rows that differ in names are merged."""
    places = [*network.model.external(), *network.model.inside()]
    targets: dict[tuple[str, str, str], list[str]] = {}
    for source in places:
        if source.kind == "aws":
            continue
        for target in places:
            if source is target or target.kind == "nat":
                continue
            answer = network.ask.ask(source, target)
            direct = answer.two_way_traffic or answer.traffic
            through = ", ".join(dict.fromkeys(chain.hops[-1].load_balancer for chain in answer.chains))
            if direct:
                on = show(direct) + ("" if answer.two_way_traffic else " (no reply)")
                targets.setdefault((source.name, on, ""), []).append(target.name)
            elif through:
                targets.setdefault((source.name, show(answer.forwarded), through), []).append(target.name)
    sources: dict[tuple[str, str, str], list[str]] = {}
    for (source, on, through), names in targets.items():
        sources.setdefault((_joined(names), on, through), []).append(source)
    return [(_joined(names), target, on, through) for (target, on, through), names in sources.items()]


def _joined(names: list[str]) -> str:
    """Return names on one line; more than two names of one kind become the kind and their number."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(name.split(":", 1)[0] if ":" in name else name, []).append(name)
    return ", ".join(
        f"{kind}:* ({len(same)})" if len(same) > 2 else ", ".join(same) for kind, same in kinds.items()
    )


def _matrix(network: RecordedNetwork, *, as_json: bool) -> int:
    if as_json:
        places = [*network.model.external(), *network.model.inside()]
        answers = (network.ask.ask(one, other) for one in places for other in places if one is not other)
        print(json.dumps([as_data(answer) for answer in answers if answer.verdict != "no"], indent=2))
        return AS_ASKED
    out = text.console()
    table = text.report_table("From", "To", "On", "Through")
    for row in rows(network):
        table.add_row(*row)
    with out.capture() as captured:
        out.print(table)
    out.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
    for gap in network.model.gaps:
        print(f"not followed: {gap.text}")
    return AS_ASKED


# The inventory.


def _inventory(listed: Inventory, form: str) -> str:
    if form == "json":
        return json.dumps(listed.as_data(), indent=2) + "\n"
    if form == "markdown":
        return listed.markdown() + "\n"
    return listed.csv()
