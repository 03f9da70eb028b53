"""Rules on the public entry, and the same quota for the VPN server."""

from ipaddress import IPv4Network

import pytest

from tests.settings.documents import full_document, problem, put, read

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
