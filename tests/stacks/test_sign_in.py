"""A stack whose load balancer signs in users and verifies certificates: no policy objects, and every claim holds."""

from __future__ import annotations

import pytest
from hipaa_policies.judge import judge

from blueprint.reach.claims import claims
from blueprint.reach.network import RecordedNetwork
from blueprint.record import Record
from blueprint.verdict import judged_resource
from tests.repository import controls_for, intent_of, network, program
from tests.settings.documents import Document, full_document, put

CLAIM = "entry-points-reach-declared-hosts-only"
MUTUAL_TLS: Document = {"mode": "verify", "ca_bundle": {"bucket": "partner-roots", "key": "all.pem"}}
SIGN_IN: Document = {
    "issuer": "https://idp.example.org/",
    "authorization_endpoint": "https://idp.example.org/authorize",
    "token_endpoint": "https://idp.example.org/token",
    "user_info_endpoint": "https://idp.example.org/userinfo",
    "client_id": "portal",
    "client_secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:idp-AbCdEf",
}


def _document() -> Document:
    document = put(full_document(), "hipaa:edge.mutual_tls", MUTUAL_TLS)
    return put(document, "hipaa:apps.api.processes.web.route.sign_in", SIGN_IN)


@pytest.fixture(scope="module")
def record() -> Record:
    return program(_document())


def test_sign_in_and_certificates_violate_no_policy(record: Record) -> None:
    report = judge(map(judged_resource, record.resources), config=controls_for(record.config))
    assert report.violations == ()


def test_every_claim_on_the_network_holds(record: Record) -> None:
    judged = claims(network(record))
    assert CLAIM in {item.id for item in judged}
    assert [fault for item in judged for fault in item.faults] == []


def test_a_connection_to_the_internet_without_a_route_that_signs_in_users_is_reported(record: Record) -> None:
    without = intent_of(full_document())
    [refuted] = [item for item in claims(RecordedNetwork(record, without)) if item.faults]
    assert refuted.id == CLAIM
    assert "edge reaches internet on tcp 443" in refuted.faults[0]
    assert "sign-in" in refuted.faults[0]


def test_a_service_without_an_image_opens_no_connection(record: Record) -> None:
    document = _document()
    del document["hipaa:apps"]["api"]["image"]
    rules = {item.name for item in program(document).resources}
    assert "edge-sign-in" in {item.name for item in record.resources}
    assert "edge-sign-in" not in rules
