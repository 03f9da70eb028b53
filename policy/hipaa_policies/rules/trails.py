"""CloudTrail and AWS Config: delivery, encryption keys, validation, recorded events and retention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import AT_REST, LOGGED, SIX_YEARS
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    SIX_YEARS_DAYS,
    deferred,
    must_be_at_least,
    must_be_present,
    must_be_true,
    must_last_six_years,
    must_name_own_key,
    must_not_be_false,
)
from hipaa_policies.tokens import (
    CONFIG_CHANNEL,
    CONFIG_RETENTION,
    EVENT_DATA_STORE,
    FINDINGS_EXPORT,
    TRAIL,
)
from hipaa_policies.values import (
    MISSING,
    UNKNOWN,
    Absent,
    holds_unknown,
    is_list,
    items,
    peek,
    plain,
)


@control(
    id="trail-reaches-cloudwatch",
    title="Trails deliver to CloudWatch Logs",
    description="Every trail delivers to a log group, where metric filters and alarms evaluate events within minutes.",
    citations=LOGGED,
    severity="medium",
    pack="retention",
    remediation="Set cloud_watch_logs_group_arn and cloud_watch_logs_role_arn.",
    types={TRAIL: ("cloudWatchLogsGroupArn",)},
    sources=(
        "cdk-nag:CloudTrailCloudWatchLogsEnabled",
        "aws-config:CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED",
        "CKV2_AWS_10",
        "prowler:cloudtrail_cloudwatch_logging_enabled",
    ),
    unknown="present",
)
def _trail_logs(trail: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_present(trail, "cloudWatchLogsGroupArn")


_READ_AND_WRITE: Final = frozenset({"read", "write"})
_OBJECT: Final = "AWS::S3::Object"
_AUDIT_KEYS: Final = {
    TRAIL: "kmsKeyId",
    EVENT_DATA_STORE: "kmsKeyId",
    CONFIG_CHANNEL: "s3KmsKeyArn",
    FINDINGS_EXPORT: "kmsKeyArn",
}


@control(
    id="audit-record-uses-own-key",
    title="Audit records use a customer-managed key",
    description="Trails, event data stores, deliveries of AWS Config and exported findings use a customer-managed key.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set the property that the message names to the ARN of the key for logs.",
    types={type_: (name,) for type_, name in _AUDIT_KEYS.items()},
    sources=(
        "cdk-nag:CloudTrailEncryptionEnabled",
        "aws-config:CLOUD_TRAIL_ENCRYPTION_ENABLED",
        "CKV_AWS_35",
        "prowler:cloudtrail_kms_encryption_enabled",
        "hipaa:cmk-everywhere",
    ),
    unknown="present",
)
def _audit_keys(resource: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(resource, _AUDIT_KEYS[resource.type])


@control(
    id="trail-files-are-validated",
    title="Trails have log file validation",
    description="Every trail signs digests of its log files, so that changes to them are detected.",
    citations=("164.312(c)(1)", "164.312(c)(2)"),
    severity="high",
    pack="retention",
    remediation="Set enable_log_file_validation=True.",
    types={TRAIL: ("enableLogFileValidation",)},
    sources=(
        "cdk-nag:CloudTrailLogFileValidationEnabled",
        "aws-config:CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
        "CKV_AWS_36",
        "prowler:cloudtrail_log_file_validation_enabled",
    ),
)
def _validation(trail: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_true(trail, "enableLogFileValidation")


@control(
    id="trail-covers-every-region",
    title="Trails cover every region",
    description="Every trail is enabled, and records all regions, the events of global services and all management events.",
    citations=(*LOGGED, "164.308(a)(5)(ii)(C)"),
    severity="high",
    pack="retention",
    remediation=(
        "Set is_multi_region_trail=True. Leave enable_logging and include_global_service_events true. If the trail has event "
        "selectors, select the event category Management."
    ),
    types={
        TRAIL: (
            "isMultiRegionTrail",
            "enableLogging",
            "includeGlobalServiceEvents",
            "advancedEventSelectors",
            "eventSelectors",
        ),
    },
    sources=(
        "aws-config:CLOUD_TRAIL_ENABLED",
        "aws-config:MULTI_REGION_CLOUD_TRAIL_ENABLED",
        "CKV_AWS_67",
        "CKV_AWS_251",
        "prowler:cloudtrail_multi_region_enabled",
    ),
)
def _regions(trail: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_true(trail, "isMultiRegionTrail")
    yield from must_not_be_false(trail, "enableLogging")
    yield from must_not_be_false(trail, "includeGlobalServiceEvents")
    yield from _management_events(trail)


def _management_events(trail: JudgedResource) -> Iterator[str]:
    # A trail without event selectors records all management events; otherwise it records only the selected events.
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
    advanced, basic = _selectors(trail)
    if not any((is_list(value) and len(value)) or value is UNKNOWN for value in (advanced, basic)):
        return
    recorded = {
        *(kind for selector in items(advanced) for kind in _management(_fields(selector))),
        *(kind for selector in items(basic) for kind in _basic_management(selector)),
    }
    missing = " and ".join(sorted(_READ_AND_WRITE - recorded))
    if missing:
        fault = "are not known" if holds_unknown([advanced, basic]) else "do not"
        yield f"The event selectors must select all {missing} management events, but they {fault}."


def _selectors(trail: JudgedResource) -> tuple[object, object]:
    return plain(peek(trail.props, "advancedEventSelectors")), plain(peek(trail.props, "eventSelectors"))


def _management(fields: Mapping[str, list[object]]) -> frozenset[str]:
    """Return the kinds of management events, read and write, that an advanced selector selects completely."""
    complete = "Management" in fields.get("eventCategory", ()) and not fields.keys() - {
        "eventCategory",
        "readOnly",
    }
    return _kinds_by_read_only(fields) if complete else frozenset()


def _basic_management(selector: object) -> frozenset[str]:
    included = peek(selector, "includeManagementEvents") in (MISSING, True)
    complete = peek(selector, "excludeManagementEventSources") in (MISSING, [])
    return _kinds_by_type(selector) if included and complete else frozenset()


def _fields(selector: object) -> Mapping[str, list[object]]:
    """Return the values that each field of an advanced selector must equal, by field."""
    fields: dict[str, list[object]] = {}
    for number in range(len(list(items(selector, "fieldSelectors")))):
        field = peek(selector, "fieldSelectors", number, "field")
        fields[str(field)] = list(items(selector, "fieldSelectors", number, "equals"))
    return fields


def _kinds_by_type(selector: object) -> frozenset[str]:
    """Return the kinds of events that the readWriteType of a basic selector includes; the default is all."""
    match peek(selector, "readWriteType"):
        case "ReadOnly":
            return frozenset({"read"})
        case "WriteOnly":
            return frozenset({"write"})
        case "All" | Absent.MISSING:
            return _READ_AND_WRITE
        case _:
            return frozenset()


def _kinds_by_read_only(fields: Mapping[str, list[object]]) -> frozenset[str]:
    """Return the kinds of events that the field readOnly of an advanced selector includes; without it, both."""
    if "readOnly" not in fields:
        return _READ_AND_WRITE
    values = {str(value).lower() for value in fields["readOnly"]}
    return frozenset({kind for value, kind in (("true", "read"), ("false", "write")) if value in values})


@control(
    id="trail-records-object-events",
    title="Trails record reads and writes of S3 objects",
    description="Every trail records the data events of S3 objects, for reads and writes.",
    citations=LOGGED,
    severity="high",
    pack="retention",
    remediation="Add an advanced event selector with eventCategory Data and resources.type AWS::S3::Object.",
    types={TRAIL: ("advancedEventSelectors", "eventSelectors")},
    sources=(
        "aws-config:CLOUDTRAIL_S3_DATAEVENTS_ENABLED",
        "prowler:cloudtrail_s3_dataevents_read_enabled",
        "prowler:cloudtrail_s3_dataevents_write_enabled",
    ),
    unknown="defer",
)
def _object_events(trail: JudgedResource, _config: Config) -> Iterator[str]:
    advanced, basic = _selectors(trail)
    recorded = {
        *(kind for selector in items(advanced) for kind in _object_kinds(_fields(selector))),
        *(kind for selector in items(basic) for kind in _basic_object_kinds(selector)),
    }
    missing = " and ".join(sorted(_READ_AND_WRITE - recorded))
    if missing and holds_unknown([advanced, basic]):
        yield deferred("advancedEventSelectors")
    elif missing:
        yield f"advancedEventSelectors must select data events of AWS::S3::Object, but none selects {missing} events."


def _object_kinds(fields: Mapping[str, list[object]]) -> frozenset[str]:
    """Return the kinds of data events of S3 objects, read and write, that an advanced selector selects."""
    selected = _OBJECT in fields.get("resources.type", ()) and not fields.get("eventName")
    return _kinds_by_read_only(fields) if selected else frozenset()


def _basic_object_kinds(selector: object) -> frozenset[str]:
    selected = any(peek(resource, "type") == _OBJECT for resource in items(selector, "dataResources"))
    return _kinds_by_type(selector) if selected else frozenset()


@control(
    id="event-data-store-keeps-six-years",
    title="CloudTrail Lake keeps events for six years",
    description="Every event data store keeps events for 2192 days, and has termination protection.",
    citations=SIX_YEARS,
    severity="high",
    pack="retention",
    remediation="Leave retention_period unset (2555 days), or set it to at least 2192. Leave termination protection on.",
    types={EVENT_DATA_STORE: ("retentionPeriod", "terminationProtectionEnabled", "multiRegionEnabled")},
    sources=("hipaa:account-log-six-years",),
    settings={"min_days": {"type": "integer", "minimum": SIX_YEARS_DAYS, "default": SIX_YEARS_DAYS}},
)
def _event_store(store: JudgedResource, config: Config) -> Iterator[str]:
    yield from must_last_six_years(store, config["min_days"], "retentionPeriod")
    yield from must_not_be_false(store, "terminationProtectionEnabled")
    yield from must_not_be_false(store, "multiRegionEnabled")


@control(
    id="config-history-keeps-six-years",
    title="AWS Config keeps its history for six years",
    description="AWS Config keeps the history of configuration items for 2192 days.",
    citations=SIX_YEARS,
    severity="medium",
    pack="retention",
    remediation="Set retention_period_in_days to at least 2192.",
    types={CONFIG_RETENTION: ("retentionPeriodInDays",)},
    sources=("hipaa:account-log-six-years",),
    settings={"min_days": {"type": "integer", "minimum": SIX_YEARS_DAYS, "default": SIX_YEARS_DAYS}},
)
def _config_history(setting: JudgedResource, config: Config) -> Iterator[str]:
    yield from must_be_at_least(setting, config["min_days"], "retentionPeriodInDays", unit=" days")
