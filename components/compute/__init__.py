"""The ECS cluster, the image registry, the public entry and the services of a stack."""

from components.compute.alarms import ComputeAlarms, ComputeAlarmsArgs
from components.compute.cluster.account_settings import EcsAccountSettings
from components.compute.cluster.cluster import Cluster, ClusterArgs
from components.compute.cluster.fleet import Fleet, InstanceMix
from components.compute.edge.domains import Domain
from components.compute.edge.edge import Edge, EdgeArgs
from components.compute.edge.firewall import FirewallRules
from components.compute.registry import Registry, RegistryArgs
from components.compute.service.application import Application, ApplicationArgs
from components.compute.service.args import HealthCheck, LoadBalancerRoute, ServiceArgs, ServiceConnect
from components.compute.service.jobs import Job
from components.compute.service.mesh import Mesh, callees_first
from components.compute.service.platform import Platform
from components.compute.service.scaling import Bounds, Scaling
from components.compute.service.service import Service
from components.shared.task import Container

__all__ = [
    "Application",
    "ApplicationArgs",
    "Bounds",
    "Cluster",
    "ClusterArgs",
    "ComputeAlarms",
    "ComputeAlarmsArgs",
    "Container",
    "Domain",
    "EcsAccountSettings",
    "Edge",
    "EdgeArgs",
    "FirewallRules",
    "Fleet",
    "HealthCheck",
    "InstanceMix",
    "Job",
    "LoadBalancerRoute",
    "Mesh",
    "Platform",
    "Registry",
    "RegistryArgs",
    "Scaling",
    "Service",
    "ServiceArgs",
    "ServiceConnect",
    "callees_first",
]
