"""EC2 instance types must exist."""

from __future__ import annotations

import pytest

from facts.instances import INSTANCE_TYPES
from settings import provider
from tests.settings.documents import full_document, new_warnings, problems, put, read

PATHS = ["hipaa:compute", "hipaa:network.nat_instance", "hipaa:connectivity.vpn"]

NEAREST = {
    "c5.3xlarge": "c5.2xlarge or c5.4xlarge",
    "t3.16xlarge": "t3.2xlarge",
    "c5.small": "c5.large",
    "m5z.large": "m5zn.large",
    "c55.large": "c5.large",
    "t33.medium": "t3.medium",
    "cc5.large": "c5.large",
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", NEAREST)
def test_a_type_that_does_not_exist_is_refused_with_the_nearest(path: str, name: str) -> None:
    document = full_document()
    document["hipaa:network"]["nat_instance"] = {}
    document["hipaa:compute"].pop("ami")
    [refused] = problems(put(document, f"{path}.instance_type", name))
    assert (refused.path, refused.hint) == (f"{path}.instance_type", f"the nearest is {NEAREST[name]}")


@pytest.mark.parametrize("name", ["c10g.large", "m9new.3xlarge"])
def test_a_new_family_is_a_warning(name: str) -> None:
    [warning] = new_warnings(put(full_document(), "hipaa:compute.instance_type", name), full_document())
    assert f"hipaa:compute.instance_type {name} is newer than the list in the installed pulumi-aws" in warning


@pytest.mark.parametrize("name", ["c7i-flex.large", "c5.metal", "m8g.metal-24xl", "u-12tb1.112xlarge"])
def test_every_type_that_the_provider_lists_is_accepted(name: str) -> None:
    assert read(put(full_document(), "hipaa:connectivity.vpn.instance_type", name))


def test_the_table_of_limits_contains_only_types_that_exist() -> None:
    assert INSTANCE_TYPES.keys() <= provider.instance_types()
