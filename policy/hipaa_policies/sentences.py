"""A violation in words, complete where it stands alone, as in the output of `pulumi preview`."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Control
from hipaa_policies.judge import Report
from hipaa_policies.model import Violation


def in_full(violation: Violation, control: Control | None) -> str:
    """Return what is wrong with which resource, the law it maps to and the way out, or why it is let pass.

    The resource's type and name come first, because a report of many resources is read by them.
    """
    parts = [f"{subject(violation.urn)} is judged by {violation.policy}: {violation.message}"]
    waiver = violation.waived_by
    if waiver is not None:
        ticket = f" ({waiver.ticket})" if waiver.ticket else ""
        parts.append(f"Accepted until {waiver.expires} by the {waiver.approver}{ticket}: {waiver.reason}")
    if control is not None:
        parts.append(f"Maps to 45 CFR {', '.join(control.citations)}.")
        if waiver is None and not violation.deferred:
            parts.append(f"To mend it: {control.remediation}")
    return " ".join(parts)


def deferrals(report: Report) -> Iterator[str]:
    """Yield one sentence for each control that has something to judge at deployment; nothing is wrong with that."""
    waiting: dict[str, set[str]] = {}
    for violation in report.advisories:
        if violation.deferred:
            waiting.setdefault(violation.policy, set()).add(subject(violation.urn))
    for policy, subjects in waiting.items():
        yield (
            f"{policy} judges these at deployment, because what it reads of them is not known before: "
            f"{', '.join(sorted(subjects))}."
        )


def subject(urn: str) -> str:
    """Return a resource's type and logical name, e.g. `aws:s3/bucket:Bucket logs`."""
    parts = urn.split("::", 3)
    if len(parts) != 4:
        return urn or "The stack"
    return f"{parts[2].rpartition('$')[2]} {parts[3]}"
