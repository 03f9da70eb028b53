"""The alarms of a cluster and its public entry, and the dashboard of its services.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review) and 164.308(a)(7)(i) (contingency).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import pulumi
import pulumi_aws as aws

from components.compute.edge.edge import Edge
from components.compute.service.dashboard import MonitoredService, service_graphs
from components.compute.service.service import Service
from components.shared import iam
from components.shared.alarms import MetricAlert, metric_alarm
from components.shared.dashboard import GraphWidget, dashboard_body

EXPIRY_DAYS: Final = 30
"""Days before expiry at which the alarm is raised; ACM renews 60 days before (https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html)."""
BLOCKED_REQUESTS: Final = 1000
"""Blocked requests in five minutes above which the alarm is raised."""
_DAY: Final = 24 * 60 * 60

CAPACITY_SHORT: Final = MetricAlert(
    id="capacity-short",
    summary="For fifteen minutes, tasks have needed more capacity than the instances of the cluster have.",
    impact="Services cannot scale or replace failed tasks: the fleet is at its maximum, or instances fail to start.",
    namespace="AWS/ECS/ManagedScaling",
    metric="CapacityProviderReservation",
    statistic="Average",
    threshold=100,
    periods=3,
)
EDGE_ERRORS: Final = MetricAlert(
    id="edge-errors",
    summary="The load balancer itself answers requests with 5xx status codes.",
    impact="No healthy task is available, or the TLS connection to a task fails.",
    namespace="AWS/ApplicationELB",
    metric="HTTPCode_ELB_5XX_Count",
    statistic="Sum",
    threshold=10,
)
CERTIFICATE_EXPIRES: Final = MetricAlert(
    id="certificate-expires",
    summary="The certificate of the public load balancer expires within 30 days.",
    impact="ACM should have renewed it already. After it expires, nobody can connect (45 CFR 164.312(e)(1)).",
    namespace="AWS/CertificateManager",
    metric="DaysToExpiry",
    statistic="Minimum",
    threshold=EXPIRY_DAYS,
    comparison="LessThanThreshold",
    period_seconds=_DAY,
)
FIREWALL_BLOCKS: Final = MetricAlert(
    id="firewall-blocks",
    summary="AWS WAF has blocked more than a thousand requests within five minutes.",
    impact="This is an attack, or a rule blocks legitimate users.",
    namespace="AWS/WAFV2",
    metric="BlockedRequests",
    statistic="Sum",
    threshold=BLOCKED_REQUESTS,
)
ALARMS: Final = (CAPACITY_SHORT, EDGE_ERRORS, CERTIFICATE_EXPIRES, FIREWALL_BLOCKS)


@dataclass(frozen=True, kw_only=True)
class ComputeAlarmsArgs:
    """Arguments of `ComputeAlarms`."""

    account: iam.Account
    """The account and region."""
    cluster_name: pulumi.Input[str]
    """Name of the ECS cluster, and of the dashboard."""
    capacity_provider: pulumi.Input[str]
    """Name of the capacity provider of the On-Demand instances."""
    spot_capacity_provider: pulumi.Input[str] | None = None
    """Name of the capacity provider of the Spot instances, if there are any."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that the alarms notify."""
    edge: Edge | None = None
    """The public entry, if there is one."""
    services: Mapping[str, Service]
    """The services on the dashboard, by name."""


class ComputeAlarms(pulumi.ComponentResource):
    """Alarms on the capacity of a cluster and on its public entry, and a dashboard of all services.

    Creates: a CloudWatch alarm on each capacity provider; with `edge`, also alarms on the load balancer, the certificate
    and the web ACL; a CloudWatch dashboard.
    """

    def __init__(
        self, name: str, args: ComputeAlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:compute:ComputeAlarms", name, None, opts)
        for prefix, provider in {
            name: args.capacity_provider,
            f"{name}-spot": args.spot_capacity_provider,
        }.items():
            if provider is not None:
                metric_alarm(
                    prefix,
                    CAPACITY_SHORT,
                    dimensions={"CapacityProviderName": provider, "ClusterName": args.cluster_name},
                    topic_arn=args.alarm_topic_arn,
                    parent=self,
                )
        dimensions_by_alert: dict[MetricAlert, Mapping[str, pulumi.Input[str]]] = {}
        if args.edge is not None:
            dimensions_by_alert = {
                EDGE_ERRORS: {"LoadBalancer": args.edge.load_balancer_suffix},
                CERTIFICATE_EXPIRES: {"CertificateArn": args.edge.certificate_arn},
                FIREWALL_BLOCKS: {
                    "WebACL": args.edge.firewall_metric,
                    "Region": args.account.region,
                    "Rule": "ALL",
                },
            }
        for alert, dimensions in dimensions_by_alert.items():
            metric_alarm(name, alert, dimensions=dimensions, topic_arn=args.alarm_topic_arn, parent=self)
        aws.cloudwatch.Dashboard(
            f"{name}-services",
            dashboard_name=args.cluster_name,
            dashboard_body=_dashboard_body(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _dashboard_body(args: ComputeAlarmsArgs) -> pulumi.Output[str]:
    """Return the body of the dashboard as JSON."""
    load_balancer_suffix = args.edge.load_balancer_suffix if args.edge is not None else ""
    names = sorted(args.services)
    service_outputs = [
        pulumi.Output.all(args.services[name].service_name, args.services[name].target_group_suffixes)
        for name in names
    ]

    def body(values: list[object]) -> str:
        cluster, load_balancer, *pairs = values
        rows: dict[str, list[GraphWidget]] = {}
        for name, pair in zip(names, pairs, strict=True):
            service_name, target_groups = cast("tuple[str, list[str]]", pair)
            service = MonitoredService(
                service_name=service_name,
                cluster_name=str(cluster),
                load_balancer=str(load_balancer) if target_groups else "",
                target_groups=target_groups,
            )
            rows[name] = service_graphs(service, region=args.account.region)
        return dashboard_body(rows)

    return pulumi.Output.all(args.cluster_name, load_balancer_suffix, *service_outputs).apply(body)
