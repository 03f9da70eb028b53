"""All statements hold for the shipped stacks and for a sound network, and an unknown resource refutes them."""

from __future__ import annotations

import pulumi_aws as aws
import pytest

from blueprint.reach.claims import claims
from tests import repository
from tests.blueprint.reach.sample import Built, assert_refuted, faults, route, sample_network, sound


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_statement_is_proven_for_the_shipped_stacks(stack: str):
    network = repository.network(repository.recorded(stack))
    ids = {item.id for item in claims(network)}
    assert {"data-tier-has-no-internet", "entry-points", "model-is-complete"} <= ids
    assert faults(network) == {}


def test_every_statement_is_proven_for_a_sound_network_with_partners_stores_and_services():
    assert len(claims(sound())) == 7
    assert faults(sound()) == {}


def test_a_resource_that_the_model_does_not_follow_is_reported():
    def mistake(built: Built) -> None:
        peer = aws.ec2.VpcPeeringConnection(
            "planted", vpc_id=built.vpc.id, peer_vpc_id="vpc-0123456789abcdef0"
        )
        route(built, "planted", "private", "10.99.0.0/16", vpc_peering_connection_id=peer.id)

    assert_refuted(
        sample_network(mistake),
        "model-is-complete",
        "ec2/VpcPeeringConnection planted: carries traffic",
        "leads to vpcPeeringConnectionId",
    )
