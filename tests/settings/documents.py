"""Sample configurations in the form of a stack file, and helpers to change and check them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from settings import Problem, Settings, SettingsError, parse

Document = dict[str, Any]

FILE: Final = "Pulumi.prod.yaml"
DIGEST: Final = "@sha256:" + "0123456789abcdef" * 4

_STEP = re.compile(r"\[\d+\]|aws:\w+|hipaa:\w+|\.?[^.\[\]]+")

_FULL: Document = {
    "aws:region": "us-east-1",
    "aws:allowedAccountIds": ["123456789012"],
    "aws:defaultTags": {"tags": {"owner": "platform", "data-classification": "phi"}},
    "hipaa:environment": "prod",
    "hipaa:account": "123456789012",
    "hipaa:protect": True,
    "hipaa:network": {
        "cidr": "10.20.0.0/16",
        "zones": 3,
        "nat": "gateway-per-zone",
        "nat_instance": {"instance_type": "t4g.micro", "ami": "ami-0123456789abcdef0"},
        "interface_endpoints": ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs"],
    },
    "hipaa:audit": {
        "owns": ["account", "region"],
        "object_lock": "compliance",
        "retention_days": 2557,
        "detection": {
            "guardduty": True,
            "security_hub": True,
            "config_conformance_pack": False,
            "access_analyzer": True,
            "inspector": True,
        },
        "alert_emails": ["security@example.org"],
    },
    "hipaa:compute": {
        "instance_type": "c5.2xlarge",
        "instances": {"min": 3, "max": 30, "target_capacity_percent": 85},
        "ami": "ami-0123456789abcdef0",
    },
    "hipaa:edge": {
        "domain": "app.example.org",
        "zone_id": "Z123",
        "allowed_cidrs": ["0.0.0.0/0"],
        "waf": {"rate_limit_per_5_min": 2000},
    },
    "hipaa:apps": {
        "api": {
            "image": f"registry.example.org/api{DIGEST}",
            "uses": ["aurora", "cache"],
            "processes": {
                "web": {
                    "port": 8080,
                    "cpu": 1024,
                    "memory_mib": 2048,
                    "tasks": {"min": 3, "max": 60},
                    "route": {"paths": ["/api/*"], "health": {"path": "/healthz"}},
                    "scale_on": {"cpu_percent": 60, "requests_per_task": 800},
                },
            },
        },
        "realtime": {
            "image": f"registry.example.org/realtime:1.4{DIGEST}",
            "uses": ["cache"],
            "processes": {
                "web": {
                    "port": 8443,
                    "cpu": 512,
                    "memory_mib": 1024,
                    "tasks": {"min": 3, "max": 90},
                    "route": {
                        "paths": ["/ws/*"],
                        "idle_timeout_seconds": 3600,
                        "sticky": True,
                    },
                },
            },
        },
        "worker": {
            "image": f"registry.example.org/worker{DIGEST}",
            "uses": ["aurora", "rds", "partners"],
            "processes": {
                "jobs": {
                    "cpu": 2048,
                    "memory_mib": 4096,
                    "tasks": {"min": 2, "max": 40},
                },
            },
        },
    },
    "hipaa:data": {
        "aurora": {
            "engine_version": "16.13",
            "capacity_acu": {"min": 2, "max": 64},
            "instance_class": "db.r6g.large",
            "readers": {"min": 1, "max": 8},
            "backup_days": 35,
            "bootstrap_image": f"registry.example.org/psql{DIGEST}",
        },
        "rds": {
            "engine_version": "16.13",
            "instance_class": "db.r6g.large",
            "storage_gib": 100,
            "multi_az": True,
            "backup_days": 35,
            "bootstrap_image": f"registry.example.org/psql{DIGEST}",
        },
        "cache": {"engine": "valkey", "node_type": "cache.r7g.large", "replicas": 2},
        "backup": {
            "vault_lock": "compliance",
            "copy_to_region": "us-west-2",
            "keep_days": 2192,
            "schedule": "cron(0 5 * * ? *)",
            "restore_test": "cron(0 10 ? * SUN *)",
        },
    },
    "hipaa:connectivity": {
        "transit": {"asn": 64512},
        "exchange_cidr": "10.90.0.0/20",
        "partners": {
            "mercy": {
                "mode": "vpn",
                "cidrs": ["172.30.8.0/22"],
                "peer_ip": "203.0.113.10",
                "services": [{"name": "fhir", "port": 443, "targets": ["172.30.8.15"], "tls": "passthrough"}],
            },
            "stluke": {
                "mode": "transit",
                "cidrs": ["10.140.0.0/16"],
                "account": "210987654321",
                "attachment_id": "tgw-attach-0123456789abcdef0",
                "services": [
                    {
                        "name": "hl7",
                        "port": 2575,
                        "targets": ["10.140.3.20", "10.140.4.20"],
                        "tls": "passthrough",
                    }
                ],
            },
            "county": {"mode": "privatelink", "principals": ["arn:aws:iam::111122223333:root"]},
        },
        "vpn": {
            "client_cidr": "10.99.0.0/20",
            "admin_cidrs": ["198.51.100.0/24"],
            "ami": "ami-0123456789abcdef0",
            "access": {"engineers": ["app", "data"], "support": ["app"]},
        },
    },
    "hipaa:budget": {"monthly_usd": 6000},
}


def minimal_document() -> Document:
    """Return the shortest valid configuration."""
    return {
        "aws:region": "us-east-1",
        "aws:allowedAccountIds": ["111122223333"],
        "hipaa:environment": "dev",
        "hipaa:account": "111122223333",
        "hipaa:network": {"cidr": "10.10.0.0/16"},
        "hipaa:audit": {},
    }


def full_document() -> Document:
    """Return a valid configuration with every section and nearly every key."""
    return copy.deepcopy(_FULL)


def put(document: Document, path: str, value: object) -> Document:
    """Return a copy of a document with `value` at a path in the form of an error message; missing sections are added."""
    changed = copy.deepcopy(document)
    *steps, last = [int(step[1:-1]) if step[0] == "[" else step.lstrip(".") for step in _STEP.findall(path)]
    holder: Any = changed
    for step in steps:
        holder = holder.setdefault(step, {}) if isinstance(holder, dict) else holder[step]
    holder[last] = value
    return changed


def merge(document: Document, overlay: Document) -> Document:
    """Return a copy of a document in which the values of an overlay replace or extend its own, section by section."""
    merged = dict(document)
    for key, value in overlay.items():
        current = merged.get(key)
        both = isinstance(current, dict) and isinstance(value, dict)
        merged[key] = merge(current, value) if both else value
    return merged


def leaves(value: object, path: str = "") -> Iterator[str]:
    """Yield the path of every scalar, every list and every entry of a list in a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
        return
    yield path
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")


def read(document: Document) -> Settings:
    """Return the settings of a valid document."""
    return parse(document, file=FILE)


def problems(document: Document) -> tuple[Problem, ...]:
    """Return every problem of an invalid document."""
    with pytest.raises(SettingsError) as caught:
        parse(document, file=FILE)
    return caught.value.problems


def problem(document: Document) -> Problem:
    """Return the only problem of an invalid document."""
    [only] = problems(document)
    return only


def paths(document: Document) -> list[str]:
    """Return the path of every problem of an invalid document."""
    return [item.path for item in problems(document)]


def new_warnings(document: Document, before: Document) -> list[str]:
    """Return the warnings of a document that another one does not have."""
    old = read(before).warnings
    return [text for text in read(document).warnings if text not in old]
