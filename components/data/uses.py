"""Match the stores that services use with the stores that a stack has. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from components.shared.destination import Destination

DestinationFactory = Callable[[str], Destination]
"""Takes the name of a service and returns its access to one store."""


def destinations(
    service: str, uses: Iterable[str], factories: Mapping[str, DestinationFactory]
) -> dict[str, Destination]:
    """Return the destinations of a service by store name, without the stores that the stack does not have.

    Args:
        service: Name of the service and of its database user.
        uses: Names of the stores that the service uses.
        factories: The stores of the stack, by the names that `uses` contains.
    """
    return {use: factories[use](service) for use in uses if use in factories}


def users_of(use: str, services: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names of the services that use a store, sorted.

    Args:
        use: Name of the store.
        services: Names of the stores that each service uses, by the name of the service.
    """
    return sorted(name for name, uses in services.items() if use in uses)
