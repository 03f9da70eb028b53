"""Certificates of clients: not requested, passed on unverified, or required."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blueprint.record import Record
from components.compute.edge.mutual_tls import CaBundle, MutualTls
from tests.harness import violations_of

LISTENER = "aws:lb/listener:Listener"
STORE = "aws:lb/trustStore:TrustStore"
BUNDLE = CaBundle(bucket="partner-roots", key="roots/all.pem", version="v7")


@pytest.fixture(scope="module")
def verifying(edge: Callable[..., Record]) -> Record:
    return edge(mutual_tls=MutualTls(ca_bundle=BUNDLE))


def attributes(record: Record, listener: str = "edge-https") -> Any:
    return record.one(LISTENER, listener).inputs["mutualAuthentication"]


def test_without_mutual_tls_the_listener_states_that_it_is_off(edge: Callable[..., Record]) -> None:
    """The provider would keep the former mode if the listener did not state it."""
    record = edge()
    assert attributes(record) == {"mode": "off"}
    assert record.of_type(STORE) == ()


def test_passthrough_has_no_trust_store(edge: Callable[..., Record]) -> None:
    record = edge(mutual_tls=MutualTls())
    assert attributes(record) == {"mode": "passthrough"}
    assert record.of_type(STORE) == ()


def test_only_clients_with_a_valid_certificate_of_the_authorities_may_connect(verifying: Record) -> None:
    store = verifying.one(STORE)
    assert attributes(verifying) == {
        "mode": "verify",
        "trustStoreArn": store.outputs["arn"],
        "ignoreClientCertificateExpiry": False,
    }
    assert store.inputs == {
        "caCertificatesBundleS3Bucket": "partner-roots",
        "caCertificatesBundleS3Key": "roots/all.pem",
        "caCertificatesBundleS3ObjectVersion": "v7",
        "tags": {"Name": "edge-clients"},
    }


def test_the_listener_that_redirects_asks_for_no_certificate(verifying: Record) -> None:
    assert "mutualAuthentication" not in verifying.one(LISTENER, "edge-http").inputs


def test_an_edge_that_verifies_clients_has_no_policy_violation(verifying: Record) -> None:
    assert violations_of(verifying) == set()
