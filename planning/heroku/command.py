"""The command `python -m planning heroku`."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, get_args

from planning.heroku.app import ImageKind, read_app
from planning.heroku.conversion import convert
from planning.heroku.problems import HerokuError, decode
from planning.heroku.render import render
from settings.errors import Problem

_FILES: Final = ("app.json", "Procfile", "heroku.yml")


def add_parser(commands: Any) -> None:
    """Add the command to the sub-commands of an argument parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "heroku",
        help="convert a Heroku app's app.json, Procfile and heroku.yml to sections of a stack file",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Print the sections as YAML, with comments about what to prepare and what cannot be converted.",
        epilog=textwrap.dedent("""\
            examples:
              python -m planning heroku ../my-app             reads app.json, Procfile and heroku.yml in this folder
              python -m planning heroku app.json Procfile > services.yaml
              python -m planning heroku --images dockerfile app.json Procfile

            Values that may be secret are never printed. exit code: 0 converted, 2 a file has mistakes
            """),
    )
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="app.json, a Procfile and heroku.yml, or their folder; files that are not given are read from the folder of the first "
        "one, if they are there",
    )
    parser.add_argument(
        "--images",
        choices=get_args(ImageKind),
        help="what will build the images: a process type is the entry point of an image that buildpacks made, and `command` in an "
        "image of a Dockerfile; by default dockerfile if heroku.yml names a Dockerfile or the stack is container",
    )


def run(files: Sequence[Path], images: ImageKind | None = None) -> int:
    """Print the converted app; return 0 if it was converted, 2 if a file has mistakes."""
    found = _found(files)
    names = {kind: found[kind].name if kind in found else kind for kind in _FILES}
    try:
        texts = {kind: _read(path) for kind, path in found.items()}
        app = read_app(
            decode(texts["app.json"], file=names["app.json"]) if "app.json" in texts else {},
            texts.get("Procfile"),
            texts.get("heroku.yml"),
            images=images,
            file=names["app.json"],
            procfile_name=names["Procfile"],
            heroku_yml_name=names["heroku.yml"],
        )
    except HerokuError as error:
        print(error, file=sys.stderr)
        return 2
    read = [names[kind] for kind in found]
    sys.stdout.write(
        render(convert(app), source=" and ".join(filter(None, (", ".join(read[:-1]), read[-1]))))
    )
    return 0


def _found(files: Sequence[Path]) -> dict[str, Path]:
    """Return the files to read by their kind: the given ones, and those in the folder of the first one."""
    given: dict[str, Path] = {}
    for path in files:
        if path.is_dir() and len(files) == 1 and any((path / name).is_file() for name in _FILES):
            continue
        kinds = {".json": "app.json", ".yml": "heroku.yml", ".yaml": "heroku.yml"}
        given[kinds.get(path.suffix.lower(), "Procfile")] = path
    folder = files[0] if not given else files[0].parent
    beside = {name: folder / name for name in _FILES if (folder / name).is_file()}
    return {name: path for name in _FILES if (path := given.get(name, beside.get(name)))}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        problem = Problem(path.name, "(file)", f"{path}: {reason}", "a file that can be read")
    except UnicodeDecodeError:
        problem = Problem(path.name, "(file)", "not UTF-8", "text in UTF-8")
    raise HerokuError([problem])
