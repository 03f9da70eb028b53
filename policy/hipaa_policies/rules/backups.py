"""Backups: every store in a plan, kept long enough, copied away, under a key and a lock of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, BACKED_UP
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    SIX_YEARS_DAYS,
    deferred,
    dotted,
    is_unknown,
    must_be_at_least,
    must_be_filled,
    must_be_present,
    must_name_own_key,
    must_not_be_true,
    not_applicable,
    positions,
    replicates,
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
from hipaa_policies.values import MISSING, UNKNOWN, items, peek, shown, to_int

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
    description="A selection of AWS Backup takes in each database, table, file system and volume by tag or ARN.",
    citations=BACKED_UP,
    severity="high",
    pack="retention",
    remediation="Give the store the tag that the selection names. Where no selection is in the program, a tag backup stands for one.",
    types={**dict.fromkeys(_BACKED_UP, ("tags",)), DB_INSTANCE: ("tags", "replicateSourceDb")},
    reads={BACKUP_SELECTION: ("selectionTags", "conditions", "resources", "notResources"), FILE_SYSTEM_BACKUP: ("fileSystemId", "backupPolicy")},
    sources=(
        "cdk-nag:EC2EBSInBackupPlan", "cdk-nag:EFSInBackupPlan", "cdk-nag:RDSInBackupPlan", "cdk-nag:DynamoDBInBackupPlan",
        "aws-config:EBS_IN_BACKUP_PLAN", "aws-config:EC2_RESOURCES_PROTECTED_BY_BACKUP_PLAN", "aws-config:EFS_IN_BACKUP_PLAN",
        "aws-config:RDS_IN_BACKUP_PLAN", "aws-config:AURORA_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
        "aws-config:DYNAMODB_IN_BACKUP_PLAN", "CKV2_AWS_8", "CKV2_AWS_9", "CKV2_AWS_18",
    ),
    unknown="defer",
    settings={
        "external_tag": {
            "type": "string",
            "default": "backup",
            "description": "Key of the tag by which a plan of another program selects; judged where this one has no selection.",
        },
        "default_tags": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Keys of tags that the provider puts on everything; what a selection asks of them holds.",
        },
    },
)  # fmt: skip
def _in_plan(graph: Graph, config: Config) -> Iterator[tuple[Resource, str]]:
    selections = list(graph.by_type(BACKUP_SELECTION))
    for store in graph.by_type(*_BACKED_UP):
        tags = peek(store.props, "tags")
        if replicates(store):
            yield store, not_applicable("It is a replica of a store that is backed up.")
        elif store.type == FILE_SYSTEM and _backs_itself_up(graph, store):
            continue
        elif not selections and tags is UNKNOWN:
            yield store, deferred("tags")
        elif not selections:
            if peek(tags, config["external_tag"]) is MISSING:
                yield (
                    store,
                    f"tags must hold {config['external_tag']}, by which a backup plan selects, but it is missing.",
                )
        elif not any(_selects(graph, selection, store, config["default_tags"]) for selection in selections):
            unclear = tags is UNKNOWN or any(
                is_unknown(selection, name)
                for selection in selections
                for name in ("selectionTags", "conditions")
            )
            found = "no selection of this program takes it in"
            yield (
                store,
                deferred("tags") if unclear else f"tags must be those of a backup selection, but {found}.",
            )


def _backs_itself_up(graph: Graph, file_system: Resource) -> bool:
    policies = graph.referrers(file_system.urn, FILE_SYSTEM_BACKUP, "fileSystemId")
    return any(peek(policy.props, "backupPolicy", "status") == "ENABLED" for policy in policies)


def _selects(graph: Graph, selection: Resource, store: Resource, default_tags: Sequence[str]) -> bool:
    """Tell whether a selection takes a store in: one of its tags, all of its conditions, or the store itself."""
    if store in graph.references(selection, "notResources", store.type) or _covers(
        selection, "notResources", store
    ):
        return False
    if store in graph.references(selection, "resources", store.type):
        return True
    tags = peek(store.props, "tags")
    for entry in positions(selection, "selectionTags"):
        key, value = (peek(selection.props, *entry, name) for name in ("key", "value"))
        if isinstance(key, str) and value is not MISSING and peek(tags, key) == value:
            return True
    patterns = [item for item in items(selection.props, "resources") if isinstance(item, str)]
    conditions = list(_conditions(selection))
    everything = _covers(selection, "resources", store)
    tagged = bool(conditions) and all(
        _holds(kind, peek(tags, key), value) for kind, key, value in conditions if key not in default_tags
    )
    return ((everything or not patterns) and tagged) or (
        everything and not conditions and not list(positions(selection, "selectionTags"))
    )


_SERVICE: Final[Mapping[str, str]] = {
    DB_CLUSTER: "rds", DB_INSTANCE: "rds", DOCDB_CLUSTER: "rds", NEPTUNE_CLUSTER: "rds", DSQL_CLUSTER: "dsql", DYNAMODB_TABLE: "dynamodb",
    FILE_SYSTEM: "elasticfilesystem", VOLUME: "ec2", **dict.fromkeys(FSX_FILE_SYSTEMS, "fsx"),
}  # fmt: skip


def _covers(selection: Resource, property_: str, store: Resource) -> bool:
    """Tell whether a pattern of a selection takes in every store of a service."""
    start = f"arn:aws:{_SERVICE.get(store.type, '?')}:"
    return any(
        fnmatchcase(start, pattern.replace("arn:aws-us-gov:", "arn:aws:").rstrip("*") + "*")
        for pattern in items(selection.props, property_)
        if isinstance(pattern, str)
    )


_CONDITIONS: Final = ("stringEquals", "stringLike", "stringNotEquals", "stringNotLike")


def _conditions(selection: Resource) -> Iterator[tuple[str, str, object]]:
    for block in positions(selection, "conditions"):
        for kind in _CONDITIONS:
            for test in positions(selection, *block, kind):
                key = peek(selection.props, *test, "key")
                if isinstance(key, str):
                    yield kind, key.removeprefix("aws:ResourceTag/"), peek(selection.props, *test, "value")


def _holds(kind: str, found: object, wanted: object) -> bool:
    """Tell whether a store's tag meets a condition; of an unknown one nobody can say so."""
    if found is UNKNOWN or wanted is UNKNOWN:
        return False
    alike = (
        isinstance(found, str) and isinstance(wanted, str) and fnmatchcase(found, wanted)
        if kind.endswith("Like")
        else found == wanted
    )
    return alike != kind.startswith("stringNot")


