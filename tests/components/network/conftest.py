from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record
from components.network import NatStrategy, Network, NetworkArgs
from components.shared.addressing import TIERS, plan
from components.shared.logs import LogOptions
from tests.harness import ACCOUNT, KEY, REGION, evaluate

BuildArgs = Callable[..., NetworkArgs]
RecordNetwork = Callable[..., Record]


def _args(*, letters: str = "ab", tiers: tuple[str, ...] = TIERS, **overrides: Any) -> NetworkArgs:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "plan": plan(IPv4Network("10.20.0.0/16"), [f"{REGION}{letter}" for letter in letters], tiers),
        "nat": NatStrategy.GATEWAY_PER_ZONE,
        "logs": LogOptions(key_arn=KEY, days=2192, protect=False),
        "compute_key_arn": KEY,
        "archive_bucket_arn": "arn:aws:s3:::example-archive",
        "protect": False,
    }
    return NetworkArgs(**{**values, **overrides})


@cache
def _record(*, known: bool = True, **overrides: Any) -> Record:
    return evaluate(lambda: Network("main", _args(**overrides)), known=known)


@pytest.fixture(scope="session")
def args() -> BuildArgs:
    """Return a function that builds valid arguments; keyword arguments replace some, and `letters` selects the zones."""
    return _args


@pytest.fixture(scope="session")
def network() -> RecordNetwork:
    """Return a function that records a network named `main` with such arguments; equal arguments share a record."""
    return _record
