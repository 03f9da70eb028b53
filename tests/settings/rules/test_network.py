"""Rules on address ranges and NAT."""

from __future__ import annotations

import pytest

from tests.settings.documents import full_document, problem, put, read


def test_an_overlap_names_both_ranges() -> None:
    refused = problem(put(full_document(), "hipaa:connectivity.vpn.client_cidr", "10.20.16.0/20"))
    assert refused.value == '"10.20.16.0/20"'
    assert refused.allowed == "a range that does not overlap hipaa:network.cidr (10.20.0.0/16)"


def test_a_range_that_a_partner_lists_twice_is_reported_once() -> None:
    cidrs = "hipaa:connectivity.partners.mercy.cidrs"
    refused = problem(put(full_document(), cidrs, ["172.30.8.0/22", "172.30.8.0/22"]))
    assert refused.path == f"{cidrs}[1]"
    assert refused.allowed == f"no duplicates; {cidrs}[0] is the same"


WARNINGS: list[tuple[str, object, str]] = [
    (
        "hipaa:network.nat",
        "single-gateway",
        "hipaa:network.nat is single-gateway while hipaa:protect is true",
    ),
    ("hipaa:network.nat", "instance", "hipaa:network.nat is instance while hipaa:protect is true"),
    ("hipaa:network", {"cidr": "10.20.0.0/16", "nat": "none"}, "lacks ecr.api, ecr.dkr, ecs, ecs-agent"),
    ("hipaa:network.cidr", "172.17.0.0/16", "172.17.0.0/16"),
    ("aws:region", "us-west-1", "hipaa:network.zones: us-west-1"),
]


@pytest.mark.parametrize(("path", "value", "sentence"), WARNINGS)
def test_a_doubtful_network_is_a_warning(path: str, value: object, sentence: str) -> None:
    document = full_document()
    assert read(document).warnings == ()
    [warning] = read(put(document, path, value)).warnings
    assert sentence in warning
