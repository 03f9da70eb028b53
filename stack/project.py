"""The hooks through which `blueprint` reads this repository's stacks. `pyproject.toml` refers to `HOOKS`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from blueprint.stacks import StackError, StackFile
from blueprint.workspace import Conflict, Description, Hooks
from settings import Settings, SettingsError, parse, samples
from stack.conflicts import Candidate, find
from stack.controls import origins, parameters
from stack.intent import intent
from stack.quotas import QUOTAS


def describe(file: StackFile) -> Description:
    """Check a stack's settings and describe it.

    Raises:
        StackError: The settings are wrong; the message lists every mistake.
    """
    settings = _parse(file)
    return Description(
        account=settings.account_id,
        environment=settings.environment,
        intent=intent(settings),
        controls=parameters(settings),
        settings=origins(settings),
        warnings=(*samples.warnings(settings), *settings.warnings),
    )


def conflicts(files: Sequence[StackFile]) -> Iterator[Conflict]:
    """Yield the conflicts of several stacks. Stacks with wrong settings are left out."""
    candidates: list[Candidate] = []
    for file in files:
        with contextlib.suppress(StackError):
            candidates.append(Candidate(file.stack, file.path.name, _parse(file)))
    yield from find(candidates)


def pages(_files: Sequence[StackFile]) -> Iterable[tuple[str, str]]:
    """Yield names and contents of the generated settings reference and of the JSON Schema of stack files."""
    from settings import schema
    from stack.reference import page

    yield "settings.md", page()
    yield "stack.schema.json", schema.text()


def _parse(file: StackFile) -> Settings:
    try:
        return parse(file.config, file=file.path.name, project=file.project, stack=file.stack)
    except SettingsError as error:
        raise StackError(str(error)) from error


HOOKS = Hooks(describe=describe, conflicts=conflicts, pages=pages, quotas=QUOTAS)
