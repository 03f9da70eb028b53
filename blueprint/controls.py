"""The controls as documentation: a page for people, and a component definition in OSCAL for programs.

OSCAL 1.1: https://pages.nist.gov/OSCAL-Reference/models/v1.1.3/component-definition/json-reference/
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hipaa_policies.catalog import PACKS, Control, controls
from hipaa_policies.coverage import ROWS
from hipaa_policies.judge import Report
from hipaa_policies.values import is_list

from blueprint import verdict
from blueprint.duties import HUMAN_DUTIES
from blueprint.markdown import table
from blueprint.record import Record, Resource
from blueprint.workspace import Stack, Workspace

LAW: Final = "https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-C"
OSCAL_VERSION: Final = "1.1.3"
NAMESPACE: Final = "https://example.org/ns/hipaa-policies"
"""Namespace of the properties that OSCAL does not define; replace it by a domain of yours in a fork."""
_NAMED: Final = 24
"""Up to this many resources of one type are listed by name."""
_FEW_TYPES: Final = 3
"""If there are more resources, of more types than this, the page lists numbers instead of names."""
_UNKNOWN: Final = {
    "present": "counts as present",
    "defer": "is judged at deployment",
    "fail": "is a violation",
}


@dataclass(frozen=True, slots=True)
class JudgedStack:
    """The record of a stack, and the report of the controls about it."""

    record: Record
    report: Report

    @classmethod
    def of(cls, record: Record, workspace: Workspace, stack: Stack) -> JudgedStack:
        """Judge a record with the parameters of the controls and the waivers of its stack."""
        return cls(record, verdict.report_of(record, workspace.parameters_of(stack), workspace.waivers_file))

    def satisfying(self, control: Control) -> list[Resource]:
        """Return the resources that a control judged without a violation, sorted by URN."""
        return [self.record.by_urn[urn] for urn in sorted(self.report.passing_urns.get(control.id, ()))]

    def exempt(self, control: Control) -> list[str]:
        """Return the names of the resources that the exemption of a control covers."""
        return sorted(self.record.by_urn[urn].name for urn in self.report.exempt.get(control.id, ()))

    def waived(self, control: Control) -> list[str]:
        """Return the names of the resources whose violations of a control are waived."""
        return sorted(
            {self.record.by_urn[item.urn].name for item in self.report.waived if item.policy == control.id}
        )


def page(stack: JudgedStack | None = None) -> str:
    """Return the catalog as Markdown: each control with its sources and the duties that remain with people.

    Args:
        stack: If given, the page also names the resources of the stack that satisfy each control.
    """
    parts = [
        "# Controls",
        f"{len(controls())} controls of `hipaa-policies`. Each **maps to** sections of 45 CFR 164; none certifies that "
        "anybody or anything complies with them. If a figure is this project's policy and not part of the regulation, the "
        "control says so. `python -m blueprint evidence STACK` writes this page with the resources of a stack that satisfy "
        f"each control, and the same as an OSCAL {OSCAL_VERSION} component definition.",
        "Many equivalents come from AWS's conformance pack, which AWS does not design to ensure compliance with any standard. "
        "The same is true here.",
        "## What stays a human duty",
        table(
            ("45 CFR", "Section", "Controls", "What code cannot do"),
            (
                (citation, title, str(number), duty)
                for citation, (title, duty) in HUMAN_DUTIES.items()
                if (number := sum(citation in item.citations for item in controls()))
            ),
        ),
        "Only people, or the running account, can answer these questions:",
        table(
            ("Row", "cdk-nag", "AWS Config", "Controls that answer a part", "Why not code, and who looks"),
            (
                (row.id, _names(row.cdk_nag), _names(row.aws_config), _names(row.controls), row.why)
                for row in ROWS
                if row.why
            ),
        ),
    ]
    for pack in PACKS:
        chosen = [item for item in controls() if item.pack == pack]
        parts.append(f"## Pack `{pack}`: {len(chosen)} controls")
        for control in chosen:
            parts.extend(_section(control, stack))
    return "\n\n".join(parts) + "\n"


def _section(control: Control, stack: JudgedStack | None) -> Iterator[str]:
    yield f"### `{control.id}`"
    yield f"{control.title}. {control.description} How to fix it: {control.remediation}"
    config = [name for row in ROWS if control.id in row.controls for name in row.aws_config]
    nag = [name for row in ROWS if control.id in row.controls for name in row.cdk_nag]
    facts = [
        f"Maps to: 45 CFR {', '.join(control.citations)}",
        f"AWS Config: {_names([*_sources(control, 'aws-config:'), *config])}; "
        f"cdk-nag: {_names([*_sources(control, 'cdk-nag:'), *nag])}; "
        f"others: {_others(control)}",
        f"Severity {control.severity}, {control.level}; judges {_scope(control)}; a value not known before deployment "
        f"{_UNKNOWN[control.unknown]}",
        *_exemption(control),
        *(f"Setting `{name}`: {_setting(schema)}" for name, schema in control.settings.items()),
        *([f"In `{stack.record.stack}`: {_satisfying(control, stack)}"] if stack else []),
        f"Human duty: {HUMAN_DUTIES[control.citations[0]][1]}",
    ]
    yield "\n".join(f"- {fact}" for fact in facts)


def _scope(control: Control) -> str:
    if control.resource_check is None:
        return "the stack as a whole"
    early = "each resource before it is created"
    return early if control.stack_check is None else f"{early}, and its exemption with the stack as a whole"


def _exemption(control: Control) -> Iterator[str]:
    if control.exemption is not None:
        yield f"Exemption: {control.exemption.text} {' '.join(f'<{item}>' for item in control.exemption.sources)}"


def _sources(control: Control, prefix: str) -> Iterator[str]:
    """Yield the names of a control's sources of one kind."""
    yield from (item.removeprefix(prefix) for item in control.sources if item.startswith(prefix))


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names)) or "none"


