"""Retention: audit logs are kept for six years and cannot be deleted earlier.

HIPAA requires six years for documentation (45 CFR 164.316(b)(2)(i)). Applying them to audit logs is the policy of this
project.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from hipaa_policies.catalog import Config, stack_control
from hipaa_policies.citations import SIX_YEARS
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    SIX_YEARS_DAYS,
    about,
    deferred,
    element_paths,
    is_unknown,
    merge_tables,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_last_six_years,
    not_applicable,
    tag,
)
from hipaa_policies.tokens import (
    BUCKET,
    BUCKET_LIFECYCLE,
    BUCKET_LOCK,
    BUCKET_LOGGING,
    BUCKET_VERSIONING,
    CONFIG_CHANNEL,
    DISTRIBUTION,
    ECS_CLUSTER,
    FINDINGS_EXPORT,
    FIREHOSE,
    FIREWALL_LOGGING,
    FLOW_LOG,
    LOAD_BALANCER,
    LOG_DELIVERY,
    LOG_GROUP,
    LOG_SUBSCRIPTION,
    REDSHIFT_LOGGING,
    RESOLVER_QUERY_LOG,
    TRAIL,
    WEB_ACL_LOGGING,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, peek, to_int

_LOG_DESTINATIONS = (
    (BUCKET_LOGGING, "targetBucket"),
    (FLOW_LOG, "logDestination"),
    (RESOLVER_QUERY_LOG, "destinationArn"),
    (TRAIL, "s3BucketName"),
    (FIREHOSE, "extendedS3Configuration"),
    (CONFIG_CHANNEL, "s3BucketName"),
    (FINDINGS_EXPORT, "destinationArn"),
    (WEB_ACL_LOGGING, "logDestinationConfigs"),
    (DISTRIBUTION, "loggingConfig"),
    (REDSHIFT_LOGGING, "bucketName"),
    (LOAD_BALANCER, "accessLogs"),
    (LOAD_BALANCER, "connectionLogs"),
    (LOAD_BALANCER, "healthCheckLogs"),
    (FIREWALL_LOGGING, "loggingConfiguration"),
    (LOG_DELIVERY, "deliveryDestinationConfiguration"),
    (ECS_CLUSTER, "configuration"),
)
_WRITTEN = merge_tables(*({type_: (property_,)} for type_, property_ in _LOG_DESTINATIONS))
_LOG_BUCKETS = {
    "type": "array",
    "items": {"type": "string"},
    "default": (),
    "description": "Patterns for logical names of further buckets with audit logs, besides those known by tag or use.",
}
_MIN_DAYS = {"type": "integer", "minimum": SIX_YEARS_DAYS, "default": SIX_YEARS_DAYS}


def _log_buckets(graph: Graph, config: Config) -> Iterator[JudgedResource]:
    """Yield buckets that are tagged `purpose: audit-log`, named in the configuration, or a destination of logs."""
    for bucket in graph.by_type(BUCKET):
        if (
            tag(bucket, "purpose") == "audit-log"
            or any(fnmatchcase(bucket.name, pattern) for pattern in config["log_buckets"])
            or any(graph.referrers(bucket.urn, type_, property_) for type_, property_ in _LOG_DESTINATIONS)
        ):
            yield bucket


def _ordinary_buckets(graph: Graph, logs: list[JudgedResource]) -> Iterator[tuple[JudgedResource, str]]:
    """Yield "not applicable" for every bucket without logs, or a deferral if its tag is unknown."""
    log_urns = {bucket.urn for bucket in logs}
    for bucket in graph.by_type(BUCKET):
        if bucket.urn not in log_urns:
            unknown_tag = tag(bucket, "purpose") is UNKNOWN
            yield (
                bucket,
                deferred("tags", "purpose") if unknown_tag else not_applicable("It holds no audit logs."),
            )


@stack_control(
    id="log-group-keeps-six-years",
    title="Log groups keep events for six years",
    description="Every CloudWatch log group keeps its events for 2192 days, or all its events are archived that long.",
    citations=SIX_YEARS,
    severity="high",
    pack="retention",
    remediation=(
        "Set retention_in_days to 2192 or a larger valid value, or subscribe the whole group to a Firehose stream whose "
        "bucket keeps objects for six years. Keep the log group class STANDARD."
    ),
    types={LOG_GROUP: ("retentionInDays", "logGroupClass")},
    reads={
        LOG_SUBSCRIPTION: ("logGroup", "filterPattern", "destinationArn"),
        FIREHOSE: ("extendedS3Configuration",),
        BUCKET_LIFECYCLE: ("bucket", "rules"),
    },
    sources=(
        "cdk-nag:CloudWatchLogGroupRetentionPeriod",
        "CKV_AWS_66",
        "CKV_AWS_338",
        "prowler:cloudwatch_log_group_retention_policy_specific_days_enabled",
    ),
    settings={
        "min_days": _MIN_DAYS,
        "min_days_if_archived": {"type": "integer", "minimum": 1, "default": 30},
        "allow_never_expire": {"type": "boolean", "default": False},
    },
)
def _log_retention(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    minimum, minimum_if_archived = config["min_days"], config["min_days_if_archived"]
    for group in graph.by_type(LOG_GROUP):
        retention = peek(group.props, "retentionInDays")
        days = to_int(retention)
        # For the provider, 0 means that events never expire.
        endless = (retention is MISSING or days == 0) and config["allow_never_expire"]
        archived = days is not None and days >= minimum_if_archived and _is_archived(graph, group, minimum)
        if not endless and not archived and (days is None or days < minimum):
            yield group, f"retentionInDays must be at least {minimum}, but it is {format_value(retention)}."
        log_class = peek(group.props, "logGroupClass")
        if log_class not in (MISSING, "STANDARD", "INFREQUENT_ACCESS"):
            requirement = "logGroupClass must be STANDARD, because DELIVERY keeps events for two days only"
            yield group, f"{requirement}, but it is {format_value(log_class)}."


def _is_archived(graph: Graph, group: JudgedResource, days: int) -> bool:
    """Return whether all events of a log group are delivered to a bucket that keeps them for a number of days."""
    for subscription in graph.referrers(group.urn, LOG_SUBSCRIPTION, "logGroup"):
        if peek(subscription.props, "filterPattern") != "":
            continue
        for stream in graph.references(subscription, "destinationArn", FIREHOSE):
            buckets = graph.references(stream, "extendedS3Configuration", BUCKET)
            if buckets and all(_keeps_objects(graph, bucket, days) for bucket in buckets):
                return True
    return False


def _keeps_objects(graph: Graph, bucket: JudgedResource, days: int) -> bool:
    """Return whether no lifecycle rule of a bucket removes an object or a version before a number of days."""
    return all(
        not is_unknown(lifecycle, "rules") and not list(_early_expiries(lifecycle, rule, days))
        for lifecycle in graph.referrers(bucket.urn, BUCKET_LIFECYCLE, "bucket")
        for rule in element_paths(lifecycle, "rules")
    )


@stack_control(
    id="s3-log-bucket-keeps-six-years",
    title="Log buckets keep objects for six years",
    description="No lifecycle rule of a bucket with logs removes an object or a version before 2192 days.",
    citations=SIX_YEARS,
    severity="high",
    pack="retention",
    remediation="Raise the expiration and the noncurrent version expiration to 2192 days, or remove them.",
    types={BUCKET: ("tags",)},
    reads={
        BUCKET_LIFECYCLE: ("bucket", "rules"),
        **_WRITTEN,
    },
    sources=("prowler:s3_bucket_lifecycle_enabled", "CKV2_AWS_61"),
    settings={"min_days": _MIN_DAYS, "log_buckets": _LOG_BUCKETS},
)
def _bucket_retention(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    logs = list(_log_buckets(graph, config))
    yield from _ordinary_buckets(graph, logs)
    for bucket in logs:
        for lifecycle in graph.referrers(bucket.urn, BUCKET_LIFECYCLE, "bucket"):
            if is_unknown(lifecycle, "rules"):
                yield bucket, deferred("rules")
            for rule in element_paths(lifecycle, "rules"):
                yield from about(bucket, _early_expiries(lifecycle, rule, config["min_days"]))


def _early_expiries(lifecycle: JudgedResource, rule: tuple[str | int, ...], days: int) -> Iterator[str]:
    if peek(lifecycle.props, *rule, "status") == "Disabled":
        return
    yield from must_last_six_years(lifecycle, days, *rule, "expiration", "days")
    yield from must_last_six_years(lifecycle, days, *rule, "noncurrentVersionExpiration", "noncurrentDays")
    if peek(lifecycle.props, *rule, "expiration", "date") is not MISSING:
        yield f"A lifecycle rule must expire objects by an age of at least {days} days, but it names a date."


@stack_control(
    id="s3-log-bucket-is-locked-six-years",
    title="Log buckets are locked for six years",
    description="Buckets with audit logs have Object Lock with a default retention of at least six years.",
    citations=("164.312(c)(1)", "164.312(c)(2)", "164.316(b)(2)(i)"),
    severity="critical",
    pack="retention",
    remediation="Create the bucket with object_lock_enabled=True and a default retention of 2192 days in COMPLIANCE mode.",
    types={BUCKET: ("objectLockEnabled", "tags")},
    reads={
        BUCKET_LOCK: ("bucket", "rule"),
        **_WRITTEN,
    },
    sources=(
        "aws-config:S3_BUCKET_DEFAULT_LOCK_ENABLED",
        "CKV_AWS_143",
        "FSBP:S3.15",
        "prowler:s3_bucket_object_lock",
    ),
    settings={
        "object_lock": {
            "type": "string",
            "enum": ("none", "governance", "compliance"),
            "default": "compliance",
        },
        "min_days": {"type": "integer", "minimum": 1, "default": SIX_YEARS_DAYS},
        "log_buckets": _LOG_BUCKETS,
    },
)
def _bucket_lock(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    if config["object_lock"] == "none":
        for bucket in graph.by_type(BUCKET):
            yield bucket, not_applicable("The policy configuration of this stack sets object_lock to none.")
        return
    modes = ("COMPLIANCE",) if config["object_lock"] == "compliance" else ("COMPLIANCE", "GOVERNANCE")
    logs = list(_log_buckets(graph, config))
    yield from _ordinary_buckets(graph, logs)
    for bucket in logs:
        yield from about(bucket, must_be_true(bucket, "objectLockEnabled"))
        locks = graph.referrers(bucket.urn, BUCKET_LOCK, "bucket")
        if not locks:
            yield bucket, "The bucket must have an Object Lock configuration, but it has none."
        for lock in locks:
            yield from about(bucket, _weak_lock(lock, modes, config["min_days"]))


def _weak_lock(lock: JudgedResource, modes: tuple[str, ...], minimum: int) -> Iterator[str]:
    if is_unknown(lock, "rule"):
        yield deferred("rule")
        return
    retention = ("rule", "defaultRetention")
    yield from must_be_one_of(lock, modes, *retention, "mode")
    days, years = (peek(lock.props, *retention, unit) for unit in ("days", "years"))
    whole_years = to_int(years)
    # A year counts as 366 days, so that six years are at least 2192 days.
    duration = to_int(days) if whole_years is None else whole_years * 366
    if duration is None or duration < minimum:
        yield (
            f"rule.defaultRetention must last at least {minimum} days, "
            f"but days is {format_value(days)} and years is {format_value(years)}."
        )


@stack_control(
    id="s3-bucket-is-versioned",
    title="S3 buckets are versioned",
    description="Every bucket has versioning enabled.",
    citations=(
        "164.312(c)(1)",
        "164.312(c)(2)",
        "164.308(a)(7)(i)",
        "164.308(a)(7)(ii)(A)",
        "164.308(a)(7)(ii)(B)",
    ),
    severity="medium",
    pack="retention",
    remediation="Add a BucketVersioning with status Enabled.",
    types={BUCKET: ()},
    reads={BUCKET_VERSIONING: ("bucket", "versioningConfiguration")},
    sources=(
        "cdk-nag:S3BucketVersioningEnabled",
        "aws-config:S3_BUCKET_VERSIONING_ENABLED",
        "CKV_AWS_21",
        "prowler:s3_bucket_object_versioning",
    ),
)
def _versioning(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for bucket in graph.by_type(BUCKET):
        settings = graph.referrers(bucket.urn, BUCKET_VERSIONING, "bucket")
        if not settings:
            yield bucket, "The bucket must have versioning enabled, but it has no versioning configuration."
        for setting in settings:
            status = ("versioningConfiguration", "status")
            yield from about(bucket, must_be_one_of(setting, ("Enabled",), *status))


@stack_control(
    id="s3-bucket-logs-its-access",
    title="S3 buckets log every access",
    description="Every bucket delivers its server access logs to a log bucket.",
    citations=("164.312(b)", "164.308(a)(3)(ii)(A)"),
    severity="medium",
    pack="retention",
    remediation="Add a BucketLogging whose target is the log intake bucket.",
    types={BUCKET: ()},
    reads={BUCKET_LOGGING: ("bucket", "targetBucket")},
    sources=(
        "cdk-nag:S3BucketLoggingEnabled",
        "aws-config:S3_BUCKET_LOGGING_ENABLED",
        "CKV_AWS_18",
        "prowler:s3_bucket_server_access_logging_enabled",
    ),
    unknown="present",
)
def _access_logs(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for bucket in graph.by_type(BUCKET):
        settings = graph.referrers(bucket.urn, BUCKET_LOGGING, "bucket")
        if not settings:
            yield bucket, "The bucket must deliver server access logs, but it has no logging configuration."
        for setting in settings:
            yield from about(bucket, must_be_present(setting, "targetBucket"))
