"""Weaken a resource: delete, invert or weaken one field of it."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from hipaa_policies.model import JudgedResource

Path = tuple[str | int, ...]
GONE: Any = object()
"""As a new value: the field is deleted."""
LARGER_IS_WEAKER = re.compile(
    r"toPort|hopLimit|rotationPeriodInDays|automaticallyAfterDays|maxPasswordAge|startWindow|interval|Age",
    re.I,
)
"""Names of numbers for which a larger value is weaker; for every other number a smaller value is."""
_KEY = re.compile(r"kms|^keyArn$|^keyId$|encryptionKey$", re.I)
_OTHER = "something-else"
_WEAKER = {
    "HTTPS": "HTTP",
    "https": "http",
    "TLS": "TCP",
    "required": "optional",
    "Enabled": "Suspended",
    "aws:kms": "AES256",
    "COMPLIANCE": "GOVERNANCE",
    "IMMUTABLE": "MUTABLE",
    "ENABLED": "DISABLED",
    "enabled": "disabled",
    "KMS": "AES256",
    "disable": "enable",
    "ALL": "ACCEPT",
    "BucketOwnerEnforced": "ObjectWriter",
    "OVERRIDE": "DEFAULT",
    "enabledV2": "disabled",
    "awsvpc": "bridge",
    "block-all-sharing": "unblocked",
    "OK": "ALARM",
    "enhanced": "disabled",
}
"""Enumerated values, each with a valid value that protects less."""

PROTECT = "(protect)"
"""The resource option `protect`, written as if it were a property."""


@dataclass(frozen=True)
class Mutant:
    """A resource with one weakened field."""

    resource: JudgedResource
    path: Path
    operation: str
    """`delete`, `flip`, or the name of the weaker value."""
    mutated: JudgedResource

    @property
    def field(self) -> str:
        """The field without list positions, e.g. `ec2/LaunchTemplate.blockDeviceMappings[].ebs.encrypted`."""
        module, noun = self.resource.type.split(":")[1].split("/")[0], self.resource.type.rpartition(":")[2]
        steps = "".join("[]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"{module}/{noun}{steps}"

    @property
    def property_(self) -> str:
        """The top-level property."""
        return str(self.path[0])


def changes(path: Path, value: object) -> Iterator[tuple[Path, str, object]]:
    """Yield each way to weaken a value or a field inside it: path, operation and new value."""
    yield path, "delete", GONE
    if isinstance(value, bool):
        yield path, "flip", not value
    elif isinstance(value, int | float):
        larger = LARGER_IS_WEAKER.search(str(path[-1])) is not None
        yield path, "larger" if larger else "smaller", int(value) * 2 + 1 if larger else int(value) // 2
    elif isinstance(value, str):
        yield from _changes_of_text(path, value)
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            yield from changes((*path, key), item)
    elif isinstance(value, list | tuple):
        for position, item in enumerate(cast("list[object]", value)):
            yield from changes((*path, position), item)
    else:
        yield path, "other", _OTHER


def _changes_of_text(path: Path, value: str) -> Iterator[tuple[Path, str, object]]:
    if value in ("true", "false"):
        yield path, "flip", "false" if value == "true" else "true"
    elif value[:1] in ("{", "["):
        try:
            document: Any = json.loads(value)
        except ValueError:
            return
        if isinstance(document, dict) and "Statement" in document:
            policy = cast("dict[str, Any]", document)
            yield from ((path, operation, text) for operation, text in _widened_documents(policy))
        else:
            whole = cast("object", document)
            yield from (change for change in changes(path, whole) if change[0] != path)
    elif _KEY.search(str(path[-1])):
        yield path, "AWS-managed key", "alias/aws/x"
    elif _is_cidr_block(value):
        yield path, "whole Internet", "::/0" if ":" in value else "0.0.0.0/0"
    else:
        yield path, "other", _OTHER
        if value in _WEAKER:
            yield path, "weaker value", _WEAKER[value]


def _widened_documents(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield operation and text of a policy document, once for each way to widen each statement."""
    statements: list[dict[str, Any]] = document["Statement"]
    for position, statement in enumerate(statements):
        if not isinstance(statement, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
            continue

        def with_(position: int = position, statement: dict[str, Any] = statement, **parts: Any) -> str:
            widened = {key: item for key, item in {**statement, **parts}.items() if item is not GONE}
            return json.dumps(
                {
                    **document,
                    "Statement": [widened if at == position else item for at, item in enumerate(statements)],
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


def changed(resource: JudgedResource, path: Path, value: object) -> JudgedResource:
    """Return a resource with one field replaced or deleted; a literal that replaces a reference has no dependency."""
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


def _is_cidr_block(value: str) -> bool:
    try:
        return ipaddress.ip_network(value, strict=False).prefixlen > 0 and "/" in value
    except ValueError:
        return False
