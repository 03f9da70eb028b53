"""Buckets that receive access logs: AWS delivers these logs neither to every encrypted bucket nor to a locked one.

What such a bucket cannot do itself, the bucket does to which S3 replicates its objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from hipaa_policies.catalog import Deferred, Exemption
from hipaa_policies.documents import Document, PolicyStatement, read_statements
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import deferred, element_paths, is_unknown
from hipaa_policies.tokens import (
    BUCKET,
    BUCKET_LOGGING,
    BUCKET_POLICY,
    BUCKET_REPLICATION,
    FIREHOSE,
    LOAD_BALANCER,
)
from hipaa_policies.values import MISSING, UNKNOWN, peek

_GUIDE: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
_DELIVERY: Final = f"{_GUIDE}enable-server-access-logging.html"
_REPLICATED: Final = (
    "S3 must replicate the bucket to another bucket of the stack: all objects, or every prefix under which the bucket policy, "
    "server access logs and Firehose streams write, except the prefix of the access log of that other bucket, whose replicas "
    "would be logged again."
)

OWN_KEY: Final = Exemption(
    text=(
        "A bucket that receives S3 server access logs, or logs of an application load balancer, may use SSE-S3, because AWS "
        f"does not deliver these logs to a bucket whose default encryption is SSE-KMS. {_REPLICATED}"
    ),
    sources=(
        _DELIVERY,
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html",
        f"{_GUIDE}replication-and-other-bucket-configs.html",
    ),
)
LOCK: Final = Exemption(
    text=(
        "A bucket that receives S3 server access logs needs no Object Lock, because S3 does not deliver these logs to a bucket "
        f"with a default retention. {_REPLICATED} That bucket must be locked as the control requires, because a replica gets "
        "its default retention. The exempt bucket must have versioning, and keep objects and versions as long."
    ),
    sources=(
        _DELIVERY,
        f"{_GUIDE}object-lock-managing.html",
        f"{_GUIDE}replication-and-other-bucket-configs.html",
    ),
)

READS: Final = {
    BUCKET_LOGGING: ("bucket", "targetBucket", "targetPrefix"),
    BUCKET_POLICY: ("bucket", "policy"),
    BUCKET_REPLICATION: ("bucket", "rules"),
    FIREHOSE: ("extendedS3Configuration",),
}
_LOAD_BALANCER_LOGS: Final = ("accessLogs", "connectionLogs", "healthCheckLogs")
READS_LOAD_BALANCERS: Final = {LOAD_BALANCER: (*_LOAD_BALANCER_LOGS, "loadBalancerType")}

_S3: Final = "logging.s3.amazonaws.com"
_LOAD_BALANCING: Final = "logdelivery.elasticloadbalancing.amazonaws.com"
_COPIED: Final = "an enabled replication rule must copy every object, also one with a KMS key, to another bucket of the stack"


def receives_access_logs(graph: Graph, bucket: JudgedResource, *, of_load_balancers: bool) -> bool | None:
    """Return whether AWS delivers access logs to a bucket; None if a bucket policy that decides it is not known yet.

    Args:
        graph: the program.
        bucket: the bucket.
        of_load_balancers: whether logs of application load balancers count too. Those of network load balancers do not,
            because AWS also delivers them to a bucket with SSE-KMS
            (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html).
    """
    sources = graph.referrers(bucket.urn, BUCKET_LOGGING, "targetBucket")
    if any(bucket not in graph.references(item, "bucket", BUCKET) for item in sources):
        return True
    if of_load_balancers and any(
        peek(item.props, "loadBalancerType") in (MISSING, "application")
        for property_ in _LOAD_BALANCER_LOGS
        for item in graph.referrers(bucket.urn, LOAD_BALANCER, property_)
    ):
        return True
    services = {_S3, _LOAD_BALANCING} if of_load_balancers else {_S3}
    documents = list(_documents(graph, bucket))
    if any(services & _writers(statement) for item in documents for statement in item.statements):
        return True
    return False if all(item.complete for item in documents) else None


def unmet_by_intake(
    graph: Graph, bucket: JudgedResource, *, of_load_balancers: bool = False
) -> Iterator[str] | None:
    """Return the unmet conditions of a bucket that receives access logs; None if a bucket receives none."""
    receives = receives_access_logs(graph, bucket, of_load_balancers=of_load_balancers)
    if receives is False:
        return None
    return _unmet(graph, bucket, known=receives is True)


def _unmet(graph: Graph, bucket: JudgedResource, *, known: bool) -> Iterator[str]:
    if not known:
        yield deferred("policy")
    yield from unmet_by_replication(graph, bucket)


def unmet_by_replication(graph: Graph, bucket: JudgedResource) -> Iterator[str]:
    """Yield what the replication of a bucket lacks to copy everything that is written to the bucket."""
    if any(is_unknown(item, "rules") for item in graph.referrers(bucket.urn, BUCKET_REPLICATION, "bucket")):
        yield deferred("rules")
        return
    copies = list(_copies(graph, bucket))
    prefixes = tuple(item.prefix for item in copies)
    if not copies:
        yield f"{_COPIED}, but none does."
    elif "" not in prefixes:
        for prefix in _written(graph, bucket, {item.destination.urn for item in copies}):
            if isinstance(prefix, Deferred):
                yield prefix
            elif not prefix.startswith(prefixes):
                written = f"objects under {prefix}" if prefix else "objects without a prefix"
                yield f"{_COPIED}, but none copies {written}."


def destinations(graph: Graph, bucket: JudgedResource) -> tuple[JudgedResource, ...]:
    """Return the other buckets of the stack to which enabled rules replicate a bucket."""
    return tuple({item.destination.urn: item.destination for item in _copies(graph, bucket)}.values())


class _Copy(NamedTuple):
    """An enabled replication rule: the prefix of the objects that it copies, and a bucket of the stack that it copies to."""

    prefix: str
    destination: JudgedResource


def _copies(graph: Graph, bucket: JudgedResource) -> Iterator[_Copy]:
    for setting in graph.referrers(bucket.urn, BUCKET_REPLICATION, "bucket"):
        for rule in element_paths(setting, "rules"):
            # S3 does not replicate objects with a KMS key by default.
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
            with_keys = peek(
                setting.props, *rule, "sourceSelectionCriteria", "sseKmsEncryptedObjects", "status"
            )
            prefix = _prefix(setting, rule)
            if (peek(setting.props, *rule, "status"), with_keys) == (
                "Enabled",
                "Enabled",
            ) and prefix is not None:
                for destination in _by_arn(graph, setting, *rule, "destination", "bucket"):
                    if destination is not bucket:
                        yield _Copy(prefix, destination)


def _prefix(setting: JudgedResource, rule: tuple[str | int, ...]) -> str | None:
    """Return the prefix that a rule selects, empty for all objects; None if it selects by tags or is not known."""
    if any(peek(setting.props, *rule, "filter", key) is not MISSING for key in ("and", "tag")):
        return None
    prefix = peek(setting.props, *rule, "filter", "prefix")
    if prefix is MISSING:
        prefix = peek(setting.props, *rule, "prefix")
    return "" if prefix is MISSING else prefix if isinstance(prefix, str) else None


def _by_arn(graph: Graph, resource: JudgedResource, *path: str | int) -> tuple[JudgedResource, ...]:
    """Return the buckets of the stack that the ARN at a path names, or may name if it is not known yet."""
    arn = peek(resource.props, *path)
    if arn is UNKNOWN:
        return graph.references(resource, str(path[0]), BUCKET)
    name = arn.rpartition(":::")[2] if isinstance(arn, str) else ""
    return tuple(
        item for item in graph.by_type(BUCKET) if name in (peek(item.props, "id"), peek(item.props, "bucket"))
    )


def _written(graph: Graph, bucket: JudgedResource, copied_to: set[str]) -> Iterator[str]:
    """Yield the prefixes under which objects are written to a bucket, as far as the program shows.

    The access log of a bucket to which the objects are copied is left out: each replica of it would be an access to log.

    Args:
        graph: the program.
        bucket: the bucket.
        copied_to: URNs of the buckets to which S3 replicates the bucket.
    """
    endless: list[str] = []
    for logging in graph.referrers(bucket.urn, BUCKET_LOGGING, "targetBucket"):
        logged = {item.urn for item in graph.references(logging, "bucket", BUCKET)}
        prefix = _text(logging, "targetPrefix")
        if logged and logged <= copied_to:
            endless.append(prefix)
        else:
            yield prefix
    for stream in graph.by_type(FIREHOSE):
        if bucket not in _by_arn(graph, stream, "extendedS3Configuration", "bucketArn"):
            continue
        yield _text(stream, "extendedS3Configuration", "prefix")
        yield _text(stream, "extendedS3Configuration", "errorOutputPrefix")
    for document in _documents(graph, bucket):
        for statement in document.statements:
            # What S3 delivers under such a prefix is the access log of the other bucket, if all such logs are configured here.
            exempt = endless if _writers(statement) == {_S3} else []
            if _writers(statement):
                for prefix in _prefixes(statement):
                    if not any(item.startswith(prefix) for item in exempt):
                        yield prefix
        if not document.complete:
            yield deferred("policy")


def _text(resource: JudgedResource, *path: str) -> str:
    value = peek(resource.props, *path)
    return value if isinstance(value, str) else deferred(*path) if value is UNKNOWN else ""


def _documents(graph: Graph, bucket: JudgedResource) -> Iterator[Document]:
    for policy in graph.referrers(bucket.urn, BUCKET_POLICY, "bucket"):
        document = read_statements(peek(policy.props, "policy"))
        if isinstance(document, Document):
            yield document
        elif document is UNKNOWN:
            yield Document((), complete=False)


def _writers(statement: PolicyStatement) -> set[str]:
    """Return the principals that a statement allows to write objects."""
    if not statement.allows or not (
        statement.permits("s3:PutObject") or "NotAction" in statement.negated_elements
    ):
        return set()
    everyone = {"*"} if "NotPrincipal" in statement.negated_elements else set[str]()
    return everyone | {principal for _, principal in statement.principals}


def _prefixes(statement: PolicyStatement) -> Iterator[str]:
    """Yield the part of each object key that a statement fixes; it is empty for every key."""
    if "NotResource" in statement.negated_elements:
        yield ""
    for resource in statement.resources:
        yield re.split(r"[*?$]", resource.partition("/")[2])[0]
