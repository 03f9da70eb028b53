"""The stack files of the project."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from settings import Settings, parse
from settings.model import NatMode

ROOT = Path(__file__).parents[2]
FILES = ["Pulumi.dev.yaml", "Pulumi.prod.yaml"]


def read(name: str) -> Settings:
    return parse(yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["config"], file=name)


@pytest.mark.parametrize("name", FILES)
def test_a_stack_file_has_no_warnings(name: str) -> None:
    assert read(name).warnings == ()


@pytest.mark.parametrize("name", FILES)
def test_a_stack_file_pins_its_account_and_sets_tags(name: str) -> None:
    settings = read(name)
    assert settings.allowed_account_ids == (settings.account_id,)
    assert sorted(settings.default_tags.tags) == [
        "data-classification", "environment", "managed-by", "owner", "project",
    ]  # fmt: skip
    assert settings.default_tags.tags["environment"] == settings.environment


def test_dev_can_be_destroyed() -> None:
    dev = read("Pulumi.dev.yaml")
    assert (dev.protect, dev.audit.object_lock, dev.network.nat) == (False, "none", NatMode.INSTANCE)


def test_prod_is_locked_and_spans_three_zones() -> None:
    prod = read("Pulumi.prod.yaml")
    assert (prod.protect, prod.audit.object_lock, prod.network.nat) == (
        True,
        "compliance",
        NatMode.GATEWAY_PER_ZONE,
    )
    assert len(prod.network.zones) == 3


def test_the_stacks_have_different_ranges() -> None:
    assert not read("Pulumi.dev.yaml").network.cidr.overlaps(read("Pulumi.prod.yaml").network.cidr)
