"""One recorded evaluation of each shipped stack, shared by the tests that only read it."""

from __future__ import annotations

from functools import cache

import pytest

import settings
from blueprint import ROOT, stacks
from blueprint.record import Record, evaluate

STACKS = ("dev", "prod")


@cache
def recorded(stack: str, known: bool = True) -> Record:
    file = stacks.read(ROOT, stack)
    return evaluate(ROOT / "__main__.py", file.config, stack=stack, project=file.project, known=known)


def chosen(stack: str) -> settings.Settings:
    file = stacks.read(ROOT, stack)
    return settings.parse(file.config, file=file.path.name)


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)
