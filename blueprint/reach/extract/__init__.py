"""Read the network out of a record. Whatever may carry traffic and is not followed becomes a gap."""

from __future__ import annotations

from collections.abc import Iterator

from blueprint.intent import Intent
from blueprint.reach.extract import (
    acls,
    endpoints,
    gaps,
    groups,
    hosts,
    load_balancers,
    outside,
    routes,
    transit,
    vpcs,
)
from blueprint.reach.extract.reader import RecordReader
from blueprint.reach.model import Model
from blueprint.reach.traffic import Range
from blueprint.record import Record


def extract(record: Record, intent: Intent) -> Model:
    """Return the network of a record.

    Args:
        record: The record of a program.
        intent: Partners and the VPN server, as far as the record alone does not identify them.
    """
    reader = RecordReader(record, intent)
    vpcs.read(reader)
    groups.read(reader)
    acls.read(reader)
    routes.read(reader)
    hosts.read(reader)
    endpoints.read(reader)
    transit.read(reader)
    load_balancers.read(reader)
    outside.read(reader)
    vpcs.add_tiers(reader.model)
    gaps.read(reader)
    reader.model.boundaries = _cuts(reader.model)
    return reader.model


def _cuts(model: Model) -> tuple[int, ...]:
    return tuple(sorted({cut for first, last in _all_ranges(model) for cut in (first, last + 1)}))


def _all_ranges(model: Model) -> Iterator[Range]:
    for vpc in model.vpcs.values():
        yield from vpc.ranges
        for subnet in vpc.subnets:
            yield subnet.range
            for entry in (*subnet.acl.ingress, *subnet.acl.egress):
                yield entry.peer
            for route in subnet.table.routes:
                yield route.to
    for group in model.groups.values():
        for rule in (*group.ingress, *group.egress):
            if not isinstance(rule.peer, str):
                yield rule.peer
    for table in model.transit_tables.values():
        for route in table.routes:
            yield route.to
    for place in model.places.values():
        yield from place.addresses
        for allowed, _ in place.allowed or ():
            yield allowed
