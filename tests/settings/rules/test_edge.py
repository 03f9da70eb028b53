"""Rules on the public entry, and the same quota for the VPN server."""

from ipaddress import IPv4Network

import pytest

from tests.settings.documents import Document, full_document, new_warnings, problem, put, read

RANGES = [str(network) for network in IPv4Network("10.0.0.0/8").subnets(new_prefix=16)]


@pytest.mark.parametrize(
    ("path", "most"), [("hipaa:edge.allowed_cidrs", 29), ("hipaa:connectivity.vpn.admin_cidrs", 58)]
)
def test_ranges_fit_into_the_rules_of_a_security_group(path: str, most: int) -> None:
    """A range of the public entry needs two rules; the private entry of the sample needs one."""
    assert read(put(full_document(), path, RANGES[:most]))
    refused = problem(put(full_document(), path, RANGES[: most + 1]))
    assert (refused.path, refused.value) == (path, f'"{most + 1} ranges"')
    assert refused.allowed.startswith(f"at most {most} ranges, because")


def test_without_private_entries_thirty_ranges_are_allowed() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["partners"]["county"]
    assert read(put(document, "hipaa:edge.allowed_cidrs", RANGES[:30]))
    assert problem(put(document, "hipaa:edge.allowed_cidrs", RANGES[:31])).path == "hipaa:edge.allowed_cidrs"


NAMES = "hipaa:edge.domains"


def _names(*entries: object) -> Document:
    return put(full_document(), NAMES, [*entries])


def test_names_of_one_zone_and_of_others_are_allowed() -> None:
    edge = read(
        _names(
            {"name": "example.org"},
            {"name": "*.example.org"},
            {"name": "www.example.org", "redirect_to": "example.org"},
            {"name": "clinic.example.net", "zone_id": "Z456"},
        )
    ).edge
    assert edge
    assert [(item.name, item.zone_id) for item in edge.complete_domains] == [
        ("app.example.org", "Z123"),
        ("example.org", "Z123"),
        ("*.example.org", "Z123"),
        ("www.example.org", "Z123"),
        ("clinic.example.net", "Z456"),
    ]


@pytest.mark.parametrize(
    ("entries", "path", "allowed"),
    [
        ([{"name": "app.example.org"}], "[0].name", "no duplicates; hipaa:edge.domain is the same"),
        (
            [{"name": "*.example.org", "redirect_to": "app.example.org"}],
            "[0].redirect_to",
            "no redirect of *.example.org",
        ),
        ([{"name": "www.example.org", "redirect_to": "ap.example.org"}], "[0].redirect_to", "a name that"),
        (
            [
                {"name": "www.example.org", "redirect_to": "old.example.org"},
                {"name": "old.example.org", "redirect_to": "app.example.org"},
            ],
            "[0].redirect_to",
            "a name that hipaa:edge.domain or hipaa:edge.domains contains and that does not redirect itself",
        ),
        (
            [{"name": "clinic.example.net"}],
            "[0].zone_id",
            "the id of the hosted zone of clinic.example.net, which cannot be in the zone of app.example.org",
        ),
        (
            [{"name": "example.org"}, {"name": "*.example.org", "zone_id": "Z9"}],
            "[1].zone_id",
            "the zone of example.org (Z123), because one record proves control of both names",
        ),
    ],
)
def test_contradicting_names_are_refused(entries: list[Document], path: str, allowed: str) -> None:
    refused = problem(_names(*entries))
    assert refused.path == f"{NAMES}{path}"
    assert refused.allowed.startswith(allowed)


def test_a_weight_belongs_to_a_weighted_record() -> None:
    weighted = put(full_document(), "hipaa:edge.dns", "weighted")
    assert problem(weighted).path == "hipaa:edge.weight"
    assert read(put(weighted, "hipaa:edge.weight", 0))
    assert problem(put(full_document(), "hipaa:edge.weight", 0)).allowed.startswith("no weight")
    only_one = _names({"name": "fhir.example.org", "dns": "weighted"})
    assert read(put(only_one, "hipaa:edge.weight", 255))


