"""The command line `python -m planning`: `capacity` and `heroku`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from planning import ROOT
from planning.capacity import command as capacity
from planning.heroku import command as heroku

if TYPE_CHECKING:
    from io import TextIOWrapper


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "capacity":
        return capacity.run(root, options)
    return heroku.run(options.files, options.images)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m planning",
        description="Calculations on settings: what a load needs, and a Heroku app as sections of a stack file.",
        epilog="The commands need no AWS account, no Pulumi CLI and no network, and they change no stack.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    capacity.add_parser(commands)
    heroku.add_parser(commands)
    return parser


if __name__ == "__main__":
    # A terminal without box-drawing characters shows a replacement for each.
    for stream in (sys.stdout, sys.stderr):
        cast("TextIOWrapper", stream).reconfigure(errors="replace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe. Python would report it once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
