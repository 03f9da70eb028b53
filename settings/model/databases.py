"""Relational databases: Aurora PostgreSQL and RDS."""

from __future__ import annotations

from typing import Annotated, Literal

from facts.quotas import AURORA_READERS
from settings import identifiers as ids
from settings import types as t
from settings.model.base import NonEmptyListOf, Section
from settings.values import whole_number

MAX_STORAGE_GIB = 65_536
"""Largest storage of an RDS instance, in GiB."""


class DatabaseSettings(Section):
    """Settings that Aurora and RDS have in common."""

    engine_version: t.EngineVersion
    """Full engine version, such as "17.9" for PostgreSQL or "8.4.11" for MySQL."""
    database: t.DatabaseName = "app"
    """Name of the database. With MySQL, every service also gets its own database."""
    backup_days: t.BackupDays = 35
    """Period of point-in-time recovery, in days."""
    backup_window: t.DatabaseDailyWindow = "03:00-03:30"
    """When AWS takes the daily snapshot, in UTC."""
    maintenance_window: t.DatabaseWeeklyWindow = "sun:07:00-sun:07:30"
    """When AWS may perform maintenance, in UTC."""
    audit_statements: NonEmptyListOf[Literal["ddl", "role", "write", "read", "function", "misc"]] = (
        "ddl",
        "role",
    )
    """Classes of statements that pgAudit logs in every session. Statements of all classes but `ddl` and `role` may contain
    ePHI. Ignored for MySQL."""
    allow_major_upgrade: bool = False
    """Whether `engine_version` may change to another major version; set it only for the time of an upgrade."""
    bootstrap_image: t.Image | None = None
    """Image with `psql` or `mysql` for the task that creates the database users of the services. If not set, you create the
    users yourself."""


class CapacityRange(Section):
    """Capacity of each Aurora Serverless v2 instance."""

    min: t.Acu = 0.5
    """Minimum capacity, in ACU; with 0 the instance can pause."""
    max: t.Acu = 4.0
    """Maximum capacity, in ACU."""


class ReaderRange(Section):
    """Number of Aurora readers."""

    min: Annotated[int, whole_number(0, AURORA_READERS, "readers")] = 1
    """Minimum number of readers."""
    max: Annotated[int, whole_number(0, AURORA_READERS, "readers")] | None = None
    """Maximum number of readers, if `instance_class` is set. If not set, it equals `min`."""

    @property
    def effective_max(self) -> int:
        """Return the maximum number of readers."""
        return self.min if self.max is None else self.max


class AuroraSettings(DatabaseSettings):
    """The Aurora PostgreSQL cluster."""

    instance_class: ids.DbInstanceClass | None = None
    """Class of the instances. If not set, the instances are Serverless v2 with the capacity of `capacity_acu`."""
    capacity_acu: CapacityRange = CapacityRange()
    """Capacity of each Serverless v2 instance."""
    pause_after_seconds: Annotated[int, whole_number(300, 86_400, "seconds")] = 1800
    """Seconds without a connection after which an instance pauses, if the minimum capacity is 0."""
    readers: ReaderRange = ReaderRange()
    """Number of readers in addition to the writer."""
    proxy: bool = False
    """Whether services connect through RDS Proxy."""

    @property
    def spans_zones(self) -> bool:
        """Return whether a second instance in another zone can replace the writer."""
        return self.readers.min > 0

    @property
    def engine(self) -> Literal["aurora-postgresql"]:
        """Return the engine as RDS names it."""
        return "aurora-postgresql"


class RdsSettings(DatabaseSettings):
    """The RDS instance, PostgreSQL or MySQL."""

    engine: Literal["postgres", "mysql"] = "postgres"
    """Database engine."""
    instance_class: ids.DbInstanceClass = "db.t4g.medium"
    """Instance class."""
    storage_gib: Annotated[int, whole_number(20, MAX_STORAGE_GIB, "GiB")] = 20
    """Storage, in GiB."""
    max_storage_gib: Annotated[int, whole_number(22, MAX_STORAGE_GIB, "GiB")] | None = None
    """Limit up to which AWS enlarges the storage automatically, in GiB. If not set, twice `storage_gib`."""
    multi_az: bool = True
    """Whether a standby instance runs in a second zone."""

    @property
    def spans_zones(self) -> bool:
        """Return whether a standby instance in another zone can replace the instance."""
        return self.multi_az

    @property
    def storage_ceiling_gib(self) -> int | None:
        """Return the limit of automatic growth in GiB, or None if the storage cannot grow.

        AWS requires a limit at least 10 % above the storage
        (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html).
        """
        limit = (
            min(2 * self.storage_gib, MAX_STORAGE_GIB)
            if self.max_storage_gib is None
            else self.max_storage_gib
        )
        return limit if 10 * limit >= 11 * self.storage_gib else None
