"""Names of partners' services, and what of a block of settings becomes what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.connectivity import plan, read_partner
from tests.components.connectivity.conftest import ALL

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True)


def test_a_service_has_a_name_and_two_variables():
    assert plan.host("mercy", "fhir") == "fhir.mercy.partner.internal"
    assert plan.variables("st-luke", "hl7", 2575) == {
        "PARTNER_ST_LUKE_HL7_HOST": "hl7.st-luke.partner.internal",
        "PARTNER_ST_LUKE_HL7_PORT": "2575",
    }


@given(pairs=st.sets(st.tuples(NAMES, NAMES), min_size=2, max_size=6))
def test_no_two_services_share_a_key(pairs: set[tuple[str, str]]):
    assert len({plan.key(partner, service) for partner, service in pairs}) == len(pairs)


def test_every_mode_is_read_as_its_kind():
    kinds = {raw["mode"]: type(read_partner(**raw)) for raw in ALL.values()}
    assert kinds == {
        "vpn": plan.VpnPartner,
        "transit": plan.TransitPartner,
        "privatelink": plan.PrivateLinkPartner,
        "endpoint": plan.EndpointPartner,
    }


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="pigeon"):
        read_partner(mode="pigeon")


@pytest.mark.parametrize(
    "change",
    [
        {"tls": "ssl"},
        {"tls": "terminate"},
        {"certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/1"},
    ],
)
def test_tls_and_its_certificate_come_together(change: dict[str, str]):
    service = {**ALL["mercy"]["services"][0], **change}
    with pytest.raises(ValueError, match="of fhir must"):
        read_partner(**{**ALL["mercy"], "services": [service]})


def test_strangers_are_everybody_elses_ranges():
    routed = {
        name: it
        for name, raw in ALL.items()
        if isinstance(it := read_partner(**raw), plan.VpnPartner | plan.TransitPartner)
    }
    assert list(plan.strangers(routed, "stluke")) == [("mercy", "172.30.8.0/22"), ("mercy", "172.30.16.0/22")]
    assert list(plan.strangers(routed, "mercy")) == [("stluke", "10.140.0.0/16")]
