"""Judge a record by the controls of `hipaa-policies`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from hipaa_policies import config as configuration
from hipaa_policies import values, waivers
from hipaa_policies.catalog import ConfigError, Control, controls
from hipaa_policies.judge import Report
from hipaa_policies.judge import judge as apply_controls
from hipaa_policies.model import JudgedResource, Violation
from hipaa_policies.reading import judged_properties
from hipaa_policies.waivers import WaiverError, Waivers

from blueprint.record import Record, Resource
from blueprint.stacks import StackError
from blueprint.values import UNKNOWN

_LISTED: Final = 5
"""The number of resources of a group that a preview names."""


class PolicyConfigError(StackError):
    """A stack's policy configuration or the waivers cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of a control by one resource."""

    policy: str
    severity: str
    urn: str
    name: str
    """Type and logical name, e.g. `s3/Bucket archive`."""
    message: str
    remediation: str = ""
    citations: tuple[str, ...] = ()
    """Sections of 45 CFR that the control maps to."""
    reason: str = ""
    """Why it is waived; empty if it is not."""
    approver: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one control with the same message about one or more resources."""

    first: Finding
    message: str
    """The message; `…` stands for the name of the resource where the messages differ in it."""
    names: tuple[str, ...]
    """Type and logical name of each resource."""

    def listed(self, style: str = "{}") -> str:
        """Return the first names, each in a style, and the number of the others if there are more."""
        first, others = self.names[:_LISTED], self.names[_LISTED:]
        return ", ".join(map(style.format, first)) + (f" and {len(others)} more" if others else "")


@dataclass(frozen=True, slots=True, order=True)
class Exempt:
    """One resource that the exemption of a control covers."""

    policy: str
    name: str
    """Type and logical name, e.g. `s3/Bucket archive`."""
    urn: str
    reason: str
    """The exemption of the control: which resources it covers, under which conditions, and why."""
    sources: tuple[str, ...]
    """Pages of AWS that state the reason."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one stack."""

    findings: tuple[Finding, ...]
    """Violations of mandatory controls: a stack with one of these must not be deployed."""
    advisories: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    exempt: tuple[Exempt, ...]
    """Resources that an exemption of a control covers."""
    controls: int
    """Number of controls in the catalog."""
    checks: int
    """How often a control was applied to a resource."""
    notes: tuple[str, ...] = ()
    """Sentences about waivers that expire soon, do not apply on this day or cover nothing."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The findings, with one group for all findings of a control that differ only in the resource."""
        alike: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            alike.setdefault((finding.policy, _without_name(finding)), []).append(finding)
        return tuple(_group(message, findings) for (_, message), findings in alike.items())

    @property
    def without_own_key(self) -> frozenset[str]:
        """URNs of buckets that need no customer-managed key because of an exemption or a waiver."""
        return frozenset(
            item.urn
            for item in (*self.exempt, *self.waived)
            if item.policy == "s3-bucket-encrypted-with-own-key"
        )

    @property
    def accepted(self) -> tuple[Finding, ...]:
        """One waived finding for each control and resource; a control may have several findings about one resource."""
        return tuple({(item.policy, item.urn): item for item in self.waived}.values())


_DEFAULTS: Final[Mapping[str, Mapping[str, object]]] = {}


def judge(
    record: Record,
    parameters: Mapping[str, Mapping[str, object]] = _DEFAULTS,
    waivers_file: Path | None = None,
) -> Verdict:
    """Return the verdict of `report_of` about a record, with the same arguments and errors."""
    return verdict_of(report_of(record, parameters, waivers_file), record)


def report_of(
    record: Record,
    parameters: Mapping[str, Mapping[str, object]] = _DEFAULTS,
    waivers_file: Path | None = None,
) -> Report:
    """Apply every control to a record, with its parameters and the waivers in force.

    Args:
        record: The record of a program.
        parameters: Parameters of the controls by control id; every other parameter has its strictest value.
        waivers_file: Accepted exceptions.

    Raises:
        PolicyConfigError: A parameter is unknown or has a value that is not allowed, or the waivers are malformed.
    """
    try:
        return apply_controls(judged_record(record), config=parameters, waivers=waivers_of(waivers_file))
    except ConfigError as error:
        raise PolicyConfigError(f"parameters of the controls for stack {record.stack}: {error}") from error


def verdict_of(report: Report, record: Record) -> Verdict:
    """Return the outcome for a stack, from the report of the controls about its record."""
    by_id = {control.id: control for control in controls()}
    return Verdict(
        findings=_findings(report.violations, by_id, record),
        advisories=_findings(report.advisories, by_id, record),
        waived=_findings(report.waived, by_id, record),
        exempt=tuple(sorted(_exempt(report, by_id, record))),
        controls=len(by_id),
        checks=_checks(report),
        notes=report.notes,
    )


