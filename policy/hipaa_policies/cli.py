"""The command line: list the controls, explain one, and judge a state file. It needs no program and no AWS account."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hipaa_policies import config, waivers
from hipaa_policies.catalog import PACKS, ConfigError, Pack, controls
from hipaa_policies.judge import Report, judge
from hipaa_policies.sentences import deferrals, full_message
from hipaa_policies.state import StateError, resources_of
from hipaa_policies.waivers import WaiverError

PASSED: Final = 0
FAILED: Final = 1
"""There are mandatory violations."""
UNUSABLE: Final = 2
"""A file is missing or malformed, or the control to explain does not exist."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code: `PASSED` (0), `FAILED` (1) or `UNUSABLE` (2).
    """
    options = _parser().parse_args(arguments)
    if options.command == "list":
        _list(options.pack)
        return PASSED
    if options.command == "explain":
        return _explain(options.control)
    try:
        report = _judge(options.state, options.config, options.waivers)
    except (StateError, ConfigError, WaiverError, OSError) as error:
        print(_fault(error, options), file=sys.stderr)
        return UNUSABLE
    _show(report)
    return PASSED if report.ok else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hipaa-policies",
        description="Controls for Pulumi programs on AWS that map to the HIPAA Security Rule.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    command = commands.add_parser("list", help="list the controls: id, pack, severity, title")
    command.add_argument("--pack", choices=PACKS, help="the controls of one pack only")
    command = commands.add_parser(
        "explain", help="show the requirement, the sources and the remediation of a control"
    )
    command.add_argument("control", help="the id of a control")
    command = commands.add_parser(
        "judge", help="judge the state of a stack, written by `pulumi stack export`"
    )
    command.add_argument("state", help="the state file; - reads standard input")
    command.add_argument("--config", type=Path, help="policy configuration, as for --policy-pack-config")
    command.add_argument("--waivers", type=Path, help="accepted exceptions, a YAML file")
    return parser


def _list(pack: Pack | None) -> None:
    listed = controls(pack)
    width = max(len(item.id) for item in listed)
    for item in listed:
        print(f"{item.id:{width}}  {item.pack:10}  {item.severity:8}  {item.title}")


def _explain(id_: str) -> int:
    by_id = {item.id: item for item in controls()}
    control = by_id.get(id_)
    if control is None:
        (nearest,) = difflib.get_close_matches(id_, by_id, n=1, cutoff=0)
        print(f"{id_}: no such control. The nearest is {nearest}.", file=sys.stderr)
        return UNUSABLE
    print(f"{control.id}: {control.title}\n\n{control.description}\n")
    print(f"Pack      {control.pack}, {control.level}, severity {control.severity}")
    print(f"Maps to   45 CFR {', '.join(control.citations)}")
    print(f"Fix       {control.remediation}")
    print(f"Sources   {', '.join(control.sources) or 'this project'}")
    if control.exemption is not None:
        print(f"Exempts   {control.exemption.text} {' '.join(control.exemption.sources)}")
    print("Judges")
    for type_, properties in control.types.items():
        print(f"  {type_}: {', '.join(properties) or 'that it exists'}")
    for name, schema in control.settings.items():
        print(f"Setting   {name}: {schema.get('description', schema['type'])}, default {schema['default']!r}")
    return PASSED


def _judge(state: str, config_file: Path | None, waiver_file: Path | None) -> Report:
    return judge(
        resources_of(_text(state)),
        config=config.read(config_file) if config_file else {},
        waivers=waivers.read(waiver_file) if waiver_file else None,
    )


def _text(state: str) -> str:
    if state == "-":
        return sys.stdin.read()
    try:
        return Path(state).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise StateError("expected a text file in UTF-8") from error


def _fault(error: Exception, options: argparse.Namespace) -> str:
    """Return a message that names the unusable file and its fault."""
    if isinstance(error, StateError):
        return f"{options.state}: {error}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, WaiverError):
        return str(error)
    return f"{options.config}: {error}"


def _show(report: Report) -> None:
    by_id = {item.id: item for item in controls()}
    for title, violations in (
        ("Violations", report.violations),
        ("Advisory", tuple(item for item in report.advisories if not item.deferred)),
        ("Accepted by a waiver", report.waived),
    ):
        if violations:
            print(f"{title} ({len(violations)})")
            for violation in violations:
                print(f"- {full_message(violation, by_id.get(violation.policy))}")
            print()
    for sentence in deferrals(report):
        print(f"Not judged yet: {sentence}")
    for note in report.notes:
        print(f"Note: {note}")
    checks = sum(tally.checked for tally in report.tallies)
    print(
        f"{report.resources} resources, {len(report.tallies)} controls, {checks} checks: "
        f"{len(report.violations)} violations."
    )
