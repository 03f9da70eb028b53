"""The command line of the policies: they judge the state of a stack without a program and without AWS."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hipaa_policies import config, waivers
from hipaa_policies.catalog import ConfigError, controls
from hipaa_policies.judge import Report, judge
from hipaa_policies.sentences import deferrals, in_full
from hipaa_policies.state import StateError, resources_of

PASSED: Final = 0
FAILED: Final = 1
"""There are mandatory violations."""
UNUSABLE: Final = 2
"""A file is missing or malformed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 no violation, 1 violations, 2 an unusable file."""
    options = _parser().parse_args(arguments)
    try:
        report = _judge(options.state, options.config, options.waivers)
    except (StateError, ConfigError, OSError) as error:
        print(_fault(error, options), file=sys.stderr)
        return UNUSABLE
    _show(report)
    return PASSED if report.ok else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hipaa_policies", description="Controls that map to the HIPAA Security Rule, as code."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "judge", help="judge the state of a stack, written by `pulumi stack export`"
    )
    command.add_argument("state", help="the state file; - reads standard input")
    command.add_argument("--config", type=Path, help="policy configuration, as for --policy-pack-config")
    command.add_argument("--waivers", type=Path, help="accepted exceptions, a YAML file")
    return parser


def _judge(state: str, settings: Path | None, accepted: Path | None) -> Report:
    return judge(
        resources_of(_text(state)),
        config=config.read(settings) if settings else {},
        waivers=waivers.load(accepted) if accepted else None,
    )


def _text(state: str) -> str:
    if state == "-":
        return sys.stdin.read()
    try:
        return Path(state).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise StateError("expected a text file in UTF-8") from error


def _fault(error: Exception, options: argparse.Namespace) -> str:
    """Return the sentence that names the unusable file and what is wrong with it."""
    if isinstance(error, StateError):
        return f"{options.state}: {error}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
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
                print(f"- {in_full(violation, by_id.get(violation.policy))}")
            print()
    for sentence in deferrals(report):
        print(f"Not judged yet: {sentence}")
    checks = sum(tally.checked for tally in report.tallies)
    print(
        f"{report.resources} resources, {len(report.tallies)} controls, {checks} checks: "
        f"{len(report.violations)} violations."
    )
