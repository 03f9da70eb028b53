"""Quotas of AWS."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import islice

import pytest

from components.network import acls
from components.shared import addressing
from facts.quotas import ACL_RULES, max_data_zones

VPC = IPv4Network("10.20.0.0/16")
CLIENTS = list(islice(IPv4Network("10.99.0.0/16").subnets(new_prefix=24), 2))


@pytest.mark.parametrize("ports", [[5432], [5432, 6379], [3306, 5432, 6379]])
@pytest.mark.parametrize("clients", [[], CLIENTS[:1], CLIENTS])
def test_the_number_of_zones_is_the_most_that_fits_into_the_network_acl(
    ports: list[int], clients: list[IPv4Network]
) -> None:
    def rules(zones: int) -> int:
        names = [f"us-east-1{letter}" for letter in addressing.ZONE_LETTERS[:zones]]
        return len(acls.tier_acl_rules(addressing.plan(VPC, names), [], ports, clients)["data"].ingress)

    most = min(max_data_zones(len(ports), len(clients)), len(addressing.ZONE_LETTERS) - 1)
    assert rules(most) <= ACL_RULES
    if most == max_data_zones(len(ports), len(clients)):
        assert rules(most + 1) > ACL_RULES
