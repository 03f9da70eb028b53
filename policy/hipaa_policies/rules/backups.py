"""Backups: backup selections, retention and copies of backup plans, and keys and locks of vaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, BACKED_UP
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    SIX_YEARS_DAYS,
    about,
    deferred,
    dotted_path,
    element_paths,
    is_replica,
    is_unknown,
    must_be_at_least,
    must_be_plain,
    must_be_present,
    must_name_own_key,
    must_not_be_empty,
    must_not_be_true,
    not_applicable,
)
from hipaa_policies.tokens import (
    BACKUP_AIR_GAPPED_VAULT,
    BACKUP_PLAN,
    BACKUP_SELECTION,
    BACKUP_VAULT,
    BACKUP_VAULT_LOCK,
    DB_CLUSTER,
    DB_INSTANCE,
    DOCDB_CLUSTER,
    DSQL_CLUSTER,
    DYNAMODB_TABLE,
    FILE_SYSTEM,
    FILE_SYSTEM_BACKUP,
    FSX_FILE_SYSTEMS,
    NEPTUNE_CLUSTER,
    VOLUME,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, items, peek, to_int

_BACKED_UP: Final = (
    DB_CLUSTER,
    DB_INSTANCE,
    DOCDB_CLUSTER,
    NEPTUNE_CLUSTER,
    DSQL_CLUSTER,
    DYNAMODB_TABLE,
    FILE_SYSTEM,
    *FSX_FILE_SYSTEMS,
    VOLUME,
)


@stack_control(
    id="data-store-is-in-a-backup-plan",
    title="Data stores are in a backup plan",
    description="A selection of AWS Backup covers every database, table, file system and volume by tag or ARN.",
    citations=BACKED_UP,
    severity="high",
    pack="retention",
    remediation="Add the tag that the selection names to the store. If the program has no selection, add the tag backup.",
    types={**dict.fromkeys(_BACKED_UP, ("tags",)), DB_INSTANCE: ("tags", "replicateSourceDb")},
    reads={
        BACKUP_SELECTION: ("selectionTags", "conditions", "resources", "notResources"),
        FILE_SYSTEM_BACKUP: ("fileSystemId", "backupPolicy"),
    },
    sources=(
        "cdk-nag:EC2EBSInBackupPlan",
        "cdk-nag:EFSInBackupPlan",
        "cdk-nag:RDSInBackupPlan",
        "cdk-nag:DynamoDBInBackupPlan",
        "aws-config:EBS_IN_BACKUP_PLAN",
        "aws-config:EC2_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
        "aws-config:EFS_IN_BACKUP_PLAN",
        "aws-config:RDS_IN_BACKUP_PLAN",
        "aws-config:AURORA_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
        "aws-config:DYNAMODB_IN_BACKUP_PLAN",
        "CKV2_AWS_8",
        "CKV2_AWS_9",
        "CKV2_AWS_18",
    ),
    unknown="defer",
    settings={
        "external_tag": {
            "type": "string",
            "default": "backup",
            "description": "Key of the tag by which a plan of another program selects stores; used if this program has no selection.",
        },
        "default_tags": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Keys of default tags of the provider; conditions on these tags count as met.",
        },
    },
)
def _in_plan(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    selections = list(graph.by_type(BACKUP_SELECTION))
    for store in graph.by_type(*_BACKED_UP):
        tags = peek(store.props, "tags")
        if is_replica(store):
            yield store, not_applicable("The source database of the replica is backed up.")
        elif store.type == FILE_SYSTEM and _has_automatic_backups(graph, store):
            continue
        elif not selections and tags is UNKNOWN:
            yield store, deferred("tags")
        elif not selections:
            if peek(tags, config["external_tag"]) is MISSING:
                yield (
                    store,
                    f"tags must contain {config['external_tag']}, by which a backup plan selects, but it is missing.",
                )
        elif not any(_selects(graph, selection, store, config["default_tags"]) for selection in selections):
            undecided = tags is UNKNOWN or any(
                is_unknown(selection, name)
                for selection in selections
                for name in ("selectionTags", "conditions")
            )
            yield (
                store,
                deferred("tags")
                if undecided
                else "tags must match a backup selection, but no selection of this program covers the store.",
            )


def _has_automatic_backups(graph: Graph, file_system: JudgedResource) -> bool:
    policies = graph.referrers(file_system.urn, FILE_SYSTEM_BACKUP, "fileSystemId")
    return any(peek(policy.props, "backupPolicy", "status") == "ENABLED" for policy in policies)


def _selects(
    graph: Graph, selection: JudgedResource, store: JudgedResource, default_tags: Sequence[str]
) -> bool:
    """Return whether a selection covers a store: by a tag, by all its conditions, or by the ARN of the store."""
    if store in graph.references(selection, "notResources", store.type) or _covers(
        selection, "notResources", store
    ):
        return False
    if store in graph.references(selection, "resources", store.type):
        return True
    tags = peek(store.props, "tags")
    for entry in element_paths(selection, "selectionTags"):
        key, value = (peek(selection.props, *entry, name) for name in ("key", "value"))
        if isinstance(key, str) and value is not MISSING and peek(tags, key) == value:
            return True
    patterns = [item for item in items(selection.props, "resources") if isinstance(item, str)]
    conditions = list(_conditions(selection))
    everything = _covers(selection, "resources", store)
    tagged = bool(conditions) and all(
        _is_met(kind, peek(tags, key), value) for kind, key, value in conditions if key not in default_tags
    )
    return ((everything or not patterns) and tagged) or (
        everything and not conditions and not list(element_paths(selection, "selectionTags"))
    )


_SERVICE: Final[Mapping[str, str]] = {
    DB_CLUSTER: "rds",
    DB_INSTANCE: "rds",
    DOCDB_CLUSTER: "rds",
    NEPTUNE_CLUSTER: "rds",
    DSQL_CLUSTER: "dsql",
    DYNAMODB_TABLE: "dynamodb",
    FILE_SYSTEM: "elasticfilesystem",
    VOLUME: "ec2",
    **dict.fromkeys(FSX_FILE_SYSTEMS, "fsx"),
}


def _covers(selection: JudgedResource, property_: str, store: JudgedResource) -> bool:
    """Return whether an ARN pattern of a selection covers all stores of the service of a store."""
    start = f"arn:aws:{_SERVICE.get(store.type, '?')}:"
    return any(
        fnmatchcase(start, pattern.replace("arn:aws-us-gov:", "arn:aws:").rstrip("*") + "*")
        for pattern in items(selection.props, property_)
        if isinstance(pattern, str)
    )


_CONDITIONS: Final = ("stringEquals", "stringLike", "stringNotEquals", "stringNotLike")


def _conditions(selection: JudgedResource) -> Iterator[tuple[str, str, object]]:
    for block in element_paths(selection, "conditions"):
        for kind in _CONDITIONS:
            for test in element_paths(selection, *block, kind):
                key = peek(selection.props, *test, "key")
                if isinstance(key, str):
                    yield kind, key.removeprefix("aws:ResourceTag/"), peek(selection.props, *test, "value")


def _is_met(kind: str, actual: object, expected: object) -> bool:
    """Return whether the value of a tag meets a condition; False if one of them is unknown."""
    if actual is UNKNOWN or expected is UNKNOWN:
        return False
    matches = (
        isinstance(actual, str) and isinstance(expected, str) and fnmatchcase(actual, expected)
        if kind.endswith("Like")
        else actual == expected
    )
    return matches != kind.startswith("stringNot")


_DAILY_DAYS: Final = 35
"""Required retention of daily backups, the default of BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK of AWS Config:
https://docs.aws.amazon.com/config/latest/developerguide/backup-plan-min-frequency-and-min-retention-check.html"""


