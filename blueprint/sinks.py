"""Where a program's logs go and how long they stay there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
BUCKET: Final = "aws:s3/bucket:Bucket"
_BUCKET_LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"

# Resources that write logs, with the input that names where to.
_WRITERS: Final[Mapping[str, str]] = {
    "aws:ec2/flowLog:FlowLog": "logDestination",
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": "destinationArn",
    _BUCKET_LOGGING: "targetBucket",
}
_KINDS: Final[Mapping[str, str]] = {
    "aws:ec2/flowLog:FlowLog": "VPC flow logs",
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": "DNS queries",
    _BUCKET_LOGGING: "S3 access log",
}


@dataclass(frozen=True, slots=True, order=True)
class Sink:
    """One stream of logs and the store that keeps it."""

    source: str
    """What is logged, e.g. `VPC flow logs of app`."""
    store: str
    """The log group or bucket that keeps it."""
    retention_days: int | None
    """Days the store keeps an entry at least; None where nothing says so."""
    key: str
    """Logical name of the customer-managed key, or what encrypts instead."""
    lock: str
    """Object Lock mode and days, or `-`."""
    protected: bool
    """Whether Pulumi refuses to delete the store."""


def sinks(record: Record) -> list[Sink]:
    """Return every log stream of a record, and every store that no recorded resource writes to yet."""
    found: list[Sink] = []
    used: set[str] = set()
    for writer in record.of_type(*_WRITERS):
        for store in _targets(record, writer, _WRITERS[writer.type]):
            used.add(store.urn)
            found.append(_sink(record, f"{_KINDS[writer.type]} of {_subject(record, writer)}", store))
    idle = [item for item in record.of_type(LOG_GROUP) if item.urn not in used]
    found.extend(_sink(record, f"whatever writes to {item.name}", item) for item in idle)
    return sorted(found)


def _targets(record: Record, writer: Resource, key: str) -> Iterator[Resource]:
    for urn in writer.property_dependencies.get(key, ()):
        target = record.by_urn.get(urn)
        if target is not None and target.type in (LOG_GROUP, BUCKET):
            yield target


def _subject(record: Record, writer: Resource) -> str:
    """Return the name of what a writer logs: the bucket it belongs to, or the component that holds it."""
    if writer.type == _BUCKET_LOGGING:
        return next(
            (record.by_urn[urn].name for urn in writer.property_dependencies.get("bucket", ())), writer.name
        )
    return record.owner(writer).name


def _sink(record: Record, source: str, store: Resource) -> Sink:
    if store.type == LOG_GROUP:
        days = store.inputs.get("retentionInDays")
        return Sink(
            source=source,
            store=store.name,
            retention_days=days if isinstance(days, int) else None,
            key=_key_name(record, store, "kmsKeyId"),
            lock="-",
            protected=store.protect,
        )
    return Sink(
        source=source,
        store=store.name,
        retention_days=bucket_retention_days(record, store),
        key=_bucket_key(record, store),
        lock=_bucket_lock(record, store),
        protected=store.protect,
    )


def satellites(record: Record, bucket: Resource, type_: str) -> list[Resource]:
    """Return the resources of a type that configure a bucket."""
    return [
        item for item in record.of_type(type_) if bucket.urn in item.property_dependencies.get("bucket", ())
    ]


def bucket_retention_days(record: Record, bucket: Resource) -> int | None:
    """Return the fewest days after which a lifecycle rule may remove an object; None where no rule says so."""
    days = [
        rule.get("expiration", {}).get("days")
        for configuration in satellites(
            record, bucket, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        )
        for rule in cast(list[dict[str, Any]], configuration.inputs.get("rules", []))
    ]
    return min((day for day in days if isinstance(day, int)), default=None)


def _bucket_key(record: Record, bucket: Resource) -> str:
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    for configuration in satellites(record, bucket, type_):
        key = _key_name(record, configuration, "rules")
        if key != "-":
            return key
        for rule in cast(list[dict[str, Any]], configuration.inputs.get("rules", [])):
            algorithm = rule.get("applyServerSideEncryptionByDefault", {}).get("sseAlgorithm")
            if algorithm == "AES256":
                return "SSE-S3"
    return "-"


def _bucket_lock(record: Record, bucket: Resource) -> str:
    type_ = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    for configuration in satellites(record, bucket, type_):
        rule = cast(dict[str, Any], configuration.inputs.get("rule", {})).get("defaultRetention", {})
        if rule:
            length = f"{rule['years']} years" if "years" in rule else f"{rule.get('days')} days"
            return f"{str(rule.get('mode', '')).lower()}, {length}"
    return "-"


def _key_name(record: Record, resource: Resource, property_: str) -> str:
    """Return the logical name of the KMS key that a property takes its value from."""
    for urn in resource.property_dependencies.get(property_, ()):
        key = record.by_urn.get(urn)
        if key is not None and key.type == "aws:kms/key:Key":
            return key.name
    value = resource.inputs.get(property_)
    return "a key from elsewhere" if isinstance(value, str) or value is UNKNOWN else "-"
