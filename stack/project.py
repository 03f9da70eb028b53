"""The hooks through which `blueprint` reads this repository's stacks. `pyproject.toml` refers to `HOOKS`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import settings
from blueprint.stacks import StackError, StackFile
from blueprint.workspace import Description, Hooks
from settings import Settings, SettingsError, samples
from stack.intent import intent


def describe(file: StackFile) -> Description:
    """Check a stack's settings and describe it.

    Raises:
        StackError: The settings are wrong; the message lists every mistake.
    """
    chosen = _parse(file)
    return Description(
        account=chosen.account_id,
        environment=chosen.environment,
        intent=intent(chosen),
        warnings=(*samples.warnings(chosen), *chosen.warnings),
    )


def conflicts(files: Sequence[StackFile]) -> Iterator[tuple[Collection[str], str]]:
    """Yield a message for every account and region that more than one stack owns, with the names of these stacks.

    Stacks with wrong settings are left out.
    """
    owners: dict[tuple[str, str], list[StackFile]] = {}
    for file in files:
        try:
            chosen = _parse(file)
        except StackError:
            continue
        if chosen.audit.owns_account:
            owners.setdefault((chosen.account_id, chosen.region), []).append(file)
    for (account, region), owning in owners.items():
        if len(owning) > 1:
            yield (
                {file.stack for file in owning},
                f"{', '.join(file.path.name for file in owning)}: hipaa:audit.owns_account is true in each, but only one "
                f"stack may own account {account} in {region}: AWS refuses a second recorder and detector",
            )


def pages(_files: Sequence[StackFile]) -> Iterable[tuple[str, str]]:
    """Yield names and contents of the generated settings reference and of the JSON Schema of stack files."""
    from settings import schema
    from stack.reference import page

    yield "settings.md", page()
    yield "stack.schema.json", schema.text()


def _parse(file: StackFile) -> Settings:
    try:
        return settings.parse(file.config, file=file.path.name, project=file.project, stack=file.stack)
    except SettingsError as error:
        raise StackError(str(error)) from error


HOOKS = Hooks(describe=describe, conflicts=conflicts, pages=pages)
