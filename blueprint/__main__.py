"""Command line: `python -m blueprint preview [STACK…]`, `docs`, `reach`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gc
import json
import os
import sys
import textwrap
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from blueprint import ROOT
from blueprint.imports import import_less

if TYPE_CHECKING:
    from io import TextIOWrapper

    import settings
    from blueprint import stacks
    from blueprint.preview import Preview

# Commands import what they need themselves: help comes at once, and so do mistakes in a stack file.

CLEAN, FINDINGS, BAD_SETTINGS, BROKEN_PROGRAM = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run one command; return 0 if clean, 1 on findings, 2 on bad settings or usage, 3 if the program fails."""
    options = _parser().parse_args(arguments)
    if options.command == "docs":
        from blueprint import docs

        return docs.run(root, check=options.check)
    if options.command == "reach":
        from blueprint.reach import cli

        return cli.run(root, options)
    return preview(root, options.stacks, json_file=options.json, markdown_file=options.markdown)


def _parser() -> argparse.ArgumentParser:
    from blueprint.reach import usage

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

            exit code: 0 nothing found, 1 a control has findings, 2 the settings are wrong, 3 the program failed
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
    usage.add_parser(commands)
    return parser


def preview(root: Path, names: Sequence[str], *, json_file: str | None, markdown_file: str | None) -> int:
    """Show stacks; every mistake in every named stack's settings is reported before anything is evaluated."""
    chosen = _read(root, list(dict.fromkeys(names)))
    if chosen is None or not _writable(json_file, markdown_file):
        return BAD_SETTINGS

    from blueprint import markdown, text
    from blueprint.preview import look
    from blueprint.verdict import PolicyConfigError

    progress = text.console(stderr=True)
    previews: list[Preview] = []
    for file, stack_settings in chosen:
        try:
            with progress.status(f"Evaluating {file.stack} …"):
                previews.append(look(file, stack_settings, root))
        except PolicyConfigError as error:
            print(error, file=sys.stderr)
            return BAD_SETTINGS
        except Exception:
            print(f"__main__.py failed for stack {file.stack}:\n{traceback.format_exc()}", file=sys.stderr)
            return BROKEN_PROGRAM

    if json_file:
        _write(json_file, json.dumps({"stacks": [as_data(item) for item in previews]}, indent=2) + "\n")
    if markdown_file:
        _write(markdown_file, "\n".join(markdown.page(item) for item in previews))
    if "-" not in (json_file, markdown_file):
        out = text.console()
        for item in previews:
            text.show(item, out)
        if len(previews) > 1:
            text.show_answers(previews, out)
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
    if not faults:
        faults.extend(_shared_accounts(root, found))
    if faults:
        print("\n\n".join(faults), file=sys.stderr)
        return None
    return found


def _shared_accounts(root: Path, shown: list[tuple[stacks.StackFile, settings.Settings]]) -> list[str]:
    """Return a fault for every account that a shown stack owns together with another stack of the project."""
    import settings
    from blueprint import stacks

    owners: dict[tuple[str, str], list[str]] = {}
    for name in stacks.names(root):
        with contextlib.suppress(stacks.StackFileError, settings.SettingsError):
            file = stacks.read(root, name)
            found = settings.parse(file.config, file=file.path.name)
            if found.audit.owns_account:
                owners.setdefault((found.account_id, found.region), []).append(file.path.name)
    named = {file.path.name for file, _ in shown}
    return [
        f"{', '.join(files)}: hipaa:audit.owns_account is true in each, but only one stack may own account "
        f"{account} in {region}: AWS refuses a second recorder and detector"
        for (account, region), files in owners.items()
        if len(files) > 1 and named & set(files)
    ]


def _writable(*files: str | None) -> bool:
    """Tell whether results can be written, before anything is evaluated; say so where not."""
    if files.count("-") > 1:
        print(
            "--json - and --markdown - would mix on standard output: name a file for one of them",
            file=sys.stderr,
        )
        return False
    for file in files:
        if file and file != "-":
            try:
                Path(file).open("a", encoding="utf-8").close()
            except OSError as error:
                print(f"{file}: {error.strerror}", file=sys.stderr)
                return False
    return True


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
    import_less()
    # A terminal that knows no box characters gets something in their place.
    for stream in (sys.stdout, sys.stderr):
        cast("TextIOWrapper", stream).reconfigure(errors="replace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough, as `| head` has.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = CLEAN
    sys.stderr.flush()
    # Nothing is left to be closed, and taking the SDK's many classes apart would take a second.
    os._exit(code)
