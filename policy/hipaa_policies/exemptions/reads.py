"""Buckets that cannot log their own access: S3 would deliver a log about each delivery of a log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_policies.catalog import Exemption
from hipaa_policies.exemptions.intakes import destinations, receives_access_logs, unmet_by_replication
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import deferred
from hipaa_policies.tokens import BUCKET, BUCKET_LOGGING, TRAIL
from hipaa_policies.values import MISSING, UNKNOWN, is_mapping, items, peek, plain

ACCESS: Final = Exemption(
    text=(
        "A bucket that receives S3 server access logs need not log its own access, because each delivered log would cause "
        "another log without end. Its reads must be recorded in another way: a trail of the stack records the data events of "
        "its objects. In a stack without a trail, S3 must replicate everything in the bucket to another bucket of the stack "
        "that logs its access, and the trail of the account is judged in the stack that owns the trail."
    ),
    sources=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
    ),
)
READS: Final = {TRAIL: ("advancedEventSelectors", "eventSelectors")}
_OBJECT: Final = "AWS::S3::Object"


def unmet_by_reader(graph: Graph, bucket: JudgedResource) -> Iterator[str] | None:
    """Return what is missing so that the reads of a bucket with access logs are recorded; None if it receives no such logs."""
    receives = receives_access_logs(graph, bucket, of_load_balancers=False)
    return None if receives is False else _unmet(graph, bucket, known=receives is True)


def _unmet(graph: Graph, bucket: JudgedResource, *, known: bool) -> Iterator[str]:
    if not known:
        yield deferred("policy")
    trails = list(graph.by_type(TRAIL))
    if trails:
        verdicts = [verdict for trail in trails for verdict in _selections(trail, bucket)]
        if True not in verdicts:
            yield (
                deferred("advancedEventSelectors")
                if None in verdicts
                else "a trail must record who reads the objects of the bucket, but no trail of the stack does."
            )
        return
    yield from unmet_by_replication(graph, bucket)
    for copy in destinations(graph, bucket):
        targets = graph.referrers(copy.urn, BUCKET_LOGGING, "bucket")
        if not any(graph.references(item, "targetBucket", BUCKET) for item in targets):
            yield f"the bucket {copy.name}, which has the copies, must log its access to a bucket of the stack, but it does not."


def _selections(trail: JudgedResource, bucket: JudgedResource) -> Iterator[bool | None]:
    """Yield for each event selector whether it selects the reads of a bucket's objects; None if that is not known yet."""
    names = (peek(bucket.props, "id"), peek(bucket.props, "bucket"))
    arn = next((f"arn:aws:s3:::{name}/" for name in names if isinstance(name, str)), None)
    for property_, selects in (("advancedEventSelectors", _selects), ("eventSelectors", _selects_basic)):
        selectors = plain(peek(trail.props, property_))
        if selectors is UNKNOWN:
            yield None
        yield from (selects(item, arn) for item in items(selectors))


def _selects(selector: object, arn: str | None) -> bool | None:
    """Return whether an advanced selector selects the reading of an object; every one of its fields must."""
    read = {
        "eventCategory": "Data",
        "resources.type": _OBJECT,
        "resources.ARN": arn,
        "readOnly": "true",
        "eventName": "GetObject",
    }
    verdicts = [
        _matches(field, read[name]) if (name := str(peek(field, "field"))) in read else False
        for field in items(selector, "fieldSelectors")
        if is_mapping(field)
    ]
    if False in verdicts or not verdicts:
        return False
    return None if None in verdicts else True


def _matches(field: Mapping[str, object], value: str | None) -> bool | None:
    """Return whether every operator of a field accepts a value."""
    operators = {
        name: [str(item) for item in items(field, name) if item is not UNKNOWN]
        for name in field
        if name != "field" and peek(field, name) is not MISSING
    }
    unknown = any(UNKNOWN in items(field, name) for name in operators)
    if value is None or unknown:
        return None
    return all(_accepts(name, wanted, value) for name, wanted in operators.items())


def _accepts(operator: str, wanted: list[str], value: str) -> bool:
    match operator:
        case "equals":
            return value in wanted
        case "startsWiths":
            return value.startswith(tuple(wanted))
        case "notEquals":
            return value not in wanted
        case "notStartsWiths":
            # A prefix inside the bucket excludes a part of the bucket.
            return not any(value.startswith(item) or item.startswith(value) for item in wanted)
        case _:
            return False


def _selects_basic(selector: object, arn: str | None) -> bool | None:
    """Return whether a basic selector selects the reading of an object."""
    if peek(selector, "readWriteType") not in (MISSING, "All", "ReadOnly"):
        return False
    values = [
        value
        for resource in items(selector, "dataResources")
        if peek(resource, "type") == _OBJECT
        for value in items(resource, "values")
    ]
    if "arn:aws:s3" in values:
        return True
    if values and (arn is None or UNKNOWN in values):
        return None
    return any(isinstance(value, str) and arn is not None and arn.startswith(value) for value in values)
