"""The retention proof: every log of a program, every store that keeps it, for how long, under which key and lock.

A log is proven when at least one of its stores keeps it as long as required, under a customer-managed key. The answer is
read from what the program registers, not from its settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from blueprint.intent import LogRetention
from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN, blocks, integer, mapping, text

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
BUCKET: Final = "aws:s3/bucket:Bucket"

_KEY: Final = "aws:kms/key:Key"
_BUCKET_LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"
_FIREHOSE: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
_FIREHOSE_TARGET: Final = "extendedS3Configuration"
_SUBSCRIPTION: Final = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
_NO_KEYS: Final = ("-", "SSE-S3")

# Resources that write logs: the inputs that name the destination, and what is logged.
_WRITERS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "aws:alb/loadBalancer:LoadBalancer": (("accessLogs", "connectionLogs"), "requests to {name}"),
    "aws:cfg/deliveryChannel:DeliveryChannel": (("s3BucketName",), "configuration history of the account"),
    "aws:cloudtrail/trail:Trail": (("s3BucketName", "cloudWatchLogsGroupArn"), "API calls of the account"),
    "aws:ec2/flowLog:FlowLog": (("logDestination",), "VPC flow logs of {owner}"),
    "aws:lb/loadBalancer:LoadBalancer": (("accessLogs", "connectionLogs"), "requests to {name}"),
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": (
        ("destinationArn",),
        "DNS queries of {owner}",
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        ("logDestinationConfigs",),
        "firewall decisions of {name}",
    ),
    _BUCKET_LOGGING: (("targetBucket",), "S3 access to {bucket}"),
}

_OF_GATEWAY: Final = "flow logs of the transit gateway"

# Writers that name the key for their objects themselves: the input that holds it.
_WRITERS_KEYS: Final[Mapping[str, str]] = {
    "aws:cfg/deliveryChannel:DeliveryChannel": "s3KmsKeyArn",
    _FIREHOSE: _FIREHOSE_TARGET,
}


@dataclass(frozen=True, slots=True, order=True)
class Sink:
    """One log and one store that keeps it."""

    log: str
    """What is logged, e.g. `VPC flow logs of app`."""
    store: str
    """Logical name of the log group or bucket that keeps it."""
    kind: str
    """`log group` or `bucket`."""
    retention_days: int | None
    """Days for which the store keeps an entry at least; None if nothing removes it."""
    key: str
    """Logical name of the customer-managed key, or what encrypts instead; `-` for nothing."""
    lock: str
    """Object Lock mode and days, of the store or of the bucket that it is replicated to; `-` for none."""
    protected: bool
    """Whether Pulumi refuses to delete the store."""
    setting: str
    """The setting that the retention comes from; empty if it is not known."""
    fault: str = ""
    """What the proof lacks; empty if it holds."""


def proof(
    record: Record, waived: frozenset[str] = frozenset(), required: LogRetention | None = None
) -> list[Sink]:
    """Return every log of a record with each of its stores, and the fault of every log that is not proven.

    Args:
        record: The record of a program.
        waived: URNs of buckets that need no customer-managed key, because of a waiver.
        required: How long logs must be kept; six years if not given.
    """
    required = required or LogRetention()
    stored = sorted(dict(_sinks(record, required)).items())
    logs: dict[str, list[tuple[Sink, str]]] = {}
    for sink, urn in stored:
        logs.setdefault(sink.log, []).append((sink, urn))
    faults = {log: _fault(stores, waived, required.days) for log, stores in logs.items()}
    return [replace(sink, fault=faults[sink.log]) for sink, _ in stored]


def _fault(stores: list[tuple[Sink, str]], waived: frozenset[str], days: int) -> str:
    lasting = [
        (sink, urn) for sink, urn in stores if sink.retention_days is None or sink.retention_days >= days
    ]
    if not lasting:
        longest = max(sink.retention_days or 0 for sink, _ in stores)
        return f"no store keeps it for {days} days, the longest is {longest}"
    bare = [sink.store for sink, urn in lasting if sink.key in _NO_KEYS and urn not in waived]
    return f"no customer-managed key encrypts it in {', '.join(bare)}" if bare else ""


def _sinks(record: Record, required: LogRetention) -> Iterator[tuple[Sink, str]]:
    """Yield each log and store with the URN of the store."""
    described: set[str] = set()
    for writer in record.of_type(*_WRITERS):
        properties, title = _WRITERS[writer.type]
        if "transitGatewayId" in writer.inputs:
            title = _OF_GATEWAY
        log = title.format(
            name=writer.name, owner=record.owner(writer).name, bucket=_bucket_name(record, writer)
        )
        for property_ in properties:
            for store in _stores(record, writer, property_):
                described.add(store.urn)
                prefix = _prefix(writer, property_)
                yield from _kept(record, log, store, required, key=_own_key(record, writer), prefix=prefix)
    for group in record.of_type(LOG_GROUP):
        if group.urn not in described:
            tag = str(mapping(group.inputs.get("tags")).get("log", "log"))
            log = required.titles.get(tag, f"{tag} of {record.owner(group).name}")
            yield from _kept(record, log, group, required)


def _prefix(writer: Resource, property_: str) -> str:
    """Return the prefix of a writer's objects in a bucket; AWS's own services begin with `AWSLogs/`."""
    if writer.type == _BUCKET_LOGGING:
        return text(writer.inputs.get("targetPrefix"))
    prefix = mapping(writer.inputs.get(property_)).get("prefix")
    return f"{prefix}/" if prefix else "AWSLogs/"


def _kept(
    record: Record, log: str, store: Resource, required: LogRetention, *, key: str = "", prefix: str = ""
) -> Iterator[tuple[Sink, str]]:
    """Yield a store and, for a log group with a subscription, the buckets that its events are archived in."""
    archives = list(_archives(record, store)) if store.type == LOG_GROUP else []
    sink = _sink(record, log, store, required, archived=bool(archives), prefix=prefix)
    yield replace(sink, key=key) if key and store.type == BUCKET else sink, store.urn
    for bucket, stream_key, stream_prefix in archives:
        archived = _sink(record, log, bucket, required, prefix=stream_prefix)
        yield replace(archived, key=stream_key) if stream_key else archived, bucket.urn


def _own_key(record: Record, writer: Resource) -> str:
    """Return the key that a writer names for its objects; an empty text if it uses the bucket's key."""
    sources = record.sources(writer, _WRITERS_KEYS.get(writer.type, ""))
    return next((item.name for item in sources if item.type == _KEY), "")


