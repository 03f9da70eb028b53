"""A data tier, recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hipaa_policies.judge import judge

from blueprint.record import Record, evaluate
from blueprint.verdict import judged
from components.data.tier import DataTier
from components.iam import Account

ACCOUNT = Account(id="111122223333", region="us-east-1")
KEYS = {
    purpose: ACCOUNT.arn("kms", f"key/{digit * 8}-2222-3333-4444-555566667777")
    for purpose, digit in (("data", "1"), ("secrets", "2"), ("logs", "3"), ("backup", "4"))
}


def _tier(**overrides: Any) -> DataTier:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1", "subnet-2"],
        "zones": ["us-east-1a", "us-east-1b"],
        "data_key_arn": KEYS["data"],
        "secrets_key_arn": KEYS["secrets"],
        "logs_key_arn": KEYS["logs"],
        "retention_days": 2192,
        "protect": False,
        "alarm_topic_arn": ACCOUNT.arn("sns", "alerts"),
    }
    return DataTier(**{**values, **overrides})


def _record(program: Callable[[], object], known: bool = True) -> Record:
    config: Mapping[str, object] = {"aws:region": ACCOUNT.region, "hipaa:account": ACCOUNT.id}
    return evaluate(program, config, known=known)


@pytest.fixture(scope="session")
def account() -> Account:
    return ACCOUNT


@pytest.fixture(scope="session")
def keys() -> Mapping[str, str]:
    """Return the ARN of each key."""
    return KEYS


@pytest.fixture(scope="session")
def tier() -> Callable[..., DataTier]:
    """Build a data tier, with some fields replaced."""
    return _tier


@pytest.fixture(scope="session")
def record() -> Callable[..., Record]:
    """Record a program in that account."""
    return _record


@pytest.fixture(scope="session")
def violations() -> Callable[[Record], set[tuple[str, str]]]:
    """Return control and resource of every violation in a stack that is not protected."""

    def found(record: Record) -> set[tuple[str, str]]:
        config = {
            "s3-log-bucket-is-locked-six-years": {"object_lock": "none"},
            "stateful-resource-is-protected": {"protect": False},
        }
        report = judge([judged(item) for item in record.resources], config=config)
        return {(item.policy, item.urn) for item in report.violations}

    return found
