"""The settings of controls: each accepts a program that the default rejects."""

from collections.abc import Mapping
from typing import Any

import pytest
from hipaa_policies import tokens as t
from hipaa_policies.judge import judge
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.areas import (
    account,
    backups,
    caches,
    containers,
    databases,
    network,
    secrets,
    storage,
    stores,
)
from tests.policy.program import CLASSIFIED, GONE, Edits, edited, extra

Case = tuple[str, Mapping[str, JudgedResource], Edits, Mapping[str, Any]]

CASES: list[Case] = [
    ("database-keeps-backups", databases.GOOD, {"rds backupRetentionPeriod": 7}, {"min_days": 7}),
    ("database-spans-zones", databases.GOOD, {"rds multiAz": False, "reader": GONE}, {"required": False}),
    (
        "database-takes-minor-upgrades",
        databases.GOOD,
        {"rds autoMinorVersionUpgrade": False, "rds engineVersion": "17.5"},
        {"pinned": True},
    ),
    (
        "database-takes-minor-upgrades",
        databases.GOOD,
        {"writer autoMinorVersionUpgrade": False, "aurora engineVersion": "17.5"},
        {"pinned": True},
    ),
    ("cache-spans-zones", caches.GOOD, {"cache multiAzEnabled": False}, {"required": False}),
    ("cache-keeps-snapshots", caches.GOOD, {"cache snapshotRetentionLimit": 1}, {"min_days": 1}),
    (
        "secret-rotates",
        secrets.GOOD,
        {"rotation rotationRules.automaticallyAfterDays": 365},
        {"max_days": 365},
    ),
    ("backup-vault-is-locked", backups.GOOD, {"lock changeableForDays": GONE}, {"lock": "governance"}),
    ("backup-vault-is-locked", backups.GOOD, {"lock": GONE}, {"lock": "none"}),
    ("backup-plan-keeps-backups", backups.GOOD, {"plan rules.1.copyActions": []}, {"copies": False}),
    ("vpc-has-private-endpoints", network.GOOD, {"endpoint-kms": GONE}, {"services": ["s3", "sts"]}),
    ("vpc-has-private-endpoints", network.GOOD, {"endpoint-kms": GONE}, {"vpcs": ["app*"]}),
    ("account-baseline-is-whole", account.GOOD, {"hub": GONE}, {"owner": "no"}),
    ("account-baseline-is-whole", account.GOOD, {"hub": GONE}, {"parts": ["trail", "guardduty"]}),
    (
        "config-recorder-is-complete",
        account.GOOD,
        {"recorder recordingGroup.includeGlobalResourceTypes": False},
        {"global_types": "elsewhere"},
    ),
    ("region-is-allowed", storage.GOOD, {"files region": "eu-west-1"}, {"regions": ["us-*", "eu-west-1"]}),
    ("service-is-known", network.GOOD, extra("aws:lex/bot:Bot"), {"services": ["lex"]}),
    (
        "data-store-is-classified",
        storage.GOOD,
        {"files tags": GONE},
        {"default_tags": list(CLASSIFIED)},
    ),
    (
        "container-is-unprivileged",
        containers.GOOD,
        containers.containers(user=GONE),
        {"root_containers": ["app"]},
    ),
    (
        "ignored-changes-spare-controls",
        caches.GOOD,
        {"user": {"ignore_changes": ("authenticationMode",)}},
        {"accepted": [f"{t.CACHE_USER} authenticationMode"]},
    ),
]


@pytest.mark.parametrize(("control", "good", "edits", "config"), CASES, ids=[case[0] for case in CASES])
def test_a_setting_accepts_what_the_default_rejects(
    control: str, good: Mapping[str, JudgedResource], edits: Edits, config: Mapping[str, Any]
) -> None:
    program = edited(good, edits)
    strict, relaxed = judge(program), judge(program, config={control: config})
    assert control in {item.policy for item in (*strict.violations, *strict.advisories)}
    assert control not in {item.policy for item in (*relaxed.violations, *relaxed.advisories)}


def test_a_setting_requires_the_account_baseline_of_a_program_without_any_part_of_it() -> None:
    program = [account.GOOD["account-prod"]]
    report = judge(program, config={"account-baseline-is-whole": {"owner": "yes"}})
    assert judge(program).ok
    assert len(report.violations) == 14


@pytest.mark.parametrize(
    ("parts", "missing"), [(None, 8), (["guardduty", "volume-encryption"], 2), (["image-sharing"], 1)]
)
def test_a_setting_requires_parts_of_the_baseline_in_a_further_region(
    parts: list[str] | None, missing: int
) -> None:
    config: dict[str, Any] = {"owner": "yes", "further_regions": ["us-west-2"]}
    if parts:
        config["further_parts"] = parts
    report = judge(list(account.GOOD.values()), config={"account-baseline-is-whole": config})
    messages = [item.message for item in report.violations]
    assert len(messages) == missing
    assert all("in us-west-2, so that" in message for message in messages)


def test_a_part_in_a_further_region_does_not_replace_the_part_of_the_own_region() -> None:
    program = edited(account.GOOD, {"detector region": "us-west-2"})
    config = {"owner": "yes", "further_regions": ["us-west-2"], "further_parts": ["guardduty"]}
    [violation] = judge(program, config={"account-baseline-is-whole": config}).violations
    assert "must create Detector (guardduty), so that" in violation.message


@pytest.mark.parametrize("name", ["rds", "aurora", "writer", "graph-1", "mover"])
def test_a_database_without_a_stated_version_must_take_minor_upgrades(name: str) -> None:
    id_ = "database-takes-minor-upgrades"
    program = edited(databases.GOOD, {f"{name} autoMinorVersionUpgrade": False})
    report = judge(program, config={id_: {"pinned": True}})
    assert [item.policy for item in report.violations] == [id_]


def test_an_unknown_key_counts_as_customer_managed() -> None:
    program = edited(stores.GOOD, {"rds kmsKeyId": UNKNOWN, "cache kmsKeyId": UNKNOWN})
    assert judge(program).ok
