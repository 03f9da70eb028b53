"""Claims: a control claims every property that it reads."""

from __future__ import annotations

from functools import cache

import pytest
from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import Control, controls
from hipaa_policies.model import JudgedResource

from blueprint import verdict
from tests.policy.areas import programs
from tests.policy.mutation.claims import unclaimed
from tests.repository import recorded


@cache
def prod() -> list[JudgedResource]:
    return list(map(canonical, verdict.judged_record(recorded("prod"))))


@pytest.mark.parametrize("control", controls(), ids=lambda control: control.id)
def test_a_control_claims_every_property_that_it_reads(control: Control) -> None:
    assert sorted(unclaimed(control, [*programs(control.id), prod()])) == []
