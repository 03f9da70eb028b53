"""What makes a resource worse: each way to delete, flip or weaken a field, and the resource with that done to it."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from hipaa_policies.model import Resource

Path = tuple[str | int, ...]
GONE: Any = object()
LARGER_IS_WEAKER = re.compile(
    r"toPort|hopLimit|rotationPeriodInDays|automaticallyAfterDays|maxPasswordAge|startWindow|interval|Age",
    re.I,
)
_KEY = re.compile(r"kms|^keyArn$|^keyId$|encryptionKey$", re.I)
_ELSEWHERE = "something-else"
_WEAKER = {
    "HTTPS": "HTTP", "https": "http", "TLS": "TCP", "required": "optional", "Enabled": "Suspended", "aws:kms": "AES256",
    "COMPLIANCE": "GOVERNANCE", "IMMUTABLE": "MUTABLE", "ENABLED": "DISABLED", "enabled": "disabled", "KMS": "AES256",
    "disable": "enable", "ALL": "ACCEPT", "BucketOwnerEnforced": "ObjectWriter", "OVERRIDE": "DEFAULT", "enabledV2": "disabled",
    "awsvpc": "bridge", "block-all-sharing": "unblocked", "OK": "ALARM", "enhanced": "disabled",
}  # fmt: skip
"""Enumerated values and a legal one that asks for less."""


def changes(path: Path, value: object) -> Iterator[tuple[Path, str, object]]:
    """Yield paths with the operation and the value that takes the place of what is there."""
    # Removing an element of a list of rules or statements is a mutant; removing one of many names is none by itself.
    yield path, "delete", GONE
    if isinstance(value, bool):
        yield path, "flip", not value
    elif isinstance(value, int | float):
        larger = LARGER_IS_WEAKER.search(str(path[-1])) is not None
        yield path, "larger" if larger else "smaller", int(value) * 2 + 1 if larger else int(value) // 2
    elif isinstance(value, str):
        yield from _of_text(path, value)
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            yield from changes((*path, key), item)
    elif isinstance(value, list | tuple):
        for position, item in enumerate(cast("list[object]", value)):
            yield from changes((*path, position), item)
    else:
        yield path, "other", _ELSEWHERE


def _of_text(path: Path, value: str) -> Iterator[tuple[Path, str, object]]:
    if value in ("true", "false"):
        yield path, "flip", "false" if value == "true" else "true"
    elif value[:1] in ("{", "["):
        try:
            document: Any = json.loads(value)
        except ValueError:
            return
        if isinstance(document, dict) and "Statement" in document:
            policy = cast("dict[str, Any]", document)
            yield from ((path, operation, text) for operation, text in _of_documents(policy))
        else:
            whole = cast("object", document)
            yield from (change for change in changes(path, whole) if change[0] != path)
    elif _KEY.search(str(path[-1])):
        yield path, "AWS-managed key", "alias/aws/x"
    elif _is_block(value):
        yield path, "whole Internet", "::/0" if ":" in value else "0.0.0.0/0"
    else:
        yield path, "other", _ELSEWHERE
        if value in _WEAKER:
            yield path, "weaker value", _WEAKER[value]


def _of_documents(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a policy document with each statement widened in each way."""
    statements: list[dict[str, Any]] = document["Statement"]
    for position, statement in enumerate(statements):
        if not isinstance(statement, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
            continue

        def with_(position: int = position, statement: dict[str, Any] = statement, **parts: Any) -> str:
            changed = {key: item for key, item in {**statement, **parts}.items() if item is not GONE}
            return json.dumps(
                {
                    **document,
                    "Statement": [changed if at == position else item for at, item in enumerate(statements)],
                }
            )

        if statement.get("Effect") == "Deny":
            yield "denial allowed", with_(Effect="Allow")
        else:
            yield "every action", with_(Action="*")
            if "Resource" in statement and statement["Resource"] != "*":
                yield "every action on everything", with_(Action="*", Resource="*")
            if "Principal" in statement:
                yield "every principal", with_(Principal="*", Condition=GONE)


def changed(resource: Resource, path: Path, value: object) -> Resource:
    """Return a resource with one field changed; a literal in the place of a reference refers to nothing."""
    props = {
        name: _replaced(item, path[1:], value) if name == path[0] else item
        for name, item in resource.props.items()
    }
    if len(path) == 1 and value is GONE:
        del props[str(path[0])]
    dependencies = {
        name: urns
        for name, urns in resource.property_dependencies.items()
        if name != path[0] or (len(path) > 1 and value is GONE)
    }
    return replace(resource, props=props, property_dependencies=dependencies)


def _replaced(value: object, path: Path, new: object) -> object:
    if not path:
        return new
    if isinstance(value, str):
        return json.dumps(_replaced(json.loads(value), path, new))
    if isinstance(value, Mapping):
        copied = dict(cast("Mapping[str, object]", value))
        if len(path) == 1 and new is GONE:
            del copied[str(path[0])]
        else:
            copied[str(path[0])] = _replaced(copied[str(path[0])], path[1:], new)
        return copied
    items = list(cast("list[object]", value))
    position = int(path[0])
    items[position : position + 1] = (
        [] if len(path) == 1 and new is GONE else [_replaced(items[position], path[1:], new)]
    )
    return items


def _is_block(value: str) -> bool:
    try:
        return ipaddress.ip_network(value, strict=False).prefixlen > 0 and "/" in value
    except ValueError:
        return False
