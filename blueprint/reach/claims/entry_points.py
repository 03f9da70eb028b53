"""Only the entry points of the intent accept connections from the internet, and only the traffic that it allows."""

from __future__ import annotations

from collections.abc import Iterator

from blueprint.intent import Intent
from blueprint.reach.claims.paths import forbidden_traffic, open_groups, path_sentences
from blueprint.reach.network import RecordedNetwork


def text(intent: Intent) -> str:
    """Return the text of the claim."""
    titles = [entry_point.title for entry_point in intent.entry_points.values()]
    if not titles:
        return "Nothing accepts connections from the internet."
    return (
        f"Only {' and '.join(titles)} accept{'s' if len(titles) == 1 else ''} connections from the internet."
    )


def faults(network: RecordedNetwork, intent: Intent) -> Iterator[str]:
    """Yield every connection from the internet that the intent does not allow."""
    internet = network.internet
    for place in network.model.inside():
        entry_point = network.entry_point(place, intent)
        if entry_point:
            for source, forbidden in forbidden_traffic(internet, entry_point.allowed):
                yield from path_sentences(network.ask.direct(source, place), forbidden)
        else:
            yield from path_sentences(network.ask.direct(internet, place))
            if place.interfaces[0].groups is not None:
                yield from open_groups(network, place, internet.ranges)
