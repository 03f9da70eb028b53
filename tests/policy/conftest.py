"""Servers of the packs, started once for each test process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.policy.servers import PackServer, running
from tests.repository import recorded


@pytest.fixture(scope="session")
def serving() -> Iterator[Callable[[str], PackServer]]:
    """Return a function that gives the running server of a pack; a test configures it before it judges."""
    with ExitStack() as stack:

        @cache
        def started(name: str) -> PackServer:
            return stack.enter_context(running(name, recorded("prod")))

        yield started
