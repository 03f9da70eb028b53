"""Priorities of listener rules: distinct, within the range of AWS, narrower rules first, independent of other rules."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facts.listener_rules import ANY_HOST, EDGE_HEALTH, MAINTENANCE, Match, priorities, redirect_priorities

HOSTS = st.sampled_from(
    ["fhir.example.org", "a.b.example.org", "*.example.org", "*.b.example.org", "*.example.net", ANY_HOST]
)
PATHS = st.from_regex(r"/[a-z/]{0,20}\*{0,2}[a-z]{0,4}\*?", fullmatch=True)
MATCHES = st.sets(st.builds(Match, HOSTS, PATHS), max_size=12)
# Short patterns over one letter, so that one pattern often matches everything that another one matches.
PATTERNS = st.lists(st.sampled_from("a*"), max_size=5).map(lambda parts: "/" + "".join(parts))
TEXTS = ["/" + "".join(parts) for length in range(7) for parts in product("ab", repeat=length)]
SOME_HOSTS = ["fhir.example.org", "example.org", "a.b.example.org", "c.b.example.org", "x.example.net"]


def matching_texts(pattern: str, texts: list[str]) -> frozenset[str]:
    expression = re.compile("".join({"*": ".*"}.get(part, re.escape(part)) for part in pattern))
    return frozenset(text for text in texts if expression.fullmatch(text))


@settings(max_examples=60)
@given(MATCHES)
def test_each_rule_has_a_different_priority_within_the_range_of_aws(matches: set[Match]) -> None:
    numbers = priorities(matches)
    redirects = redirect_priorities(match.host for match in matches)
    every = [EDGE_HEALTH, MAINTENANCE, *redirects.values(), *numbers.values()]
    assert (set(numbers), set(redirects)) == (matches, {match.host for match in matches})
    assert len(set(every)) == len(every)
    assert all(1 <= number <= 50_000 for number in every)
    assert MAINTENANCE < min([*redirects.values(), 50_000]) <= min([*numbers.values(), 50_000])


@settings(max_examples=60)
@given(MATCHES)
def test_priorities_do_not_depend_on_the_order_of_services(matches: set[Match]) -> None:
    assert priorities(sorted(matches)) == priorities(sorted(matches, reverse=True))


@settings(max_examples=300)
@given(PATTERNS, PATTERNS)
def test_the_narrower_of_two_paths_has_the_lower_priority_number(narrow: str, wide: str) -> None:
    if matching_texts(narrow, TEXTS) < matching_texts(wide, TEXTS):
        numbers = priorities([Match(ANY_HOST, narrow), Match(ANY_HOST, wide)])
        assert numbers[Match(ANY_HOST, narrow)] < numbers[Match(ANY_HOST, wide)]


@settings(max_examples=100)
@given(HOSTS, HOSTS, PATHS, PATHS)
def test_the_narrower_of_two_hosts_has_the_lower_priority_number(
    narrow: str, wide: str, path: str, other: str
) -> None:
    if matching_texts(narrow, SOME_HOSTS) < matching_texts(wide, SOME_HOSTS):
        numbers = priorities([Match(narrow, path), Match(wide, other)])
        assert numbers[Match(narrow, path)] < numbers[Match(wide, other)]


@settings(max_examples=60)
@given(MATCHES, st.integers(40, 60))
def test_a_new_path_of_another_length_changes_no_other_priority(matches: set[Match], length: int) -> None:
    longer = priorities({*matches, Match(ANY_HOST, "/" + "x" * length)})
    assert {match: longer[match] for match in matches} == priorities(matches)


def test_typical_routes_are_ordered_from_narrow_to_wide() -> None:
    ordered = [
        Match("fhir.example.org", "/metadata"),
        Match("fhir.example.org", "/*"),
        Match("*.example.org", "/*"),
        Match(ANY_HOST, "/api/login"),
        Match(ANY_HOST, "/api/v2/*"),
        Match(ANY_HOST, "/api/*"),
        Match(ANY_HOST, "/*"),
    ]
    numbers = priorities(reversed(ordered))
    assert sorted(numbers, key=lambda match: numbers[match]) == ordered


@pytest.mark.parametrize(
    ("most", "pattern"), [(90, "h{0}.example.org/*"), (12, "*.h{0}.example.org/*"), (50, "*/{0:03}/*")]
)
def test_as_many_rules_of_one_kind_get_priorities_as_the_docstring_says(most: int, pattern: str) -> None:
    matches = [
        Match(host, f"/{path}")
        for number in range(most + 1)
        for host, _, path in [pattern.format(number).partition("/")]
    ]
    assert len(set(priorities(matches[:most]).values())) == most
    with pytest.raises(ValueError, match=f"more than {most} listener rules"):
        priorities(matches)


@pytest.mark.parametrize(
    "match",
    [
        Match(ANY_HOST, "/" + "x" * 128),
        Match(ANY_HOST, "/*a*b*c*d*e*f"),
        Match("*.example.org", "/*a*b*c*d*e"),
        Match(ANY_HOST, "x"),
    ],
)
def test_invalid_patterns_are_refused(match: Match) -> None:
    with pytest.raises(
        ValueError, match=r"must start with / .* at most 128 characters.* at most 5 wildcards"
    ):
        priorities([match])
