"""YAML is read as the Pulumi CLI reads it. The expected values are those of its parser, gopkg.in/yaml.v3."""

from __future__ import annotations

import copy
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from blueprint.yaml_rules import Loader


def load(text: str) -> object:
    return yaml.load(text, Loader)  # noqa: S506 - a subclass of SafeLoader


AS_JSON = {
    "yes": '"yes"', "no": '"no"', "on": '"on"', "Off": '"Off"', "y": '"y"', "N": '"N"',
    "true": "true", "True": "true", "TRUE": "true", "tRue": '"tRue"', "false": "false", '"false"': '"false"',
    "null": "null", "~": "null", "Null": "null", "none": '"none"', "": "null",
    "12": "12", "+12": "12", "-3": "-3", "0": "0", "012": "10", "-012": "-10", "089": "89", "0o17": "15", "0x1F": "31",
    "0b101": "5", "1_000": "1000", "1_0.5_0": "10.5", "_1": '"_1"', "1,000": '"1,000"',
    "17.10": "17.1", "17.": "17", "3.0": "3", ".5": "0.5", "-.5": "-0.5", "1e3": "1000", "1.5e-1": "0.15", "1e": '"1e"',
    "12:30": '"12:30"', "190:20:30": '"190:20:30"', "03:00-03:30": '"03:00-03:30"', "1.2.3": '"1.2.3"',
    "10.0.0.0/16": '"10.0.0.0/16"', "2026-13": '"2026-13"', "=": '"="', "0xZZ": '"0xZZ"', "012345678901": "12345678901",
    "!!str 012": '"012"', "'012'": '"012"',
}  # fmt: skip


@pytest.mark.parametrize("text", AS_JSON)
def test_a_scalar_has_the_value_that_the_cli_hands_to_the_program(text: str) -> None:
    assert json.dumps(load(text)) == AS_JSON[text]


@pytest.mark.parametrize("text", ["17.10", "012", "1_000", "1e3", "0x1F"])
def test_a_number_keeps_its_text(text: str) -> None:
    number = load(text)
    assert (f"{number}", str(copy.deepcopy(number))) == (text, text)


@given(
    st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)
def test_values_of_json_are_read_as_in_json(value: object) -> None:
    assert load(json.dumps({"key": [value]})) == {"key": [value]}


def test_keys_are_strings_even_if_yaml_1_1_reads_another_type() -> None:
    assert load("{on: 1, no: 2, y: 3}") == {"on": 1, "no": 2, "y": 3}


def test_a_mapping_can_be_merged() -> None:
    assert load("base: &base {a: 1, b: 2}\nother: {<<: *base, b: 3}")["other"] == {"a": 1, "b": 3}  # type: ignore[index]


@pytest.mark.parametrize("text", ["2026-11-30", "2026-1-2", "2026-11-30T10:00:00Z", "2026-11-30 10:00:00"])
def test_a_date_without_quotes_is_refused(text: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError, match=f"YAML reads {text} as a date: put it in quotes"):
        load(f"since: {text}")


@pytest.mark.parametrize("key", ["8080", "true", "1.5", "~"])
def test_a_key_that_is_not_a_string_is_refused(key: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError, match="is not a string: put it in quotes"):
        load(f"{key}: 1")
