"""What the tests of components share: an example account, its key, and the evaluation of a program in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hipaa_policies.judge import judge

from blueprint import recorder
from blueprint.record import Record, Resource
from blueprint.verdict import judged_resource
from components.shared.iam import Account

REGION: Final = "us-east-1"
ACCOUNT: Final = Account(id="111122223333", region=REGION)
KEY: Final = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-666677778888")
"""ARN of a customer-managed KMS key."""


def evaluate(program: Callable[[], object], known: bool = True) -> Record:
    """Run a program as the stack `dev` of this project in the example account, and return its record.

    With `known`, ids and ARNs have plausible values; without it they are unknown, as in the first preview of a stack.
    """
    return recorder.evaluate(
        program, {"aws:region": REGION}, project="hipaa", account=ACCOUNT.id, outputs_known=known
    )


RELAXED: Final = {
    "s3-log-bucket-is-locked-six-years": {"object_lock": "none"},
    "stateful-resource-is-protected": {"protect": False},
}
"""Parameters of controls for a stack without locks and protection."""


def violations_of(record: Record) -> set[tuple[str, str]]:
    """Return control and URN of every violation and advisory, except in the log archive, whose violations have waivers."""
    report = judge([judged_resource(item) for item in record.resources], config=RELAXED)
    return {
        (item.policy, item.urn)
        for item in (*report.violations, *report.advisories)
        if "hipaa:audit:LogArchive" not in item.urn
    }


def all_dependencies(record: Record, resource: Resource) -> set[str]:
    """Return the URNs of all direct and indirect dependencies, which Pulumi creates before the resource and deletes after."""
    seen: set[str] = set()
    pending = [*resource.dependencies]
    while pending:
        urn = pending.pop()
        if urn not in seen:
            seen.add(urn)
            pending.extend(record.by_urn[urn].dependencies)
    return seen
