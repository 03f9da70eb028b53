"""The stack files that come with the project."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from settings import Settings, parse
from settings.model import Nat

ROOT = Path(__file__).parents[2]
FILES = ["Pulumi.dev.yaml", "Pulumi.prod.yaml"]


def read(name: str) -> Settings:
    return parse(yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["config"], file=name)


@pytest.mark.parametrize("name", FILES)
def test_a_stack_file_is_accepted_without_warnings_but_for_its_sample_images(name: str) -> None:
    settings = read(name)
    assert [text for text in settings.warnings if "digest of zeros" not in text] == []
    assert bool(settings.warnings) is bool(settings.images)


@pytest.mark.parametrize("name", FILES)
def test_a_stack_file_pins_its_account_and_tags_everything(name: str) -> None:
    settings = read(name)
    assert settings.allowed_account_ids == (settings.account_id,)
    assert sorted(settings.default_tags.tags) == [
        "data-classification", "environment", "managed-by", "owner", "project",
    ]  # fmt: skip
    assert settings.default_tags.tags["environment"] == settings.environment


def test_dev_can_be_destroyed() -> None:
    dev = read("Pulumi.dev.yaml")
    assert (dev.protect, dev.audit.object_lock, dev.network.nat) == (False, "none", Nat.INSTANCE)


def test_prod_is_locked_and_survives_the_loss_of_a_zone() -> None:
    prod = read("Pulumi.prod.yaml")
    assert (prod.protect, prod.audit.object_lock, prod.network.nat) == (
        True,
        "compliance",
        Nat.GATEWAY_PER_ZONE,
    )
    assert len(prod.network.zones) == 3


def test_no_two_stacks_share_a_range() -> None:
    assert not read("Pulumi.dev.yaml").network.cidr.overlaps(read("Pulumi.prod.yaml").network.cidr)
