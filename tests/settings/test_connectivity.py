"""Settings of partners: one block each, and what they may not be together."""

from __future__ import annotations

from typing import Any

import pytest

from settings import Problem, Settings, SettingsError, parse
from settings.model import ConnectivitySettings, EndpointPartner, PartnerServiceSettings, VpnPartner
from tests.settings.strategies import Document, full_document, put

FILE = "Pulumi.prod.yaml"
ACCOUNT: str = full_document()["hipaa:account"]
AT = "hipaa:connectivity.partners"
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


def with_partner(name: str, raw: Document, **changes: object) -> Document:
    return put(full_document(), f"{AT}.{name}", {**raw, **changes})


def problem(found: Document) -> Problem:
    """Return the only thing that is wrong with a document."""
    with pytest.raises(SettingsError) as caught:
        parse(found, file=FILE)
    [only] = caught.value.problems
    return only


def joined(found: Document) -> ConnectivitySettings:
    settings: Settings = parse(found, file=FILE)
    assert settings.connectivity is not None
    return settings.connectivity


def services(found: Document, name: str) -> tuple[PartnerServiceSettings, ...]:
    partner = joined(found).partners[name]
    assert isinstance(partner, VpnPartner)
    return partner.services


def test_a_partner_is_one_block() -> None:
    [service] = services(with_partner("other", OTHER), "other")
    assert service.listener == 8444


def test_a_listener_is_the_services_own_port_but_never_443() -> None:
    assert [item.listener for item in services(full_document(), "mercy")] == [8443]
    changed = put(full_document(), f"{AT}.mercy.services[0].port", 6661)
    assert [item.listener for item in services(changed, "mercy")] == [6661]


def test_another_partner_moves_no_listener() -> None:
    before = services(full_document(), "mercy")
    assert services(with_partner("aaa", OTHER), "mercy") == before


def test_a_port_that_is_taken_is_refused_with_one_that_is_free() -> None:
    service = {"name": "fhir", "port": 443, "targets": ["10.150.0.15"], "tls": "passthrough"}
    found = problem(with_partner("other", OTHER, services=[service]))
    assert found.path == f"{AT}.other.services[0].listen_port"
    assert found.hint == "set it to 8444, which is free"
    assert f"{AT}.mercy.services[0]" in found.allowed


def test_the_port_that_every_task_may_connect_to_is_refused() -> None:
    found = problem(put(full_document(), f"{AT}.mercy.services[0].listen_port", 443))
    assert found.path == f"{AT}.mercy.services[0].listen_port"
    assert "every task" in found.allowed


CHANGES: list[tuple[Document, str]] = [
    ({"cidrs": ["10.140.128.0/17"]}, "cidrs[0]"),
    ({"cidrs": ["10.20.0.0/20"]}, "cidrs[0]"),
    ({"cidrs": ["10.90.0.0/24"]}, "cidrs[0]"),
]


@pytest.mark.parametrize(("change", "reported"), CHANGES)
def test_ranges_that_overlap_are_refused_with_another_way(change: Document, reported: str) -> None:
    found = problem(with_partner("other", OTHER, **change, services=[]))
    assert found.path == f"{AT}.other.{reported}"
    assert "privatelink" in found.hint


def test_a_range_that_no_load_balancer_may_target_is_refused() -> None:
    found = problem(with_partner("other", OTHER, cidrs=["198.51.100.0/24"], services=[]))
    assert found.path == f"{AT}.other.cidrs[0]"
    assert "private" in found.allowed


@pytest.mark.parametrize("address", ["203.0.113.10", "10.1.2.3"])
def test_a_gateway_has_a_public_address_of_its_own(address: str) -> None:
    assert problem(with_partner("other", OTHER, peer_ip=address)).path == f"{AT}.other.peer_ip"


def test_an_attachment_is_one_partners() -> None:
    second = {**full_document()["hipaa:connectivity"]["partners"]["stluke"], "cidrs": ["10.151.0.0/16"]}
    found = problem(with_partner("other", {**second, "services": []}))
    assert found.path == f"{AT}.other.attachment_id"


def test_the_number_of_partners_gateways_is_not_ours() -> None:
    found = problem(put(full_document(), "hipaa:connectivity.transit.asn", 65_000))
    assert found.path == "hipaa:connectivity.transit.asn"


@pytest.mark.parametrize(("gone", "reported"), [("transit", "exchange_cidr"), ("exchange_cidr", "transit")])
def test_gateway_and_exchange_come_together(gone: str, reported: str) -> None:
    document = full_document()
    del document["hipaa:connectivity"][gone]
    assert problem(document).path == f"hipaa:connectivity.{reported}"


