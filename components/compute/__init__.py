"""The ECS cluster, the image registry, the public entry and the services of a stack."""

from components.compute.account_settings import EcsAccountSettings
from components.compute.alarms import ComputeAlarms, ComputeAlarmsArgs
from components.compute.cluster import Cluster, ClusterArgs
from components.compute.edge import Edge, EdgeArgs
from components.compute.fleet import Fleet, Mix
from components.compute.jobs import Job
from components.compute.mesh import Mesh, MeshArgs, callees_first
from components.compute.platform import Platform
from components.compute.registry import Registry, RegistryArgs
from components.compute.routing import priorities
from components.compute.service import Service
from components.compute.service_args import Route, ServiceArgs, ServiceConnect
from components.compute.service_scaling import Bounds, Scaling
from components.shared.task import Container

__all__ = [
    "Bounds",
    "Cluster",
    "ClusterArgs",
    "ComputeAlarms",
    "ComputeAlarmsArgs",
    "Container",
    "EcsAccountSettings",
    "Edge",
    "EdgeArgs",
    "Fleet",
    "Job",
    "Mesh",
    "MeshArgs",
    "Mix",
    "Platform",
    "Registry",
    "RegistryArgs",
    "Route",
    "Scaling",
    "Service",
    "ServiceArgs",
    "ServiceConnect",
    "callees_first",
    "priorities",
]
