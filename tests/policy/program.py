"""Programs of plain resources, changed one thing at a time, and what a control says of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import Control, Deferred, NotApplicable
from hipaa_policies.judge import Finding
from hipaa_policies.model import Resource
from hipaa_policies.values import UNKNOWN, is_list, is_mapping
from pulumi_policy import proxy

from benchmarks.claims import findings

GONE = object()
"""As a value: the property is deleted. As a resource: it is left out."""

ACCOUNT = "123456789012"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::hipaa::{type_}::{name}"


def resource(
    type_: str, name: str, props: Mapping[str, Any], refers: Mapping[str, str] | None = None, **facts: Any
) -> Resource:
    """Build a resource; `refers` maps a property to the `type name` of what it takes its value from."""
    dependencies = {key: (urn(*target.split(" ")),) for key, target in (refers or {}).items()}
    return Resource(urn(type_, name), type_, name, props, property_dependencies=dependencies, **facts)


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **parts}


CLASSIFIED = {"data-classification": "phi", "owner": "platform"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ANYONE = {"AWS": "*"}
OWN_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
TLS_ONLY: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::x", "arn:aws:s3:::x/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
KEY_POLICY = document(allow(Principal=ROOT, Action="kms:*", Resource="*"))
READS = document(allow(Action=["s3:GetObject"], Resource=["arn:aws:s3:::x/*"]))
TRUST = document(allow(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole"))


Edits = Mapping[str, Any]
"""`name path.to.property` → value (or GONE); `name` → a whole resource to add, GONE or resource options."""


@dataclass(frozen=True)
class Rows:
    """Edits of the compliant program, by what they stand for. The first compliant row is always no edit at all."""

    violating: Sequence[Edits]
    missing: Sequence[Edits]
    unknown: Sequence[Edits]
    compliant: tuple[Edits, ...] = ()
    missing_is_fine: bool = False
    """The provider's default is compliant, or nothing is there to judge."""


def extra(
    type_: str, props: Mapping[str, Any] | None = None, refers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Add one resource."""
    return {"extra": resource(type_, "extra", props or {}, refers)}


def forbidden(*types: str) -> Rows:
    """Rows of a control that forbids types: each violates however it is set, even where nothing is known of it."""
    return Rows(
        violating=[extra(type_, {"name": "x"}) for type_ in types],
        missing=[extra(type_) for type_ in types],
        unknown=[extra(type_, {"name": UNKNOWN}) for type_ in types],
    )


def statement(
    target: str,
    *,
    bad: list[Mapping[str, Any]],
    good: tuple[Mapping[str, Any], ...] = (),
    also: Iterable[Edits] = (),
) -> Rows:
    """Rows of a control that reads one policy document; `also` are further compliant programs."""
    return Rows(
        compliant=(*({target: document(item)} for item in good), *also),
        violating=[{target: document(item)} for item in bad]
        + [{target: "not JSON"}, {target: '{"Statement": [1]}'}],
        missing=[{target: GONE}],
        unknown=[
            {target: UNKNOWN},
            {target: {"Statement": [allow(Action=["s3:GetObject"], Resource=UNKNOWN, Principal=ROOT)]}},
        ],
    )


def flags(*targets: str, compliant: Sequence[Edits] = ()) -> Rows:
    """Rows of flags that must be true."""
    return Rows(
        violating=[{target: False} for target in targets],
        missing=[{target: GONE} for target in targets],
        unknown=[{target: UNKNOWN} for target in targets],
        compliant=tuple(compliant),
    )


def switches(*targets: str, on: bool = False, **more: Any) -> Rows:
    """Rows of flags whose default is good: `on` is the value that must not be overturned."""
    return Rows(
        violating=[{target: not on} for target in targets] + list(more.get("violating", ())),
        missing=[{target: GONE} for target in targets],
        missing_is_fine=True,
        unknown=[{target: UNKNOWN} for target in targets],
        compliant=tuple(more.get("compliant", ())),
    )


def own_keys(*targets: str, **more: Any) -> Rows:
    """Rows of keys that must be one's own."""
    return Rows(
        violating=[{target: value} for value in ("alias/aws/x", "") for target in targets]
        + list(more.get("violating", ())),
        missing=[{target: GONE} for target in targets],
        unknown=[{target: UNKNOWN} for target in targets],
        compliant=tuple(more.get("compliant", ())),
    )


def there(*targets: str, **more: Any) -> Rows:
    """Rows of values that must be there."""
    return Rows(
        violating=[{target: ""} for target in targets] + list(more.get("violating", ())),
        missing=[{target: GONE} for target in targets] + list(more.get("missing", ())),
        unknown=[{target: UNKNOWN} for target in targets],
        compliant=tuple(more.get("compliant", ())),
    )


def words(
    good: Mapping[str, Sequence[Any]],
    bad: Mapping[str, Sequence[Any]],
    *,
    optional: bool = False,
    also: Iterable[Edits] = (),
) -> Rows:
    """Rows of properties with a closed set of values; `also` are further compliant programs."""
    return Rows(
        compliant=(*({target: value} for target, values in good.items() for value in values), *also),
        violating=[{target: value} for target, values in bad.items() for value in values],
        missing=[{target: GONE} for target in bad],
        missing_is_fine=optional,
        unknown=[{target: UNKNOWN} for target in bad],
    )


def edited(good: Mapping[str, Resource], edits: Edits) -> list[Resource]:
    """Return a compliant program with edits applied."""
    program = dict(good)
    for target, value in edits.items():
        name, _, path = target.partition(" ")
        if path:
            props = copy.deepcopy(dict(program[name].props))
            put(props, path.split("."), value)
            program[name] = replace(program[name], props=props)
        elif value is GONE:
            del program[name]
        elif isinstance(value, Resource):
            program[name] = value
        else:
            program[name] = replace(program[name], **value)
    return list(program.values())


def put(container: Any, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        container = container[int(step)] if step.isdigit() else container.setdefault(step, {})
    last: Any = int(path[-1]) if path[-1].isdigit() else path[-1]
    if value is GONE:
        container.pop(last, None)
    else:
        container[last] = value


def proxied(item: Resource) -> Resource:
    """Return a resource with its properties as a pulumi_policy validator gets them at preview."""
    return replace(item, props=proxy.unknown_checking_proxy(wire(item.props)))


def wire(value: Any) -> Any:
    if is_mapping(value):
        return {key: wire(item) for key, item in value.items()}
    if is_list(value):
        return [wire(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return proxy.UNKNOWN_STRING_VALUE if value is UNKNOWN else value


def said(control: Control, program: Iterable[Resource]) -> list[Finding]:
    """Return what a control says of a program, without what takes a resource out of it."""
    resources = [canonical(item) for item in program]
    found = findings(control, resources, control.configured({}))
    return [finding for finding in found if not isinstance(finding.message, NotApplicable)]


def outcome(control: Control, program: Iterable[Resource]) -> str:
    """Return how a control judges a program: fail, defer or pass."""
    findings = said(control, program)
    assert [finding for finding in findings if finding.broken] == []
    if any(not isinstance(finding.message, Deferred) for finding in findings):
        return "fail"
    return "defer" if findings else "pass"
