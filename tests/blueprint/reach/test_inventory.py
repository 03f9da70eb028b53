"""The inventory lists the flows of a store that a program reaches through a proxy."""

from __future__ import annotations

from blueprint.reach.inventory import inventory
from tests import repository
from tests.blueprint.reach.sample import faults
from tests.settings.documents import full_document


def test_services_reach_readers_through_an_endpoint_of_the_proxy_that_requires_tls():
    document = full_document()
    aurora = document["hipaa:data"]["aurora"]
    aurora |= {"proxy": True, "readers": {"min": 1, "max": 2}}
    document["hipaa:apps"]["worker"]["uses"] = ["aurora"]
    network = repository.network(repository.program(document))
    assert faults(network) == {}
    assert network.model.places["aurora-proxy-readers"].kind == "proxy"
    (row,) = [row for row in inventory(network).rows() if {"worker-jobs", "aurora-proxy-readers"} <= set(row)]
    assert "TLS, required" in row