def test_more_names_than_the_default_of_a_certificate_are_a_warning_with_a_command() -> None:
    ten = [{"name": f"clinic-{number}.example.org"} for number in range(9)]
    assert new_warnings(_names(*ten), full_document()) == []
    [warning] = new_warnings(_names(*ten, {"name": "fhir.example.org"}), full_document())
    assert "--service-code acm --quota-code L-FB94F0B0 --desired-value 11 --region us-east-1" in warning


def test_a_certificate_has_at_most_one_hundred_names() -> None:
    names = [{"name": f"clinic-{number}.example.org"} for number in range(100)]
    assert read(_names(*names[1:]))
    assert problem(_names(*names)).path == NAMES


def test_a_limit_of_partners_requires_one_with_a_private_entry() -> None:
    document = put(full_document(), "hipaa:edge.waf.partner_rate_limit_per_5_min", 9000)
    assert read(document)
    del document["hipaa:connectivity"]["partners"]["county"]
    assert problem(document).path == "hipaa:edge.waf.partner_rate_limit_per_5_min"


def test_a_misspelt_managed_rule_is_refused_with_the_nearest_name() -> None:
    refused = problem(put(full_document(), "hipaa:edge.waf.counted_rules", ["SQLi_BDY"]))
    assert (refused.path, refused.hint) == ("hipaa:edge.waf.counted_rules[0]", "did you mean SQLi_BODY?")


MUTUAL_TLS = "hipaa:edge.mutual_tls"
BUNDLE: Document = {"bucket": "partner-roots", "key": "roots/all.pem"}


def test_certificates_of_clients_are_verified_or_passed_on() -> None:
    verifying = read(put(full_document(), MUTUAL_TLS, {"mode": "verify", "ca_bundle": BUNDLE})).edge
    passing = read(put(full_document(), MUTUAL_TLS, {"mode": "passthrough"})).edge
    assert verifying
    assert passing
    assert (verifying.verifies_clients, passing.verifies_clients) == (True, False)


@pytest.mark.parametrize(
    ("value", "path", "allowed"),
    [
        ({"mode": "verify"}, "ca_bundle", "bucket and key of the certificate authorities"),
        ({"mode": "passthrough", "ca_bundle": BUNDLE}, "ca_bundle", "no ca_bundle"),
        ({"mode": "off"}, "mode", "one of verify, passthrough"),
        (
            {"mode": "verify", "ca_bundle": {**BUNDLE, "bucket": "s3://x"}},
            "ca_bundle.bucket",
            "the name of an S3 bucket",
        ),
        (
            {"mode": "verify", "ca_bundle": {**BUNDLE, "key": "/all.pem"}},
            "ca_bundle.key",
            "the key of an S3 object",
        ),
    ],
)
def test_other_settings_of_mutual_tls_are_refused(value: Document, path: str, allowed: str) -> None:
    refused = problem(put(full_document(), MUTUAL_TLS, value))
    assert (refused.path, refused.allowed.partition(",")[0]) == (
        f"{MUTUAL_TLS}.{path}",
        allowed.partition(",")[0],
    )


def test_a_private_entry_needs_two_rules_if_certificates_are_verified() -> None:
    """Two entries: of 60 rules, 56 remain for ranges with two rules each."""
    document = put(full_document(), MUTUAL_TLS, {"mode": "verify", "ca_bundle": BUNDLE})
    partners = document["hipaa:connectivity"]["partners"]
    partners["state"] = {**partners["county"], "principals": ["arn:aws:iam::320987654322:root"]}
    assert read(put(document, "hipaa:edge.allowed_cidrs", RANGES[:28]))
    assert problem(put(document, "hipaa:edge.allowed_cidrs", RANGES[:29])).path == "hipaa:edge.allowed_cidrs"
