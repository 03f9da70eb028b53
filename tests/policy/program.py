"""Small programs of plain resources, edits of them, and the findings of a control on them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import Config, Control, Deferred, NotApplicable
from hipaa_policies.judge import CheckFinding, check_resource, check_stack
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.values import UNKNOWN, is_list, is_mapping
from pulumi_policy import proxy

GONE = object()
"""As the value of an edit: the property is deleted, or the resource is removed."""

ACCOUNT = "123456789012"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::hipaa::{type_}::{name}"


def resource(
    type_: str, name: str, props: Mapping[str, Any], refers: Mapping[str, str] | None = None, **facts: Any
) -> JudgedResource:
    """Build a resource.

    Args:
        type_: type token.
        name: logical name.
        props: properties by wire name.
        refers: maps a property to the resource that its value comes from, written as `type name`.
        facts: other fields of `Resource`.
    """
    dependencies = {key: (urn(*target.split(" ")),) for key, target in (refers or {}).items()}
    return JudgedResource(urn(type_, name), type_, name, props, property_dependencies=dependencies, **facts)


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
"""Changes of a program, by target.

The target `name path.to.property` maps to a new value or `GONE`. The target `name` maps to a resource to add, to `GONE`,
or to other fields of `Resource`.
"""


@dataclass(frozen=True)
class Rows:
    """Edits of the compliant program of an area, by the verdict that the control must reach.

    The unchanged program is always compliant and needs no row.
    """

    violating: Sequence[Edits]
    missing: Sequence[Edits]
    unknown: Sequence[Edits]
    compliant: tuple[Edits, ...] = ()
    missing_is_fine: bool = False
    """True if the control accepts the missing value: the default complies, or there is nothing to judge."""


def extra(
    type_: str, props: Mapping[str, Any] | None = None, refers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the edit that adds one resource, named `extra`."""
    return {"extra": resource(type_, "extra", props or {}, refers)}


def forbidden(*types: str) -> Rows:
    """Return the rows of a control that forbids types: every resource of them violates, whatever its properties are."""
    return Rows(
        violating=[extra(type_, {"name": "x"}) for type_ in types],
        missing=[extra(type_) for type_ in types],
        unknown=[extra(type_, {"name": UNKNOWN}) for type_ in types],
    )


def policies(
    target: str,
    *,
    bad: list[Mapping[str, Any]],
    good: tuple[Mapping[str, Any], ...] = (),
    also: Iterable[Edits] = (),
) -> Rows:
    """Return the rows of a control that reads one policy document.

    Args:
        target: the edit target of the document.
        bad: statements that violate.
        good: statements that comply.
        also: further compliant edits.
    """
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
    """Return the rows of flags that must be set to true."""
    return Rows(
        violating=[{target: False} for target in targets],
        missing=[{target: GONE} for target in targets],
        unknown=[{target: UNKNOWN} for target in targets],
        compliant=tuple(compliant),
    )


def optional_flags(*targets: str, default: bool = False, **more: Any) -> Rows:
    """Return the rows of flags that must keep their default."""
    return Rows(
        violating=[{target: not default} for target in targets] + list(more.get("violating", ())),
        missing=[{target: GONE} for target in targets],
        missing_is_fine=True,
        unknown=[{target: UNKNOWN} for target in targets],
        compliant=tuple(more.get("compliant", ())),
    )


def own_keys(*targets: str, **more: Any) -> Rows:
    """Return the rows of keys that must be customer-managed."""
    return Rows(
        violating=[{target: value} for value in ("alias/aws/x", "") for target in targets]
        + list(more.get("violating", ())),
        missing=[{target: GONE} for target in targets],
        unknown=[{target: UNKNOWN} for target in targets],
        compliant=tuple(more.get("compliant", ())),
    )


def required(*targets: str, **more: Any) -> Rows:
    """Return the rows of values that must not be missing or empty."""
    return Rows(
        violating=[{target: ""} for target in targets] + list(more.get("violating", ())),
        missing=[{target: GONE} for target in targets] + list(more.get("missing", ())),
        unknown=[{target: UNKNOWN} for target in targets],
        compliant=tuple(more.get("compliant", ())),
    )


def choices(
    good: Mapping[str, Sequence[Any]],
    bad: Mapping[str, Sequence[Any]],
    *,
    optional: bool = False,
    also: Iterable[Edits] = (),
) -> Rows:
    """Return the rows of properties with a closed set of values.

    Args:
        good: complying values by target.
        bad: violating values by target.
        optional: whether a missing value complies.
        also: further compliant edits.
    """
    return Rows(
        compliant=(*({target: value} for target, values in good.items() for value in values), *also),
        violating=[{target: value} for target, values in bad.items() for value in values],
        missing=[{target: GONE} for target in bad],
        missing_is_fine=optional,
        unknown=[{target: UNKNOWN} for target in bad],
    )


def edited(good: Mapping[str, JudgedResource], edits: Edits) -> list[JudgedResource]:
    """Return the resources of a program after edits."""
    program = dict(good)
    for target, value in edits.items():
        name, _, path = target.partition(" ")
        if path:
            props = copy.deepcopy(dict(program[name].props))
            put(props, path.split("."), value)
            program[name] = replace(program[name], props=props)
        elif value is GONE:
            del program[name]
        elif isinstance(value, JudgedResource):
            program[name] = value
        else:
            program[name] = replace(program[name], **value)
    return list(program.values())


def put(container: Any, path: list[str], value: Any) -> None:
    """Set or delete the field at a path of keys and list positions, in place."""
    for step in path[:-1]:
        container = container[int(step)] if step.isdigit() else container.setdefault(step, {})
    last: Any = int(path[-1]) if path[-1].isdigit() else path[-1]
    if value is GONE:
        container.pop(last, None)
    else:
        container[last] = value


def proxied(item: JudgedResource) -> JudgedResource:
    """Return a resource with the property proxies that pulumi_policy passes to a validator at preview."""
    return replace(item, props=proxy.unknown_checking_proxy(wire(item.props)))


def wire(value: Any) -> Any:
    """Return a value as the SDK reads it from the wire: numbers are floats, unknown values are its sentinel."""
    if is_mapping(value):
        return {key: wire(item) for key, item in value.items()}
    if is_list(value):
        return [wire(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return proxy.UNKNOWN_STRING_VALUE if value is UNKNOWN else value


def findings(control: Control, resources: list[JudgedResource], config: Config) -> tuple[CheckFinding, ...]:
    """Return every finding of a control: on each resource that it judges, then on the whole program."""
    judged = (item for item in resources if control.judges(item))
    alone = (finding for item in judged for finding in check_resource(control, item, config))
    return (*alone, *check_stack(control, Graph(resources), config))


def applicable_findings(control: Control, program: Iterable[JudgedResource]) -> list[CheckFinding]:
    """Return the violations and deferrals of a control with its default settings."""
    resources = [canonical(item) for item in program]
    every = findings(control, resources, control.settings_of({}))
    return [finding for finding in every if not isinstance(finding.message, NotApplicable)]


def outcome(control: Control, program: Iterable[JudgedResource]) -> str:
    """Return the verdict of a control on a program: `fail`, `defer` or `pass`."""
    reported = applicable_findings(control, program)
    assert [finding for finding in reported if finding.broken] == []
    if any(not isinstance(finding.message, Deferred) for finding in reported):
        return "fail"
    return "defer" if reported else "pass"
