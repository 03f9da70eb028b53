"""What is watched of a cluster and its public entry, and the page that shows them with their services.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review) and 164.308(a)(7)(i) (contingency).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.edge.edge import Edge
from components.compute.service.dashboard import Shown, service_graphs
from components.compute.service.service import Service
from components.shared import iam
from components.shared.alarms import MetricAlert, metric_alarm
from components.shared.dashboard import Graph, dashboard_body

EXPIRY_DAYS: Final = 30
"""ACM renews 60 days ahead (https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html)."""
BLOCKED_REQUESTS: Final = 1000
_DAY: Final = 24 * 60 * 60

CAPACITY_SHORT: Final = MetricAlert(
    id="capacity-short",
    what="More tasks are wanted than the cluster's instances can hold, for fifteen minutes.",
    why="Services cannot scale or heal: the fleet is at its maximum, or instances fail to start.",
    namespace="AWS/ECS/ManagedScaling",
    metric="CapacityProviderReservation",
    statistic="Average",
    threshold=100,
    periods=3,
)
EDGE_ERRORS: Final = MetricAlert(
    id="edge-errors",
    what="The load balancer itself answers requests with a 5xx status.",
    why="It finds no task to pass them to, or cannot speak TLS with it.",
    namespace="AWS/ApplicationELB",
    metric="HTTPCode_ELB_5XX_Count",
    statistic="Sum",
    threshold=10,
)
CERTIFICATE_EXPIRES: Final = MetricAlert(
    id="certificate-expires",
    what="The certificate of the public entry expires within 30 days.",
    why="AWS should have renewed it by now; without it nobody can connect (45 CFR 164.312(e)(1)).",
    namespace="AWS/CertificateManager",
    metric="DaysToExpiry",
    statistic="Minimum",
    threshold=EXPIRY_DAYS,
    comparison="LessThanThreshold",
    period_seconds=_DAY,
)
FIREWALL_BLOCKS: Final = MetricAlert(
    id="firewall-blocks",
    what="The firewall blocks more than a thousand requests in five minutes.",
    why="It is an attack, or a rule that stops people who should come in.",
    namespace="AWS/WAFV2",
    metric="BlockedRequests",
    statistic="Sum",
    threshold=BLOCKED_REQUESTS,
)
ALARMS: Final = (CAPACITY_SHORT, EDGE_ERRORS, CERTIFICATE_EXPIRES, FIREWALL_BLOCKS)


@dataclass(frozen=True, kw_only=True)
class ComputeAlarmsArgs:
    """What `ComputeAlarms` needs to know."""

    account: iam.Account
    """The account and region."""
    cluster_name: pulumi.Input[str]
    """The ECS cluster."""
    capacity_provider: pulumi.Input[str]
    """Name of its capacity provider."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told."""
    edge: Edge | None = None
    """The public entry, if there is one."""
    services: Mapping[str, Service]
    """What the dashboard shows, by name."""


class ComputeAlarms(pulumi.ComponentResource):
    """Alarms on capacity, certificate, load balancer and firewall, and a dashboard of all services."""

    def __init__(
        self, name: str, args: ComputeAlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:compute:ComputeAlarms", name, None, opts)
        watched: dict[MetricAlert, Mapping[str, pulumi.Input[str]]] = {
            CAPACITY_SHORT: {
                "CapacityProviderName": args.capacity_provider,
                "ClusterName": args.cluster_name,
            }
        }
        if args.edge is not None:
            watched |= {
                EDGE_ERRORS: {"LoadBalancer": args.edge.load_balancer_suffix},
                CERTIFICATE_EXPIRES: {"CertificateArn": args.edge.certificate_arn},
                FIREWALL_BLOCKS: {
                    "WebACL": args.edge.firewall_metric,
                    "Region": args.account.region,
                    "Rule": "ALL",
                },
            }
        for alert, dimensions in watched.items():
            metric_alarm(name, alert, dimensions=dimensions, topic_arn=args.alarm_topic_arn, parent=self)
        aws.cloudwatch.Dashboard(
            f"{name}-services",
            dashboard_name=args.cluster_name,
            dashboard_body=_body(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _body(args: ComputeAlarmsArgs) -> pulumi.Output[str]:
    """Return the dashboard once the services' physical names are known."""
    balancer = args.edge.load_balancer_suffix if args.edge is not None else ""
    names = sorted(args.services)
    facts = [
        pulumi.Output.all(args.services[name].service_name, args.services[name].target_group_suffix)
        for name in names
    ]

    def body(known: list[object]) -> str:
        cluster, load_balancer, *found = known
        rows: dict[str, list[Graph]] = {}
        for name, pair in zip(names, found, strict=True):
            service_name, target_group = pair  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
            shown = Shown(
                service_name=str(service_name),  # pyright: ignore[reportUnknownArgumentType]
                cluster_name=str(cluster),
                load_balancer=str(load_balancer) if target_group else "",
                target_group=str(target_group or ""),  # pyright: ignore[reportUnknownArgumentType]
            )
            rows[name] = service_graphs(shown, region=args.account.region)
        return dashboard_body(rows)

    return pulumi.Output.all(args.cluster_name, balancer, *facts).apply(body)