def config_of(path: Path) -> Mapping[str, Mapping[str, object]]:
    """Return parameters by control id, from a file as Pulumi takes it with `--policy-pack-config`."""
    try:
        parameters = configuration.read(path)
        configuration.for_engine(parameters)  # checks every control and every parameter
        return parameters
    except ConfigError as error:
        raise PolicyConfigError(f"{path}: {error}") from error


def waivers_of(path: Path | None) -> Waivers | None:
    """Return the accepted exceptions in a file; None without a file.

    Raises:
        PolicyConfigError: The file cannot be read or is malformed; the message lists every mistake.
    """
    try:
        return waivers.read(path) if path else None
    except WaiverError as error:
        raise PolicyConfigError(str(error)) from error
    except OSError as error:
        raise PolicyConfigError(f"{path}: {error.strerror}") from error


def judged_record(record: Record) -> list[JudgedResource]:
    """Return a record as the rules see it."""
    default = record.config.get("aws:region")
    regions = {
        item.urn: item.inputs.get("region", default)
        for item in record.resources
        if item.type.startswith("pulumi:providers:")
    }
    return [
        judged_resource(item, regions.get(item.provider.rpartition("::")[0], default))
        for item in record.resources
    ]


def judged_resource(resource: Resource, region: object = None) -> JudgedResource:
    """Return a recorded resource as the rules see it; `region` is the region of its provider."""
    return JudgedResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        props=judged_properties(_judged_value(with_id(resource)), {}),
        parent=resource.parent,
        protect=resource.protect,
        ignore_changes=resource.ignore_changes,
        property_dependencies=resource.property_dependencies,
        dependencies=resource.dependencies,
        provider_region=region if resource.type.startswith("aws:") else None,
    )


def with_id(resource: Resource) -> Mapping[str, object]:
    """Return a resource's inputs, with its id if it is known: the AWS provider has the id among the outputs."""
    identifier = resource.outputs.get("id")
    return {**resource.inputs, "id": identifier} if isinstance(identifier, str) else resource.inputs


def _judged_value(value: Any) -> Any:
    """Return a value with the policies' own sentinel for unknowns; they import nothing of the program."""
    if value is UNKNOWN:
        return values.UNKNOWN
    if isinstance(value, Mapping):
        return {key: _judged_value(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [_judged_value(item) for item in cast("list[object]", value)]
    return value


def _checks(report: Report) -> int:
    return sum(tally.checked for tally in report.tallies)


def _findings(
    violations: tuple[Violation, ...], by_id: Mapping[str, Control], record: Record
) -> tuple[Finding, ...]:
    return tuple(
        sorted(
            (_finding(item, by_id.get(item.policy), record) for item in violations),
            key=lambda finding: (_SEVERITIES.index(finding.severity), finding.policy, finding.urn),
        )
    )


_SEVERITIES: Final = ("critical", "high", "medium", "low")


def _finding(violation: Violation, control: Control | None, record: Record) -> Finding:
    waiver = violation.waived_by
    return Finding(
        policy=violation.policy,
        severity=violation.severity,
        urn=violation.urn,
        name=_name(violation.urn, record),
        message=violation.message,
        remediation=control.remediation if control else "",
        citations=control.citations if control else (),
        reason=waiver.reason if waiver else "",
        approver=waiver.approver if waiver else "",
        expires=waiver.expires.isoformat() if waiver else "",
    )


def _without_name(finding: Finding) -> str:
    """Return the message of a finding with `…` for the logical name of its resource."""
    name = re.escape(finding.urn.rpartition("::")[2])
    return re.sub(rf"(?<![\w-]){name}(?![\w-])", "…", finding.message) if name else finding.message


def _group(message: str, findings: Sequence[Finding]) -> Group:
    same = len({finding.message for finding in findings}) == 1
    names = tuple(dict.fromkeys(finding.name for finding in findings))
    return Group(findings[0], findings[0].message if same else message, names)


def _exempt(report: Report, known: Mapping[str, Control], record: Record) -> Iterator[Exempt]:
    for policy, urns in report.exempt.items():
        exemption = known[policy].exemption
        if exemption is not None:
            yield from (
                Exempt(policy, _name(urn, record), urn, exemption.text, exemption.sources) for urn in urns
            )


def _name(urn: str, record: Record) -> str:
    resource = record.by_urn.get(urn)
    return f"{resource.label} {resource.name}" if resource else urn
