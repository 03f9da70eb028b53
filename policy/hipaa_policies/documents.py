"""Read policy documents (IAM, KMS, S3 and other resource policies) as statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, Literal

from hipaa_policies.catalog import Deferred
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import (
    MISSING,
    UNKNOWN,
    Absent,
    as_document,
    holds_unknown,
    is_internet,
    is_mapping,
    items,
    peek,
)

_STARS: Final = re.compile(r"\*+")
Unreadable = Literal["unreadable"]

WITHOUT_TLS: Final = (("bool", "aws:securetransport", ("false",)),)
"""The conditions of a statement that covers all requests without TLS, and no others."""

# Condition keys that limit a statement to callers of a known account, organization or network. The list is close to Amazon
# S3's definition of a public policy:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_NARROWING_KEYS: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "kms:calleraccount",
    }
)
# Condition keys that do not limit the caller: they name the requested resource, or an address that any VPC can have. They
# limit the policy of a VPC endpoint, but not a resource policy.
_CONFINING_KEYS: Final = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:vpcsourceip"})
_NARROWING_OPERATORS: Final = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
)


@dataclass(frozen=True, slots=True)
class PolicyStatement:
    """One statement. Single values are tuples of one; actions are in lower case, and consecutive stars are one star."""

    label: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    """Pairs of type (`AWS`, `Service`, …, or `*`) and value."""
    negated_elements: tuple[str, ...]
    """The elements among NotAction, NotResource and NotPrincipal that the statement has."""
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Triples of operator, condition key (both in lower case) and values."""

    @property
    def allows(self) -> bool:
        """Whether the effect is Allow."""
        return self.effect == "Allow"

    @property
    def applies_to_everyone(self) -> bool:
        """Whether the statement applies to every principal, or to every principal except some."""
        return "NotPrincipal" in self.negated_elements or any(
            value == "*" and kind in ("*", "AWS") for kind, value in self.principals
        )

    @property
    def limits_callers(self) -> bool:
        """Whether a condition limits the statement to callers of a known account, organization or network."""
        return self._is_limited_by(_NARROWING_KEYS)

    @property
    def limits_callers_or_resources(self) -> bool:
        """Whether a condition limits the callers, or the resources to a known account or organization."""
        return self._is_limited_by(_NARROWING_KEYS | _CONFINING_KEYS)

    @property
    def applies_to_any_resource(self) -> bool:
        """Whether the statement applies to every resource, or to every resource except some."""
        return "*" in self.resources or "NotResource" in self.negated_elements

    def _is_limited_by(self, keys: frozenset[str]) -> bool:
        # ForAllValues is also true for a request without the key, so it does not limit anything.
        return any(
            operator.removeprefix("foranyvalue:") in _NARROWING_OPERATORS
            and key in keys
            and values
            and not any(value == "*" or is_internet(value) for value in values)
            for operator, key, values in self.conditions
        )

    def permits(self, action: str) -> bool:
        """Return whether the actions of the statement, with their wildcards, include an action."""
        return any(fnmatchcase(action.lower(), pattern) for pattern in self.actions)


@dataclass(frozen=True, slots=True)
class Document:
    """The statements of a policy document; `complete` is False if a value in them is unknown."""

    statements: tuple[PolicyStatement, ...]
    complete: bool


def judge_statements(
    resource: JudgedResource, property_: str, check: Callable[[PolicyStatement], Iterator[str]]
) -> Iterator[str]:
    """Apply a check to each statement of a document.

    A missing or unreadable document violates. An unknown document, or one with unknown values, is deferred.
    """
    document = _document_of(resource, property_)
    if isinstance(document, str):
        yield document
        return
    for statement in document.statements:
        yield from check(statement)
    if not document.complete:
        yield _partly_unknown(property_)


def judge_document(
    resource: JudgedResource, property_: str, check: Callable[[tuple[PolicyStatement, ...]], Iterator[str]]
) -> Iterator[str]:
    """Apply a check to all statements of a document together.

    A missing or unreadable document violates. A document with any unknown value is deferred as a whole.
    """
    document = _document_of(resource, property_)
    if isinstance(document, str):
        yield document
    elif not document.complete:
        yield _partly_unknown(property_)
    else:
        yield from check(document.statements)


def names_principals(statement: PolicyStatement) -> Iterator[str]:
    """Report a statement that allows every principal without a condition that limits the callers."""
    if statement.allows and statement.applies_to_everyone and not statement.limits_callers:
        yield f"The document's {statement.label} must name its principals, but it allows everyone."


def _document_of(resource: JudgedResource, property_: str) -> Document | str:
    """Return the document in a property, or the message about a document that cannot be judged."""
    document = read_statements(peek(resource.props, property_))
    if document is UNKNOWN:
        return Deferred(f"{property_} is not known before deployment, so its statements are judged then.")
    if document is MISSING:
        return f"{property_} must hold a policy document, but it is missing."
    if document == "unreadable":
        return f"{property_} must hold a policy document, but it is not a JSON object with statements."
    return document


def _partly_unknown(property_: str) -> Deferred:
    return Deferred(f"{property_} holds a value that is not known before deployment and is judged then.")


def read_statements(value: object) -> Document | Absent | Unreadable:
    """Return the statements of a document.

    The result is `MISSING` or `UNKNOWN` for such a value, and "unreadable" for a value without statements.
    """
    unwrapped = peek(value)
    if isinstance(unwrapped, str):
        return _parsed(unwrapped)
    document = as_document(unwrapped)
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
    statements = tuple(
        _statement(entry, number) for number, entry in enumerate(entries, 1) if is_mapping(entry)
    )
    return Document(statements, complete=not holds_unknown(declared))


def _statement(entry: Mapping[str, object], number: int) -> PolicyStatement:
    sid = peek(entry, "Sid")
    return PolicyStatement(
        label=f"statement {sid}" if isinstance(sid, str) and sid else f"statement {number}",
        effect=str(peek(entry, "Effect")),
        actions=tuple(_STARS.sub("*", action.lower()) for action in _texts(entry, "Action")),
        resources=_texts(entry, "Resource"),
        principals=tuple(_principals(peek(entry, "Principal"))),
        negated_elements=tuple(
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
