"""A fixture that runs a test for each shipped stack."""

from __future__ import annotations

import pytest

from tests.repository import STACKS


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)
