"""The three states of a value, in plain data and in the proxies and secrets of the policy SDK."""

import math
import subprocess
import sys
from typing import Any

import pytest
from hipaa_policies.values import (
    MISSING,
    UNKNOWN,
    as_document,
    format_value,
    is_false,
    is_true,
    items,
    peek,
    plain,
    to_int,
)
from hypothesis import given
from hypothesis import strategies as st
from pulumi_policy import proxy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, deserialize_properties
from pulumi_policy.secret import Secret

from tests.repository import POLICY

WIRE: dict[str, Any] = {
    "days": 2192.0,
    "flag": True,
    "nothing": None,
    "later": proxy.UNKNOWN_STRING_VALUE,
    "rules": [{"days": 1.0, "key": proxy.UNKNOWN_STRING_VALUE}, proxy.UNKNOWN_OBJECT_VALUE],
    "password": {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "open sesame"},
}
PLAIN = {
    "days": 2192,
    "flag": True,
    "nothing": None,
    "later": UNKNOWN,
    "rules": [{"days": 1, "key": UNKNOWN}, UNKNOWN],
    "password": Secret("open sesame"),
}
BAGS = {
    "plain": PLAIN,
    "wire": deserialize_properties(WIRE),
    "proxy": proxy.unknown_checking_proxy(deserialize_properties(WIRE)),
    "secrets": deserialize_properties(WIRE, proxy_secrets=True),
}


@pytest.fixture(params=BAGS)
def props(request: pytest.FixtureRequest) -> Any:
    return BAGS[request.param]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("days",), 2192),
        (("flag",), True),
        (("nothing",), MISSING),
        (("absent",), MISSING),
        (("absent", "below"), MISSING),
        (("later",), UNKNOWN),
        (("later", "below", 0), UNKNOWN),
        (("rules", 0, "days"), 1),
        (("rules", -2, "days"), 1),
        (("rules", 0, "key"), UNKNOWN),
        (("rules", 0, "absent"), MISSING),
        (("rules", 1), UNKNOWN),
        (("rules", 1, "days"), UNKNOWN),
        (("rules", 2), MISSING),
        (("rules", "days"), MISSING),
        (("days", "below"), MISSING),
        (("flag", 0), MISSING),
        (("password",), "open sesame"),
        (("password", 0), MISSING),
    ],
)
def test_peek_returns_a_value_missing_or_unknown(
    props: Any, path: tuple[str | int, ...], expected: object
) -> None:
    assert peek(props, *path) == expected


def test_items_yields_unknown_elements_of_a_list(props: Any) -> None:
    assert [peek(item, "days") for item in items(props, "rules")] == [1, UNKNOWN]


def test_items_yields_a_single_value_once_and_nothing_for_a_missing_or_unknown_one(props: Any) -> None:
    elements = [list(items(props, name)) for name in ("password", "absent", "later")]
    assert elements == [["open sesame"], [], []]


def test_plain_unwraps_proxies_and_secrets_and_drops_nulls(props: Any) -> None:
    assert plain(props) == {
        "days": 2192,
        "flag": True,
        "later": UNKNOWN,
        "rules": [{"days": 1, "key": UNKNOWN}, UNKNOWN],
        "password": "open sesame",
    }


def test_an_error_of_the_container_is_not_an_unknown_value() -> None:
    class Broken(dict[str, object]):
        def get(self, key: str, default: object = None) -> object:
            raise RuntimeError(key, default)

    with pytest.raises(RuntimeError):
        peek(Broken(), "x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        (7.0, 7),
        ("7", 7),
        ("-7", -7),
        (7.5, None),
        (True, None),
        ("seven", None),
        ("", None),
        ("²", None),
        (math.inf, None),
        (math.nan, None),
        (None, None),
        ([7], None),
        (MISSING, None),
        (UNKNOWN, None),
        ("9" * 5000, None),
    ],
)
def test_to_int_reads_ints_whole_floats_and_digits(value: object, expected: int | None) -> None:
    assert to_int(value) == expected


@pytest.mark.parametrize("value", [False, "false", "True", "yes", 1, 1.0, None, MISSING, UNKNOWN, [True]])
def test_only_true_and_the_text_true_are_true(value: object) -> None:
    assert not is_true(value)
    assert is_true(True)
    assert is_true("true")


@pytest.mark.parametrize("value", [True, "true", "False", "no", 0, 0.0, None, MISSING, UNKNOWN, []])
def test_only_false_and_the_text_false_are_false(value: object) -> None:
    assert not is_false(value)
    assert is_false(False)
    assert is_false("false")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"Statement": [1, null]}', {"Statement": [1, MISSING]}),
        ({"Statement": UNKNOWN}, {"Statement": UNKNOWN}),
        (proxy.unknown_checking_proxy({"a": [{"b": 1.0}]}), {"a": [{"b": 1.0}]}),
        (Secret('{"a": 1}'), {"a": 1}),
        (UNKNOWN, UNKNOWN),
        (proxy.UNKNOWN_STRING_VALUE, UNKNOWN),
        (None, MISSING),
        (MISSING, MISSING),
        ("[1]", "unreadable"),
        ("not JSON", "unreadable"),
        ("[" * 100_000, "unreadable"),
        (3, "unreadable"),
    ],
)
def test_a_document_is_read_from_text_or_from_a_mapping(value: object, expected: object) -> None:
    assert as_document(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (MISSING, "missing"),
        (UNKNOWN, "not known before deployment"),
        (2192.0, "2192"),
        ("a", '"a"'),
        (False, "false"),
        ({"a": 1}, "an object"),
        ([1], "a list"),
        (b"x", "bytes"),
    ],
)
def test_a_value_is_shown_in_a_message(value: object, expected: str) -> None:
    assert format_value(value) == expected


JSON_LIKE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(proxy.UNKNOWN_STRING_VALUE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)


@given(JSON_LIKE, st.lists(st.text(max_size=3) | st.integers(-4, 4), max_size=4))
def test_plain_data_and_its_proxy_are_read_alike(value: Any, path: list[str | int]) -> None:
    bag = {"x": value}
    over_proxy = peek(proxy.unknown_checking_proxy(bag), "x", *path)
    over_plain = peek(bag, "x", *path)
    # repr, because NaN is not equal to itself
    assert repr(plain(over_proxy)) == repr(plain(over_plain))


def test_the_rules_load_without_pulumi() -> None:
    script = (
        "import sys; from hipaa_policies import catalog, judge, waivers; catalog.controls(); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'pulumi', 'pulumi_policy', 'pulumi_aws', 'yaml'}))"
    )
    path = str(POLICY)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
