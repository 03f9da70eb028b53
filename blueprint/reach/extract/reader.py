"""What all readers of a record share: resources by id and ARN, interfaces in subnets, and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from blueprint.intent import Intent
from blueprint.reach import kinds
from blueprint.reach.model import Acl, Gap, Interface, Model, Place, Table
from blueprint.reach.traffic import ANYWHERE, Ranges, cidr, union
from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN, blocks, items, mapping, plain, text


class RecordReader:
    """A record that is being read into a model."""

    def __init__(self, record: Record, intent: Intent) -> None:
        self.record = record
        self.intent = intent
        self.model = Model()
        self.tables: dict[str, Table] = {}
        """Route tables by id."""
        self.main_tables: dict[str, Table] = {}
        """Main route table by VPC."""
        self.default_acls: dict[str, Acl] = {}
        """Default network ACL by VPC."""
        self.default_groups: dict[str, str] = {}
        """Id of the default security group by VPC."""
        self.internet_gateways: set[str] = set()
        """Ids of internet gateways."""
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
        """Return the id by which other resources refer to a resource."""
        value = item.outputs.get("id")
        return value if isinstance(value, str) else item.urn

    def resource(self, identifier: object) -> Resource | None:
        """Return the resource with an id or ARN."""
        return self._by_id.get(identifier) if isinstance(identifier, str) else None

    def output(self, identifier: str, key: str) -> str:
        """Return a computed output of the resource with an id."""
        item = self._by_id.get(identifier)
        value = item.outputs.get(key) if item else None
        return value if isinstance(value, str) else f"{identifier}.{key}"

    def places_of(self, item: Resource | None) -> list[str]:
        """Return the names of the places that a resource was read into."""
        return [place.name for place in self.model.places.values() if item and place.urn == item.urn]

    def gap(self, item: Resource, reason: str) -> None:
        """Note something that the model does not follow."""
        gap = Gap(f"{item.label} {item.name}", reason)
        if gap not in self.model.gaps:
            self.model.gaps.append(gap)

    def add(self, place: Place) -> Place:
        """Add a place; if the name is taken, its kind is put before it, and then a number after it."""
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
        """Return the ranges of a prefix list of the record.

        A prefix list that the record does not create is a gap and counts as every address.
        """
        prefix_list = self.resource(identifier)
        if prefix_list is not None and prefix_list.type == "aws:ec2/managedPrefixList:ManagedPrefixList":
            return tuple(cidr(str(entry["cidr"])) for entry in blocks(prefix_list.inputs.get("entries")))
        self.gap(
            item,
            f"names the prefix list {identifier or 'of AWS'}, whose ranges only AWS knows; it counts as every address",
        )
        return ANYWHERE

    def subnet_ids(self, item: Resource, value: object) -> list[str]:
        """Return subnet ids from a list of ids, one id, or the name of a subnet group."""
        if not isinstance(value, str):
            return [str(part) for part in items(value) if part is not UNKNOWN]
        if value in self.model.subnets:
            return [value]
        module = item.type.split("/")[0]
        for group in self.record.of_type(*kinds.SUBNET_GROUPS):
            names = {group.outputs.get("name"), group.outputs.get("id"), group.inputs.get("name")}
            if group.type.startswith(f"{module}/") and value in names:
                return [str(part) for part in items(group.inputs.get("subnetIds"))]
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
        """Return one interface for each subnet.

        A resource with its own `region` is in a network of that region, which is not followed.

        Args:
            item: The resource that has the interfaces.
            subnets: Ids of subnets, or the name of a subnet group.
            groups: Ids of security groups; without any, AWS uses the VPC's default group.
            public: Whether the interfaces have public addresses.
            no_groups: Whether security groups do not apply.
        """
        interfaces: list[Interface] = []
        if item.inputs.get("region"):
            return interfaces
        identifiers = self.subnet_ids(item, plain(subnets))
        named = tuple(str(part) for part in items(groups))
        for identifier in identifiers:
            subnet = self.model.subnets.get(identifier)
            if subnet is None:
                self.gap(item, f"is in the subnet {identifier}, outside this program")
                continue
            own = None if no_groups else named or (self.default_groups[subnet.vpc],)
            interfaces.append(Interface(f"{self.id(item)}@{identifier}", subnet, own, public))
        if not identifiers:
            self.gap(item, "its subnets are not known")
        for group in named:
            if group not in self.model.groups:
                self.gap(item, f"has the security group {group}, outside this program")
        return interfaces


def value_at(inputs: Mapping[str, object], path: str) -> object:
    """Return the value at a dotted path of nested inputs; of a list, the first item is used."""
    value: object = inputs
    for step in path.split("."):
        if listed := items(value):
            value = listed[0]
        value = mapping(value).get(step)
    return plain(value)


def text_of(item: Resource, key: str) -> str:
    """Return an input that is a text, or an empty text."""
    return text(item.inputs.get(key))


def blocks_of(item: Resource, key: str) -> list[Mapping[str, object]]:
    """Return an input that is a list of mappings, or an empty list."""
    return blocks(item.inputs.get(key))


def ranges_of(networks: object) -> Ranges:
    """Return a list of CIDR texts as ranges."""
    return union(cidr(str(part)) for part in items(networks))