_DAILY_DAYS: Final = 35
"""Defaults of AWS Config's BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK: once a day, kept for 35 days
(https://docs.aws.amazon.com/config/latest/developerguide/backup-plan-min-frequency-and-min-retention-check.html)."""


@control(
    id="backup-plan-keeps-backups",
    title="Backup plans keep what they make",
    description=(
        "Each rule of a plan runs on a schedule, one daily or more often with 35 days at least, one keeps what it makes for 2192 "
        "days and one copies to another vault."
    ),
    citations=(*BACKED_UP, "164.310(d)(2)(iv)"),
    severity="high",
    pack="retention",
    remediation="Set schedule, lifecycle.delete_after and copy_actions on the plan's rules.",
    types={BACKUP_PLAN: ("rules",)},
    sources=(
        "aws-config:BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK", "prowler:backup_plans_exist",
        "hipaa:backup-retention-and-lock",
    ),
    settings={
        "min_days": {
            "type": "integer", "minimum": 35, "default": SIX_YEARS_DAYS,
            # Daily backups for six years would be 2192 of each store: the rule on documentation asks for records, not for copies.
            "description": "Days that at least one rule keeps what it makes; more frequent ones may keep it for less.",
        },
        "copies": {"type": "boolean", "default": True, "description": "Whether one rule must copy to another vault."},
    },
)  # fmt: skip
def _plan(plan: Resource, config: Config) -> Iterator[str]:
    if is_unknown(plan, "rules"):
        yield "rules must be plain values, but they are not known before deployment."
        return
    rules = list(positions(plan, "rules"))
    yield from must_be_filled(plan, "rules")
    longest = longest_daily = 0
    for rule in rules:
        yield from must_be_present(plan, *rule, "schedule")
        after = peek(plan.props, *rule, "lifecycle", "deleteAfter")
        if after is UNKNOWN:
            yield f"{dotted((*rule, 'lifecycle', 'deleteAfter'))} must be a plain value, but it is {shown(after)}."
        # Without a day of deletion a backup is kept for ever.
        kept = SIX_YEARS_DAYS if after is MISSING else to_int(after) or 0
        longest = max(longest, kept)
        if _is_daily(peek(plan.props, *rule, "schedule")):
            longest_daily = max(longest_daily, kept)
    if rules and longest_daily < _DAILY_DAYS:
        yield f"One rule must run daily or more often and keep its backups for {_DAILY_DAYS} days, but the longest such keeps {longest_daily}."
    if rules and longest < config["min_days"]:
        yield f"One rule must keep its backups for {config['min_days']} days, but the longest keeps {longest}."
    if config["copies"] and rules and not any(list(positions(plan, *rule, "copyActions")) for rule in rules):
        yield "One rule must copy to another vault, but none has copyActions."


