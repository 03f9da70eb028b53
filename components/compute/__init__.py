"""The ECS cluster, the image registry, the public entry and the services of a stack."""

from components.compute.alarms import ComputeAlarms, ComputeAlarmsArgs
from components.compute.cluster.account_settings import EcsAccountSettings
from components.compute.cluster.cluster import Cluster, ClusterArgs
from components.compute.cluster.fleet import Fleet
from components.compute.daemon import Daemon, DaemonArgs
from components.compute.edge.domains import Domain
from components.compute.edge.edge import Edge, EdgeArgs
from components.compute.edge.firewall import FirewallRules
from components.compute.edge.mutual_tls import CaBundle, MutualTls
from components.compute.registry import Registry, RegistryArgs
from components.compute.service.alarms import AlarmLimits
from components.compute.service.application import Application, ApplicationArgs
from components.compute.service.args import LoadBalancerRoute, ServiceArgs, ServiceConnect, TargetHealthCheck
from components.compute.service.deployment import Deployment
from components.compute.service.jobs import Command, Job
from components.compute.service.mesh import Mesh, callees_first
from components.compute.service.platform import Platform
from components.compute.service.scaling import Metric, Period, Scaling
from components.compute.service.service import Service
from components.compute.service.sign_in import SignIn

__all__ = [
    "AlarmLimits",
    "Application",
    "ApplicationArgs",
    "CaBundle",
    "Cluster",
    "ClusterArgs",
    "Command",
    "ComputeAlarms",
    "ComputeAlarmsArgs",
    "Daemon",
    "DaemonArgs",
    "Deployment",
    "Domain",
    "EcsAccountSettings",
    "Edge",
    "EdgeArgs",
    "FirewallRules",
    "Fleet",
    "Job",
    "LoadBalancerRoute",
    "Mesh",
    "Metric",
    "MutualTls",
    "Period",
    "Platform",
    "Registry",
    "RegistryArgs",
    "Scaling",
    "Service",
    "ServiceArgs",
    "ServiceConnect",
    "SignIn",
    "TargetHealthCheck",
    "callees_first",
]
