"""Match the stores that applications use with the stores that a stack has. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from components.shared.destination import Destination

DestinationFactory = Callable[[str], Destination]
"""Takes the name of an application and returns its access to one store."""


def destinations(
    application: str, uses: Iterable[str], factories: Mapping[str, DestinationFactory]
) -> dict[str, Destination]:
    """Return the destinations of an application by store name, without the stores that the stack does not have.

    Args:
        application: Name of the application.
        uses: Names of the stores that the application uses.
        factories: The stores of the stack, by the names that `uses` contains.

    Raises:
        ValueError: Two databases set `DATABASE_URL`.
    """
    result = {use: factories[use](application) for use in uses if use in factories}
    secrets = [variable for destination in result.values() for variable in destination.secrets]
    if twice := sorted({variable for variable in secrets if secrets.count(variable) > 1}):
        raise ValueError(
            f"{application} must sign in with a password to one database only, but two set {', '.join(twice)}"
        )
    return result


def users_of(use: str, applications: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names of the applications that use a store, sorted.

    Args:
        use: Name of the store.
        applications: Names of the stores that each application uses, by its name.
    """
    return sorted(name for name, uses in applications.items() if use in uses)
