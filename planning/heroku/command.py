"""The command `python -m planning heroku`."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

from planning.heroku.app import read_app
from planning.heroku.conversion import convert
from planning.heroku.problems import HerokuError, decode
from planning.heroku.render import render
from settings.errors import Problem


def add_parser(commands: Any) -> None:
    """Add the command to the sub-commands of an argument parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "heroku",
        help="convert a Heroku app's app.json and Procfile to sections of a stack file",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Print the sections as YAML, with comments about what to prepare and what cannot be converted.",
        epilog=textwrap.dedent("""\
            examples:
              python -m planning heroku app.json             also reads the Procfile in the same folder
              python -m planning heroku app.json Procfile > services.yaml

            Values of config vars are never printed. exit code: 0 converted, 2 a file has mistakes
            """),
    )
    parser.add_argument("app_json", type=Path, metavar="APP.JSON", help="the app's manifest")
    parser.add_argument(
        "procfile",
        type=Path,
        nargs="?",
        metavar="PROCFILE",
        help="default: the Procfile in the folder of APP.JSON, if there is one",
    )


def run(app_json: Path, procfile: Path | None = None) -> int:
    """Print the converted app; return 0 if it was converted, 2 if a file has mistakes."""
    default = app_json.with_name("Procfile")
    if procfile is None and default.is_file():
        procfile = default
    try:
        document = decode(_read(app_json), file=app_json.name)
        commands = _read(procfile) if procfile else None
        app = read_app(
            document, commands, file=app_json.name, procfile_name=procfile.name if procfile else default.name
        )
    except HerokuError as error:
        print(error, file=sys.stderr)
        return 2
    source = f"{app_json.name} and {procfile.name}" if procfile else app_json.name
    sys.stdout.write(render(convert(app), source=source))
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        problem = Problem(path.name, "(file)", f"{path}: {reason}", "a file that can be read")
    except UnicodeDecodeError:
        problem = Problem(path.name, "(file)", "not UTF-8", "text in UTF-8")
    raise HerokuError([problem])
