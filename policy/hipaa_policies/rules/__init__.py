"""The rules, one module per area; each control names the policy pack it belongs to."""

from __future__ import annotations

from importlib import import_module
from typing import Final

PACKS: Final = ("encryption", "retention", "isolation", "baseline")
AREAS: Final = (
    "encryption",
    "databases",
    "caches",
    "file_systems",
    "secrets",
    "load_balancers",
    "messages",
    "retention",
    "logging",
    "backups",
    "protection",
    "network",
    "security_groups",
    "data_tier",
    "transit",
    "buckets",
    "iam",
    "documents",
    "account",
    "baseline",
    "containers",
    "functions",
    "api",
    "analytics",
    "builds",
    "governance",
)


def load() -> None:
    """Import every rule module, which fills the catalog in reading order."""
    for area in AREAS:
        import_module(f"{__name__}.{area}")
