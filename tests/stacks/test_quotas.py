"""How the resources of the program count towards the quotas of an account."""

from __future__ import annotations

import pytest

from blueprint.quotas import WHOLE_ACCOUNT, counted, uses
from facts import quotas
from facts.quotas import SharedQuota
from stack.quotas import QUOTAS
from tests.repository import program, recorded
from tests.settings.documents import minimal_document, put
from tests.stacks.test_several_stacks import STACKS, record


def used(stack: str) -> dict[tuple[str, str], int]:
    return {(item.region, item.quota): item.used for item in counted(recorded(stack), QUOTAS, "us-east-1")}


PROD: list[tuple[SharedQuota, int]] = [
    (quotas.VPCS, 2),
    (quotas.INTERNET_GATEWAYS, 1),
    (quotas.ELASTIC_IPS, 4),
    (quotas.VCPUS, 30 * 8 + 2),
    (quotas.TRANSIT_GATEWAYS, 1),
    (quotas.VPN_CONNECTIONS, 1),
    (quotas.APPLICATION_LOAD_BALANCERS, 1),
    (quotas.NETWORK_LOAD_BALANCERS, 2),
    (quotas.DB_CLUSTERS, 1),
    (quotas.CACHE_NODES, 3),
    (quotas.LOG_RESOURCE_POLICIES, 1),
]


@pytest.mark.parametrize(("quota", "expected"), PROD, ids=[quota.name for quota, _ in PROD])
def test_prod_uses_what_its_settings_say(quota: SharedQuota, expected: int) -> None:
    """Three NAT gateways and the VPN server have an address; 30 instances of c5.2xlarge and one t3.small have vCPUs."""
    assert used("prod")["us-east-1", quota.name] == expected


def test_roles_count_in_the_whole_account() -> None:
    roles = len(recorded("prod").of_type("aws:iam/role:Role"))
    assert used("prod")[WHOLE_ACCOUNT, quotas.ROLES.name] == roles


def test_an_instance_type_that_is_not_in_the_table_counts_two_vcpus() -> None:
    document = put(
        minimal_document(), "hipaa:compute", {"instance_type": "z1d.large", "instances": {"max": 5}}
    )
    counts = {item.quota: item.used for item in counted(program(document, stack="dev"), QUOTAS, "us-east-1")}
    assert counts[quotas.VCPUS.name] >= 10


def test_spot_instances_count_towards_their_own_quota() -> None:
    compute = {
        "instance_type": "c5.2xlarge",
        "other_instance_types": ["c5.4xlarge"],
        "instances": {"max": 5},
        "max_spot_instances": 7,
    }
    document = put(minimal_document(), "hipaa:compute", compute)
    counts = {item.quota: item.used for item in counted(program(document, stack="dev"), QUOTAS, "us-east-1")}
    assert counts[quotas.VCPUS.name] == 5 * 16
    assert counts[quotas.SPOT_VCPUS.name] == 7 * 16


def test_several_stacks_of_one_account_and_region_fit_into_the_quotas_that_aws_does_not_raise() -> None:
    counts = [
        ("123456789012", name, tuple(counted(record(name), QUOTAS, STACKS[name]["aws:region"])))
        for name in STACKS
    ]
    found = list(uses(counts, QUOTAS))
    assert [use for use in found if use.exceeds and not use.command] == []
    [policies] = [
        use
        for use in found
        if use.quota.name == quotas.LOG_RESOURCE_POLICIES.name and use.region == "us-east-1"
    ]
    assert (policies.used, policies.stacks) == (1, ("prod",))
    assert {use.quota.name for use in found if use.exceeds and use.region == "us-east-1"} == {
        quotas.VPCS.name,
        quotas.ELASTIC_IPS.name,
        quotas.VCPUS.name,
    }
