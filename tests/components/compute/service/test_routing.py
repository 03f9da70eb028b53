"""Priorities of listener rules: distinct, within the range of AWS, narrower patterns first, independent of other services."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.compute.service.routing import EDGE_HEALTH, priorities

SLUGS = st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True)
PATHS = st.from_regex(r"/[a-z/]{0,20}[*?]{0,2}[a-z]{0,4}\*?", fullmatch=True)
MAPS = st.lists(
    st.tuples(SLUGS, PATHS), max_size=12, unique_by=(lambda item: item[0], lambda item: item[1])
).map(dict)
# Short patterns over one letter, so that one pattern often matches everything that another one matches.
PATTERNS = st.lists(st.sampled_from("a?*"), max_size=4).map(lambda parts: "/" + "".join(parts))
TEXTS = ["/" + "".join(parts) for length in range(6) for parts in product("ab", repeat=length)]


def matching_texts(pattern: str) -> frozenset[str]:
    expression = re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in pattern))
    return frozenset(text for text in TEXTS if expression.fullmatch(text))


@settings(max_examples=60)
@given(MAPS)
def test_each_service_has_a_different_priority_within_the_range_of_aws(paths: dict[str, str]) -> None:
    numbers = priorities(paths)
    assert set(numbers) == set(paths)
    assert len(set(numbers.values())) == len(paths)
    assert all(EDGE_HEALTH < number <= 50_000 for number in numbers.values())


@settings(max_examples=60)
@given(MAPS)
def test_priorities_do_not_depend_on_the_order_of_services(paths: dict[str, str]) -> None:
    assert priorities(dict(reversed(paths.items()))) == priorities(paths)


@settings(max_examples=150)
@given(PATTERNS, PATTERNS)
def test_the_narrower_of_two_patterns_has_the_lower_priority_number(narrow: str, wide: str) -> None:
    if matching_texts(narrow) < matching_texts(wide):
        numbers = priorities({"narrow": narrow, "wide": wide})
        assert numbers["narrow"] < numbers["wide"]


@settings(max_examples=60)
@given(MAPS, st.integers(21, 40))
def test_a_new_path_of_another_length_changes_no_other_priority(paths: dict[str, str], length: int) -> None:
    longer = {**paths, "zz-new": "/" + "x" * (length + 10)}
    assert {name: priorities(longer)[name] for name in paths} == priorities(paths)


def test_typical_paths_are_ordered_from_narrow_to_wide() -> None:
    paths = {"web": "/*", "api": "/api/*", "login": "/api/login", "v2": "/api/v2/*"}
    numbers = priorities(paths)
    assert sorted(numbers, key=lambda name: numbers[name]) == ["login", "v2", "api", "web"]


def test_eighteen_paths_of_the_same_length_and_wildcards_get_priorities() -> None:
    paths = {f"s{number}": f"/{chr(97 + number)}/*" for number in range(18)}
    assert len(set(priorities(paths).values())) == 18


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({"a": "/x", "b": "/x"}, "a and b have the same path /x"),
        (
            {f"s{n}": f"/{chr(97 + n)}/*" for n in range(19)},
            "more than 18 have the same length and wildcards",
        ),
        ({"a": "/" + "x" * 128}, "128 characters"),
        ({"a": "/*a*b*c*d*e*f"}, "5 wildcards"),
        ({"a": "x"}, "start with /"),
    ],
)
def test_invalid_paths_are_refused(paths: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        priorities(paths)
