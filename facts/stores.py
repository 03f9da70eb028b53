"""The data stores that a stack can have: one row for each.

Settings, their rules and the wiring in `stack/` read this table, so a new store starts with a new row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

StoreName: TypeAlias = Literal["aurora", "rds", "cache", "files"]
"""Name of a store in `hipaa:data` and in the `uses` of a service."""


BackupType: TypeAlias = Literal["Aurora", "RDS", "EFS"]
"""Resource type in AWS Backup."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreFacts:
    """One kind of data store."""

    name: StoreName
    """Key of the store in `hipaa:data`."""
    kind: Literal["database", "cache", "files"]
    """`database`: relational, with one user per service, covered by AWS Backup. `cache`: in memory.
    `files`: a file system, with one directory per application, covered by AWS Backup."""
    ports: Mapping[str, int]
    """TCP port by engine, or by protocol for a file system; the default engine comes first."""
    url_variable: str = ""
    """Environment variable with a URL that every application gets that uses the store; empty for a database, whose URL depends
    on how the application signs in."""
    backup_type: BackupType | None = None
    """Resource type in AWS Backup; None if AWS Backup does not cover the store."""

    @property
    def section(self) -> str:
        """Path of the store's section in the stack file, e.g. `hipaa:data.aurora`."""
        return f"hipaa:data.{self.name}"

    @property
    def prefix(self) -> str:
        """Prefix of the environment variables that a service gets for the store, e.g. `AURORA_`."""
        return f"{self.name.upper()}_"

    @property
    def default_port(self) -> int:
        """Port of the default engine."""
        return next(iter(self.ports.values()))


STORES: Final[Mapping[StoreName, StoreFacts]] = {
    store.name: store
    for store in (
        StoreFacts(name="aurora", kind="database", ports={"aurora-postgresql": 5432}, backup_type="Aurora"),
        StoreFacts(name="rds", kind="database", ports={"postgres": 5432, "mysql": 3306}, backup_type="RDS"),
        StoreFacts(
            name="cache", kind="cache", ports={"valkey": 6379, "redis": 6379}, url_variable="REDIS_URL"
        ),
        StoreFacts(name="files", kind="files", ports={"nfs": 2049}, backup_type="EFS"),
    )
}
"""Every store by its name."""

DATABASES: Final[Mapping[StoreName, StoreFacts]] = {
    name: store for name, store in STORES.items() if store.kind == "database"
}
"""The relational databases among the stores."""

SHORTEST_ROTATION_DAYS: Final = 3
"""Fewest days between two rotations of a password with which tasks can be replaced in time
(`components.compute.service.replacement`)."""

PARTNER_PREFIX: Final = "PARTNER_"
"""Prefix of the environment variables that a service gets for the services of partners."""