def _others(control: Control) -> str:
    return _names(item for item in control.sources if not item.startswith(("aws-config:", "cdk-nag:")))


def _setting(schema: Mapping[str, Any]) -> str:
    default = schema["default"]
    shown = ", ".join(map(str, default)) or "none" if is_list(default) else json.dumps(default)
    allowed = f" (one of {', '.join(schema['enum'])})" if "enum" in schema else ""
    return f"by default {shown}{allowed}. {schema.get('description', '')}".strip()


def _satisfying(control: Control, stack: JudgedStack) -> str:
    satisfying = stack.satisfying(control)
    others = "".join(
        f"; {verb} {', '.join(names)}"
        for verb, names in (("exempt:", stack.exempt(control)), ("waived for", stack.waived(control)))
        if names
    )
    if not satisfying:
        return f"no resource that the control applies to{others}"
    counts = Counter(item.label for item in satisfying)
    if len(satisfying) > _NAMED and len(counts) > _FEW_TYPES:
        listed = ", ".join(f"{number} × `{label}`" for label, number in sorted(counts.items())[:_NAMED])
        rest = f" and {len(counts) - _NAMED} more types" if len(counts) > _NAMED else ""
        return f"satisfied by {len(satisfying)} resources: {listed}{rest}{others}"
    names_by_type = "; ".join(
        f"`{label}` {_some([item.name for item in satisfying if item.label == label])}"
        for label in sorted(counts)
    )
    return f"satisfied by {names_by_type}{others}"


def _some(names: Sequence[str]) -> str:
    """Return names, or the first of them and the number of the others."""
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest


def component_definition(version: str, stack: JudgedStack, modified: datetime.datetime) -> str:
    """Return the controls as an OSCAL component definition in JSON: one component for each pack.

    Args:
        version: Version of the project that publishes it.
        stack: The stack whose resources satisfy the controls.
        modified: Time of the last change, in UTC.
    """
    content = {
        "component-definition": {
            "uuid": _uuid("component-definition", stack.record.project, stack.record.stack),
            "metadata": {
                "title": "Policy packs that map to the HIPAA Security Rule",
                "last-modified": modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "version": version,
                "oscal-version": OSCAL_VERSION,
                "remarks": "Maps to sections of 45 CFR 164; certifies nothing.",
            },
            "components": [_component(pack, stack) for pack in PACKS],
        }
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _component(pack: str, stack: JudgedStack) -> dict[str, object]:
    chosen = [item for item in controls() if item.pack == pack]
    citations = [citation for citation in HUMAN_DUTIES if any(citation in item.citations for item in chosen)]
    return {
        "uuid": _uuid(pack),
        "type": "validation",
        "title": f"hipaa-{pack}",
        "description": f"The policy pack {pack}: {len(chosen)} controls that judge a Pulumi program before it is deployed.",
        "purpose": "To stop a deployment that violates a control, unless a waiver in force accepts it.",
        "props": [prop for item in chosen for prop in _rule(item, stack)],
        "control-implementations": [
            {
                "uuid": _uuid(pack, "control-implementation"),
                "source": LAW,
                "description": "Sections of 45 CFR 164, with the controls of the pack that map to them.",
                "implemented-requirements": [
                    _requirement(pack, citation, [item for item in chosen if citation in item.citations])
                    for citation in citations
                ],
            }
        ],
    }


def _rule(control: Control, stack: JudgedStack) -> Iterator[dict[str, str]]:
    """Yield the properties of one control; they have the same `remarks`, which OSCAL uses to group properties."""
    yield _prop("Rule_Id", control.id, control.id)
    yield _prop("Rule_Description", control.description, control.id)
    yield _prop("Severity", control.severity, control.id)
    yield _prop("Remediation", control.remediation, control.id)
    if control.exemption is not None:
        yield _prop("Exemption", control.exemption.text, control.id)
    for source in control.sources:
        yield _prop("Equivalent", source, control.id)
    satisfying = stack.satisfying(control)
    yield _prop("Satisfying_Resources", str(len(satisfying)), control.id)
    if len(satisfying) <= _NAMED:
        for item in satisfying:
            yield _prop("Satisfied_By", f"{item.label} {item.name}", control.id)


def _requirement(pack: str, citation: str, chosen: Sequence[Control]) -> dict[str, object]:
    title, duty = HUMAN_DUTIES[citation]
    return {
        "uuid": _uuid(pack, citation),
        "control-id": control_id(citation),
        "description": f"45 CFR {citation}, {title}: decided in part by {len(chosen)} controls of this pack.",
        "props": [_prop("Rule_Id", item.id) for item in chosen],
        "links": [{"href": f"controls.md#{item.id}", "rel": "reference"} for item in chosen],
        "remarks": f"Human duty: {duty}",
    }


def _prop(name: str, value: str, rule: str = "") -> dict[str, str]:
    property_ = {"name": name, "ns": NAMESPACE, "value": value}
    return {**property_, "remarks": rule} if rule else property_


def control_id(citation: str) -> str:
    """Return a section as an OSCAL token, e.g. `hipaa-164.312.a.2.iv` for `164.312(a)(2)(iv)`."""
    return f"hipaa-{citation.replace(')(', '.').replace('(', '.').rstrip(')')}"


def _uuid(*parts: str) -> str:
    """Return an identifier that is the same every time."""
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE), "/".join(parts)))
