"""The hooks through which `blueprint` reads this repository's stacks. `pyproject.toml` refers to `HOOKS`."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence

from blueprint.stacks import StackError, StackFile
from blueprint.workspace import Description, Hooks
from settings import Settings, SettingsError, parse, samples
from stack.controls import origins, parameters
from stack.intent import intent


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


def conflicts(files: Sequence[StackFile]) -> Iterator[tuple[Collection[str], str]]:
    """Yield a message for everything that only one stack may have and several stacks have, with the names of these stacks.

    Stacks with wrong settings are left out.
    """
    sharing: dict[str, list[StackFile]] = {}
    for file in files:
        with contextlib.suppress(StackError):
            for reason in _claims(_parse(file)):
                sharing.setdefault(reason, []).append(file)
    for reason, several in sharing.items():
        if len(several) > 1:
            yield (
                {file.stack for file in several},
                f"{', '.join(file.path.name for file in several)}: {reason}",
            )


def _claims(settings: Settings) -> Iterator[str]:
    """Yield what no other stack may have, as the reason for which two stacks that have it conflict."""
    place = f"account {settings.account_id} in {settings.region}"
    if settings.audit.owns_account:
        yield (
            f"hipaa:audit.owns_account is true in each, but only one stack may own {place}: AWS refuses a second recorder "
            "and detector"
        )
    yield f"hipaa:environment is {settings.environment} in each, but names of resources of {place} contain it"
    if settings.edge:
        yield (
            f"hipaa:edge.domain is {settings.edge.domain} in each, but a hosted zone has one record of each name "
            f"({settings.edge.zone_id})"
        )


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


HOOKS = Hooks(describe=describe, conflicts=conflicts, pages=pages)
