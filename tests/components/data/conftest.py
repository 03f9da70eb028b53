"""A sample data tier, and records of the databases in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hipaa_policies.judge import judge

from blueprint.record import Record
from blueprint.verdict import judged_resource
from components.data import (
    AdministratorConnection,
    ApplicationIdentity,
    Aurora,
    AuroraArgs,
    Bootstrap,
    BootstrapArgs,
    DataTier,
    Rds,
    RdsArgs,
)
from components.shared.logs import LogOptions
from tests.harness import ACCOUNT, RELAXED, WEAKEST, evaluate, log_archive, log_delivery

DATA_KEY = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-66667777aaaa")
SECRETS_KEY = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-66667777bbbb")
LOGS_KEY = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-66667777cccc")
BACKUP_KEY = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-66667777dddd")
IMAGE = f"registry.example.org/postgres@sha256:{'0' * 64}"
TIER = DataTier(
    account=ACCOUNT,
    vpc_id="vpc-1",
    subnets={"us-east-1a": "subnet-1", "us-east-1b": "subnet-2", "us-east-1c": "subnet-3"},
    function_subnet_ids=["subnet-4", "subnet-5"],
    data_key_arn=DATA_KEY,
    secrets_key_arn=SECRETS_KEY,
    logs=LogOptions(key_arn=LOGS_KEY, days=2192, protect=True),
    protect=True,
    alarm_topic_arn=ACCOUNT.arn("sns", "alerts"),
)

Build = Callable[..., Record]


def data_tier(protect: bool = False, archived: bool = False) -> DataTier:
    """Return the data tier; with `archived`, the log archive receives its logs and CloudWatch keeps them for 90 days."""
    if not archived:
        return replace(TIER, logs=replace(TIER.logs, protect=protect), protect=protect)
    logs = replace(TIER.logs, protect=protect, delivery=log_delivery(log_archive()), hot_days=90)
    return replace(TIER, logs=logs, protect=protect)


@pytest.fixture(scope="session")
def aurora() -> Build:
    """Record a cluster named `aurora`, with some arguments replaced."""

    def build(
        *, known: bool = True, protect: bool = True, archived: bool = False, **overrides: Any
    ) -> Record:
        values: dict[str, Any] = {"engine_version": "17.9", **overrides}
        return evaluate(
            lambda: Aurora("aurora", AuroraArgs(tier=data_tier(protect, archived), **values)), known
        )

    return build


@pytest.fixture(scope="session")
def rds() -> Build:
    """Record an instance named `rds`, with some arguments replaced."""

    def build(*, known: bool = True, protect: bool = True, **overrides: Any) -> Record:
        values: dict[str, Any] = {"engine_version": "17.9", **overrides}
        return evaluate(lambda: Rds("rds", RdsArgs(tier=data_tier(protect), **values)), known)

    return build


@pytest.fixture(scope="session")
def bootstrap() -> Build:
    """Record the task that creates database users, for one engine."""

    def build(
        engine: str = "aurora-postgresql",
        applications: Sequence[ApplicationIdentity] = (
            ApplicationIdentity(name="api"),
            ApplicationIdentity(name="worker"),
        ),
    ) -> Record:
        target = AdministratorConnection(
            engine=engine,
            host="writer.example.org",
            port=3306 if engine == "mysql" else 5432,
            database="app",
            security_group_id="sg-1",
            secret_arn=ACCOUNT.arn("secretsmanager", "secret:rds!1-AbCdEf"),
        )
        args = BootstrapArgs(tier=TIER, target=target, image=IMAGE, applications=applications)
        return evaluate(lambda: Bootstrap("aurora-bootstrap", args))

    return build


def violations_of(record: Record) -> set[tuple[str, str]]:
    """Return policy and URN of every violation in a stack with the weakest valid settings."""
    report = judge([judged_resource(item) for item in record.resources], config={**WEAKEST, **RELAXED})
    return {(item.policy, item.urn) for item in report.violations}
