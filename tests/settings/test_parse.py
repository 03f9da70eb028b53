"""Valid configurations: defaults, types, and conversion back to a document."""

from __future__ import annotations

import copy
import json
from ipaddress import IPv4Network

import pytest
from hypothesis import given

from facts.regions import ZONES
from settings.model import NatMode
from tests.settings.documents import Document, full_document, minimal_document, paths, put, read
from tests.settings.strategies import valid_documents


@given(valid_documents())
def test_any_valid_document_survives_a_round_trip(document: Document) -> None:
    settings = read(document)
    dumped = settings.document()
    assert json.loads(json.dumps(dumped)) == dumped
    assert read(dumped) == settings


def test_parsing_does_not_change_the_document() -> None:
    document = put(full_document(), "hipaa:network.zones", 9)
    before = copy.deepcopy(document)
    assert paths(document) == ["hipaa:network.zones"]
    assert document == before


def test_a_minimal_document_gets_secure_defaults() -> None:
    settings = read(minimal_document())
    assert settings.protect is True
    assert settings.audit.object_lock == "governance"
    assert settings.audit.retention_days == 2192
    assert settings.network.zones == ("us-east-1a", "us-east-1b")
    assert settings.network.nat is NatMode.GATEWAY_PER_ZONE
    assert settings.warnings == ()


def test_settings_are_immutable_and_hashable() -> None:
    settings = read(full_document())
    with pytest.raises(ValueError, match="frozen"):
        settings.__setattr__("protect", False)
    assert {settings, copy.deepcopy(settings)} == {settings}


def test_values_have_domain_types() -> None:
    settings = read(full_document())
    assert settings.network.cidr == IPv4Network("10.20.0.0/16")
    assert settings.partition == "aws"
    assert settings.default_tags.tags["owner"] == "platform"
    assert read(minimal_document() | {"aws:region": "us-gov-west-1"}).partition == "aws-us-gov"


@pytest.mark.parametrize("region", sorted(ZONES))
def test_a_zone_count_selects_the_first_zones_of_the_region(region: str) -> None:
    document = put(minimal_document() | {"aws:region": region}, "hipaa:network.zones", len(ZONES[region]))
    assert read(document).network.zones == tuple(region + letter for letter in ZONES[region])


def test_zone_names_keep_their_order() -> None:
    document = put(minimal_document(), "hipaa:network.zones", ["us-east-1f", "us-east-1b"])
    assert read(document).network.zones == ("us-east-1f", "us-east-1b")


def test_the_default_image_of_a_nat_instance_matches_its_architecture() -> None:
    document = put(minimal_document(), "hipaa:network.nat_instance", {"instance_type": "t3.nano"})
    assert read(document).network.nat_instance.ami.endswith("-x86_64")
    assert read(minimal_document()).network.nat_instance.ami.endswith("-arm64")


def test_keys_of_other_namespaces_are_ignored() -> None:
    document = minimal_document() | {"aws:profile": "any", "other:key": {"any": "thing"}}
    assert read(document) == read(minimal_document())


def test_null_means_that_an_optional_key_is_absent() -> None:
    document = minimal_document() | {"hipaa:compute": None, "hipaa:data": {"rds": None}}
    assert read(document).compute is None
    assert paths(put(document, "hipaa:network.cidr", None)) == ["hipaa:network.cidr"]


def test_the_default_tag_environment_distinguishes_stacks() -> None:
    document = put(full_document(), "aws:defaultTags.tags.environment", "prod")
    assert read(document).environment_tag == {"environment": "prod"}
    assert read(full_document()).environment_tag == {}


def test_the_cache_defaults_to_the_newest_version() -> None:
    data = read(full_document()).data
    assert data is not None
    assert data.cache is not None
    assert data.cache.engine_version is None
    assert data.cache.version == "9.0"


@pytest.mark.parametrize(("storage", "ceiling"), [(20, 40), (40_000, 65_536), (65_000, None)])
def test_storage_may_double_by_default(storage: int, ceiling: int | None) -> None:
    data = read(put(full_document(), "hipaa:data.rds.storage_gib", storage)).data
    assert data is not None
    assert data.rds is not None
    assert data.rds.storage_ceiling_gib == ceiling


def test_the_port_of_mysql_is_open_only_if_it_is_used() -> None:
    document = put(full_document(), "hipaa:data.rds.engine", "mysql")
    document = put(document, "hipaa:data.rds.engine_version", "8.4.11")
    assert read(document).database_ports == (3306, 5432, 6379)
    assert read(full_document()).database_ports == (5432, 6379)
    assert read(minimal_document()).database_ports == (5432, 6379)


def test_vpn_users_may_reach_the_data_tier_if_a_group_may() -> None:
    access = "hipaa:connectivity.vpn.access"
    assert read(full_document()).vpn_reaches_data
    assert not read(put(full_document(), access, {"support": ["app"]})).vpn_reaches_data
    assert not read(minimal_document()).vpn_reaches_data
