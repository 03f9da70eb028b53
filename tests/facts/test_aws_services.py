"""The table of AWS services is complete and narrow."""

from __future__ import annotations

from typing import get_args

import pytest

from facts.aws_services import AWS_SERVICES, AwsServiceName, geography
from facts.regions import ZONES
from settings.model import ENDPOINTS


def test_every_name_has_a_row() -> None:
    assert AWS_SERVICES.keys() == {*get_args(AwsServiceName)}


@pytest.mark.parametrize("name", AWS_SERVICES)
def test_grants_name_actions_of_the_service_and_are_limited(name: str) -> None:
    service = AWS_SERVICES[name]
    assert {*service.endpoints} <= {*ENDPOINTS}
    for grant in service.grants:
        assert all(action.startswith(f"{name}:") and "*" not in action for action in grant.actions)
        assert grant.conditions or not any(resource in ("*", "") for resource in grant.resources)


def test_profiles_stay_in_the_geography_of_the_region() -> None:
    assert {
        region: geography(region) for region in ("us-gov-west-1", "us-east-2", "eu-west-3", "ap-south-1")
    } == {
        "us-gov-west-1": "us-gov",
        "us-east-2": "us",
        "eu-west-3": "eu",
        "ap-south-1": "apac",
    }
    assert "global" not in {geography(region) for region in ZONES}
    assert geography("sa-east-1") == "sa-east-1"
