"""Policy documents of IAM, KMS and S3, read as statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, Literal

from hipaa_policies.catalog import Deferred
from hipaa_policies.model import Resource
from hipaa_policies.values import (
    MISSING,
    UNKNOWN,
    Absent,
    as_document,
    holds_unknown,
    is_mapping,
    items,
    peek,
    reaches_the_world,
)

_STARS: Final = re.compile(r"\*+")
Unreadable = Literal["unreadable"]

WITHOUT_TLS: Final = (("bool", "aws:securetransport", ("false",)),)
"""The conditions of a statement about requests that are not over TLS, and about nothing else."""

# Condition keys that tie a statement to callers of a known account, organization or network; much as Amazon S3 tells what is
# public: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_NARROWING_KEYS: Final = frozenset({
    "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceaccount",
    "aws:sourcearn", "aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourcevpc", "aws:sourcevpce", "aws:userid",
    "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "kms:calleraccount",
})  # fmt: skip
# Keys that say nothing of the caller: what is reached, which is the resource itself where the policy is a resource's own, or
# an address that every VPC may have. They narrow the policy of a VPC endpoint.
_CONFINING_KEYS: Final = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:vpcsourceip"})
_NARROWING_OPERATORS: Final = frozenset({
    "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; single values and lists read the same, and actions are lower case with no star beside another."""

    label: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    """Pairs of kind (`AWS`, `Service`, …, or `*`) and value."""
    inverted: tuple[str, ...]
    """Which of NotAction, NotResource and NotPrincipal it uses."""
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Triples of operator and key in lower case, and the values."""

    @property
    def allows(self) -> bool:
        """Whether the statement grants rather than denies."""
        return self.effect == "Allow"

    @property
    def everyone(self) -> bool:
        """Whether it names anyone at all: any AWS principal, or all but some."""
        return "NotPrincipal" in self.inverted or any(
            value == "*" and kind in ("*", "AWS") for kind, value in self.principals
        )

    @property
    def narrowed(self) -> bool:
        """Whether a condition ties it to callers of a known account, organization or network."""
        return self._is_tied(_NARROWING_KEYS)

    @property
    def confined(self) -> bool:
        """Whether a condition ties it to known callers, or to resources of a known account or organization."""
        return self._is_tied(_NARROWING_KEYS | _CONFINING_KEYS)

    @property
    def any_resource(self) -> bool:
        """Whether it reaches every resource."""
        return "*" in self.resources or "NotResource" in self.inverted

    def _is_tied(self, keys: frozenset[str]) -> bool:
        # ForAllValues holds where the key is absent too, and so ties nothing.
        return any(
            operator.removeprefix("foranyvalue:") in _NARROWING_OPERATORS
            and key in keys
            and values
            and not any(value == "*" or reaches_the_world(value) for value in values)
            for operator, key, values in self.conditions
        )

    def permits(self, action: str) -> bool:
        """Tell whether the statement's actions, with their wildcards, take in one action."""
        return any(fnmatchcase(action.lower(), pattern) for pattern in self.actions)


@dataclass(frozen=True, slots=True)
class Document:
    """The statements of a document; `complete` when every value in them is known."""

    statements: tuple[Statement, ...]
    complete: bool


def judge_statements(
    resource: Resource, property_: str, check: Callable[[Statement], Iterator[str]]
) -> Iterator[str]:
    """Apply a check to each statement of a document; missing and unreadable violate, unknown is deferred."""
    found = _document_of(resource, property_)
    if isinstance(found, str):
        yield found
        return
    for statement in found.statements:
        yield from check(statement)
    if not found.complete:
        yield _partly_unknown(property_)


def judge_document(
    resource: Resource, property_: str, check: Callable[[tuple[Statement, ...]], Iterator[str]]
) -> Iterator[str]:
    """Apply a check to a document as a whole; missing and unreadable violate, a part unknown defers all of it."""
    found = _document_of(resource, property_)
    if isinstance(found, str):
        yield found
    elif not found.complete:
        yield _partly_unknown(property_)
    else:
        yield from check(found.statements)


def names_principals(statement: Statement) -> Iterator[str]:
    """Report a statement that allows everyone, with no condition that ties access to somebody known."""
    if statement.allows and statement.everyone and not statement.narrowed:
        yield f"The document's {statement.label} must name its principals, but it allows everyone."


def _document_of(resource: Resource, property_: str) -> Document | str:
    """Return a document, or the sentence that says why there is none to judge."""
    found = read_statements(peek(resource.props, property_))
    if found is UNKNOWN:
        return Deferred(f"{property_} is not known before deployment, so its statements are judged then.")
    if found is MISSING:
        return f"{property_} must hold a policy document, but it is missing."
    if found == "unreadable":
        return f"{property_} must hold a policy document, but it is not a JSON object with statements."
    return found


def _partly_unknown(property_: str) -> Deferred:
    return Deferred(f"{property_} holds a value that is not known before deployment and is judged then.")


def read_statements(value: object) -> Document | Absent | Unreadable:
    """Return a document; missing and unknown pass through, what holds no statements is "unreadable"."""
    settled = peek(value)
    if isinstance(settled, str):
        return _parsed(settled)
    document = as_document(settled)
    return _statements(document) if isinstance(document, Mapping) else document


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Document | Absent | Unreadable:
    document = as_document(text)
    return _statements(document) if isinstance(document, Mapping) else document


def _statements(document: Mapping[str, object]) -> Document | Unreadable:
    declared = peek(document, "Statement")
    if declared is UNKNOWN:
        return Document((), complete=False)
    entries = list(items(declared))
    if not entries or not all(is_mapping(entry) or entry is UNKNOWN for entry in entries):
        return "unreadable"
    found = tuple(_statement(entry, number) for number, entry in enumerate(entries, 1) if is_mapping(entry))
    return Document(found, complete=not holds_unknown(declared))


def _statement(entry: Mapping[str, object], number: int) -> Statement:
    sid = peek(entry, "Sid")
    return Statement(
        label=f"statement {sid}" if isinstance(sid, str) and sid else f"statement {number}",
        effect=str(peek(entry, "Effect")),
        actions=tuple(_STARS.sub("*", action.lower()) for action in _texts(entry, "Action")),
        resources=_texts(entry, "Resource"),
        principals=tuple(_principals(peek(entry, "Principal"))),
        inverted=tuple(
            key for key in ("NotAction", "NotResource", "NotPrincipal") if peek(entry, key) is not MISSING
        ),
        conditions=tuple(_conditions(peek(entry, "Condition"))),
    )


def _texts(props: object, *path: str) -> tuple[str, ...]:
    return tuple(item for item in items(props, *path) if isinstance(item, str))


def _principals(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield "*" if value == "*" else "AWS", value
    elif is_mapping(value):
        for kind in value:
            yield from ((kind, principal) for principal in _texts(value, kind))


def _conditions(value: object) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if is_mapping(value):
        for operator in value:
            tests = peek(value, operator)
            if is_mapping(tests):
                for key in tests:
                    values = tuple(
                        str(item).lower() if isinstance(item, bool) else str(item)
                        for item in items(tests, key)
                    )
                    yield operator.lower(), key.lower(), values
