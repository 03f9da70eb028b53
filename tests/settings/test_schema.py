"""The JSON Schema of stack files accepts what the model accepts, and refuses what the model's types refuse."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft7Validator

from settings import reference, schema
from settings.validation import validate
from tests.repository import ROOT
from tests.settings.documents import Document, full_document, leaves, minimal_document, put
from tests.settings.strategies import valid_documents
from tests.settings.test_cli_files import NEW
from tests.settings.test_refusals import CONSEQUENCES, REFUSED

SCHEMA: Final[dict[str, Any]] = schema.schema()  # type: ignore[assignment]
VALIDATOR: Final = Draft7Validator(SCHEMA)


def accepted(document: Document) -> bool:
    return VALIDATOR.is_valid({"config": document})


def test_it_is_a_json_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)


def test_the_generated_file_is_small() -> None:
    text = schema.text()
    assert json.loads(text) == SCHEMA
    assert len(text) < 80_000


@given(valid_documents())
def test_every_valid_document_is_accepted(document: Document) -> None:
    assert accepted(document)


@pytest.mark.parametrize("document", [minimal_document(), full_document()])
def test_sample_documents_are_accepted(document: Document) -> None:
    assert accepted(document)


# A fork may delete a shipped file.
SHIPPED = [name for name in ("dev", "staging", "prod") if (ROOT / f"Pulumi.{name}.yaml").is_file()]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_stack_file_is_accepted_and_names_the_schema(name: str) -> None:
    text = (ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8")
    assert VALIDATOR.is_valid(yaml.safe_load(text))
    [path] = re.findall(r"\A# yaml-language-server: \$schema=(\S+)\n", text)
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("name", NEW)
def test_a_file_of_the_cli_is_accepted(name: str) -> None:
    text = (Path(__file__).parent / "cli" / f"{name}.yaml").read_text(encoding="utf-8")
    assert VALIDATOR.is_valid(yaml.safe_load(text))


def types_refuse(document: Document) -> bool:
    _, mistakes = validate(document)
    return bool(mistakes)


def is_json(value: object) -> bool:
    """Return whether a value is one of JSON, which has neither infinity nor NaN."""
    return not isinstance(value, float) or math.isfinite(value)


# Wrong types and forms at every key, and the values that the tests of refusals use.
WRONG: Final = [{"nonsense": 1}, ["nonsense"], -1, "", "no sense", 1.5]
VALUES: Final = [
    *REFUSED,
    *CONSEQUENCES,
    *((path, value) for path in leaves(full_document()) for value in WRONG),
]
BEYOND_A_SCHEMA: Final = [
    # The region decides which zones there are. One zone may occur twice.
    ("hipaa:network.zones", ["us-east-1a", "us-west-2b"]),
    # Arithmetic on addresses.
    ("hipaa:network.cidr", "10.20.0.1/16"), ("hipaa:network.cidr", "8.8.0.0/16"), ("hipaa:network.cidr", "172.32.0.0/16"),
    ("hipaa:connectivity.vpn.admin_cidrs[0]", "0.0.0.0/0"), ("hipaa:connectivity.vpn.admin_cidrs[0]", "198.0.0.0/8"),
]  # fmt: skip


@pytest.mark.parametrize("path", dict(VALUES))
def test_a_value_that_a_type_refuses_is_refused(path: str) -> None:
    for value in (value for other, value in VALUES if other == path and is_json(value)):
        document = put(full_document(), path, value)
        if types_refuse(document) and (path, value) not in BEYOND_A_SCHEMA:
            assert not accepted(document), value


@pytest.mark.parametrize(("path", "value"), BEYOND_A_SCHEMA)
def test_what_a_schema_cannot_express_is_left_to_the_preview(path: str, value: object) -> None:
    document = put(full_document(), path, value)
    assert types_refuse(document)
    assert accepted(document)


def sections(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        yield path
        for key, item in value.items():
            yield from sections(item, f"{path}.{key}" if path else key)


@pytest.mark.parametrize("section", [path for path in sections(full_document()) if path.count(".") < 5])
def test_an_unknown_key_is_refused_in_every_section(section: str) -> None:
    assert not accepted(put(full_document(), f"{section}.no nsense" if section else "hipaa:nonsense", "x <"))


@pytest.mark.parametrize(
    "document",
    [{}, {"configs": {}}, {"config": minimal_document(), "hipaa:protect": True}, {"config": None}],
)
def test_a_file_without_settings_is_refused(document: Document) -> None:
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("key", ["aws:allowedAccountId", "aws:defaultTag", "hipaa:netwrk", "protect"])
def test_a_misspelt_key_is_refused(key: str) -> None:
    assert not accepted(minimal_document() | {key: "x"})


@pytest.mark.parametrize("key", ["aws:profile", "random:seed", "other:key"])
def test_keys_of_others_are_accepted(key: str) -> None:
    assert accepted(minimal_document() | {key: "x"})


def parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


def test_every_example_is_valid() -> None:
    with_examples = [part for part in parts(SCHEMA) if isinstance(part.get("examples"), list)]
    assert len(with_examples) > 20
    for part in with_examples:
        validator = Draft7Validator({**part, "$defs": SCHEMA["$defs"]})
        assert all(validator.is_valid(example) for example in part["examples"])


def test_every_key_is_described() -> None:
    described = {
        key
        for part in parts(SCHEMA)
        for key, item in part.get("properties", {}).items()
        if item.get("description")
    }
    for entry in reference.entries():
        if not entry.section:
            key = re.sub(r"\[…\]|<name>", "", entry.path).split(".")[-1]
            assert not key or key in described, entry.path