def _is_daily(schedule: object) -> bool:
    """Tell whether a schedule runs once a day at least; one that is not known yet may."""
    if not isinstance(schedule, str):
        return schedule is UNKNOWN
    kind, _, inside = schedule.rstrip(")").partition("(")
    fields = inside.split()
    if kind == "rate" and len(fields) == 2 and fields[0].isdigit():
        return not fields[1].startswith("day") or int(fields[0]) == 1
    # Minutes, hours, day of the month, month, day of the week, year.
    return kind == "cron" and len(fields) == 6 and all(field in ("*", "?") for field in fields[2:])


@control(
    id="backup-vault-uses-own-key",
    title="Backup vaults use a customer-managed key",
    description="Every backup vault names a key of its own.",
    citations=(*AT_REST, "164.308(a)(7)(i)"),
    severity="high",
    pack="encryption",
    remediation="Pass the data key's ARN as kms_key_arn.",
    types={BACKUP_VAULT: ("kmsKeyArn",), BACKUP_AIR_GAPPED_VAULT: ("encryptionKeyArn",)},
    sources=(
        "aws-config:BACKUP_RECOVERY_POINT_ENCRYPTED", "CKV_AWS_166", "prowler:backup_vaults_encrypted", "hipaa:cmk-everywhere",
    ),
    unknown="present",
)  # fmt: skip
def _vault_key(vault: Resource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(vault, "kmsKeyArn" if vault.type == BACKUP_VAULT else "encryptionKeyArn")


@stack_control(
    id="backup-vault-is-locked",
    title="Backup vaults are locked",
    description="A vault has a lock with a least retention, so that nobody shortens or deletes what is in it.",
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
        # A lower floor loosens nothing that is in the vault: a lock keeps each backup for its own retention, and the floor only
        # refuses jobs with a shorter one. How long plans keep is held by backup-plan-keeps-backups.
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
        "min_days": {
            "type": "integer", "minimum": 1, "default": 35,
            "description": "Least retention that the lock admits; hourly backups that share a vault ask for a lower one.",
        },
    },
)  # fmt: skip
def _vault_lock(graph: Graph, config: Config) -> Iterator[tuple[Resource, str]]:
    for vault in graph.by_type(BACKUP_VAULT):
        if config["lock"] == "none":
            yield vault, not_applicable("This stack's policy configuration sets lock to none.")
            continue
        yield from ((vault, sentence) for sentence in must_not_be_true(vault, "forceDestroy"))
        locks = graph.referrers(vault.urn, BACKUP_VAULT_LOCK, "backupVaultName")
        if not locks:
            yield vault, "The vault must have a lock, but no lock configuration names it."
        for lock in locks:
            yield from (
                (vault, sentence)
                for sentence in must_be_at_least(lock, config["min_days"], "minRetentionDays", unit=" days")
            )
            if config["lock"] == "compliance":
                yield from (
                    (vault, sentence)
                    for sentence in must_be_at_least(lock, 3, "changeableForDays", unit=" days")
                )
