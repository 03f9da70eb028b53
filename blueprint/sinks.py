"""The retention proof: every log of a program, every store that keeps it, for how long, under which key and lock.

A log is proven when at least one of its stores keeps it for six years under a customer-managed key. The answer is read
from what the program registers, not from its settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN

SIX_YEARS_DAYS: Final = 2192
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
BUCKET: Final = "aws:s3/bucket:Bucket"
RETENTION_SETTING: Final = "hipaa:audit.retention_days"
HOT_SETTING: Final = "hipaa:audit.hot_days"

_KEY: Final = "aws:kms/key:Key"
_BUCKET_LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"
_FIREHOSE: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
_SUBSCRIPTION: Final = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
_NO_KEYS: Final = ("-", "SSE-S3")

# Resources that write logs: the inputs that name where to, and what is logged.
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

# Writers that name a key of their own, and where.
_WRITERS_KEYS: Final[Mapping[str, str]] = {
    "aws:cfg/deliveryChannel:DeliveryChannel": "s3KmsKeyArn",
    _FIREHOSE: "extendedS3Configuration",
}

# What a log group holds, by its tag `log`, where nothing in the record writes to it by name.
_KINDS: Final[Mapping[str, str]] = {
    "delivery-errors": "failed deliveries to the archive",
    "vpn-tunnels": "tunnels to partners",
    "masked-data": "what was masked in application logs",
    "vpn-access": "sign-ins and connections of the staff VPN",
    "vpn-users": "users of the staff VPN",
    "vpn-system": "the staff VPN's host",
    "findings": "findings of the account's detection services",
}


@dataclass(frozen=True, slots=True, order=True)
class Sink:
    """One log and one store that keeps it."""

    log: str
    """What is logged, e.g. `VPC flow logs of app`."""
    store: str
    """The log group or bucket that keeps it."""
    kind: str
    """`log group` or `bucket`."""
    retention_days: int | None
    """Days the store keeps an entry at least; None where nothing removes it."""
    key: str
    """Logical name of the customer-managed key, or what encrypts instead."""
    lock: str
    """Object Lock mode and days, of the store or of the bucket it is replicated to; `-` for none."""
    protected: bool
    """Whether Pulumi refuses to delete the store."""
    setting: str
    """The setting that the retention comes from."""
    fault: str = ""
    """What the proof lacks; empty where it holds."""

    @property
    def lasts(self) -> bool:
        """Whether this store alone keeps the log for six years."""
        return self.retention_days is None or self.retention_days >= SIX_YEARS_DAYS


def proof(record: Record, waived: frozenset[str] = frozenset()) -> list[Sink]:
    """Return every log of a record with each of its stores, and the fault of every log that is not proven.

    `waived` holds URNs of buckets that may do without a customer-managed key, by a waiver in force.
    """
    found = sorted(dict(_sinks(record)).items())
    logs: dict[str, list[tuple[Sink, str]]] = {}
    for sink, urn in found:
        logs.setdefault(sink.log, []).append((sink, urn))
    faults = {log: _fault(stores, waived) for log, stores in logs.items()}
    return [replace(sink, fault=faults[sink.log]) for sink, _ in found]


def _fault(stores: list[tuple[Sink, str]], waived: frozenset[str]) -> str:
    lasting = [(sink, urn) for sink, urn in stores if sink.lasts]
    if not lasting:
        longest = max(sink.retention_days or 0 for sink, _ in stores)
        return f"no store keeps it for {SIX_YEARS_DAYS} days, the longest is {longest}"
    bare = [sink.store for sink, urn in lasting if sink.key in _NO_KEYS and urn not in waived]
    return f"no customer-managed key encrypts it in {', '.join(bare)}" if bare else ""


def _sinks(record: Record) -> Iterator[tuple[Sink, str]]:
    described: set[str] = set()
    for writer in record.of_type(*_WRITERS):
        properties, text = _WRITERS[writer.type]
        if "transitGatewayId" in writer.inputs:
            text = _OF_GATEWAY
        log = text.format(
            name=writer.name, owner=record.owner(writer).name, bucket=_bucket_name(record, writer)
        )
        for property_ in properties:
            for store in _stores(record, writer, property_):
                described.add(store.urn)
                prefix = _prefix(writer, property_)
                yield from _kept(record, log, store, key=_own_key(record, writer), prefix=prefix)
    for group in record.of_type(LOG_GROUP):
        if group.urn not in described:
            kind = str(cast("Mapping[str, object]", group.inputs.get("tags", {})).get("log", "log"))
            yield from _kept(record, _KINDS.get(kind, f"{kind} of {record.owner(group).name}"), group)


def _prefix(writer: Resource, property_: str) -> str:
    """Return where in a bucket a writer's objects lie; AWS's own services begin with `AWSLogs/`."""
    if writer.type == _BUCKET_LOGGING:
        return str(writer.inputs.get("targetPrefix", ""))
    told = writer.inputs.get(property_)
    given = cast("Mapping[str, object]", told).get("prefix", "") if isinstance(told, Mapping) else ""
    return f"{given}/" if given else "AWSLogs/"


def _kept(
    record: Record, log: str, store: Resource, *, key: str = "", prefix: str = ""
) -> Iterator[tuple[Sink, str]]:
    """Yield a store and, for a log group that is subscribed to, the buckets its events are archived in."""
    archives = list(_archives(record, store)) if store.type == LOG_GROUP else []
    sink = _sink(record, log, store, archived=bool(archives), prefix=prefix)
    yield replace(sink, key=key) if key and store.type == BUCKET else sink, store.urn
    for bucket, stream_key, stream_prefix in archives:
        archived = _sink(record, log, bucket, prefix=stream_prefix)
        yield replace(archived, key=stream_key) if stream_key else archived, bucket.urn


def _own_key(record: Record, writer: Resource) -> str:
    """Return the key that a writer names for its objects, where it does not leave that to the bucket."""
    property_ = _WRITERS_KEYS.get(writer.type, "")
    urns = writer.property_dependencies.get(property_, ())
    return next((record.by_urn[urn].name for urn in urns if record.by_urn[urn].type == _KEY), "")


def _archives(record: Record, group: Resource) -> Iterator[tuple[Resource, str, str]]:
    for subscription in record.of_type(_SUBSCRIPTION):
        whole = subscription.inputs.get("filterPattern") == ""
        if whole and group.urn in subscription.property_dependencies.get("logGroup", ()):
            for urn in subscription.property_dependencies.get("destinationArn", ()):
                stream = record.by_urn.get(urn)
                if stream is not None and stream.type == _FIREHOSE:
                    for store in _stores(record, stream, "extendedS3Configuration"):
                        if store.type == BUCKET:
                            yield store, _own_key(record, stream), _prefix(stream, "extendedS3Configuration")


def _stores(record: Record, writer: Resource, *properties: str) -> Iterator[Resource]:
    for property_ in properties:
        for urn in writer.property_dependencies.get(property_, ()):
            target = record.by_urn.get(urn)
            if target is not None and target.type in (LOG_GROUP, BUCKET):
                yield target


def _bucket_name(record: Record, writer: Resource) -> str:
    urns = writer.property_dependencies.get("bucket", ())
    return next((record.by_urn[urn].name for urn in urns if record.by_urn[urn].type == BUCKET), writer.name)


def _sink(record: Record, log: str, store: Resource, *, archived: bool = False, prefix: str = "") -> Sink:
    if store.type == LOG_GROUP:
        days = store.inputs.get("retentionInDays")
        hot = archived and isinstance(days, int) and days < SIX_YEARS_DAYS
        return Sink(
            log=log,
            store=store.name,
            kind="log group",
            retention_days=days if isinstance(days, int) else None,
            key=_key_name(record, store, "kmsKeyId"),
            lock="-",
            protected=store.protect,
            setting=HOT_SETTING if hot else RETENTION_SETTING,
        )
    return Sink(
        log=log,
        store=store.name,
        kind="bucket",
        retention_days=bucket_retention_days(record, store),
        key=_bucket_key(record, store),
        lock=_bucket_lock(record, store, prefix),
        protected=store.protect,
        setting=RETENTION_SETTING,
    )


def satellites(record: Record, bucket: Resource, type_: str) -> list[Resource]:
    """Return the resources of a type that configure a bucket."""
    return [
        item for item in record.of_type(type_) if bucket.urn in item.property_dependencies.get("bucket", ())
    ]


def bucket_retention_days(record: Record, bucket: Resource) -> int | None:
    """Return the fewest days after which a lifecycle rule may remove an object; None where no rule does."""
    days = [
        rule.get("expiration", {}).get("days")
        for configuration in satellites(
            record, bucket, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        )
        for rule in cast("list[dict[str, Any]]", configuration.inputs.get("rules", []))
    ]
    return min((day for day in days if isinstance(day, int)), default=None)


def _bucket_key(record: Record, bucket: Resource) -> str:
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    for configuration in satellites(record, bucket, type_):
        key = _key_name(record, configuration, "rules")
        if key != "-":
            return key
        for rule in cast("list[dict[str, Any]]", configuration.inputs.get("rules", [])):
            if rule.get("applyServerSideEncryptionByDefault", {}).get("sseAlgorithm") == "AES256":
                return "SSE-S3"
    return "-"


def _bucket_lock(record: Record, bucket: Resource, prefix: str = "") -> str:
    """Return the Object Lock of a bucket, or else of the bucket that S3 replicates a prefix of it to."""
    type_ = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    for configuration in satellites(record, bucket, type_):
        rule = cast("dict[str, Any]", configuration.inputs.get("rule", {})).get("defaultRetention", {})
        if rule:
            length = f"{rule['years']} years" if "years" in rule else f"{rule.get('days')} days"
            return f"{str(rule.get('mode', '')).lower()}, {length}"
    for replication in satellites(record, bucket, "aws:s3/bucketReplicationConfig:BucketReplicationConfig"):
        rules = cast("list[dict[str, Any]]", replication.inputs.get("rules", []))
        if not any(prefix.startswith(rule.get("filter", {}).get("prefix", "")) for rule in rules):
            continue
        for target in _stores(record, replication, "rules"):
            lock = _bucket_lock(record, target) if target.urn != bucket.urn else "-"
            if lock != "-":
                return f"{lock}, by replication"
    return "-"


def _key_name(record: Record, resource: Resource, property_: str) -> str:
    """Return the logical name of the KMS key that a property takes its value from."""
    for urn in resource.property_dependencies.get(property_, ()):
        key = record.by_urn.get(urn)
        if key is not None and key.type == _KEY:
            return key.name
    value = resource.inputs.get(property_)
    return "a key from elsewhere" if isinstance(value, str) or value is UNKNOWN else "-"
