"""Arguments that Aurora and RDS share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.data.database.identity import ApplicationIdentity, checked
from components.data.tier import DataTier
from facts.databases import PASSWORD_DAYS
from facts.stores import SHORTEST_ROTATION_DAYS


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """Arguments of every relational database."""

    tier: DataTier
    """Network, keys and logs."""
    engine_version: str
    """Engine version, down to the last number; only this program changes it."""
    database: str = "app"
    """Name of the database."""
    applications: Sequence[ApplicationIdentity] = ()
    """The applications that use the database."""
    rotate_days: int = PASSWORD_DAYS
    """Days between two rotations of the passwords of applications, 3 to 365."""
    backup_days: int = 35
    """Point-in-time recovery window, in days, 1 to 35."""
    backup_window: str = "03:00-03:30"
    """When the daily snapshot is taken, in UTC."""
    maintenance_window: str = "sun:07:00-sun:07:30"
    """When AWS may perform maintenance, in UTC."""
    audit_statements: Sequence[str] = ("ddl", "role")
    """Classes of statements that pgAudit logs in every session; not for MySQL."""
    allow_major_upgrade: bool = False
    """Whether `engine_version` may change to another major version."""

    def application(self, name: str) -> ApplicationIdentity:
        """Return an application by its name.

        Raises:
            ValueError: The application does not use the database.
        """
        for item in self.applications:
            if item.name == name:
                return item
        names = ", ".join(item.name for item in self.applications) or "none"
        raise ValueError(f"application must be one that uses the database ({names}), got {name!r}")

    def __post_init__(self) -> None:
        """Reject a recovery window that AWS does not offer, and applications with the same name."""
        checked(self.applications)
        if not SHORTEST_ROTATION_DAYS <= self.rotate_days <= 365:
            raise ValueError(f"rotate_days must be {SHORTEST_ROTATION_DAYS} to 365, got {self.rotate_days}")
        if not 1 <= self.backup_days <= 35:
            raise ValueError(f"backup_days must be 1 to 35, got {self.backup_days}")