@control(
    id="backup-plan-keeps-backups",
    title="Backup plans keep backups long enough",
    description=(
        "Every rule of a plan has a schedule. One rule runs at least daily and keeps backups for 35 days, one keeps them for "
        "2192 days, and one copies them to another vault."
    ),
    citations=(*BACKED_UP, "164.310(d)(2)(iv)"),
    severity="high",
    pack="retention",
    remediation="Set schedule, lifecycle.delete_after and copy_actions in the rules of the plan.",
    types={BACKUP_PLAN: ("rules",)},
    sources=(
        "aws-config:BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
        "prowler:backup_plans_exist",
        "hipaa:backup-retention-and-lock",
    ),
    settings={
        "min_days": {
            "type": "integer",
            "minimum": 35,
            "default": SIX_YEARS_DAYS,
            # One rule is enough: daily backups that are kept for six years would be 2192 copies of each store.
            "description": "Days for which at least one rule keeps its backups; other rules may keep them for a shorter time.",
        },
        "copies": {
            "type": "boolean",
            "default": True,
            "description": "Whether one rule must copy its backups to another vault.",
        },
    },
)
def _plan(plan: JudgedResource, config: Config) -> Iterator[str]:
    if is_unknown(plan, "rules"):
        yield from must_be_plain(plan, "rules")
        return
    rules = list(element_paths(plan, "rules"))
    yield from must_not_be_empty(plan, "rules")
    longest = longest_daily = 0
    for rule in rules:
        yield from must_be_present(plan, *rule, "schedule")
        after = peek(plan.props, *rule, "lifecycle", "deleteAfter")
        if after is UNKNOWN:
            yield f"{dotted_path((*rule, 'lifecycle', 'deleteAfter'))} must be a plain value, but it is {format_value(after)}."
        # A backup without deleteAfter is kept forever.
        days = SIX_YEARS_DAYS if after is MISSING else to_int(after) or 0
        longest = max(longest, days)
        if _is_daily(peek(plan.props, *rule, "schedule")):
            longest_daily = max(longest_daily, days)
    if rules and longest_daily < _DAILY_DAYS:
        yield f"One rule must run at least daily and keep its backups for {_DAILY_DAYS} days, but the longest keeps {longest_daily}."
    if rules and longest < config["min_days"]:
        yield f"One rule must keep its backups for {config['min_days']} days, but the longest keeps {longest}."
    if (
        config["copies"]
        and rules
        and not any(list(element_paths(plan, *rule, "copyActions")) for rule in rules)
    ):
        yield "One rule must copy its backups to another vault, but none has copyActions."


