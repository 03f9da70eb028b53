"""Resources that may carry traffic and that no reader has read."""

from __future__ import annotations

from blueprint.reach import kinds
from blueprint.reach.extract.reader import RecordReader
from blueprint.record import Record, Resource


def read(reader: RecordReader) -> None:
    """Report every resource that takes part in the network and is neither followed nor known to carry no traffic."""
    record = reader.record
    for item in record.resources:
        if (
            not item.custom
            or item.type in kinds.FOLLOWED_TYPES
            or item.type.startswith(kinds.NO_TRAFFIC_PREFIXES)
        ):
            continue
        if item.type.startswith(kinds.TRAFFIC_PREFIXES):
            reader.gap(item, "carries traffic, and the model does not follow this type")
        elif _parts(record, item):
            reader.gap(item, "takes part in the network, and the model does not know this type")


def _parts(record: Record, item: Resource) -> bool:
    """Return whether a resource takes an input from a part of the network."""
    for urns in item.property_dependencies.values():
        for urn in urns:
            part = record.by_urn.get(urn)
            if part is None or part.type not in kinds.NETWORK_PARTS:
                continue
            # An output of a component that a provider builds depends on everything inside the component. In that
            # case the resource must contain the part's id.
            if not any(_is_inside(record, other, part) for other in urns) or _names(item, part):
                return True
    return False


def _is_inside(record: Record, urn: str, part: Resource) -> bool:
    """Return whether a part is inside the component with this URN, and a provider builds the component."""
    above = record.by_urn.get(part.parent or "")
    while above is not None:
        if above.urn == urn and above.remote:
            return True
        above = record.by_urn.get(above.parent or "")
    return False


def _names(item: Resource, part: Resource) -> bool:
    """Return whether the inputs of a resource contain a part's id."""
    identifier = part.outputs.get("id")
    return isinstance(identifier, str) and identifier in repr(item.inputs)
