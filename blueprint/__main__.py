"""Command line: `python -m blueprint preview [STACK…]`, `docs`, `heroku`, `capacity`."""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint import ROOT

if TYPE_CHECKING:
    import settings
    from blueprint import stacks
    from blueprint.preview import Preview

# Commands import what they need themselves: help comes at once, and so do mistakes in a stack file.

CLEAN, FINDINGS, BAD_SETTINGS = 0, 1, 2


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run one command and return its exit code: 0 clean, 1 findings, 2 bad settings or bad usage."""
    options = _parser().parse_args(arguments)
    if options.command == "docs":
        from blueprint import docs

        return docs.run(root, check=options.check)
    if options.command == "heroku":
        from blueprint import heroku

        return heroku.run(options.app_json, options.procfile)
    if options.command == "capacity":
        from blueprint import capacity

        return capacity.run(root, options)
    return preview(root, options.stacks, json_file=options.json, markdown_file=options.markdown)


def _parser() -> argparse.ArgumentParser:
    from blueprint import capacity, heroku

    parser = argparse.ArgumentParser(
        prog="python -m blueprint",
        description="The program without a cloud: what each stack would build, and whether it passes.",
        epilog="Nothing is looked up or changed: no AWS account, no Pulumi CLI and no network are needed.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    look = commands.add_parser(
        "preview",
        help="show what stacks would build, their addresses, logs, protection and findings",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Evaluate the real __main__.py with each stack's Pulumi.<stack>.yaml and judge the result.",
        epilog=textwrap.dedent("""\
            examples:
              python -m blueprint preview                        every stack that has a file here
              python -m blueprint preview prod                   one stack
              python -m blueprint preview --json - | jq .        as data
              python -m blueprint preview prod --markdown pr.md  for a pull request's comment

            exit code: 0 nothing found, 1 a control has findings, 2 the settings are wrong
            """),
    )
    look.add_argument(
        "stacks", nargs="*", metavar="STACK", help="stacks to show (default: every Pulumi.<stack>.yaml)"
    )
    look.add_argument(
        "--json", metavar="FILE", help="write everything as JSON; - writes it to standard output"
    )
    look.add_argument(
        "--markdown", metavar="FILE", help="write everything as Markdown; - writes it to standard output"
    )
    docs = commands.add_parser("docs", help="write the generated pages under docs/ again")
    docs.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where a page is out of date"
    )
    heroku.add_parser(commands)
    capacity.add_parser(commands)
    return parser


def preview(root: Path, names: Sequence[str], *, json_file: str | None, markdown_file: str | None) -> int:
    """Show stacks; every mistake in every named stack's settings is reported before anything is evaluated."""
    chosen = _read(root, list(dict.fromkeys(names)))
    if chosen is None:
        return BAD_SETTINGS

    from blueprint import markdown, text
    from blueprint.preview import look

    progress = text.console(stderr=True)
    previews: list[Preview] = []
    for file, stack_settings in chosen:
        with progress.status(f"Evaluating {file.stack} …"):
            previews.append(look(file, stack_settings, root))

    if json_file:
        _write(json_file, json.dumps({"stacks": [as_data(item) for item in previews]}, indent=2) + "\n")
    if markdown_file:
        _write(markdown_file, "\n".join(markdown.page(item) for item in previews))
    if "-" not in (json_file, markdown_file):
        out = text.console()
        for item in previews:
            text.show(item, out)
    return CLEAN if all(item.clean for item in previews) else FINDINGS


def _read(root: Path, names: Sequence[str]) -> list[tuple[stacks.StackFile, settings.Settings]] | None:
    import settings
    from blueprint import stacks

    found: list[tuple[stacks.StackFile, settings.Settings]] = []
    faults: list[str] = []
    names = names or stacks.names(root)
    if not names:
        faults.append("There is no Pulumi.<stack>.yaml here; `pulumi stack init dev` makes one.")
    for name in names:
        try:
            file = stacks.read(root, name)
            found.append((file, settings.parse(file.config, file=file.path.name)))
        except (stacks.StackFileError, settings.SettingsError) as error:
            faults.append(str(error))
    if faults:
        print("\n\n".join(faults), file=sys.stderr)
        return None
    return found


def as_data(preview: Preview) -> dict[str, object]:
    """Return a preview as plain data for JSON."""
    return {**dataclasses.asdict(preview), "clean": preview.clean}


def _write(file: str, content: str) -> None:
    if file == "-":
        sys.stdout.write(content)
    else:
        Path(file).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    # The process ends in a moment and needs little memory; collecting garbage would take a third of its time.
    gc.disable()
    sys.exit(main())
