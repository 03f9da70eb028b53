"""Strategies of partners and of the VPN for staff."""

from __future__ import annotations

from hypothesis import strategies as st

from facts.network import PEER_ASN
from facts.quotas import max_data_zones
from facts.regions import ZONES
from facts.stores import STORES
from tests.settings.documents import Document
from tests.settings.strategies.common import (
    accounts,
    amis,
    arn,
    cidrs,
    instance_types,
    plain_slugs,
    slugs,
    some,
    zone_count,
    zone_names,
)

_ports = st.integers(1, 65_535)
_CERTIFICATE = "certificate/11112222-3333-4444-5555-666677778888"
_LICENCE = "secret:vpn-licence-AbCdEf"


def _numbered(names: set[str], first: int) -> list[tuple[str, int]]:
    """Return the names with consecutive ports."""
    return [(name, (first + place) % 65_535 + 1) for place, name in enumerate(sorted(names))]


@st.composite
def _endpoint(draw: st.DrawFn, number: int, names: set[str], document: Document) -> Document:
    region = document["aws:region"]
    zones = st.lists(st.sampled_from(zone_names(document, ZONES[region])), min_size=1, unique=True)
    return {
        "mode": "endpoint",
        "service_name": f"com.amazonaws.vpce.{region}.vpce-svc-{number:017x}",
        "services": [{"name": name, "port": port} for name, port in _numbered(names, draw(_ports))],
        **draw(some({"zones": zones})),
    }


@st.composite
def _routed(draw: st.DrawFn, number: int, names: set[str], mode: str, document: Document) -> Document:
    """Draw a partner whose ranges, ports and gateway depend only on its number."""
    host = f"10.{100 + number}.{draw(st.integers(0, 255))}.{draw(st.integers(0, 255))}"
    services: list[Document] = [
        {
            "name": name,
            "port": draw(_ports),
            "targets": [host],
            "listen_port": port,
            "tls": "passthrough",
        }
        for name, port in _numbered(names, 20_000 + 10 * number)
    ]
    if draw(st.booleans()):
        services[0] |= {"tls": "terminate", "certificate_arn": arn(document, "acm", _CERTIFICATE)}
    if mode == "vpn":
        connection: Document = {"peer_ip": f"203.0.113.{number}"}
    else:
        attachment: Document = {"attachment_id": f"tgw-attach-{number:017x}"}
        connection = {"account": draw(accounts), **draw(st.sampled_from([{}, attachment]))}
    return {
        "mode": mode,
        "cidrs": [f"10.{100 + number}.0.0/17", f"10.{100 + number}.128.0/17"],
        **connection,
        "services": services if draw(st.integers(0, 2)) else [],
    }


@st.composite
def _partner(draw: st.DrawFn, number: int, document: Document) -> Document:
    has_transit = "transit" in document
    has_entry = "hipaa:edge" in document and "hipaa:compute" in document
    modes = ["endpoint", *(["vpn", "transit"] * has_transit), *(["privatelink"] * has_entry)]
    mode = draw(st.sampled_from(modes))
    if mode == "privatelink":
        return {"mode": mode, "principals": [f"arn:aws:iam::{draw(accounts)}:root"]}
    names = draw(st.sets(plain_slugs, min_size=1, max_size=2))
    if mode == "endpoint":
        return draw(_endpoint(number, names, document))
    return draw(_routed(number, names, mode, document))


def _tiers(document: Document) -> list[str]:
    """Return the tiers that VPN users may reach: data only if there is a store, and room in the network ACL."""
    stores = document.get("hipaa:data", {})
    ports = 2 + (stores.get("rds", {}).get("engine") == "mysql") + ("files" in stores)
    fits = zone_count(document) <= max_data_zones(ports, clients=2)
    return ["app", "data"] if fits and (STORES.keys() - {"files"}) & stores.keys() else ["app"]


@st.composite
def _vpn(draw: st.DrawFn, document: Document) -> Document:
    admins = st.sampled_from(["198.51.100.0/24", "203.0.113.7/32", "10.0.0.0/8"])
    groups = slugs.filter(lambda name: name != "openvpn")
    tiers = st.lists(st.sampled_from(_tiers(document)), unique=True)
    optional: Document = {
        "access": st.dictionaries(groups, tiers, max_size=2),
        "domain": st.just("vpn.example.org"),
        "instance_type": instance_types,
        "max_lifetime_days": st.integers(1, 365),
        "licence_secret_arn": st.just(arn(document, "secretsmanager", _LICENCE)),
    }
    return {
        "client_cidr": draw(cidrs(60, longest=24)),
        "admin_cidrs": draw(st.lists(admins, min_size=1, max_size=2, unique=True)),
        "ami": draw(amis),
        **draw(some(optional)),
    }


@st.composite
def connectivity(draw: st.DrawFn, document: Document) -> Document:
    """Draw connections to other networks; `document` is the rest of the stack."""
    transit: Document = {}
    if draw(st.integers(0, 2)):
        asn = st.integers(64_512, 65_534).filter(lambda number: number != PEER_ASN)
        transit = {"transit": draw(some({"asn": asn})), "exchange_cidr": draw(cidrs(61))}
    names = sorted(draw(st.sets(plain_slugs, max_size=4)))
    partners = {name: draw(_partner(number, {**document, **transit})) for number, name in enumerate(names, 1)}
    return {"partners": partners, **transit, **draw(some({"vpn": _vpn(document)}))}
