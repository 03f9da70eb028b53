"""Rules on connections of applications to hosts on the internet, and on the names that hosts may resolve."""

from __future__ import annotations

import datetime

import pytest

from settings import clock
from tests.settings.documents import Document, full_document, new_warnings, paths, problem, put, read

EGRESS = "hipaa:apps.api.egress"
MAIL: Document = {"port": 587, "hosts": ["smtp.example.org"]}


def with_egress(**entries: Document) -> Document:
    """Return the full document, in which `api` may connect to these hosts."""
    return put(full_document(), EGRESS, entries)


def test_hosts_without_ranges_are_every_address() -> None:
    apps = read(with_egress(mail=MAIL, sftp={"port": 22, "cidrs": ["203.0.113.0/26"]})).apps
    assert apps is not None
    assert {name: [*map(str, item.ranges)] for name, item in apps["api"].egress.items()} == {
        "mail": ["0.0.0.0/0"],
        "sftp": ["203.0.113.0/26"],
    }


def test_a_destination_is_required() -> None:
    refused = problem(with_egress(mail={"port": 587}))
    assert (refused.path, refused.allowed) == (f"{EGRESS}.mail", "cidrs, hosts or both")


def test_without_nat_there_is_no_egress() -> None:
    refused = problem(put(with_egress(mail=MAIL), "hipaa:network.nat", "none"))
    assert refused.path == EGRESS
    assert refused.hint == "set hipaa:network.nat, or remove the egress"


@pytest.mark.parametrize(
    "cidr", ["10.0.0.0/8", "172.30.8.0/24", "192.0.0.0/8", "100.64.7.0/24", "169.254.169.254/32", "0.0.0.0/1"]
)
def test_ranges_are_public(cidr: str) -> None:
    refused = problem(with_egress(db={"port": 5432, "cidrs": ["203.0.113.0/24", cidr]}))
    assert refused.path == f"{EGRESS}.db.cidrs[1]"
    assert "hipaa:connectivity.partners" in refused.hint


def test_https_takes_hosts_only() -> None:
    assert read(with_egress(idp={"port": 443, "hosts": ["idp.example.org"]}))
    refused = problem(with_egress(idp={"port": 443, "hosts": ["idp.example.org"], "cidrs": ["0.0.0.0/0"]}))
    assert refused.path == f"{EGRESS}.idp.cidrs"


def test_two_entries_for_the_same_port_and_range_are_refused() -> None:
    refused = problem(with_egress(mail=MAIL, other={"port": 587, "hosts": ["relay.example.net"]}))
    assert (refused.path, refused.hint) == (f"{EGRESS}.other", f"add the hosts to {EGRESS}.mail")
    assert read(with_egress(mail=MAIL, other={"port": 587, "cidrs": ["203.0.113.0/24"]}))


def test_a_security_group_has_room_for_forty_ranges() -> None:
    ranges = [f"203.0.113.{number}/32" for number in range(41)]
    assert read(with_egress(db={"port": 5432, "cidrs": ranges[:40]}))
    assert problem(with_egress(db={"port": 5432, "cidrs": ranges})).path == EGRESS


def test_the_port_of_a_partner_is_open_to_applications_that_use_partners_only() -> None:
    hl7: Document = {"port": 2575, "hosts": ["hl7.example.org"]}
    assert problem(with_egress(hl7=hl7)).path == f"{EGRESS}.hl7.port"
    assert read(with_egress(hl7={**hl7, "cidrs": ["203.0.113.0/24"]}))
    assert read(put(full_document(), "hipaa:apps.worker.egress", {"hl7": hl7}))


@pytest.mark.parametrize("value", ["2027-3-1", "2027-02-30", "20270301", 20270301, "tomorrow"])
def test_a_date_has_the_form_of_iso_8601(value: object) -> None:
    assert paths(with_egress(mail={**MAIL, "until": value})) == [f"{EGRESS}.mail.until"]


@pytest.mark.parametrize("value", ["*.com", "smtp", "SMTP.example.org", "a.*.example.org", "198.51.100.7"])
def test_a_host_is_a_name(value: str) -> None:
    assert paths(with_egress(mail={"port": 587, "hosts": [value]})) == [f"{EGRESS}.mail.hosts[0]"]


@pytest.mark.parametrize(("day", "expected"), [("2027-03-01", 0), ("2027-03-02", 1), ("2031-01-01", 1)])
def test_a_last_day_that_has_passed_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, day: str, expected: int
) -> None:
    monkeypatch.setattr(clock, "today", lambda: datetime.date.fromisoformat(day))
    found = new_warnings(with_egress(mail={**MAIL, "until": "2027-03-01"}), full_document())
    assert [text.startswith(f"{EGRESS}.mail: its last day, 2027-03-01, has passed") for text in found] == [
        True
    ] * expected


def test_smtp_between_servers_is_a_warning() -> None:
    [warning] = new_warnings(with_egress(mail={**MAIL, "port": 25}), full_document())
    assert "use port 587" in warning


def test_registries_may_have_hosts_that_the_dns_firewall_does_not_know() -> None:
    document = put(full_document(), "hipaa:network.dns_firewall", {"allow": ["idp.example.org"]})
    [warning] = new_warnings(document, full_document())
    assert "images come from registry.example.org;" in warning
