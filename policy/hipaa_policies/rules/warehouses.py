"""Redshift warehouses: VPC routing, TLS and audit logs."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import IN_TRANSIT, LOGGED
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    element_paths,
    is_unknown,
    must_be_true,
)
from hipaa_policies.tokens import (
    REDSHIFT_CLUSTER,
    REDSHIFT_LOGGING,
    REDSHIFT_NAMESPACE,
    REDSHIFT_PARAMETERS,
    REDSHIFT_WORKGROUP,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, peek, texts


@control(
    id="warehouse-routes-inside-the-vpc",
    title="Warehouses copy data inside the VPC",
    description="Redshift clusters and workgroups route COPY and UNLOAD through the VPC.",
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="medium",
    pack="isolation",
    remediation="Set enhanced_vpc_routing=True.",
    types={REDSHIFT_CLUSTER: ("enhancedVpcRouting",), REDSHIFT_WORKGROUP: ("enhancedVpcRouting",)},
    sources=(
        "cdk-nag:RedshiftEnhancedVPCRoutingEnabled",
        "aws-config:REDSHIFT_ENHANCED_VPC_ROUTING_ENABLED",
        "CKV_AWS_321",
    ),
)
def _routing(warehouse: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_true(warehouse, "enhancedVpcRouting")


@stack_control(
    id="warehouse-refuses-plain-connections",
    title="Warehouses refuse connections without TLS",
    description="Every Redshift cluster uses a parameter group of the program with require_ssl. Every workgroup sets the parameter.",
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Set the parameter require_ssl to true.",
    types={REDSHIFT_CLUSTER: ("clusterParameterGroupName",), REDSHIFT_WORKGROUP: ("configParameters",)},
    reads={REDSHIFT_PARAMETERS: ("parameters",)},
    sources=(
        "cdk-nag:RedshiftRequireTlsSSL",
        "aws-config:REDSHIFT_REQUIRE_TLS_SSL",
        "CKV_AWS_105",
        "FSBP:Redshift.2",
    ),
)
def _warehouse_tls(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for warehouse in graph.by_type(REDSHIFT_CLUSTER):
        groups = graph.references(warehouse, "clusterParameterGroupName", REDSHIFT_PARAMETERS)
        if not groups:
            yield (
                warehouse,
                "clusterParameterGroupName must name a parameter group of this program with require_ssl, but it names none.",
            )
        for group in groups:
            yield from about(warehouse, _missing_ssl(group, "parameters", "name", "value"))
    for workgroup in graph.by_type(REDSHIFT_WORKGROUP):
        parameters = ("configParameters", "parameterKey", "parameterValue")
        yield from about(workgroup, _missing_ssl(workgroup, *parameters))


def _missing_ssl(resource: JudgedResource, property_: str, name: str, value: str) -> Iterator[str]:
    values = [
        peek(resource.props, *entry, value)
        for entry in element_paths(resource, property_)
        if peek(resource.props, *entry, name) == "require_ssl"
    ]
    setting = values[0] if values else UNKNOWN if is_unknown(resource, property_) else MISSING
    if setting not in ("true", True):
        yield f"The parameter require_ssl must be true, but it is {format_value(setting)}."


@stack_control(
    id="warehouse-writes-logs",
    title="Warehouses write audit logs",
    description=(
        "Every Redshift cluster has a logging resource, with all logs if it delivers to CloudWatch. Every namespace exports all "
        "logs."
    ),
    citations=LOGGED,
    severity="medium",
    pack="retention",
    remediation="Add aws.redshift.Logging, or set log_exports of the namespace.",
    types={REDSHIFT_CLUSTER: (), REDSHIFT_NAMESPACE: ("logExports",)},
    reads={REDSHIFT_LOGGING: ("clusterIdentifier", "logDestinationType", "logExports")},
    sources=(
        "cdk-nag:RedshiftClusterConfiguration",
        "aws-config:REDSHIFT_CLUSTER_CONFIGURATION_CHECK",
        "CKV_AWS_71",
        "FSBP:Redshift.4",
    ),
    unknown="present",
)
def _warehouse_logs(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for warehouse in graph.by_type(REDSHIFT_CLUSTER):
        logging = graph.referrers(warehouse.urn, REDSHIFT_LOGGING, "clusterIdentifier")
        if not logging:
            yield warehouse, "The cluster must have audit logging, but no logging resource names it."
        for log in logging:
            # A bucket always receives all logs, so there is no list of them.
            if peek(log.props, "logDestinationType") == "cloudwatch":
                yield from about(warehouse, _missing_exports(log))
    for namespace in graph.by_type(REDSHIFT_NAMESPACE):
        yield from about(namespace, _missing_exports(namespace))


def _missing_exports(resource: JudgedResource) -> Iterator[str]:
    exported = texts(resource.props, "logExports")
    required = ("userlog", "connectionlog", "useractivitylog")
    missing = [log for log in required if log not in exported]
    if missing and UNKNOWN not in exported:
        yield f"logExports must contain {', '.join(required)}, but {', '.join(missing)} is missing."
