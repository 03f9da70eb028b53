"""What the readers of a record share: resources by the ids and ARNs that others name them by, and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from blueprint.reach import kinds
from blueprint.reach.model import Acl, Gap, Interface, Model, Place, Table
from blueprint.reach.traffic import ANYWHERE, Range, Ranges, cidr, union
from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN, Secret


def text(item: Resource, key: str) -> str:
    """Return an input that is a text; an empty one for anything else."""
    value = item.inputs.get(key)
    return value if isinstance(value, str) else ""


def plain(value: object) -> Any:
    """Return a value without the wrapping of a secret: where traffic goes is none."""
    return value.value if isinstance(value, Secret) else value


def many(item: Resource, key: str) -> list[Mapping[str, Any]]:
    """Return an input that is a list of blocks."""
    value = plain(item.inputs.get(key))
    return (
        [part for part in cast("list[Any]", value) if isinstance(part, dict)]
        if isinstance(value, list)
        else []
    )


def inner(inputs: Mapping[str, object], path: str) -> object:
    """Return what stands at a dotted path of nested inputs; the first block of a list stands for it."""
    found: object = inputs
    for step in path.split("."):
        found = plain(found)
        if isinstance(found, list):
            found = cast("list[object]", found)[0] if found else None
        if not isinstance(found, Mapping):
            return None
        found = cast("Mapping[str, object]", found).get(step)
    return plain(found)


class Reader:
    """A record being read into a model."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.model = Model()
        self.tables: dict[str, Table] = {}
        self.main_tables: dict[str, Table] = {}
        self.default_acls: dict[str, Acl] = {}
        self.default_groups: dict[str, str] = {}
        self.internet_gateways: set[str] = set()
        self.services: set[str] = set()
        """AWS services that a gateway endpoint leads to."""
        self.public: set[str] = set()
        """Ids of interfaces and instances with an Elastic IP."""
        self._by_id: dict[str, Resource] = {}
        for item in record.resources:
            if item.custom:
                for key in ("id", "arn"):
                    value = item.outputs.get(key)
                    if isinstance(value, str):
                        self._by_id.setdefault(value, item)

    def id(self, item: Resource) -> str:
        """Return the id that others name a resource by."""
        value = item.outputs.get("id")
        return value if isinstance(value, str) else item.urn

    def resource(self, identifier: object) -> Resource | None:
        """Return the resource with an id or ARN."""
        return self._by_id.get(identifier) if isinstance(identifier, str) else None

    def output(self, identifier: str, key: str) -> str:
        """Return a computed output of a resource."""
        item = self._by_id.get(identifier)
        value = item.outputs.get(key) if item else None
        return value if isinstance(value, str) else f"{identifier}.{key}"

    def gap(self, item: Resource, reason: str) -> None:
        """Note something that the model does not follow."""
        gap = Gap(f"{item.label} {item.name}", reason)
        if gap not in self.model.gaps:
            self.model.gaps.append(gap)

    def add(self, place: Place) -> Place:
        """Add a place; a second one of the same name is told apart by its kind."""
        if place.name in self.model.places:
            place.name = f"{place.kind}:{place.name}"
        number = 2
        while place.name in self.model.places:
            place.name = f"{place.name.rstrip('0123456789')}{number}"
            number += 1
        self.model.places[place.name] = place
        return place

    def all_tables(self) -> Iterator[Table]:
        """Yield every route table once."""
        yield from {
            id(table): table for table in (*self.tables.values(), *self.main_tables.values())
        }.values()

    def prefixes(self, item: Resource, identifier: str) -> Ranges:
        """Return the ranges of a prefix list of the record; of any other it is a gap, and taken as everywhere."""
        found = self.resource(identifier)
        if found is not None and found.type == "aws:ec2/managedPrefixList:ManagedPrefixList":
            return tuple(cidr(str(entry["cidr"])) for entry in many(found, "entries"))
        self.gap(
            item,
            f"names the prefix list {identifier or 'of AWS'}, whose ranges only AWS knows; taken as everywhere",
        )
        return ANYWHERE

    def subnet_ids(self, item: Resource, value: object) -> list[str]:
        """Return subnet ids from a list of them, one id, or the name of a subnet group."""
        if isinstance(value, list):
            return [str(part) for part in cast("list[object]", value) if part is not UNKNOWN]
        if not isinstance(value, str):
            return []
        if value in self.model.subnets:
            return [value]
        module = item.type.split("/")[0]
        for group in self.record.of_type(*kinds.SUBNET_GROUPS):
            names = {group.outputs.get("name"), group.outputs.get("id"), group.inputs.get("name")}
            if group.type.startswith(f"{module}/") and value in names:
                return [str(part) for part in cast("list[object]", group.inputs.get("subnetIds") or [])]
        return []

    def interfaces(
        self,
        item: Resource,
        subnets: object,
        groups: object,
        *,
        public: bool = False,
        no_groups: bool = False,
    ) -> list[Interface]:
        """Return one interface for each subnet; without a named group AWS gives it the VPC's default group.

        What has a region of its own lies in a network there, which is not this stack's and is not followed.
        """
        found: list[Interface] = []
        if item.inputs.get("region"):
            return found
        identifiers = self.subnet_ids(item, plain(subnets))
        named = tuple(str(part) for part in cast("list[object]", plain(groups) or []))
        for identifier in identifiers:
            subnet = self.model.subnets.get(identifier)
            if subnet is None:
                self.gap(item, f"is in the subnet {identifier}, outside this program")
                continue
            mine = None if no_groups else named or (self.default_groups[subnet.vpc],)
            found.append(Interface(f"{self.id(item)}@{identifier}", subnet, mine, public))
        if not identifiers:
            self.gap(item, "its subnets are not known")
        for group in named:
            if group not in self.model.groups:
                self.gap(item, f"has the security group {group}, outside this program")
        return found


def ranges_of(texts: object) -> Ranges:
    """Return a list of CIDR texts as ranges."""
    if not isinstance(texts, list | tuple):
        return ()
    return union(cidr(str(part)) for part in cast("list[object]", texts))


def single(part: Range) -> Ranges:
    """Return one range as ranges."""
    return (part,)