def test_a_routed_partner_needs_both() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["transit"], document["hipaa:connectivity"]["exchange_cidr"]
    with pytest.raises(SettingsError) as caught:
        parse(document, file=FILE)
    assert [item.path for item in caught.value.problems] == [f"{AT}.mercy.mode", f"{AT}.stluke.mode"]


def test_names_that_give_one_variable_are_refused() -> None:
    first = with_partner("a", OTHER, services=[{**OTHER["services"][0], "name": "b-cc"}])
    second = {**OTHER, "cidrs": ["10.151.0.0/16"], "peer_ip": "203.0.113.12"}
    second["services"] = [{"name": "cc", "port": 9000, "targets": ["10.151.0.1"], "tls": "passthrough"}]
    clash = put(
        put(first, f"{AT}.aa", first["hipaa:connectivity"]["partners"].pop("a")), f"{AT}.aa-b", second
    )
    clash["hipaa:connectivity"]["partners"]["aa"]["services"][0]["name"] = "b-cc"
    found = problem(clash)
    assert found.path == f"{AT}.aa-b.services[0].name"
    assert "PARTNER_AA_B_CC" in found.allowed


def test_a_target_is_named_once() -> None:
    found = problem(put(full_document(), f"{AT}.mercy.services[0].targets", ["172.30.8.15", "172.30.8.15"]))
    assert found.path == f"{AT}.mercy.services[0].targets[1]"


def test_there_is_an_end_to_listeners_and_targets() -> None:
    many = [
        {"name": f"s{number}", "port": 1000 + number, "targets": ["10.150.0.15"], "tls": "passthrough"}
        for number in range(19)
    ]
    assert problem(with_partner("other", OTHER, services=many)).path == AT
    targets = [f"10.150.0.{number}" for number in range(1, 60)]
    found = problem(with_partner("other", OTHER, services=[{**OTHER["services"][0], "targets": targets}]))
    assert (found.path, "60 targets" in found.allowed) == (AT, True)


CERTIFICATE = "arn:aws:acm:us-east-1:{account}:certificate/11112222-3333-4444-5555-666677778888"


def served(partner: str, **changes: object) -> Document:
    """Return a document whose partner's only service differs."""
    found = full_document()
    found["hipaa:connectivity"]["partners"][partner]["services"][0] |= changes
    return found


def test_each_service_says_how_its_requests_travel() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["partners"]["mercy"]["services"][0]["tls"]
    assert problem(document).path == f"{AT}.mercy.services[0].tls"


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
def test_tls_that_cannot_be_is_refused(partner: str, change: Document, key: str) -> None:
    assert problem(served(partner, **change)).path == f"{AT}.{partner}.services[0].{key}"


def test_tls_may_end_at_the_load_balancer() -> None:
    certificate = CERTIFICATE.format(account=ACCOUNT)
    [service] = services(served("mercy", tls="terminate", certificate_arn=certificate), "mercy")
    assert (service.tls, service.certificate_arn) == ("terminate", certificate)


def test_plain_text_in_a_tunnel_is_told_of() -> None:
    before = parse(full_document(), file=FILE).warnings
    [added] = [text for text in parse(served("mercy", tls="none"), file=FILE).warnings if text not in before]
    assert f"{AT}.mercy.services[0].tls is none" in added
    assert "waiver" in added


def test_an_endpoint_is_in_the_stacks_region_and_zones() -> None:
    partner = joined(with_partner("lab", LAB, zones=["us-east-1b"])).partners["lab"]
    assert isinstance(partner, EndpointPartner)
    assert problem(with_partner("lab", LAB, zones=["us-east-1f"])).path == f"{AT}.lab.zones[0]"
    other = LAB["service_name"].replace("us-east-1", "us-west-2")
    assert problem(with_partner("lab", LAB, service_name=other)).path == f"{AT}.lab.service_name"
    assert problem(with_partner("lab", LAB, service_name="lab")).path == f"{AT}.lab.service_name"


def test_a_private_entry_needs_a_public_one() -> None:
    document = full_document()
    del document["hipaa:edge"]
    with pytest.raises(SettingsError) as caught:
        parse(document, file=FILE)
    assert f"{AT}.county.mode" in [item.path for item in caught.value.problems]


def test_a_partner_who_has_not_attached_yet_is_told_of() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["partners"]["stluke"]["attachment_id"]
    before = parse(full_document(), file=FILE).warnings
    [added] = [text for text in parse(document, file=FILE).warnings if text not in before]
    assert f"{AT}.stluke.attachment_id" in added
    assert "nothing is routed" in added


def test_a_use_that_leads_nowhere_is_told_of() -> None:
    document = full_document()
    for partner in document["hipaa:connectivity"]["partners"].values():
        partner.pop("services", None)
    assert any("no partner has services" in text for text in parse(document, file=FILE).warnings)