def _is_daily(schedule: object) -> bool:
    """Return whether a schedule runs at least once a day; True for an unknown one."""
    if not isinstance(schedule, str):
        return schedule is UNKNOWN
    kind, _, inside = schedule.rstrip(")").partition("(")
    fields = inside.split()
    if kind == "rate" and len(fields) == 2 and fields[0].isdigit():
        return not fields[1].startswith("day") or int(fields[0]) == 1
    # Fields: minutes, hours, day of month, month, day of week, year.
    return kind == "cron" and len(fields) == 6 and all(field in ("*", "?") for field in fields[2:])


@control(
    id="backup-vault-uses-own-key",
    title="Backup vaults use a customer-managed key",
    description="Every backup vault is encrypted with a customer-managed key.",
    citations=(*AT_REST, "164.308(a)(7)(i)"),
    severity="high",
    pack="encryption",
    remediation="Set kms_key_arn to the ARN of the key for data.",
    types={BACKUP_VAULT: ("kmsKeyArn",), BACKUP_AIR_GAPPED_VAULT: ("encryptionKeyArn",)},
    sources=(
        "aws-config:BACKUP_RECOVERY_POINT_ENCRYPTED",
        "CKV_AWS_166",
        "prowler:backup_vaults_encrypted",
        "hipaa:cmk-everywhere",
    ),
    unknown="present",
)
def _vault_key(vault: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(vault, "kmsKeyArn" if vault.type == BACKUP_VAULT else "encryptionKeyArn")


@stack_control(
    id="backup-vault-is-locked",
    title="Backup vaults are locked",
    description="Every vault has a lock with a minimum retention, so that nobody can shorten or delete its backups.",
    citations=(*BACKED_UP, "164.312(c)(1)"),
    severity="high",
    pack="retention",
    remediation="Add aws.backup.VaultLockConfiguration with min_retention_days, and changeable_for_days for compliance mode.",
    types={BACKUP_VAULT: ("forceDestroy",)},
    reads={
        BACKUP_VAULT_LOCK: ("backupVaultName", "minRetentionDays", "changeableForDays"),
    },
    sources=("aws-config:BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED", "hipaa:backup-retention-and-lock"),
    settings={
        "lock": {"type": "string", "enum": ("none", "governance", "compliance"), "default": "compliance"},
        # The lock protects each backup for the retention of that backup. The minimum only rejects jobs with a shorter retention,
        # and backup-plan-keeps-backups judges the retention of the plans.
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
        "min_days": {
            "type": "integer",
            "minimum": 1,
            "default": 35,
            "description": "Minimum retention of the lock; lower it if hourly backups share the vault.",
        },
    },
)
def _vault_lock(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for vault in graph.by_type(BACKUP_VAULT):
        if config["lock"] == "none":
            yield vault, not_applicable("The policy configuration of this stack sets lock to none.")
            continue
        yield from about(vault, must_not_be_true(vault, "forceDestroy"))
        locks = graph.referrers(vault.urn, BACKUP_VAULT_LOCK, "backupVaultName")
        if not locks:
            yield vault, "The vault must have a lock, but no lock configuration names it."
        for lock in locks:
            retention = must_be_at_least(lock, config["min_days"], "minRetentionDays", unit=" days")
            yield from about(vault, retention)
            if config["lock"] == "compliance":
                grace = must_be_at_least(lock, 3, "changeableForDays", unit=" days")
                yield from about(vault, grace)
