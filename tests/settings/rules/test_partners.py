"""Rules on partners."""

from __future__ import annotations

from typing import Any

import pytest

from settings.model import (
    ConnectivitySettings,
    EndpointPartnerSettings,
    PartnerServiceSettings,
    VpnPartnerSettings,
)
from tests.settings.documents import Document, full_document, new_warnings, paths, problem, put, read

ACCOUNT: str = full_document()["hipaa:account"]
PARTNERS = "hipaa:connectivity.partners"
CERTIFICATE = "arn:aws:acm:us-east-1:{account}:certificate/11112222-3333-4444-5555-666677778888"
OTHER: dict[str, Any] = {
    "mode": "vpn",
    "cidrs": ["10.150.0.0/16"],
    "peer_ip": "203.0.113.11",
    "services": [
        {"name": "fhir", "port": 443, "listen_port": 8444, "targets": ["10.150.0.15"], "tls": "passthrough"}
    ],
}
LAB: dict[str, Any] = {
    "mode": "endpoint",
    "service_name": "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
    "services": [{"name": "results", "port": 443}],
}


def with_partner(name: str, partner: Document, **changes: object) -> Document:
    """Return the full document with one more partner."""
    return put(full_document(), f"{PARTNERS}.{name}", {**partner, **changes})


def with_service(partner: str, **changes: object) -> Document:
    """Return the full document with other settings of a partner's only service."""
    document = full_document()
    document["hipaa:connectivity"]["partners"][partner]["services"][0] |= changes
    return document


def connectivity(document: Document) -> ConnectivitySettings:
    settings = read(document).connectivity
    assert settings is not None
    return settings


def services(document: Document, name: str) -> tuple[PartnerServiceSettings, ...]:
    """Return the services of a VPN partner."""
    partner = connectivity(document).partners[name]
    assert isinstance(partner, VpnPartnerSettings)
    return partner.services


def test_a_listener_can_be_set() -> None:
    [service] = services(with_partner("other", OTHER), "other")
    assert service.listener == 8444


def test_a_listener_is_the_port_of_the_service_but_never_443() -> None:
    assert [item.listener for item in services(full_document(), "mercy")] == [8443]
    changed = put(full_document(), f"{PARTNERS}.mercy.services[0].port", 6661)
    assert [item.listener for item in services(changed, "mercy")] == [6661]


def test_another_partner_does_not_change_a_listener() -> None:
    before = services(full_document(), "mercy")
    assert services(with_partner("aaa", OTHER), "mercy") == before


def test_a_port_that_is_taken_is_refused_with_a_free_one() -> None:
    service = {"name": "fhir", "port": 443, "targets": ["10.150.0.15"], "tls": "passthrough"}
    refused = problem(with_partner("other", OTHER, services=[service]))
    assert refused.path == f"{PARTNERS}.other.services[0].listen_port"
    assert refused.hint == "use 8444, which is free"
    assert f"{PARTNERS}.mercy.services[0]" in refused.allowed


def test_the_port_that_every_task_may_connect_to_is_refused() -> None:
    refused = problem(put(full_document(), f"{PARTNERS}.mercy.services[0].listen_port", 443))
    assert refused.path == f"{PARTNERS}.mercy.services[0].listen_port"
    assert "every task" in refused.allowed


@pytest.mark.parametrize("cidr", ["10.140.128.0/17", "10.20.0.0/20", "10.90.0.0/24"])
def test_ranges_that_overlap_are_refused_with_an_alternative(cidr: str) -> None:
    refused = problem(with_partner("other", OTHER, cidrs=[cidr], services=[]))
    assert refused.path == f"{PARTNERS}.other.cidrs[0]"
    assert "privatelink" in refused.hint


def test_a_public_range_is_refused() -> None:
    refused = problem(with_partner("other", OTHER, cidrs=["198.51.100.0/24"], services=[]))
    assert refused.path == f"{PARTNERS}.other.cidrs[0]"
    assert "private" in refused.allowed


@pytest.mark.parametrize("address", ["203.0.113.10", "10.1.2.3"])
def test_a_gateway_has_a_public_and_unique_address(address: str) -> None:
    assert problem(with_partner("other", OTHER, peer_ip=address)).path == f"{PARTNERS}.other.peer_ip"


def test_an_attachment_is_unique() -> None:
    second = {**full_document()["hipaa:connectivity"]["partners"]["stluke"], "cidrs": ["10.151.0.0/16"]}
    refused = problem(with_partner("other", {**second, "services": []}))
    assert refused.path == f"{PARTNERS}.other.attachment_id"


def test_the_number_of_the_partners_gateways_is_refused() -> None:
    refused = problem(put(full_document(), "hipaa:connectivity.transit.asn", 65_000))
    assert refused.path == "hipaa:connectivity.transit.asn"


