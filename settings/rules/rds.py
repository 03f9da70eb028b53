"""Rules on the RDS instance that do not apply to Aurora."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts.quotas import max_data_zones
from facts.stores import STORES
from settings.errors import Mistake
from settings.model import Settings
from settings.rules import common
from settings.rules.databases import check_generated_password, check_instance_class

_PATH: Final = STORES["rds"].section


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield classes and storage that AWS does not offer, options that exclude each other, and a port too many."""
    if settings.data is None or settings.data.rds is None:
        return
    rds = settings.data.rds
    yield from check_instance_class(_PATH, rds, rds.instance_class)
    if rds.blue_green_updates:
        yield from check_generated_password(
            _PATH, "blue_green_updates", rds.administrator, feature="blue/green updates"
        )
    if rds.max_storage_gib is not None and rds.storage_ceiling_gib is None:
        yield Mistake(
            f"{_PATH}.max_storage_gib",
            rds.max_storage_gib,
            f"at least 10 % more than {_PATH}.storage_gib ({rds.storage_gib})",
            f"the nearest is {-(-rds.storage_gib * 11 // 10)}",
            related_paths=(f"{_PATH}.storage_gib",),
        )
    most = max_data_zones(len(settings.database_ports))
    if rds.engine == "mysql" and len(settings.network.zones) > most:
        yield Mistake(
            f"{_PATH}.engine",
            rds.engine,
            f"postgres while the stack has more than {most} zones: the data tier's network ACL has no room for the "
            "port of MySQL",
            related_paths=("hipaa:network.zones",),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a warning if the instance of a protected stack runs in one zone."""
    rds = settings.data.rds if settings.data else None
    if settings.protect and rds and not rds.multi_az:
        yield common.one_zone_warning(f"{_PATH}.multi_az is false")
