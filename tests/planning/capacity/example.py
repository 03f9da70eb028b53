"""A made-up stack for a messenger, and loads on it."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import settings
from planning.capacity import Limit, Load, Plan, ServicePlan

EXAMPLE_LOAD = Load(users=300_000, requests_per_user_hour=20, open_connections_per_user=0.2)
"""Requests, long-lived connections and jobs."""

_IMAGE = "registry.example.org/{}@sha256:" + "0" * 64

DOCUMENT: dict[str, Any] = {
    "aws:region": "us-east-1",
    "hipaa:environment": "example",
    "aws:allowedAccountIds": ["123456789012"],
    "hipaa:account": "123456789012",
    "hipaa:protect": True,
    "hipaa:network": {
        "cidr": "10.20.0.0/18",
        "zones": 3,
        "interface_endpoints": ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "secretsmanager"],
    },
    "hipaa:audit": {},
    "hipaa:compute": {"instance_type": "c5.2xlarge", "instances": {"min": 3, "max": 30}},
    "hipaa:edge": {"domain": "app.example.org", "zone_id": "Z00000000000000000000"},
    "hipaa:apps": {
        "api": {
            "image": _IMAGE.format("api"), "uses": ["aurora", "cache"],
            "processes": {"web": {
                "port": 8443, "cpu": 1024, "memory_mib": 2048, "tasks": {"min": 3, "max": 60}, "route": {"paths": ["/api/*"]},
            }},
        },
        "realtime": {
            "image": _IMAGE.format("realtime"), "uses": ["cache"],
            "processes": {"web": {
                "port": 8443, "cpu": 512, "memory_mib": 1024, "tasks": {"min": 3, "max": 90},
                "route": {"paths": ["/ws/*"], "idle_timeout_seconds": 3600, "sticky": True},
            }},
        },
        "worker": {
            "image": _IMAGE.format("worker"), "uses": ["aurora"],
            "processes": {"jobs": {"cpu": 2048, "memory_mib": 3072, "tasks": {"min": 2, "max": 40}}},
        },
    },
    "hipaa:data": {
        "aurora": {"engine_version": "17.9", "capacity_acu": {"min": 2, "max": 64}, "readers": {"min": 1}},
        "cache": {"node_type": "cache.r7g.large", "replicas": 2},
    },
}  # fmt: skip


def stack(**sections: Any) -> settings.Settings:
    """Return the example stack with some sections replaced; a section that is None is left out."""
    document = {**copy.deepcopy(DOCUMENT), **{f"hipaa:{key}": value for key, value in sections.items()}}
    return settings.parse({key: value for key, value in document.items() if value is not None}, file="test")


def stack_with(path: str, value: object) -> settings.Settings:
    """Return the example stack with the value at one path replaced."""
    document = copy.deepcopy(DOCUMENT)
    *steps, last = path.split(".")
    section = document
    for step in steps:
        section = section[step]
    section[last] = value
    return settings.parse(document, file="test")


def load(users: int = 300_000, **figures: Any) -> Load:
    return dataclasses.replace(EXAMPLE_LOAD, users=users, **figures)


def limit(plan: Plan, name: str) -> Limit:
    return next(item for item in plan.limits if item.name == name)


def service(plan: Plan, name: str) -> ServicePlan:
    return next(item for item in plan.services if item.name == name)
