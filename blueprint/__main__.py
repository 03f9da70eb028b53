"""Command line: `python -m blueprint preview [STACK…]`, `reach`, `evidence`, `policy-config`, `docs`."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

from blueprint import usage
from blueprint.imports import install

if TYPE_CHECKING:
    from io import TextIOWrapper

    from blueprint.preview import Preview
    from blueprint.workspace import Stack, Workspace

# Each command imports what it needs, so that help and mistakes in a stack file appear without delay.

CLEAN, FINDINGS, BAD_SETTINGS, BROKEN_PROGRAM = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None, root: Path | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: Arguments of the command line.
        root: Folder of the Pulumi project; by default the current folder.

    Returns:
        0 if nothing is wrong, 1 for findings, 2 for wrong settings or usage, 3 if the program fails.
    """
    options = usage.parser().parse_args(arguments)

    from blueprint.stacks import StackError
    from blueprint.workspace import Workspace, WorkspaceError

    try:
        workspace = Workspace.at(root or Path.cwd())
        if options.command == "docs":
            from blueprint import docs

            return docs.run(workspace, check=options.check)
        if options.command == "policy-config":
            return policy_config(workspace, options.stack)
        if options.command == "evidence":
            return evidence(workspace, options.stacks, Path(options.out))
        if options.command == "reach":
            from blueprint import reach_cli

            return reach_cli.run(workspace, options)
        return preview(workspace, options.stacks, json_file=options.json, markdown_file=options.markdown)
    except (WorkspaceError, StackError) as error:
        print(error, file=sys.stderr)
        return BAD_SETTINGS


def policy_config(workspace: Workspace, name: str) -> int:
    """Print the parameters of the controls for a stack, as `pulumi --policy-pack-config` reads them."""
    from hipaa_policies.config import for_engine

    print(json.dumps(for_engine(workspace.parameters_of(workspace.stack(name))), indent=2))
    return CLEAN


def evidence(workspace: Workspace, names: Sequence[str], out: Path) -> int:
    """Write the evidence about stacks; all mistakes in the settings of all stacks are reported before."""
    selected = _stacks(workspace, list(dict.fromkeys(names)))
    if selected is None:
        return BAD_SETTINGS

    from blueprint import evidence as files

    return files.run(workspace, selected, out)


def preview(
    workspace: Workspace, names: Sequence[str], *, json_file: str | None, markdown_file: str | None
) -> int:
    """Show stacks; all mistakes in the settings of all stacks are reported before anything is evaluated."""
    selected = _stacks(workspace, list(dict.fromkeys(names)))
    if selected is None or not _writable(json_file, markdown_file):
        return BAD_SETTINGS

    from blueprint import page, quotas, text
    from blueprint.preview import preview_stack
    from blueprint.stacks import StackError

    progress = text.console(stderr=True)
    previews: list[Preview] = []
    for stack in selected:
        try:
            with progress.status(f"Evaluating {stack.name} …"):
                previews.append(preview_stack(workspace, stack))
        except StackError:
            raise
        except Exception:
            print(stack.failure(), file=sys.stderr)
            return BROKEN_PROGRAM

    used = list(
        quotas.uses(((item.account, item.stack, item.quotas) for item in previews), workspace.hooks.quotas)
    )
    if json_file:
        data = {"stacks": [as_data(item) for item in previews], "quotas": [item.as_data() for item in used]}
        _write(json_file, json.dumps(data, indent=2) + "\n")
    if markdown_file:
        _write(markdown_file, "\n".join([*(page.page(item) for item in previews), *page.quotas(used)]))
    if "-" not in (json_file, markdown_file):
        out = text.console()
        for item in previews:
            text.show(item, out)
        text.show_quotas(used, out)
        if len(previews) > 1:
            text.show_answers(previews, out)
    return CLEAN if all(item.clean for item in previews) else FINDINGS


def _stacks(workspace: Workspace, names: Sequence[str]) -> list[Stack] | None:
    """Return the stacks to show; None, after printing every mistake, if their settings or the waivers are wrong."""
    from blueprint import stacks
    from blueprint.verdict import waivers_of

    selected: list[Stack] = []
    faults: list[str] = []
    names = names or stacks.names(workspace.root)
    if not names:
        faults.append(
            "There is no Pulumi.<stack>.yaml in this folder. Run the command in the folder of a Pulumi project; "
            "`pulumi stack init dev` creates a stack and its file."
        )
    for name in names:
        try:
            selected.append(workspace.stack(name))
        except stacks.StackError as error:
            faults.append(str(error))
    try:
        waivers_of(workspace.waivers_file)
    except stacks.StackError as error:
        faults.append(str(error))
    if not faults:
        conflicts = list(workspace.hooks.conflicts(workspace.files()))
        faults.extend(item.message for item in conflicts if item.is_error and item.stacks & set(names))
        selected = [stack.with_warnings(conflicts) for stack in selected]
    if faults:
        print("\n\n".join(faults), file=sys.stderr)
        return None
    return selected


def _writable(*files: str | None) -> bool:
    """Return whether results can be written; if not, say why. It is called before anything is evaluated."""
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


def run() -> NoReturn:
    """Run the command line and end the process."""
    # The process is short and needs little memory; collecting garbage would take a third of its time.
    gc.disable()
    install()
    # A terminal without box characters gets replacements for them.
    for stream in (sys.stdout, sys.stderr):
        cast("TextIOWrapper", stream).reconfigure(errors="replace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has closed the pipe, as `| head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = CLEAN
    sys.stderr.flush()
    # Nothing is left to close, and a regular exit would take a second to free the SDK's many classes.
    os._exit(code)


if __name__ == "__main__":
    run()