def _archives(record: Record, group: Resource) -> Iterator[tuple[Resource, str, str]]:
    """Yield each bucket that receives all events of a log group, with the key and the prefix of its objects."""
    for subscription in record.of_type(_SUBSCRIPTION):
        complete = subscription.inputs.get("filterPattern") == ""
        if complete and group.urn in subscription.property_dependencies.get("logGroup", ()):
            for stream in record.sources(subscription, "destinationArn"):
                if stream.type == _FIREHOSE:
                    for store in _stores(record, stream, _FIREHOSE_TARGET):
                        if store.type == BUCKET:
                            yield store, _own_key(record, stream), _prefix(stream, _FIREHOSE_TARGET)


def _stores(record: Record, writer: Resource, property_: str) -> Iterator[Resource]:
    for item in record.sources(writer, property_):
        if item.type in (LOG_GROUP, BUCKET):
            yield item


def _bucket_name(record: Record, writer: Resource) -> str:
    buckets = (item for item in record.sources(writer, "bucket") if item.type == BUCKET)
    return next((item.name for item in buckets), writer.name)


def _sink(
    record: Record,
    log: str,
    store: Resource,
    required: LogRetention,
    *,
    archived: bool = False,
    prefix: str = "",
) -> Sink:
    if store.type == LOG_GROUP:
        days = integer(store.inputs.get("retentionInDays"))
        short = archived and days is not None and days < required.days
        return Sink(
            log=log,
            store=store.name,
            kind="log group",
            retention_days=days,
            key=_key_name(record, store, "kmsKeyId"),
            lock="-",
            protected=store.protect,
            setting=required.search_setting if short else required.setting,
        )
    return Sink(
        log=log,
        store=store.name,
        kind="bucket",
        retention_days=bucket_retention_days(record, store),
        key=_bucket_key(record, store),
        lock=_bucket_lock(record, store, prefix),
        protected=store.protect,
        setting=required.setting,
    )


def bucket_configurations(record: Record, bucket: Resource, type_: str) -> list[Resource]:
    """Return the resources of a type that configure a bucket."""
    return [
        item for item in record.of_type(type_) if bucket.urn in item.property_dependencies.get("bucket", ())
    ]


def bucket_retention_days(record: Record, bucket: Resource) -> int | None:
    """Return the fewest days after which a lifecycle rule may remove an object; None if no rule does."""
    days = [
        integer(mapping(rule.get("expiration")).get("days"))
        for configuration in bucket_configurations(
            record, bucket, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        )
        for rule in blocks(configuration.inputs.get("rules"))
    ]
    return min((day for day in days if day is not None), default=None)


def _bucket_key(record: Record, bucket: Resource) -> str:
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    for configuration in bucket_configurations(record, bucket, type_):
        key = _key_name(record, configuration, "rules")
        if key != "-":
            return key
        for rule in blocks(configuration.inputs.get("rules")):
            if mapping(rule.get("applyServerSideEncryptionByDefault")).get("sseAlgorithm") == "AES256":
                return "SSE-S3"
    return "-"


def _bucket_lock(record: Record, bucket: Resource, prefix: str = "") -> str:
    """Return the Object Lock of a bucket, or else of the bucket that S3 replicates this prefix to."""
    type_ = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    for configuration in bucket_configurations(record, bucket, type_):
        retention = mapping(mapping(configuration.inputs.get("rule")).get("defaultRetention"))
        if retention:
            length = (
                f"{retention['years']} years" if "years" in retention else f"{retention.get('days')} days"
            )
            return f"{str(retention.get('mode', '')).lower()}, {length}"
    for replication in bucket_configurations(
        record, bucket, "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
    ):
        rules = blocks(replication.inputs.get("rules"))
        if not any(prefix.startswith(text(mapping(rule.get("filter")).get("prefix"))) for rule in rules):
            continue
        for target in _stores(record, replication, "rules"):
            lock = _bucket_lock(record, target) if target.urn != bucket.urn else "-"
            if lock != "-":
                return f"{lock}, by replication"
    return "-"


def _key_name(record: Record, resource: Resource, property_: str) -> str:
    """Return the logical name of the KMS key that a property takes its value from."""
    for source in record.sources(resource, property_):
        if source.type == _KEY:
            return source.name
    value = resource.inputs.get(property_)
    return "a key from elsewhere" if isinstance(value, str) or value is UNKNOWN else "-"
