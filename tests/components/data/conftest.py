"""Fixtures that record data stores in a sample data tier."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hipaa_policies.judge import judge

from blueprint.record import Record
from blueprint.verdict import judged_resource
from components.audit import LogArchive, LogArchiveArgs
from components.audit.delivery.delivery import LogDelivery, LogDeliveryArgs
from components.data import (
    AdministratorConnection,
    Aurora,
    AuroraArgs,
    Bootstrap,
    BootstrapArgs,
    DataTier,
    Rds,
    RdsArgs,
    SecondRegion,
)
from components.shared.iam import Account
from components.shared.logs import LogOptions
from tests.harness import ACCOUNT, RELAXED, evaluate
from tests.stacks.test_any_settings import PARAMETERS, ROTATION_IS_WAIVED

DATA_KEY = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-66667777aaaa")
SECRETS_KEY = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-66667777bbbb")
LOGS_KEY = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-66667777cccc")
ELSEWHERE = Account(id="111122223333", region="us-west-2")
SECOND = SecondRegion(
    region="us-west-2",
    kms_key_arn=ELSEWHERE.arn("kms", "key/data"),
    logs_key_arn=ELSEWHERE.arn("kms", "key/logs"),
    subnet_ids=["subnet-8", "subnet-9"],
    security_group_ids=["sg-9"],
    alarm_topic_arn=ELSEWHERE.arn("sns", "alerts"),
)
IMAGE = f"registry.example.org/postgres@sha256:{'0' * 64}"
TIER = DataTier(
    account=ACCOUNT,
    vpc_id="vpc-1",
    subnets={"us-east-1a": "subnet-1", "us-east-1b": "subnet-2", "us-east-1c": "subnet-3"},
    data_key_arn=DATA_KEY,
    secrets_key_arn=SECRETS_KEY,
    logs=LogOptions(key_arn=LOGS_KEY, days=2192, protect=True),
    protect=True,
    alarm_topic_arn=ACCOUNT.arn("sns", "alerts"),
)

KEYS = {
    purpose: ACCOUNT.arn("kms", f"key/{digit * 8}-2222-3333-4444-555566667777")
    for purpose, digit in (("data", "1"), ("secrets", "2"), ("logs", "3"), ("backup", "4"))
}

Build = Callable[..., Record]


def database_tier(protect: bool, archived: bool = False) -> DataTier:
    if not archived:
        return replace(TIER, logs=replace(TIER.logs, protect=protect), protect=protect)
    archive = LogArchive(
        "logs",
        LogArchiveArgs(
            account=ACCOUNT, kms_key_arn=LOGS_KEY, retention_days=2192, object_lock="none", protect=False
        ),
    )
    delivery = LogDelivery(
        "delivery", LogDeliveryArgs(account=ACCOUNT, logs_key_arn=LOGS_KEY, archive=archive, protect=False)
    )
    logs = replace(TIER.logs, protect=protect, delivery=delivery, hot_days=90)
    return replace(TIER, logs=logs, protect=protect)


@pytest.fixture(scope="session")
def aurora() -> Build:
    """Record a cluster named `aurora`, with some arguments replaced."""

    def build(
        *, known: bool = True, protect: bool = True, archived: bool = False, **overrides: Any
    ) -> Record:
        values: dict[str, Any] = {"engine_version": "17.9", **overrides}
        return evaluate(
            lambda: Aurora("aurora", AuroraArgs(tier=database_tier(protect, archived), **values)), known
        )

    return build


@pytest.fixture(scope="session")
def rds() -> Build:
    """Record an instance named `rds`, with some arguments replaced."""

    def build(*, known: bool = True, protect: bool = True, **overrides: Any) -> Record:
        values: dict[str, Any] = {"engine_version": "17.9", **overrides}
        return evaluate(lambda: Rds("rds", RdsArgs(tier=database_tier(protect), **values)), known)

    return build


@pytest.fixture(scope="session")
def bootstrap() -> Build:
    """Record the task that creates database users, for one engine."""

    def build(engine: str = "aurora-postgresql", users: tuple[str, ...] = ("api", "worker")) -> Record:
        target = AdministratorConnection(
            engine=engine,
            host="writer.example.org",
            port=3306 if engine == "mysql" else 5432,
            database="app",
            security_group_id="sg-1",
            secret_arn=ACCOUNT.arn("secretsmanager", "secret:rds!1-AbCdEf"),
        )
        args = BootstrapArgs(tier=TIER, target=target, image=IMAGE, users=users)
        return evaluate(lambda: Bootstrap("aurora-bootstrap", args))

    return build


def _tier(**overrides: Any) -> DataTier:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "vpc_id": "vpc-1",
        "subnets": {"us-east-1a": "subnet-1", "us-east-1b": "subnet-2"},
        "data_key_arn": KEYS["data"],
        "secrets_key_arn": KEYS["secrets"],
        "logs": LogOptions(key_arn=KEYS["logs"], days=2192, protect=overrides.get("protect", False)),
        "protect": False,
        "alarm_topic_arn": ACCOUNT.arn("sns", "alerts"),
    }
    return DataTier(**{**values, **overrides})


@pytest.fixture(scope="session")
def account() -> Account:
    return ACCOUNT


@pytest.fixture(scope="session")
def keys() -> Mapping[str, str]:
    """Return the ARN of each KMS key, by purpose."""
    return KEYS


@pytest.fixture(scope="session")
def tier() -> Callable[..., DataTier]:
    """Build a data tier, with some fields replaced."""
    return _tier


@pytest.fixture(scope="session")
def record() -> Callable[..., Record]:
    """Record a program in the sample account."""
    return evaluate


@pytest.fixture(scope="session")
def violations() -> Callable[[Record], set[tuple[str, str]]]:
    """Return policy and URN of every violation in a stack with the smallest allowed settings."""

    def violations_of(record: Record) -> set[tuple[str, str]]:
        config = {
            **PARAMETERS,
            **RELAXED,
        }
        report = judge([judged_resource(item) for item in record.resources], config=config)
        return {
            (item.policy, item.urn)
            for item in report.violations
            if "hipaa:audit:LogArchive" not in item.urn  # its violations have waivers
            and not (item.policy in ROTATION_IS_WAIVED and item.urn.endswith("Function::cache-rotation"))
        }

    return violations_of
