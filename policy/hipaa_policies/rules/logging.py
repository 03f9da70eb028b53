"""Logs: who did what, recorded everywhere, kept in groups that the program declares, watched by alarms that tell somebody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import ACTIVITY, AT_REST, LOGGED, SIX_YEARS
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    SIX_YEARS_DAYS,
    deferred,
    is_unknown,
    must_be_at_least,
    must_be_filled,
    must_be_present,
    must_be_true,
    must_last_six_years,
    must_name_own_key,
    must_not_be_false,
)
from hipaa_policies.tokens import (
    ALARM,
    CLIENT_VPN,
    COMPOSITE_ALARM,
    CONFIG_CHANNEL,
    CONFIG_RETENTION,
    DB_CLUSTER,
    DB_CLUSTER_INSTANCE,
    DB_INSTANCE,
    DOCDB_CLUSTER,
    EVENT_DATA_STORE,
    FINDINGS_EXPORT,
    LOG_GROUP,
    NEPTUNE_CLUSTER,
    TASK_DEFINITION,
    TRAIL,
    VPN_CONNECTION,
)
from hipaa_policies.values import (
    MISSING,
    UNKNOWN,
    is_list,
    is_mapping,
    items,
    peek,
    plain,
    shown,
    to_int,
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
    description="A trail is on, takes every region and the events of global services.",
    citations=(*LOGGED, "164.308(a)(5)(ii)(C)"),
    severity="high",
    pack="retention",
    remediation="Set is_multi_region_trail=True; leave enable_logging and include_global_service_events true.",
    types={TRAIL: ("isMultiRegionTrail", "enableLogging", "includeGlobalServiceEvents")},
    sources=(
        "aws-config:CLOUD_TRAIL_ENABLED", "aws-config:MULTI_REGION_CLOUD_TRAIL_ENABLED", "CKV_AWS_67", "CKV_AWS_251",
        "prowler:cloudtrail_multi_region_enabled",
    ),
)  # fmt: skip
def _regions(trail: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_true(trail, "isMultiRegionTrail")
    yield from must_not_be_false(trail, "enableLogging")
    yield from must_not_be_false(trail, "includeGlobalServiceEvents")


@control(
    id="trail-records-object-events",
    title="Trails record reads and writes of S3 objects",
    description="A trail selects data events of S3 objects.",
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
    selectors = [plain(peek(trail.props, name)) for name in ("advancedEventSelectors", "eventSelectors")]
    if not any(_selects_objects(selector) for found in selectors for selector in items(found)):
        if any(_holds_unknown(found) for found in selectors):
            yield deferred("advancedEventSelectors")
        else:
            yield "advancedEventSelectors must select data events of AWS::S3::Object, but no selector does."


def _selects_objects(selector: object) -> bool:
    types = {
        value
        for number in range(len(list(items(selector, "fieldSelectors"))))
        if peek(selector, "fieldSelectors", number, "field") == "resources.type"
        for value in items(selector, "fieldSelectors", number, "equals")
    }
    classic = {peek(resource, "type") for resource in items(selector, "dataResources")}
    return bool({"AWS::S3::Object"} & (types | classic))


def _holds_unknown(value: object) -> bool:
    if is_mapping(value):
        return any(_holds_unknown(item) for item in value.values())
    return any(map(_holds_unknown, value)) if is_list(value) else value is UNKNOWN


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


# What cdk-nag and AWS Config ask each engine to export.
_EXPORTS: Final = {
    "aurora-postgresql": ("postgresql",),
    "aurora-mysql": ("audit", "error", "general", "slowquery"),
    "postgres": ("postgresql", "upgrade"),
    "mysql": ("audit", "error", "general", "slowquery"),
    "mariadb": ("audit", "error", "general", "slowquery"),
    "oracle": ("audit", "alert", "listener", "trace"),
    "sqlserver": ("agent", "error"),
    "docdb": ("audit", "profiler"),
    "neptune": ("audit",),
}
_EXPORT_PROPERTY: Final = {
    DB_CLUSTER: "enabledCloudwatchLogsExports", DB_INSTANCE: "enabledCloudwatchLogsExports",
    DOCDB_CLUSTER: "enabledCloudwatchLogsExports", NEPTUNE_CLUSTER: "enableCloudwatchLogsExports",
}  # fmt: skip


@control(
    id="database-exports-its-logs",
    title="Databases export their logs",
    description="Each database sends the logs of its engine to CloudWatch Logs.",
    citations=("164.312(b)", "164.308(a)(3)(ii)(A)", "164.308(a)(5)(ii)(C)"),
    severity="high",
    pack="retention",
    remediation="Set enabled_cloudwatch_logs_exports to the engine's logs.",
    types={type_: (name, "engine") for type_, name in _EXPORT_PROPERTY.items()},
    sources=(
        "cdk-nag:RDSLoggingEnabled", "aws-config:RDS_LOGGING_ENABLED", "CKV_AWS_129", "CKV_AWS_324", "CKV_AWS_325",
        "prowler:rds_instance_integration_cloudwatch_logs",
    ),
)  # fmt: skip
def _exports(database: Resource, _config: Config) -> Iterator[str]:
    fixed = {DOCDB_CLUSTER: "docdb", NEPTUNE_CLUSTER: "neptune"}.get(database.type)
    engine = fixed or peek(database.props, "engine")
    wanted = next(
        (
            logs
            for name, logs in _EXPORTS.items()
            if isinstance(engine, str) and (engine == name or engine.startswith(f"{name}-"))
        ),
        ("the engine's log",),
    )
    name = _EXPORT_PROPERTY[database.type]
    exported = set(items(database.props, name))
    if is_unknown(database, name) or UNKNOWN in exported:
        yield f"{name} must be plain values, but they are not known before deployment."
        return
    missing = [log for log in wanted if log not in exported]
    if missing and not (wanted == ("the engine's log",) and exported):
        yield f"{name} must hold {', '.join(wanted)}, but {', '.join(missing)} is missing."


@stack_control(
    id="database-is-monitored-in-detail",
    title="Databases report the host's metrics",
    description="Instances, or the cluster they belong to, have enhanced monitoring.",
    citations=("164.312(b)",),
    severity="low",
    pack="baseline",
    remediation="Set monitoring_interval to 60 or less with a monitoring role.",
    types={DB_CLUSTER_INSTANCE: ("monitoringInterval",), DB_INSTANCE: ("monitoringInterval",)},
    reads={DB_CLUSTER_INSTANCE: ("clusterIdentifier",), DB_CLUSTER: ("monitoringInterval",)},
    sources=(
        "cdk-nag:RDSEnhancedMonitoringEnabled", "aws-config:RDS_ENHANCED_MONITORING_ENABLED", "CKV_AWS_118",
        "prowler:rds_instance_enhanced_monitoring_enabled",
    ),
)  # fmt: skip
def _monitoring(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for instance in graph.by_type(DB_CLUSTER_INSTANCE, DB_INSTANCE):
        interval = peek(instance.props, "monitoringInterval")
        clusters = graph.references(instance, "clusterIdentifier", DB_CLUSTER)
        by_cluster = any((to_int(peek(cluster.props, "monitoringInterval")) or 0) > 0 for cluster in clusters)
        if (to_int(interval) or 0) <= 0 and not by_cluster:
            yield instance, f"monitoringInterval must be above 0 seconds, but it is {shown(interval)}."


@control(
    id="alarm-tells-somebody",
    title="Alarms tell somebody",
    description="An alarm has an action when it goes off and when it lacks data, and its actions are not switched off.",
    citations=("164.312(b)", "164.308(a)(6)(ii)"),
    severity="medium",
    pack="baseline",
    remediation="Set alarm_actions and insufficient_data_actions to the alert topic.",
    types={
        ALARM: ("alarmActions", "insufficientDataActions", "okActions", "actionsEnabled"),
        COMPOSITE_ALARM: ("alarmActions", "actionsEnabled"),
    },
    sources=(
        "cdk-nag:CloudWatchAlarmAction", "aws-config:CLOUDWATCH_ALARM_ACTION_CHECK", "CKV_AWS_319",
        "prowler:cloudwatch_alarm_actions_alarm_state_configured",
    ),
    unknown="present",
    settings={
        "insufficient_data": {"type": "boolean", "default": True},
        "ok": {"type": "boolean", "default": False},
    },
)  # fmt: skip
def _alarms(alarm: Resource, config: Config) -> Iterator[str]:
    yield from must_be_filled(alarm, "alarmActions")
    if alarm.type == ALARM and config["insufficient_data"]:
        yield from must_be_filled(alarm, "insufficientDataActions")
    if alarm.type == ALARM and config["ok"]:
        yield from must_be_filled(alarm, "okActions")
    yield from must_not_be_false(alarm, "actionsEnabled")


@stack_control(
    id="log-group-is-declared",
    title="Every log group is declared",
    description="Groups that containers and databases write to are resources of the program, with retention and key.",
    citations=("164.312(b)", "164.316(b)(2)(i)"),
    severity="high",
    pack="retention",
    remediation="Declare the log group under that name before what writes to it: one that a service makes is kept for ever, unencrypted.",
    types={
        TASK_DEFINITION: ("containerDefinitions",), DB_CLUSTER: ("enabledCloudwatchLogsExports", "clusterIdentifier"),
        DB_INSTANCE: ("enabledCloudwatchLogsExports", "identifier"),
    },
    reads={LOG_GROUP: ()},
    sources=("hipaa:no-implicit-log-group",),
    unknown="defer",
)  # fmt: skip
def _declared(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    names = {peek(group.props, "name") for group in graph.by_type(LOG_GROUP)}
    for task in graph.by_type(TASK_DEFINITION):
        yield from ((task, sentence) for sentence in _task_groups(graph, task, names))
    for database in graph.by_type(DB_CLUSTER, DB_INSTANCE):
        yield from ((database, sentence) for sentence in _database_groups(database, names))


def _task_groups(graph: Graph, task: Resource, names: set[object]) -> Iterator[str]:
    # A group without a name of its own is named by Pulumi: what refers to it depends on it.
    if graph.references(task, "containerDefinitions", LOG_GROUP):
        return
    containers = containers_of(task)
    if containers is UNKNOWN:
        yield deferred("containerDefinitions")
    for container in items(containers):
        group = peek(container, "logConfiguration", "options", "awslogs-group")
        if group is UNKNOWN or (isinstance(group, str) and group not in names and UNKNOWN in names):
            yield deferred("containerDefinitions")
        elif isinstance(group, str) and group not in names:
            yield f"containerDefinitions must write to a log group of this program, but {shown(group)} is not declared."


def _database_groups(database: Resource, names: set[object]) -> Iterator[str]:
    kind, property_ = (
        ("cluster", "clusterIdentifier") if database.type == DB_CLUSTER else ("instance", "identifier")
    )
    logs = [log for log in items(database.props, "enabledCloudwatchLogsExports") if isinstance(log, str)]
    identifier = peek(database.props, property_)
    wanted = {f"/aws/rds/{kind}/{identifier}/{log}": log for log in logs if isinstance(identifier, str)}
    lacking = [name for name in wanted if name not in names]
    unclear = identifier is UNKNOWN or UNKNOWN in names
    if is_unknown(database, "enabledCloudwatchLogsExports") or (unclear and logs and (lacking or not wanted)):
        yield deferred(property_)
    elif logs and not wanted:
        yield (
            f"{property_} must be stated, so that the groups of the exported logs can be declared, "
            f"but it is {shown(identifier)}."
        )
    else:
        for name in lacking:
            yield f"The log group {name} must be declared, because the database makes it otherwise, but it is not."


def containers_of(task: Resource) -> object:
    """Return a task definition's containers as plain data, `MISSING`, `UNKNOWN`, or "unreadable"."""
    value = peek(task.props, "containerDefinitions")
    if isinstance(value, str):
        try:
            value = cast("object", json.loads(value))
        except (ValueError, RecursionError):
            return "unreadable"
    if value is MISSING or value is UNKNOWN:
        return value
    found = plain(value)
    return cast("object", found) if is_list(found) else "unreadable"


@control(
    id="vpn-writes-logs",
    title="VPN connections write logs",
    description="Both tunnels of a site-to-site VPN, and a client VPN endpoint, log to CloudWatch.",
    citations=ACTIVITY,
    severity="medium",
    pack="retention",
    remediation="Set log_enabled=True with a log group for both tunnels; enabled=True in connection_log_options.",
    types={VPN_CONNECTION: ("tunnel1LogOptions", "tunnel2LogOptions"), CLIENT_VPN: ("connectionLogOptions",)},
    sources=("CKV_AWS_345", "FSBP:EC2.51", "prowler:ec2_client_vpn_endpoint_connection_logging_enabled"),
)
def _vpn_logs(connection: Resource, _config: Config) -> Iterator[str]:
    if connection.type == CLIENT_VPN:
        yield from must_be_true(connection, "connectionLogOptions", "enabled")
        return
    for tunnel in ("tunnel1LogOptions", "tunnel2LogOptions"):
        yield from must_be_true(connection, tunnel, "cloudwatchLogOptions", "logEnabled")
        yield from must_be_present(connection, tunnel, "cloudwatchLogOptions", "logGroupArn")
