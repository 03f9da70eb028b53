"""Logs and monitoring: exported database logs, enhanced monitoring, alarms, declared log groups and VPN logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import ACTIVITY
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    is_unknown,
    must_be_present,
    must_be_true,
    must_not_be_empty,
    must_not_be_false,
)
from hipaa_policies.tokens import (
    ALARM,
    CLIENT_VPN,
    COMPOSITE_ALARM,
    DB_CLUSTER,
    DB_CLUSTER_INSTANCE,
    DB_INSTANCE,
    DOCDB_CLUSTER,
    LOG_GROUP,
    NEPTUNE_CLUSTER,
    TASK_DEFINITION,
    VPN_CONNECTION,
)
from hipaa_policies.values import (
    MISSING,
    UNKNOWN,
    format_value,
    is_list,
    items,
    peek,
    plain,
    texts,
    to_int,
)

# Logs that each engine must export, as cdk-nag and AWS Config require.
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
    DB_CLUSTER: "enabledCloudwatchLogsExports",
    DB_INSTANCE: "enabledCloudwatchLogsExports",
    DOCDB_CLUSTER: "enabledCloudwatchLogsExports",
    NEPTUNE_CLUSTER: "enableCloudwatchLogsExports",
}
# Prefix of the log groups of each type of database, and the property whose value is part of their names.
_EXPORTED_TO: Final = {
    DB_CLUSTER: ("rds/cluster", "clusterIdentifier"),
    DB_INSTANCE: ("rds/instance", "identifier"),
    DOCDB_CLUSTER: ("docdb", "clusterIdentifier"),
    NEPTUNE_CLUSTER: ("neptune", "clusterIdentifier"),
}
_ONE_ENGINE: Final = {DOCDB_CLUSTER: "docdb", NEPTUNE_CLUSTER: "neptune"}


@control(
    id="database-exports-its-logs",
    title="Databases export their logs",
    description="Every database exports the logs of its engine to CloudWatch Logs.",
    citations=("164.312(b)", "164.308(a)(3)(ii)(A)", "164.308(a)(5)(ii)(C)"),
    severity="high",
    pack="retention",
    remediation="Set enabled_cloudwatch_logs_exports to the logs that the message names.",
    types={
        type_: (name,) if type_ in _ONE_ENGINE else (name, "engine")
        for type_, name in _EXPORT_PROPERTY.items()
    },
    sources=(
        "cdk-nag:RDSLoggingEnabled",
        "aws-config:RDS_LOGGING_ENABLED",
        "CKV_AWS_129",
        "CKV_AWS_324",
        "CKV_AWS_325",
        "prowler:rds_instance_integration_cloudwatch_logs",
    ),
)
def _exports(database: JudgedResource, _config: Config) -> Iterator[str]:
    engine = _ONE_ENGINE.get(database.type) or peek(database.props, "engine")
    required = next(
        (
            logs
            for name, logs in _EXPORTS.items()
            if isinstance(engine, str) and (engine == name or engine.startswith(f"{name}-"))
        ),
        ("the log of the engine",),
    )
    name = _EXPORT_PROPERTY[database.type]
    exported = texts(database.props, name)
    if UNKNOWN in exported:
        yield f"{name} must have plain values, but they are not known before deployment."
        return
    missing = [log for log in required if log not in exported]
    if missing and not (required == ("the log of the engine",) and exported):
        yield f"{name} must contain {', '.join(required)}, but {', '.join(missing)} is missing."


@stack_control(
    id="database-is-monitored-in-detail",
    title="Databases have enhanced monitoring",
    description="Every database instance, or the cluster of the instance, has enhanced monitoring.",
    citations=("164.312(b)",),
    severity="low",
    pack="baseline",
    remediation="Set monitoring_interval to 60 or less, and a monitoring role.",
    types={
        DB_CLUSTER_INSTANCE: ("monitoringInterval", "clusterIdentifier"),
        DB_INSTANCE: ("monitoringInterval",),
    },
    reads={DB_CLUSTER: ("monitoringInterval",)},
    sources=(
        "cdk-nag:RDSEnhancedMonitoringEnabled",
        "aws-config:RDS_ENHANCED_MONITORING_ENABLED",
        "CKV_AWS_118",
        "prowler:rds_instance_enhanced_monitoring_enabled",
    ),
)
def _monitoring(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for instance in graph.by_type(DB_CLUSTER_INSTANCE, DB_INSTANCE):
        interval = peek(instance.props, "monitoringInterval")
        in_cluster = instance.type == DB_CLUSTER_INSTANCE
        clusters = graph.references(instance, "clusterIdentifier", DB_CLUSTER) if in_cluster else ()
        by_cluster = any((to_int(peek(cluster.props, "monitoringInterval")) or 0) > 0 for cluster in clusters)
        if (to_int(interval) or 0) <= 0 and not by_cluster:
            yield (
                instance,
                f"monitoringInterval must be more than 0 seconds, but it is {format_value(interval)}.",
            )


@control(
    id="alarm-tells-somebody",
    title="Alarms have actions",
    description="Every alarm has actions for the states ALARM and INSUFFICIENT_DATA, and its actions are enabled.",
    citations=("164.312(b)", "164.308(a)(6)(ii)"),
    severity="medium",
    pack="baseline",
    remediation="Set alarm_actions and insufficient_data_actions to the topic for alerts.",
    types={
        ALARM: ("alarmActions", "insufficientDataActions", "actionsEnabled"),
        COMPOSITE_ALARM: ("alarmActions", "actionsEnabled"),
    },
    sources=(
        "cdk-nag:CloudWatchAlarmAction",
        "aws-config:CLOUDWATCH_ALARM_ACTION_CHECK",
        "CKV_AWS_319",
        "prowler:cloudwatch_alarm_actions_alarm_state_configured",
    ),
    unknown="present",
    settings={"insufficient_data": {"type": "boolean", "default": True}},
)
def _alarms(alarm: JudgedResource, config: Config) -> Iterator[str]:
    yield from must_not_be_empty(alarm, "alarmActions")
    if alarm.type == ALARM and config["insufficient_data"]:
        yield from must_not_be_empty(alarm, "insufficientDataActions")
    yield from must_not_be_false(alarm, "actionsEnabled")


@stack_control(
    id="log-group-is-declared",
    title="The program declares every log group",
    description="The log groups of containers and databases are resources of the program, with a retention and a key.",
    citations=("164.312(b)", "164.316(b)(2)(i)"),
    severity="high",
    pack="retention",
    remediation=(
        "Declare the log group with the name in the message, and create it before the resource that writes to it. A log group "
        "that a service creates has no expiry and no customer-managed key."
    ),
    types={
        TASK_DEFINITION: ("containerDefinitions",),
        **{type_: (_EXPORT_PROPERTY[type_], identifier) for type_, (_, identifier) in _EXPORTED_TO.items()},
    },
    reads={LOG_GROUP: ()},
    sources=("hipaa:no-implicit-log-group",),
    unknown="defer",
)
def _declared(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    names = {name for group in graph.by_type(LOG_GROUP) for name in texts(group.props, "name")}
    for task in graph.by_type(TASK_DEFINITION):
        yield from about(task, _task_groups(graph, task, names))
    for database in graph.by_type(*_EXPORTED_TO):
        yield from about(database, _database_groups(database, names))


def _task_groups(graph: Graph, task: JudgedResource, names: set[object]) -> Iterator[str]:
    # Pulumi generates the name of a log group without one, so a reference to it is a dependency.
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
            yield f"containerDefinitions must write to a log group of this program, but {format_value(group)} is not declared."


def _database_groups(database: JudgedResource, names: set[object]) -> Iterator[str]:
    kind, property_ = _EXPORTED_TO[database.type]
    exports = _EXPORT_PROPERTY[database.type]
    logs = [log for log in items(database.props, exports) if isinstance(log, str)]
    identifier = peek(database.props, property_)
    required = [f"/aws/{kind}/{identifier}/{log}" for log in logs if isinstance(identifier, str)]
    missing = [name for name in required if name not in names]
    undecided = identifier is UNKNOWN or UNKNOWN in names
    if is_unknown(database, exports) or (undecided and logs and (missing or not required)):
        yield deferred(property_)
    elif logs and not required:
        yield (
            f"{property_} must be set, because the names of the log groups contain it, but it is {format_value(identifier)}."
        )
    else:
        for name in missing:
            yield f"The log group {name} must be declared, because the database creates it otherwise, but it is not."


def containers_of(task: JudgedResource) -> object:
    """Return the containers of a task definition as plain data; or `MISSING`, `UNKNOWN` or "unreadable"."""
    value = peek(task.props, "containerDefinitions")
    if isinstance(value, str):
        try:
            value = cast("object", json.loads(value))
        except (ValueError, RecursionError):
            return "unreadable"
    if value is MISSING or value is UNKNOWN:
        return value
    containers = plain(value)
    return cast("object", containers) if is_list(containers) else "unreadable"


@control(
    id="vpn-writes-logs",
    title="VPN connections write logs",
    description="Both tunnels of a Site-to-Site VPN connection, and every Client VPN endpoint, write logs to CloudWatch Logs.",
    citations=ACTIVITY,
    severity="medium",
    pack="retention",
    remediation="Set log_enabled=True and a log group for both tunnels. For a Client VPN, set enabled=True in connection_log_options.",
    types={VPN_CONNECTION: ("tunnel1LogOptions", "tunnel2LogOptions"), CLIENT_VPN: ("connectionLogOptions",)},
    sources=("CKV_AWS_345", "FSBP:EC2.51", "prowler:ec2_client_vpn_endpoint_connection_logging_enabled"),
)
def _vpn_logs(connection: JudgedResource, _config: Config) -> Iterator[str]:
    if connection.type == CLIENT_VPN:
        yield from must_be_true(connection, "connectionLogOptions", "enabled")
        return
    for tunnel in ("tunnel1LogOptions", "tunnel2LogOptions"):
        yield from must_be_true(connection, tunnel, "cloudwatchLogOptions", "logEnabled")
        yield from must_be_present(connection, tunnel, "cloudwatchLogOptions", "logGroupArn")
