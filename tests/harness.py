"""An example account, the evaluation of a program in it, and questions about records and boot scripts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hipaa_policies.judge import judge

from blueprint import recorder
from blueprint.record import Record, Resource
from blueprint.verdict import judged_resource
from components.audit import LogArchive, LogArchiveArgs, LogDelivery, LogDeliveryArgs
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


def log_archive(name: str = "logs", **overrides: Any) -> LogArchive:
    """Create a log archive without Object Lock and protection, with some arguments replaced."""
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "kms_key_arn": KEY,
        "retention_days": 2192,
        "object_lock": "none",
        "protect": False,
    }
    return LogArchive(name, LogArchiveArgs(**{**values, **overrides}))


def log_delivery(archive: LogArchive, *, protect: bool = False) -> LogDelivery:
    """Create the delivery of logs to an archive."""
    arguments = LogDeliveryArgs(account=ACCOUNT, logs_key_arn=KEY, archive=archive, protect=protect)
    return LogDelivery("delivery", arguments)


RELAXED: Final = {
    "s3-log-bucket-is-locked-six-years": {"object_lock": "none"},
    "stateful-resource-is-protected": {"protect": False},
}
"""Parameters of controls for a stack without locks and protection."""


WEAKEST: Final[dict[str, dict[str, object]]] = {
    "account-baseline-is-whole": {"owner": "no"},
    "backup-plan-keeps-backups": {"min_days": 35, "copies": False},
    "backup-vault-is-locked": {"lock": "none"},
    "cache-keeps-snapshots": {"min_days": 1},
    "cache-spans-zones": {"required": False},
    "database-keeps-backups": {"min_days": 1},
    "database-spans-zones": {"required": False},
    "database-takes-minor-upgrades": {"pinned": True},
    "ignored-changes-spare-controls": {"accepted": ["aws:elasticache/user:User authenticationMode"]},
    "region-is-allowed": {"regions": ["*"]},
    "secret-rotates": {"max_days": 365},
    "security-group-opens-only-edge-ports": {"open_ports": [80, 443, 1194]},
    "vpc-has-private-endpoints": {"services": []},
}
"""Parameters of controls for the weakest valid settings: size, access, and resources of other stacks."""

ROTATION_IS_WAIVED: Final = {
    "function-has-reserved-concurrency",
    "function-is-in-a-vpc",
    "function-keeps-failures",
}
"""Controls that the function for the passwords of cache users violates; policy/waivers.yaml has the reasons."""


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


def statements_of(policy: object) -> dict[str, Any]:
    """Return the statements of a policy document by their ids."""
    assert isinstance(policy, str)
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


SCRIPT_CHECKS: Final = ("bash -n", "shellcheck")


def assert_script_passes(check: str, script: Path) -> None:
    """Assert that one of `SCRIPT_CHECKS` reports nothing about a script."""
    program, *options = check.split()
    path = shutil.which(program, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert path is not None, f"{program} is not installed"
    result = subprocess.run([path, *options, str(script)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
