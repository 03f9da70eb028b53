"""A recorded VPN server, and hosts on which its boot script has run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blueprint.record import Record
from tests.components.connectivity.vpn.fake_host import Host, host_in
from tests.components.connectivity.vpn.programs import TEMPLATE, recorded


@pytest.fixture(scope="session")
def record() -> Record:
    """Record a VPN server named `vpn`."""
    return recorded()


@pytest.fixture(scope="session")
def template(record: Record) -> Any:
    """Return the inputs of its launch template."""
    return record.one(TEMPLATE).inputs


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return host_in(tmp_path)


@pytest.fixture
def booted(host: Host) -> Host:
    host.boot()
    return host
