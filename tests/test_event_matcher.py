"""The matcher of events decides like EventBridge."""

from __future__ import annotations

from typing import Any

import pytest

from tests.events import matches


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"a": ["x"]}, {"a": "x"}, True),
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": ["x"]}, {"a": "X"}, False),
        ({"a": ["x"]}, {}, False),
        ({"a": [1]}, {"a": "1"}, False),
        ({"a": ["x"], "b": ["y"]}, {"a": "x", "b": "z"}, False),
        ({"a": ["x"]}, {"a": ["w", "x"]}, True),
        ({"a": ["x"]}, {"a": []}, False),
        ({"a": {"b": ["x"]}}, {"a": {"b": "x", "c": "y"}}, True),
        ({"a": {"b": ["x"]}}, {"a": [{"b": "w"}, {"b": "x"}]}, True),
        ({"a": {"b": ["x"]}}, {"a": "x"}, False),
        ({"a": [{"prefix": "arn:1/"}]}, {"a": ["arn:2/x", "arn:1/x"]}, True),
        ({"a": [{"prefix": "arn:1/"}]}, {"a": "arn:12/x"}, False),
        ({"a": [{"suffix": ".png"}]}, {"a": "x.png"}, True),
        ({"a": [{"suffix": ".png"}]}, {"a": "x.png.txt"}, False),
        ({"a": [{"wildcard": "db:*-reader"}]}, {"a": "db:main-reader"}, True),
        ({"a": [{"wildcard": "db:*-reader"}]}, {"a": "db:main.writer"}, False),
        ({"a": [{"exists": True}]}, {"a": 0}, True),
        ({"a": [{"exists": True}]}, {}, False),
        ({"a": [{"exists": False}]}, {}, True),
        ({"a": {"b": [{"exists": False}]}}, {}, True),
        ({"a": [{"anything-but": 0}]}, {"a": 1}, True),
        ({"a": [{"anything-but": 0}]}, {"a": 0}, False),
        ({"a": [{"anything-but": 0}]}, {}, False),
        ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, False),
        ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "xy"}, False),
        ({"a": [{"numeric": [">=", 7]}]}, {"a": 7.0}, True),
        ({"a": [{"numeric": [">", 0, "<", 5]}]}, {"a": 5}, False),
        ({"a": [{"numeric": [">", 0]}]}, {"a": "1"}, False),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, True),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"a": "y", "b": "x"}, False),
        ({"c": ["z"], "$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, False),
    ],
)
def test_the_matcher_decides_like_eventbridge(
    pattern: dict[str, Any], event: dict[str, Any], expected: bool
) -> None:
    assert matches(pattern, event) is expected


def test_the_matcher_refuses_an_operator_that_it_does_not_know_and_an_empty_array() -> None:
    with pytest.raises(AssertionError, match="cidr"):
        matches({"a": [{"cidr": "10.0.0.0/8"}]}, {"a": "10.0.0.1"})
    with pytest.raises(AssertionError, match="empty array"):
        matches({"a": []}, {"a": "x"})
