"""The policy configuration of a stack: one file that Pulumi takes for every pack, and that the judge reads.

Pulumi gives each policy the settings under its own name. A control of one resource is a policy; the controls of the
whole stack are run by one policy for each pack (see `pack`), so their settings stand under that policy's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from hipaa_policies.catalog import LEVEL_KEY, ConfigError, Control, Pack, controls
from hipaa_policies.values import is_list, is_mapping

RELATIONS: Final = "-relations"
"""Ends the name of the policy that runs a pack's controls of the whole stack."""
NOTES: Final = "-notes"
"""Ends the name of the policy that tells what does not stop a deployment: waived, deferred, advisory."""


def relations_policy(pack: Pack) -> str:
    """Return the name of the policy that runs a pack's stack controls."""
    return f"{pack}{RELATIONS}"


def notes_policy(pack: Pack) -> str:
    """Return the name of the policy that tells what a pack lets pass."""
    return f"{pack}{NOTES}"


def schema(control: Control) -> dict[str, dict[str, Any]]:
    """Return a control's settings as JSON schema; each default is the strict value."""
    return cast("dict[str, dict[str, Any]]", _json(control.settings))


def relations_schema(pack: Pack) -> dict[str, dict[str, Any]]:
    """Return the settings of a pack's stack controls as JSON schema, one object for each control."""
    level = {"type": "string", "enum": ["mandatory", "advisory"], "default": "mandatory"}
    return {
        item.id: {
            "type": "object",
            "description": item.description,
            "additionalProperties": False,
            "default": {},
            "properties": {**schema(item), LEVEL_KEY: {**level, "default": item.level}},
        }
        for item in controls(pack)
        if item.stack_check is not None
    }


def flat(given: Mapping[str, Mapping[str, object]]) -> Mapping[str, Mapping[str, object]]:
    """Return settings by control id from settings by policy name.

    Raises:
        ConfigError: a stack control stands alone, where Pulumi would not find it, or a group holds what is none of its.
    """
    known = {item.id: item for item in controls()}
    groups: dict[str, Pack] = {relations_policy(pack): pack for pack in _packs()}
    found: dict[str, Mapping[str, object]] = {}
    problems: list[str] = []
    for name, settings in given.items():
        pack = groups.get(name)
        control = known.get(name)
        if pack is not None:
            if settings.get(LEVEL_KEY, "mandatory") != "mandatory":
                problems.append(f"{name}: {LEVEL_KEY} must be mandatory; lower single controls inside it")
            for inner, inner_settings in settings.items():
                if inner == LEVEL_KEY:
                    continue
                fault = _group_fault(known.get(inner), pack, inner_settings)
                if fault:
                    problems.append(f"{name}: {inner} {fault}")
                else:
                    found[inner] = cast("Mapping[str, object]", inner_settings)
        elif control is not None and control.stack_check is not None:
            group = relations_policy(control.pack)
            problems.append(f"{name} is a control of the whole stack: its settings belong under {group}")
        else:
            found[name] = settings
    if problems:
        raise ConfigError(tuple(problems))
    return found


def read(path: Path) -> Mapping[str, Mapping[str, object]]:
    """Read a configuration file and return its settings by control id.

    Every entry states its level: the engine gives each pack the whole file, and refuses it with `invalid enforcement
    level ""` at an entry without one for a policy that the pack lacks (`analyzer.Configure` of the CLI, 3.274.1:
    https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/analyzer_plugin.go).

    Raises:
        ConfigError: the file is no JSON object of objects, an entry states no level, or `flat` refuses it.
        OSError: the file cannot be read.
    """
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError((f"it is no JSON: {error}",)) from error
    if not is_mapping(content):
        raise ConfigError(("expected a mapping of policies to their settings, found something else",))
    # Pulumi takes a level alone for an entry, as in "instance-is-monitored-in-detail": "advisory".
    content = {
        name: {LEVEL_KEY: entry} if isinstance(entry, str) else entry for name, entry in content.items()
    }
    wrong = [name for name, settings in content.items() if not is_mapping(settings)]
    if wrong:
        raise ConfigError(
            tuple(f"{name}: expected a level or a mapping of settings to values" for name in wrong)
        )
    entries = cast("Mapping[str, Mapping[str, object]]", content)
    silent = [name for name, settings in entries.items() if LEVEL_KEY not in settings]
    if silent:
        raise ConfigError(
            tuple(
                f"{name}: {LEVEL_KEY} must be stated, because Pulumi refuses the file for packs without {name}"
                for name in silent
            )
        )
    return flat(entries)


def _group_fault(control: Control | None, pack: Pack, settings: object) -> str | None:
    if control is None or control.pack != pack or control.stack_check is None:
        return f"is not a control that the pack {pack} applies to the whole stack"
    return None if is_mapping(settings) else "must be a mapping of settings to values"


def _packs() -> Iterator[Pack]:
    known: set[Pack] = {item.pack for item in controls()}
    yield from known


def _json(value: object) -> object:
    """Return a value as JSON has it: tuples as lists, all mappings as dicts."""
    if is_mapping(value):
        return {key: _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if is_list(value) else value
