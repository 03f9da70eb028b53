"""From what a service says it uses to what it gets. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from components.shared.destination import Destination

Offer = Callable[[str], Destination]
"""Returns what a service of a name gets."""


def destinations(service: str, uses: Iterable[str], offers: Mapping[str, Offer]) -> dict[str, Destination]:
    """Return a service's destinations by name; what the stack does not offer is left out.

    Args:
        service: Name of the service, and of its database user.
        uses: What it says it uses.
        offers: What the stack offers, by the name that `uses` has for it.
    """
    return {use: offers[use](service) for use in uses if use in offers}


def users_of(use: str, services: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the services that use something, in the order of names.

    Args:
        use: What they use.
        services: What each service says it uses, by its name.
    """
    return sorted(name for name, uses in services.items() if use in uses)
