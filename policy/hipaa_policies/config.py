"""Read the policy configuration of a stack: one file for all packs, for Pulumi and for the judge.

Pulumi passes to each policy the settings under the name of that policy. Every resource control is a policy. The stack
controls of a pack run in one policy (see `pack`), so their settings are inside the entry of that policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from hipaa_policies.catalog import LEVEL_KEY, ConfigError, Control, Pack, controls
from hipaa_policies.values import is_list, is_mapping

RELATIONS: Final = "-relations"
"""Suffix of the policy that runs the stack controls of a pack."""
NOTES: Final = "-notes"
"""Suffix of the policy that reports what does not stop a deployment: waived, deferred and advisory findings."""


def relations_policy(pack: Pack) -> str:
    """Return the name of the policy that runs the stack controls of a pack."""
    return f"{pack}{RELATIONS}"


def notes_policy(pack: Pack) -> str:
    """Return the name of the policy that reports the waived, deferred and advisory findings of a pack."""
    return f"{pack}{NOTES}"


def schema(control: Control) -> dict[str, dict[str, Any]]:
    """Return the settings of a control as JSON schema; each default is the strictest value."""
    return cast("dict[str, dict[str, Any]]", _json(control.settings))


def relations_schema(pack: Pack) -> dict[str, dict[str, Any]]:
    """Return the settings of the stack controls of a pack as JSON schema, one object for each control.

    A control with two checks has all its settings at the top level.
    """
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
        if item.resource_check is None
    }


def flatten_settings(entries: Mapping[str, Mapping[str, object]]) -> Mapping[str, Mapping[str, object]]:
    """Return the settings by control id, from settings by policy name.

    Raises:
        ConfigError: the settings of a stack control are at the top level, where Pulumi ignores them, or the entry of a
            stack policy holds something else than its stack controls.
    """
    by_id = {item.id: item for item in controls()}
    groups: dict[str, Pack] = {relations_policy(pack): pack for pack in _packs()}
    flattened: dict[str, Mapping[str, object]] = {}
    problems: list[str] = []
    for name, settings in entries.items():
        pack = groups.get(name)
        control = by_id.get(name)
        if pack is not None:
            if settings.get(LEVEL_KEY, "mandatory") != "mandatory":
                problems.append(f"{name}: {LEVEL_KEY} must be mandatory; lower single controls inside it")
            for inner, inner_settings in settings.items():
                if inner == LEVEL_KEY:
                    continue
                fault = _group_fault(by_id.get(inner), pack, inner_settings)
                if fault:
                    problems.append(f"{name}: {inner} {fault}")
                else:
                    flattened[inner] = cast("Mapping[str, object]", inner_settings)
        elif control is not None and control.resource_check is None:
            group = relations_policy(control.pack)
            problems.append(f"{name} is a control of the whole stack: its settings belong under {group}")
        else:
            flattened[name] = settings
    if problems:
        raise ConfigError(tuple(problems))
    return flattened


def for_engine(parameters: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, Any]]:
    """Return the content of a configuration file for Pulumi, from parameters by control id: the inverse of `flat`.

    Every entry states the level of its control, unless the parameters already contain a level.

    Raises:
        ConfigError: there is no such control, or it does not accept the parameters.
    """
    by_id = {item.id: item for item in controls()}
    entries: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for id_, values in parameters.items():
        control = by_id.get(id_)
        if control is None:
            problems.append(f"{id_} is not a control")
            continue
        try:
            control.settings_of(values)
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        content = cast("dict[str, Any]", _json({LEVEL_KEY: control.level, **values}))
        if control.resource_check is not None:
            entries[id_] = content
        else:
            group = entries.setdefault(relations_policy(control.pack), {LEVEL_KEY: "mandatory"})
            group[id_] = content
    if problems:
        raise ConfigError(tuple(problems))
    return entries


def read(path: Path) -> Mapping[str, Mapping[str, object]]:
    """Read a configuration file and return its settings by control id.

    Every entry must state its level. The engine passes the whole file to each pack, and rejects an entry without a level
    for a policy of another pack with `invalid enforcement level ""` (`analyzer.Configure` of the CLI, 3.274.1:
    https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/analyzer_plugin.go).

    Raises:
        ConfigError: the file is not a JSON object of entries, an entry has no level, or `flatten_settings` rejects it.
        OSError: the file cannot be read.
    """
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError((f"the file is not JSON: {error}",)) from error
    if not is_mapping(content):
        raise ConfigError(("expected an object with the settings of each policy",))
    # Pulumi also accepts a bare level, as in "instance-is-monitored-in-detail": "advisory".
    content = {
        name: {LEVEL_KEY: entry} if isinstance(entry, str) else entry for name, entry in content.items()
    }
    wrong = [name for name, settings in content.items() if not is_mapping(settings)]
    if wrong:
        raise ConfigError(tuple(f"{name}: expected a level or an object with settings" for name in wrong))
    entries = cast("Mapping[str, Mapping[str, object]]", content)
    without_level = [name for name, settings in entries.items() if LEVEL_KEY not in settings]
    if without_level:
        raise ConfigError(
            tuple(
                f"{name}: {LEVEL_KEY} must be stated, because Pulumi rejects the file for packs without {name}"
                for name in without_level
            )
        )
    return flatten_settings(entries)


def _group_fault(control: Control | None, pack: Pack, settings: object) -> str | None:
    if control is None or control.pack != pack or control.resource_check is not None:
        return f"is not a control that the pack {pack} applies to the whole stack"
    return None if is_mapping(settings) else "must be an object with settings"


def _packs() -> Iterator[Pack]:
    packs: set[Pack] = {item.pack for item in controls()}
    yield from packs


def _json(value: object) -> object:
    """Return a value for JSON: tuples as lists, mappings as dicts."""
    if is_mapping(value):
        return {key: _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if is_list(value) else value
