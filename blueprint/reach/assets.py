"""Everything in a record that can hold data: databases, caches, buckets, file systems, queues, logs and disks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from blueprint.reach.network import RecordedNetwork
from blueprint.record import Record, Resource
from blueprint.values import blocks, integer, mapping, plain, text

_SECONDS_OF_DAY: Final = 86_400
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "aws:backup/vault:Vault": ("backup vault", "kmsKeyArn"),
    "aws:docdb/cluster:Cluster": ("database", "kmsKeyId"),
    "aws:dynamodb/table:Table": ("table", ""),
    "aws:efs/fileSystem:FileSystem": ("file system", "kmsKeyId"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("cache", "kmsKeyId"),
    "aws:elasticache/serverlessCache:ServerlessCache": ("cache", "kmsKeyId"),
    "aws:rds/cluster:Cluster": ("database", "kmsKeyId"),
    "aws:rds/instance:Instance": ("database", "kmsKeyId"),
    "aws:sqs/queue:Queue": ("queue", "kmsMasterKeyId"),
    "aws:cloudwatch/logGroup:LogGroup": ("log group", "kmsKeyId"),
}
"""For each type, what it is and the input that names its key."""
_SERVICES: Final[Mapping[str, str]] = {
    "cloudwatch": "CloudWatch Logs",
    "sqs": "Amazon SQS",
    "backup": "AWS Backup",
    "efs": "Amazon EFS",
}


@dataclass(frozen=True, slots=True, order=True)
class Asset:
    """Something that holds data."""

    name: str
    kind: str
    location: str
    """Tier of the network, or the AWS service that stores it."""
    key: str
    """The key that encrypts it at rest."""
    backup: str
    retention: str
    """How long it keeps its data, or its backups."""
    protection: str
    """What prevents its deletion."""


def assets(network: RecordedNetwork) -> Iterator[Asset]:
    """Yield every asset of a network's record."""
    record = network.record
    places = {place.urn: place for place in network.model.places.values() if place.urn}
    for item in record.of_type(*_KINDS):
        kind, key = _KINDS[item.type]
        place = places.get(item.urn)
        module = item.label.split("/")[0]
        yield Asset(
            name=item.name,
            kind=kind,
            location=", ".join(f"{tier} tier" for tier in place.tiers)
            if place and place.tiers
            else _SERVICES.get(module, module),
            key=_key(record, item, key),
            backup=_backup(item),
            retention=_kept(item),
            protection=_guard(item),
        )
    for item in record.of_type("aws:s3/bucket:Bucket"):
        yield _bucket(record, item)
    for item in record.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        yield from _disks(record, item)


def _disks(record: Record, template: Resource) -> Iterator[Asset]:
    for device in blocks(template.inputs.get("blockDeviceMappings")):
        disk = mapping(device.get("ebs"))
        if disk:
            encrypted = str(disk.get("encrypted")).lower() == "true"
            yield Asset(
                f"{template.name} {device.get('deviceName', '')}".strip(),
                "disk",
                "Amazon EBS",
                _key_names(record, template, "blockDeviceMappings") if encrypted else "none",
                "-",
                "as long as its host",
                "-",
            )


def _key_names(record: Record, item: Resource, property_: str) -> str:
    """Return the names of the KMS keys that an input takes its value from."""
    keys = {
        source.name for source in record.sources(item, property_) if source.type.startswith("aws:kms/key")
    }
    return ", ".join(sorted(keys)) or "AWS-managed"


def _key(record: Record, item: Resource, property_: str) -> str:
    if plain(item.inputs.get(property_)):
        return _key_names(record, item, property_)
    off = item.inputs.get("storageEncrypted") is False or item.inputs.get("atRestEncryptionEnabled") is False
    return "none" if off else "AWS-managed"


def _backup(item: Resource) -> str:
    tags = mapping(item.inputs.get("tags"))
    days = integer(item.inputs.get("backupRetentionPeriod")) or integer(
        item.inputs.get("snapshotRetentionLimit")
    )
    parts = [f"snapshots, {days} days"] if days else []
    if "backup" in tags:
        parts.append(f"AWS Backup ({tags['backup']})")
    return ", ".join(parts) or "-"


def _kept(item: Resource) -> str:
    days = integer(item.inputs.get("retentionInDays"))
    if days is not None:
        return f"{days} days"
    seconds = integer(item.inputs.get("messageRetentionSeconds"))
    return "until deleted" if seconds is None else f"{seconds // _SECONDS_OF_DAY} days"


def _guard(item: Resource) -> str:
    parts = ["Pulumi"] if item.protect else []
    if item.inputs.get("deletionProtection") is True:
        parts.append("AWS deletion protection")
    return ", ".join(parts) or "-"


def _bucket(record: Record, item: Resource) -> Asset:
    def configured_by(noun: str) -> Iterator[Resource]:
        for other in record.of_type(f"aws:s3/{noun[0].lower()}{noun[1:]}:{noun}"):
            if item.urn in other.property_dependencies.get("bucket", ()):
                yield other

    keys: set[str] = set()
    for other in configured_by("BucketServerSideEncryptionConfiguration"):
        names = _key_names(record, other, "rules")
        keys.add("SSE-S3" if names == "AWS-managed" else names)
    expiries = [
        integer(mapping(rule.get("expiration")).get("days"))
        for other in configured_by("BucketLifecycleConfiguration")
        for rule in blocks(other.inputs.get("rules"))
    ]
    days = sorted(day for day in expiries if day is not None)
    locks = [f"Object Lock, {_lock_mode(other)}" for other in configured_by("BucketObjectLockConfiguration")]
    guards = [*(["Pulumi"] if item.protect else []), *locks]
    kept = (
        f"{days[0]} to {days[-1]} days" if days and days[0] < days[-1] else f"{days[0]} days" if days else ""
    )
    return Asset(
        item.name,
        "bucket",
        "Amazon S3",
        ", ".join(sorted(keys)) or "SSE-S3",
        "versions" if any(True for _ in configured_by("BucketVersioning")) else "-",
        kept or "until deleted",
        ", ".join(guards) or "-",
    )


def _lock_mode(configuration: Resource) -> str:
    retention = mapping(mapping(configuration.inputs.get("rule")).get("defaultRetention"))
    return (text(retention.get("mode")) or "?").lower()
