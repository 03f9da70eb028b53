"""The recorded registrations of both shipped stacks stay as they are while the code is rearranged.

`python -m tests.stacks.test_identity` writes `identity.json` again; only a deliberate change of the record may do that.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from blueprint.record import Record
from tests.repository import STACKS, recorded

BASELINE = Path(__file__).with_name("identity.json")


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it; anything that is not data is given by its type and attributes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: plain(getattr(value, item.name))
            for item in dataclasses.fields(value)
            if item.name != "outputs"
        }
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    attributes = vars(value) if hasattr(value, "__dict__") else {}
    return {"(type)": type(value).__name__, **plain(attributes)}


def digest(value: Any) -> str:
    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digests(record: Record) -> dict[str, str]:
    """Return a hash of each registration by its URN, and of the stack's outputs."""
    found = {item.urn: digest(item) for item in record.resources}
    return {**found, "(outputs)": digest(record.outputs)}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("stack", STACKS)
def test_the_record_is_what_it_was(stack: str, known: bool) -> None:
    before = json.loads(BASELINE.read_text())[f"{stack}-{'known' if known else 'unknown'}"]
    now = digests(recorded(stack, known))
    assert {urn for urn in before.keys() | now.keys() if before.get(urn) != now.get(urn)} == set()


if __name__ == "__main__":
    found = {
        f"{stack}-{'known' if known else 'unknown'}": digests(recorded(stack, known))
        for stack in STACKS
        for known in (True, False)
    }
    BASELINE.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n")
