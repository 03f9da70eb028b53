"""One stack with real servers for all tests of the sample application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples import running
from tests.examples.running import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    if reason := running.missing():
        pytest.skip(reason)
    with running.stack() as stack:
        yield stack
