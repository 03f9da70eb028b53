"""Complete messages for violations, readable without context, as `pulumi preview` prints them."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Control
from hipaa_policies.judge import Report
from hipaa_policies.model import Violation


def full_message(violation: Violation, control: Control | None) -> str:
    """Return a message with resource, control, fault, citations, and the remediation or the reason of the waiver.

    Type and name of the resource come first, because readers look for them in a report of many resources.
    """
    parts = [f"{subject(violation.urn)} is judged by {violation.policy}: {violation.message}"]
    waiver = violation.waived_by
    if waiver is not None:
        ticket = f" ({waiver.ticket})" if waiver.ticket else ""
        parts.append(f"Accepted until {waiver.expires} by the {waiver.approver}{ticket}: {waiver.reason}")
    if control is not None:
        parts.append(f"Maps to 45 CFR {', '.join(control.citations)}.")
        if waiver is None and not violation.deferred:
            parts.append(f"To fix it: {control.remediation}")
    return " ".join(parts)


def deferrals(report: Report) -> Iterator[str]:
    """Yield one message for each control that judges resources only at deployment; these are no violations."""
    deferred: dict[str, set[str]] = {}
    for violation in report.advisories:
        if violation.deferred:
            deferred.setdefault(violation.policy, set()).add(subject(violation.urn))
    for policy, subjects in deferred.items():
        yield (
            f"{policy} judges these resources at deployment, because it reads values that are unknown before: "
            f"{', '.join(sorted(subjects))}."
        )


def subject(urn: str) -> str:
    """Return the type and logical name of a resource, e.g. `aws:s3/bucket:Bucket logs`."""
    parts = urn.split("::", 3)
    if len(parts) != 4:
        return urn or "The stack"
    return f"{parts[2].rpartition('$')[2]} {parts[3]}"
