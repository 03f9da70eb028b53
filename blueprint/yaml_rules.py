"""YAML as the Pulumi CLI reads it, with `gopkg.in/yaml.v3`.

PyYAML follows YAML 1.1, in which `no`, `on` and `12:30` are not strings. The CLI follows YAML 1.2 with a few exceptions:
https://github.com/go-yaml/yaml/blob/v3.0.1/resolve.go
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

import yaml

_TAG: Final = "tag:yaml.org,2002:"
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN: Final = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_NUMBER: Final = re.compile(
    r"[-+]?(0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|\.(inf|Inf|INF))"
    r"|\.(nan|NaN|NAN)"
)
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]\d.*)?")
_FIRST: Final = frozenset("+-.0123456789")

# libyaml if it is available: a stack file is read at every preview.
_SAFE: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Whole(int):
    """A whole number whose text is the one in the file: the file says `012`, and the CLI reads 10."""

    written: str = ""

    def __str__(self) -> str:
        return self.written


class Fraction(float):
    """A number with a fraction whose text is the one in the file: the file says `17.10`, and the CLI reads 17.1."""

    written: str = ""

    def __str__(self) -> str:
        return self.written


class Loader(_SAFE):
    """A safe loader with the rules of the CLI. It also refuses dates, which the CLI would turn into another text."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Return the tag of a node; only scalars without quotes have other rules than in PyYAML."""
        if kind is yaml.ScalarNode and implicit[0]:
            return _TAG + _kind(value)
        return cast(str, super().resolve(kind, value, implicit))

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping whose keys are strings and occur once; PyYAML would keep the last value of a key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag not in (_TAG + "str", _TAG + "merge"):
                raise _mistake(f"the key {_text(key)} is not a string: put it in quotes", key)
            if key.value in seen:
                raise _mistake(f"the key {key.value} occurs twice", key)
            seen.add(key.value)
        return cast("dict[Any, Any]", super().construct_mapping(node, deep))

    def number(self, node: yaml.ScalarNode) -> Whole | Fraction:
        """Return a number as the CLI reads it, with its text."""
        plain = node.value.replace("_", "").lower()
        digits = plain.lstrip("+-")
        if re.fullmatch("0[0-7]+", digits):
            plain = plain.replace("0", "0o", 1)
        try:
            number = Whole(plain, 0)
        except ValueError:
            number = Fraction(plain.replace(".inf", "inf").replace(".nan", "nan"))
            # The CLI hands values on as JSON, in which Go writes 3.0 as 3.
            number = Whole(number) if number.is_integer() else number
        number.written = node.value
        return number

    def date(self, node: yaml.ScalarNode) -> None:
        """Refuse a date without quotes."""
        raise _mistake(f"YAML reads {node.value} as a date: put it in quotes", node)


Loader.add_constructor(_TAG + "int", Loader.number)
Loader.add_constructor(_TAG + "float", Loader.number)
Loader.add_constructor(_TAG + "timestamp", Loader.date)


def _kind(text: str) -> str:
    """Return the kind of a scalar without quotes."""
    if text in _NULL:
        return "null"
    if text in _BOOLEAN:
        return "bool"
    if text == "<<":
        return "merge"
    if _DATE.fullmatch(text):
        return "timestamp"
    if _NUMBER.fullmatch(text.replace("_", "") if text[0] in _FIRST else text):
        return "float"
    return "str"


def _text(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "of several values"


def _mistake(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
