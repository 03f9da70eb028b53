"""The rules: one module for each area. Every control names its pack."""

from __future__ import annotations

from importlib import import_module
from typing import Final

AREAS: Final = (
    "encryption",
    "retention",
    "network",
    "security_groups",
    "addresses",
    "buckets",
    "iam",
    "baseline",
    "databases",
    "database_upkeep",
    "caches",
    "file_systems",
    "secrets",
    "data_tier",
    "backups",
    "protection",
    "load_balancers",
    "firewalls",
    "api",
    "containers",
    "services",
    "functions",
    "messages",
    "documents",
    "transit",
    "trails",
    "logging",
    "account",
    "detection",
    "analytics",
    "search",
    "warehouses",
    "builds",
    "governance",
)


def load() -> None:
    """Import every rule module; each import adds the controls of the module to the catalog."""
    for area in AREAS:
        import_module(f"{__name__}.{area}")
