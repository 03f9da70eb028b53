"""The ECS cluster, the container registry, the public load balancer and the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network

import pulumi

from components.compute import (
    CaBundle,
    Cluster,
    ClusterArgs,
    ComputeAlarms,
    ComputeAlarmsArgs,
    Daemon,
    DaemonArgs,
    Domain,
    Edge,
    EdgeArgs,
    FirewallRules,
    Fleet,
    MutualTls,
    Platform,
    Registry,
    RegistryArgs,
    Service,
)
from components.shared.destination import Destination
from facts import tls_proxy
from settings import ComputeSettings, Settings
from settings.model import EdgeSettings, WafSettings, daemon_name
from stack.data import Stores
from stack.foundation import Foundation
from stack.partners import create_private_entries
from stack.services import agent, create_services


@dataclass(frozen=True, kw_only=True)
class Containers:
    """The cluster and the services of a stack. Without `hipaa:compute` there is no cluster."""

    cluster: Cluster | None = None
    services: Mapping[str, Service] = field(default_factory=dict[str, Service])
    """Services by name; only those that have an image."""


def create_containers(base: Foundation, stores: Stores, partners: Mapping[str, Destination]) -> Containers:
    """Create the cluster, the registry, the public load balancer and the services, and export their outputs.

    Args:
        base: The foundation of the stack.
        stores: Data stores that services may use.
        partners: Destinations for services that use partners, by name.

    Returns:
        The cluster and the services; empty if the stack has no `hipaa:compute`.
    """
    settings, keys, network = base.settings, base.keys, base.network
    if settings.compute is None:
        return Containers()
    cluster = _cluster(base, settings.compute)
    base.alerts.watch_cluster(cluster.cluster_arn)
    registry = Registry(
        "images",
        RegistryArgs(
            account=base.account,
            prefix=f"hipaa-{settings.environment}",
            apps=[*(settings.apps or {}), *([tls_proxy.NAME] if _provides_tls(settings) else [])],
            compute_key_arn=keys.compute,
            protect=settings.protect,
            pull_endpoint_ids=network.image_endpoint_ids,
        ),
    )
    edge = _edge(base)
    if edge:
        create_private_entries(base, edge)
    platform = Platform(
        account=base.account,
        vpc_id=network.vpc_id,
        subnet_ids=network.subnet_ids("private"),
        cluster_arn=cluster.cluster_arn,
        cluster_name=cluster.cluster_name,
        capacity_provider=cluster.capacity_provider_name,
        spot_capacity_provider=cluster.spot_capacity_provider_name,
        exec_log_group_arn=cluster.exec_log_group_arn,
        compute_key_arn=keys.compute,
        secrets_key_arn=keys.secrets,
        logs=base.logs,
        alarm_topic_arn=base.alerts.topic_arn,
        edge=edge,
    )
    services = create_services(base, platform, stores, partners)
    _create_daemons(settings.compute, platform)
    ComputeAlarms(
        "capacity",
        ComputeAlarmsArgs(
            account=base.account,
            cluster_name=cluster.cluster_name,
            capacity_provider=cluster.capacity_provider_name,
            spot_capacity_provider=cluster.spot_capacity_provider_name,
            alarm_topic_arn=base.alerts.topic_arn,
            edge=edge,
            services=services,
        ),
    )
    pulumi.export("cluster_arn", cluster.cluster_arn)
    pulumi.export("exec_log_group_name", cluster.exec_log_group_name)
    pulumi.export("repository_urls", registry.repository_urls)
    pulumi.export(
        "release_task_arns",
        {
            process.app: services[name].release_task_arn
            for name, process in settings.services.items()
            if name in services and process.release
        },
    )
    return Containers(cluster=cluster, services=services)


def _cluster(base: Foundation, compute: ComputeSettings) -> Cluster:
    settings = base.settings
    return Cluster(
        "compute",
        ClusterArgs(
            account=base.account,
            vpc_id=base.network.vpc_id,
            subnet_ids=base.network.subnet_ids("private"),
            fleet=Fleet(
                instance_type=compute.instance_type,
                other_instance_types=compute.other_instance_types,
                ami=compute.ami,
                min_instances=compute.instances.min,
                max_instances=compute.instances.max,
                max_spot_instances=compute.max_spot_instances,
                target_capacity_percent=compute.instances.target_capacity_percent,
                root_gib=compute.root_gib,
                replace=compute.replace_instances,
            ),
            compute_key_arn=base.keys.compute,
            logs=base.logs.without_delivery,
            protect=settings.protect,
            launch_after=[base.network, *base.account_settings],
        ),
    )


def _create_daemons(compute: ComputeSettings, platform: Platform) -> None:
    for name, daemon in compute.daemons.items():
        container = replace(
            agent(name, daemon), host_paths=["/proc", "/sys/fs/cgroup"] if daemon.host_metrics else []
        )
        Daemon(daemon_name(name), DaemonArgs(platform=platform, container=container))


def _provides_tls(settings: Settings) -> bool:
    """Return whether a process has a sidecar that terminates TLS."""
    return any(service.settings.tls == "provided" for service in settings.services.values())


def _edge(base: Foundation) -> Edge | None:
    settings = base.settings
    return settings.edge and Edge(
        "edge",
        EdgeArgs(
            account=base.account,
            vpc_id=base.network.vpc_id,
            subnet_ids=base.network.subnet_ids("public"),
            domains=_domains(settings.edge),
            allowed_cidrs=settings.edge.allowed_cidrs,
            access_logs_bucket=base.archive.intake_bucket_name,
            logs=base.logs,
            protect=settings.protect,
            idle_timeout_seconds=settings.idle_timeout_seconds,
            maintenance=settings.edge.maintenance,
            mutual_tls=_mutual_tls(settings.edge),
            signs_in=settings.signs_in,
            firewall=_firewall(settings.edge.waf, settings.network.cidr),
        ),
    )


def _domains(edge: EdgeSettings) -> list[Domain]:
    return [
        Domain(
            name=item.name,
            zone_id=item.zone_id or edge.zone_id,
            dns=item.dns or edge.dns,
            weight=edge.weight or 0,
            redirect_to=item.redirect_to,
        )
        for item in edge.complete_domains
    ]


def _mutual_tls(edge: EdgeSettings) -> MutualTls | None:
    bundle = edge.mutual_tls and edge.mutual_tls.ca_bundle
    return edge.mutual_tls and MutualTls(
        ca_bundle=bundle and CaBundle(bucket=bundle.bucket, key=bundle.key, version=bundle.version)
    )


def _firewall(waf: WafSettings, vpc: IPv4Network) -> FirewallRules:
    """Return the rules of the firewall. Requests of partners come from load balancers in the VPC, all others from outside."""
    limit = waf.partner_rate_limit_per_5_min
    return FirewallRules(
        rate_limit_per_5_min=waf.rate_limit_per_5_min,
        unlimited_ranges=waf.unlimited_cidrs,
        counted_rules=waf.counted_rules,
        partner_ranges=[] if limit is None else [vpc],
        partner_rate_limit_per_5_min=limit or waf.rate_limit_per_5_min,
    )
