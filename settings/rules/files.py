"""Rules on the file system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts.quotas import max_data_zones
from facts.stores import STORES
from settings.errors import Mistake
from settings.model import Settings

_PATH: Final = STORES["files"].section
_MYSQL: Final = STORES["rds"].ports["mysql"]


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield a mistake if the network ACL of the data tier has no room for the port of the file system."""
    if settings.data is None or settings.data.files is None:
        return
    # Another rule refuses MySQL if its port is one too many.
    ports = [port for port in settings.database_ports if port != _MYSQL]
    most = max_data_zones(len(ports))
    if len(settings.network.zones) > most:
        yield Mistake(
            _PATH,
            "set",
            f"no file system while the stack has more than {most} zones: the data tier's network ACL has no room for its port",
            related_paths=("hipaa:network.zones",),
        )
