"""A data store as the rest of a stack sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pulumi

from components.data.dashboard import Watched
from components.data.database.bootstrap import Administered
from components.shared.destination import Destination


class Store(Protocol):
    """Aurora, RDS or the cache."""

    @property
    def entrance(self) -> Destination:
        """Where people with their own users reach it, over the VPN."""
        ...

    @property
    def watched(self) -> Sequence[Watched]:
        """Its graphs on the dashboard."""
        ...

    @property
    def administered(self) -> Administered | None:
        """The database as its administrator reaches it; None for a store without database users."""
        ...

    @property
    def exports(self) -> Mapping[str, pulumi.Output[str]]:
        """What a stack exports, by name without the name of the store, e.g. `host`."""
        ...

    def destination(self, user: str, /) -> Destination:
        """Return what the service of this name gets: security group, rights, and where the store is."""
        ...
