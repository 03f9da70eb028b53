"""The interface of a data store for the rest of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pulumi

from components.data.dashboard import MonitoredResource
from components.data.database.bootstrap import AdministratorConnection
from components.shared.destination import Destination


class Store(Protocol):
    """The interface of `Aurora`, `Rds`, `Cache` and `Files`."""

    @property
    def staff_destination(self) -> Destination | None:
        """Security group and ports for people with their own users who connect over the VPN; None if nobody may."""
        ...

    @property
    def monitored_resources(self) -> Sequence[MonitoredResource]:
        """The alarms that the dashboard shows."""
        ...

    @property
    def event_sources(self) -> Sequence[pulumi.Output[str]]:
        """ARNs of the clusters, instances and proxies whose RDS events raise alerts; empty for other stores."""
        ...

    @property
    def administrator_connection(self) -> AdministratorConnection | None:
        """Connection of the administrator to the database; None if the bootstrap task creates no users in this store."""
        ...

    @property
    def exports(self) -> Mapping[str, pulumi.Output[str]]:
        """Stack outputs of the store; the names lack the name of the store, e.g. `host`."""
        ...

    def destination(self, application: str, /) -> Destination:
        """Return the security group, the permissions and the addresses for the application with this name."""
        ...
