"""Tests of the names of partners' services, and of the validation of their descriptions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.connectivity.partners import plan
from tests.components.connectivity.partners.conftest import MERCY, STLUKE

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True)


def test_a_service_has_a_host_name_and_two_environment_variables():
    assert plan.service_host("mercy", "fhir") == "fhir.mercy.partner.internal"
    assert plan.service_variables("st-luke", "hl7", 2575) == {
        "PARTNER_ST_LUKE_HL7_HOST": "hl7.st-luke.partner.internal",
        "PARTNER_ST_LUKE_HL7_PORT": "2575",
    }


@given(pairs=st.sets(st.tuples(NAMES, NAMES), min_size=2, max_size=6))
def test_no_two_services_share_a_key(pairs: set[tuple[str, str]]):
    assert len({plan.service_key(partner, service) for partner, service in pairs}) == len(pairs)


@pytest.mark.parametrize(
    "change",
    [
        {"tls": "ssl"},
        {"tls": "terminate"},
        {"certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/1"},
    ],
)
def test_terminate_requires_a_certificate_and_other_tls_modes_refuse_one(change: dict[str, str]):
    with pytest.raises(ValueError, match="of fhir must"):
        replace(MERCY.services[0], **change)


def test_ranges_of_others_are_the_ranges_of_all_other_partners():
    routed = {"mercy": MERCY, "stluke": STLUKE}
    assert list(plan.ranges_of_others(routed, "stluke")) == [("mercy", cidr) for cidr in MERCY.cidrs]
    assert list(plan.ranges_of_others(routed, "mercy")) == [("stluke", STLUKE.cidrs[0])]
