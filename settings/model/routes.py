"""How the public load balancer routes requests to a process."""

from __future__ import annotations

from typing import Annotated

from settings import types as t
from settings.model.base import Section
from settings.values import whole_number


class RouteSettings(Section):
    """How the public load balancer routes requests to a process."""

    path: t.UrlPath
    """Path pattern, unique among all processes."""
    health: t.UrlPath = "/healthz"
    """Path of the health check."""
    idle_timeout_seconds: Annotated[int, whole_number(1, 4000, "seconds")] = 60
    """Seconds that a connection may be idle."""
    sticky: bool = False
    """Whether the requests of one client go to the same task."""

    @property
    def drain_seconds(self) -> int:
        """Return how long a stopping task may finish its requests, in seconds: as long as a connection may be idle."""
        return min(3600, max(60, self.idle_timeout_seconds))