@pytest.mark.parametrize(
    ("missing", "reported"), [("transit", "exchange_cidr"), ("exchange_cidr", "transit")]
)
def test_transit_gateway_and_exchange_require_each_other(missing: str, reported: str) -> None:
    document = full_document()
    del document["hipaa:connectivity"][missing]
    assert problem(document).path == f"hipaa:connectivity.{reported}"


def test_a_routed_partner_requires_transit_gateway_and_exchange() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["transit"], document["hipaa:connectivity"]["exchange_cidr"]
    assert paths(document) == [f"{PARTNERS}.mercy.mode", f"{PARTNERS}.stluke.mode"]


def test_names_that_lead_to_the_same_variable_are_refused() -> None:
    first = {**OTHER, "services": [{**OTHER["services"][0], "name": "b-cc"}]}
    second = {**OTHER, "cidrs": ["10.151.0.0/16"], "peer_ip": "203.0.113.12"}
    second["services"] = [{"name": "cc", "port": 9000, "targets": ["10.151.0.1"], "tls": "passthrough"}]
    refused = problem(put(with_partner("aa", first), f"{PARTNERS}.aa-b", second))
    assert refused.path == f"{PARTNERS}.aa-b.services[0].name"
    assert "PARTNER_AA_B_CC" in refused.allowed


def test_a_target_is_listed_once() -> None:
    targets = ["172.30.8.15", "172.30.8.15"]
    refused = problem(put(full_document(), f"{PARTNERS}.mercy.services[0].targets", targets))
    assert refused.path == f"{PARTNERS}.mercy.services[0].targets[1]"


def test_quotas_limit_services_and_targets() -> None:
    many = [
        {"name": f"s{number}", "port": 1000 + number, "targets": ["10.150.0.15"], "tls": "passthrough"}
        for number in range(19)
    ]
    assert problem(with_partner("other", OTHER, services=many)).path == PARTNERS
    targets = [f"10.150.0.{number}" for number in range(1, 60)]
    refused = problem(with_partner("other", OTHER, services=[{**OTHER["services"][0], "targets": targets}]))
    assert (refused.path, "60 targets" in refused.allowed) == (PARTNERS, True)


def test_the_handling_of_tls_is_required() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["partners"]["mercy"]["services"][0]["tls"]
    assert problem(document).path == f"{PARTNERS}.mercy.services[0].tls"


@pytest.mark.parametrize(
    ("partner", "change", "key"),
    [
        ("stluke", {"tls": "none"}, "tls"),
        ("mercy", {"tls": "terminate"}, "tls"),
        ("mercy", {"certificate_arn": CERTIFICATE.format(account=ACCOUNT)}, "certificate_arn"),
        (
            "mercy",
            {"tls": "terminate", "certificate_arn": CERTIFICATE.format(account="999988887777")},
            "certificate_arn",
        ),
    ],
)
def test_impossible_tls_is_refused(partner: str, change: Document, key: str) -> None:
    assert problem(with_service(partner, **change)).path == f"{PARTNERS}.{partner}.services[0].{key}"


def test_the_load_balancer_may_terminate_tls() -> None:
    certificate = CERTIFICATE.format(account=ACCOUNT)
    [service] = services(with_service("mercy", tls="terminate", certificate_arn=certificate), "mercy")
    assert (service.tls, service.certificate_arn) == ("terminate", certificate)


def test_plain_text_in_a_tunnel_is_a_warning() -> None:
    [warning] = new_warnings(with_service("mercy", tls="none"), full_document())
    assert f"{PARTNERS}.mercy.services[0].tls is none" in warning
    assert "waiver" in warning


def test_an_endpoint_is_in_the_region_and_the_zones_of_the_stack() -> None:
    partner = connectivity(with_partner("lab", LAB, zones=["us-east-1b"])).partners["lab"]
    assert isinstance(partner, EndpointPartnerSettings)
    assert problem(with_partner("lab", LAB, zones=["us-east-1f"])).path == f"{PARTNERS}.lab.zones[0]"
    other = LAB["service_name"].replace("us-east-1", "us-west-2")
    assert problem(with_partner("lab", LAB, service_name=other)).path == f"{PARTNERS}.lab.service_name"
    assert problem(with_partner("lab", LAB, service_name="lab")).path == f"{PARTNERS}.lab.service_name"


def test_privatelink_requires_the_public_entry() -> None:
    document = full_document()
    del document["hipaa:edge"]
    assert f"{PARTNERS}.county.mode" in paths(document)


def test_a_partner_that_is_not_attached_yet_is_a_warning() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["partners"]["stluke"]["attachment_id"]
    [warning] = new_warnings(document, full_document())
    assert f"{PARTNERS}.stluke.attachment_id" in warning
    assert "nothing is routed" in warning


def test_a_service_that_uses_partners_without_services_is_a_warning() -> None:
    document = full_document()
    for partner in document["hipaa:connectivity"]["partners"].values():
        partner.pop("services", None)
    assert any("no partner has services" in text for text in read(document).warnings)
