"""How the resources of this program count towards the quotas that the stacks of one account share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from blueprint.quotas import Quota, one
from blueprint.record import Record, Resource
from blueprint.values import blocks, integer, mapping, text
from facts import quotas
from facts.instances import limits_of
from facts.quotas import SharedQuota

_UNKNOWN_VCPUS: Final = 2
"""vCPUs of a type that the table of instance types lacks: those of most burstable types."""


def _vcpus(*, spot: bool) -> Callable[[Resource, Record], int]:
    """Return what counts the vCPUs of the Auto Scaling groups with Spot instances, or of the others."""
    return lambda group, record: _group_vcpus(group, record) if _is_spot(group) == spot else 0


def _is_spot(group: Resource) -> bool:
    distribution = mapping(mapping(group.inputs.get("mixedInstancesPolicy")).get("instancesDistribution"))
    return distribution.get("onDemandPercentageAboveBaseCapacity") == 0


def _group_vcpus(group: Resource, record: Record) -> int:
    """Return the vCPUs of an Auto Scaling group at its maximum; of several instance types the largest counts."""
    templates = record.sources(group, "launchTemplate", "mixedInstancesPolicy")
    mixed = mapping(mapping(group.inputs.get("mixedInstancesPolicy")).get("launchTemplate"))
    overrides = blocks(mixed.get("overrides"))
    types = {
        text(inputs.get("instanceType")) for inputs in (*(item.inputs for item in templates), *overrides)
    } - {""}
    sizes = [limits.vcpus if (limits := limits_of(name)) else _UNKNOWN_VCPUS for name in types]
    return max(sizes, default=_UNKNOWN_VCPUS) * (integer(group.inputs.get("maxSize")) or 0)


def _load_balancers(kind: str) -> Callable[[Resource, Record], int]:
    def count(item: Resource, _record: Record) -> int:
        return int(item.inputs.get("loadBalancerType", "application") == kind)

    return count


def _cache_nodes(group: Resource, _record: Record) -> int:
    return integer(group.inputs.get("numCacheClusters")) or 1


def _account_policies(policy: Resource, _record: Record) -> int:
    """Count a policy of the account; a policy of one log group does not count."""
    return int("resourceArn" not in policy.inputs)


def _quota(shared: SharedQuota, *types: str, count: Callable[[Resource, Record], int] = one) -> Quota:
    return Quota(shared.name, shared.limit, shared.service, shared.code, types, count, shared.whole_account)


_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"

QUOTAS: Final = (
    _quota(quotas.VPCS, "aws:ec2/vpc:Vpc"),
    _quota(quotas.INTERNET_GATEWAYS, "aws:ec2/internetGateway:InternetGateway"),
    _quota(quotas.ELASTIC_IPS, "aws:ec2/eip:Eip"),
    _quota(quotas.VCPUS, "aws:autoscaling/group:Group", count=_vcpus(spot=False)),
    _quota(quotas.SPOT_VCPUS, "aws:autoscaling/group:Group", count=_vcpus(spot=True)),
    _quota(quotas.TRANSIT_GATEWAYS, "aws:ec2transitgateway/transitGateway:TransitGateway"),
    _quota(quotas.VPN_CONNECTIONS, "aws:ec2/vpnConnection:VpnConnection"),
    _quota(quotas.APPLICATION_LOAD_BALANCERS, _BALANCER, count=_load_balancers("application")),
    _quota(quotas.NETWORK_LOAD_BALANCERS, _BALANCER, count=_load_balancers("network")),
    _quota(quotas.DB_CLUSTERS, "aws:rds/cluster:Cluster"),
    _quota(
        quotas.DB_INSTANCES,
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/instance:Instance",
    ),
    _quota(quotas.DB_PROXIES, "aws:rds/proxy:Proxy"),
    _quota(quotas.CACHE_NODES, "aws:elasticache/replicationGroup:ReplicationGroup", count=_cache_nodes),
    _quota(quotas.EVENT_RULES, "aws:cloudwatch/eventRule:EventRule"),
    _quota(
        quotas.LOG_RESOURCE_POLICIES,
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        count=_account_policies,
    ),
    _quota(quotas.ROLES, "aws:iam/role:Role"),
    _quota(quotas.MANAGED_POLICIES, "aws:iam/policy:Policy"),
)
"""The quotas that a second or third stack of an account can reach."""
