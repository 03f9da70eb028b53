"""Trails and histories of the account: everywhere, unchanged, for six years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import AT_REST, LOGGED, SIX_YEARS
from hipaa_policies.model import Resource
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
    title="Trails reach CloudWatch Logs",
    description="A trail delivers to a log group, where filters and alarms see it within minutes.",
    citations=LOGGED,
    severity="medium",
    pack="retention",
    remediation="Pass cloud_watch_logs_group_arn and cloud_watch_logs_role_arn.",
    types={TRAIL: ("cloudWatchLogsGroupArn",)},
    sources=(
        "cdk-nag:CloudTrailCloudWatchLogsEnabled", "aws-config:CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED", "CKV2_AWS_10",
        "prowler:cloudtrail_cloudwatch_logging_enabled",
    ),
    unknown="present",
)  # fmt: skip
def _trail_logs(trail: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_present(trail, "cloudWatchLogsGroupArn")


_READ_AND_WRITE: Final = frozenset({"read", "write"})
_OBJECT: Final = "AWS::S3::Object"
_AUDIT_KEYS: Final = {
    TRAIL: "kmsKeyId", EVENT_DATA_STORE: "kmsKeyId", CONFIG_CHANNEL: "s3KmsKeyArn", FINDINGS_EXPORT: "kmsKeyArn",
}  # fmt: skip


@control(
    id="audit-record-uses-own-key",
    title="Audit records use a customer-managed key",
    description="Trails, event data stores, Config deliveries and exported findings name a key of their own.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Pass the logs key's ARN.",
    types={type_: (name,) for type_, name in _AUDIT_KEYS.items()},
    sources=(
        "cdk-nag:CloudTrailEncryptionEnabled", "aws-config:CLOUD_TRAIL_ENCRYPTION_ENABLED", "CKV_AWS_35",
        "prowler:cloudtrail_kms_encryption_enabled", "hipaa:cmk-everywhere",
    ),
    unknown="present",
)  # fmt: skip
def _audit_keys(resource: Resource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(resource, _AUDIT_KEYS[resource.type])


@control(
    id="trail-files-are-validated",
    title="Trail files are validated",
    description="A trail signs digests of its files, so that a change to one shows.",
    citations=("164.312(c)(1)", "164.312(c)(2)"),
    severity="high",
    pack="retention",
    remediation="Set enable_log_file_validation=True.",
    types={TRAIL: ("enableLogFileValidation",)},
    sources=(
        "cdk-nag:CloudTrailLogFileValidationEnabled", "aws-config:CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED", "CKV_AWS_36",
        "prowler:cloudtrail_log_file_validation_enabled",
    ),
)  # fmt: skip
def _validation(trail: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_true(trail, "enableLogFileValidation")


@control(
    id="trail-covers-every-region",
    title="Trails cover every region",
    description="A trail is on and takes every region, the events of global services and all management events.",
    citations=(*LOGGED, "164.308(a)(5)(ii)(C)"),
    severity="high",
    pack="retention",
    remediation=(
        "Set is_multi_region_trail=True; leave enable_logging and include_global_service_events true; select the event category "
        "Management where there are selectors."
    ),
    types={
        TRAIL: (
            "isMultiRegionTrail", "enableLogging", "includeGlobalServiceEvents", "advancedEventSelectors", "eventSelectors",
        ),
    },
    sources=(
        "aws-config:CLOUD_TRAIL_ENABLED", "aws-config:MULTI_REGION_CLOUD_TRAIL_ENABLED", "CKV_AWS_67", "CKV_AWS_251",
        "prowler:cloudtrail_multi_region_enabled",
    ),
)  # fmt: skip
def _regions(trail: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_true(trail, "isMultiRegionTrail")
    yield from must_not_be_false(trail, "enableLogging")
    yield from must_not_be_false(trail, "includeGlobalServiceEvents")
    yield from _management_events(trail)


def _management_events(trail: Resource) -> Iterator[str]:
    # A trail without selectors takes all management events; one with selectors takes what they select.
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
    advanced, basic = _selectors(trail)
    if not any((is_list(found) and len(found)) or found is UNKNOWN for found in (advanced, basic)):
        return
    ways = {
        *(way for selector in items(advanced) for way in _management(_fields(selector))),
        *(way for selector in items(basic) for way in _basic_management(selector)),
    }
    missed = " and ".join(sorted(_READ_AND_WRITE - ways))
    if missed:
        found = "they are not known" if holds_unknown([advanced, basic]) else "none selects"
        yield f"The event selectors must select all management events, but {found} for those that {missed}."


def _selectors(trail: Resource) -> tuple[object, object]:
    return plain(peek(trail.props, "advancedEventSelectors")), plain(peek(trail.props, "eventSelectors"))


def _management(fields: Mapping[str, list[object]]) -> frozenset[str]:
    """Return which management events an advanced selector takes in full: those that read, that write, both or none."""
    whole = "Management" in fields.get("eventCategory", ()) and not fields.keys() - {
        "eventCategory",
        "readOnly",
    }
    return _by_read_only(fields) if whole else frozenset()


def _basic_management(selector: object) -> frozenset[str]:
    included = peek(selector, "includeManagementEvents") in (MISSING, True)
    whole = peek(selector, "excludeManagementEventSources") in (MISSING, [])
    return _by_kind(selector) if included and whole else frozenset()


def _fields(selector: object) -> Mapping[str, list[object]]:
    """Return the values that each field of an advanced selector must equal."""
    found: dict[str, list[object]] = {}
    for number in range(len(list(items(selector, "fieldSelectors")))):
        field = peek(selector, "fieldSelectors", number, "field")
        found[str(field)] = list(items(selector, "fieldSelectors", number, "equals"))
    return found


def _by_kind(selector: object) -> frozenset[str]:
    """Return what the kind of events of a basic selector comes to; all is the default."""
    match peek(selector, "readWriteType"):
        case "ReadOnly":
            return frozenset({"read"})
        case "WriteOnly":
            return frozenset({"write"})
        case "All" | Absent.MISSING:
            return _READ_AND_WRITE
        case _:
            return frozenset()


def _by_read_only(fields: Mapping[str, list[object]]) -> frozenset[str]:
    """Return what the field readOnly of an advanced selector comes to; both is what it takes without."""
    if "readOnly" not in fields:
        return _READ_AND_WRITE
    chosen = {str(value).lower() for value in fields["readOnly"]}
    return frozenset({way for value, way in (("true", "read"), ("false", "write")) if value in chosen})


@control(
    id="trail-records-object-events",
    title="Trails record reads and writes of S3 objects",
    description="A trail selects data events of S3 objects, those that read and those that write.",
    citations=LOGGED,
    severity="high",
    pack="retention",
    remediation="Add an advanced event selector with eventCategory Data and resources.type AWS::S3::Object.",
    types={TRAIL: ("advancedEventSelectors", "eventSelectors")},
    sources=(
        "aws-config:CLOUDTRAIL_S3_DATAEVENTS_ENABLED", "prowler:cloudtrail_s3_dataevents_read_enabled",
        "prowler:cloudtrail_s3_dataevents_write_enabled",
    ),
    unknown="defer",
)  # fmt: skip
def _object_events(trail: Resource, _config: Config) -> Iterator[str]:
    advanced, basic = _selectors(trail)
    ways = {
        *(way for selector in items(advanced) for way in _object_uses(_fields(selector))),
        *(way for selector in items(basic) for way in _basic_object_uses(selector)),
    }
    missed = " and ".join(sorted(_READ_AND_WRITE - ways))
    if missed and holds_unknown([advanced, basic]):
        yield deferred("advancedEventSelectors")
    elif missed:
        yield f"advancedEventSelectors must select data events of AWS::S3::Object, but none selects those that {missed}."


def _object_uses(fields: Mapping[str, list[object]]) -> frozenset[str]:
    """Return which data events of S3 objects an advanced selector takes: those that read, that write, both or none."""
    chosen = _OBJECT in fields.get("resources.type", ()) and not fields.get("eventName")
    return _by_read_only(fields) if chosen else frozenset()


def _basic_object_uses(selector: object) -> frozenset[str]:
    chosen = any(peek(resource, "type") == _OBJECT for resource in items(selector, "dataResources"))
    return _by_kind(selector) if chosen else frozenset()


@control(
    id="event-data-store-keeps-six-years",
    title="CloudTrail Lake keeps six years",
    description="An event data store keeps 2192 days and is guarded against deletion.",
    citations=SIX_YEARS,
    severity="high",
    pack="retention",
    remediation="Leave retention_period unset (2555) or set 2192 or more; leave termination protection on.",
    types={EVENT_DATA_STORE: ("retentionPeriod", "terminationProtectionEnabled", "multiRegionEnabled")},
    sources=("hipaa:account-log-six-years",),
    settings={"min_days": {"type": "integer", "minimum": SIX_YEARS_DAYS, "default": SIX_YEARS_DAYS}},
)
def _event_store(store: Resource, config: Config) -> Iterator[str]:
    yield from must_last_six_years(store, config["min_days"], "retentionPeriod")
    yield from must_not_be_false(store, "terminationProtectionEnabled")
    yield from must_not_be_false(store, "multiRegionEnabled")


@control(
    id="config-history-keeps-six-years",
    title="AWS Config keeps six years",
    description="The history of configuration items is kept for 2192 days.",
    citations=SIX_YEARS,
    severity="medium",
    pack="retention",
    remediation="Set retention_period_in_days to 2192 or more.",
    types={CONFIG_RETENTION: ("retentionPeriodInDays",)},
    sources=("hipaa:account-log-six-years",),
    settings={"min_days": {"type": "integer", "minimum": SIX_YEARS_DAYS, "default": SIX_YEARS_DAYS}},
)
def _config_history(setting: Resource, config: Config) -> Iterator[str]:
    yield from must_be_at_least(setting, config["min_days"], "retentionPeriodInDays", unit=" days")
