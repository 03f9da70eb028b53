"""Every setting has an effect: its value appears in the record, or another value changes the record.

A setting that the program reads and then ignores would pass every other test. A new setting needs a value in
`tests/stacks/samples`: in `SHOWN` if a registration contains the value unchanged, otherwise in `CHANGED`.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pytest

from blueprint.record import Resource
from blueprint.values import Secret
from tests.repository import program
from tests.settings.documents import Document, merge, put
from tests.settings.leaves import LEAVES, leaf, leaf_values
from tests.stacks.samples.changed import CHANGED, NO_EFFECT
from tests.stacks.samples.shown import SHOWN

USER_DATA = re.compile(r'(?<="userData": ")([^"]+)')
CHANGED_LEAVES = {leaf(path) for sample in CHANGED.values() for path in sample.values}


def registrations(document: Document) -> tuple[Resource, ...]:
    """Return what the program registers, without outputs because these also follow directly from the configuration."""
    record = program(document, stack="sample")
    return tuple(replace(resource, outputs={}) for resource in record.resources)


def text(document: Document) -> str:
    """Return the inputs of all registrations as text, with user data decoded."""
    inputs = [resource.inputs for resource in registrations(document)]
    encoded = json.dumps(
        inputs, default=lambda value: value.value if isinstance(value, Secret) else repr(value)
    )
    return USER_DATA.sub(lambda match: base64.b64decode(match[1]).decode(), encoded)


def words(value: object) -> list[re.Pattern[str]]:
    """Return a pattern for every scalar within a value."""
    if isinstance(value, dict):
        return [pattern for item in value.values() for pattern in words(item)]
    if isinstance(value, list):
        return [pattern for item in value for pattern in words(item)]
    return [re.compile(rf"(?<!\w){re.escape(str(value))}(?!\w)")]


@pytest.mark.parametrize("name", SHOWN)
def test_values_appear_in_registrations(name: str) -> None:
    sample = SHOWN[name]
    before, after = text(sample.document), text(merge(sample.document, sample.values))
    patterns = {
        path: words(value) for path, value in leaf_values(sample.values) if leaf(path) not in CHANGED_LEAVES
    }
    # A value that appears anyway proves nothing: choose another one.
    assert [path for path, items in patterns.items() if any(item.search(before) for item in items)] == []
    assert [path for path, items in patterns.items() if not all(item.search(after) for item in items)] == []


@pytest.mark.parametrize("name", CHANGED)
def test_other_values_change_registrations(name: str) -> None:
    document = CHANGED[name].document
    before = registrations(document)
    values = CHANGED[name].values.items()
    assert [path for path, value in values if registrations(put(document, path, value)) == before] == []


def test_every_setting_has_an_effect_or_a_reason() -> None:
    shown = {leaf(path) for sample in SHOWN.values() for path, _ in leaf_values(sample.values)}
    assert LEAVES - shown - CHANGED_LEAVES == NO_EFFECT.keys()
