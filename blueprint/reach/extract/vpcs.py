"""VPCs and subnets, with the ACL and route table that AWS gives them by default."""

from __future__ import annotations

from typing import Final

from blueprint.reach.extract.acls import default_acl
from blueprint.reach.extract.reader import RecordReader, text_of
from blueprint.reach.extract.routes import main_table
from blueprint.reach.model import Model, Place, Subnet, Vpc, any_host
from blueprint.reach.traffic import cidr
from blueprint.values import mapping

_UNTAGGED: Final = "untagged"


def read(reader: RecordReader) -> None:
    """Read VPCs, their internet gateways and their subnets."""
    _vpcs(reader)
    for item in reader.record.of_type("aws:ec2/internetGateway:InternetGateway"):
        reader.internet_gateways.add(reader.id(item))
        if vpc := reader.model.vpcs.get(text_of(item, "vpcId")):
            vpc.gateway = item.name
    _subnets(reader)


def _vpcs(reader: RecordReader) -> None:
    model = reader.model
    for item in reader.record.of_type("aws:ec2/vpc:Vpc"):
        block = text_of(item, "cidrBlock")
        if not block:
            reader.gap(item, "its range is not known")
            continue
        vpc = Vpc(id=reader.id(item), name=item.name, ranges=(cidr(block),), cidr=block)
        model.vpcs[vpc.id] = vpc
        if item.inputs.get("assignGeneratedIpv6CidrBlock") or item.inputs.get("ipv6CidrBlock"):
            reader.gap(item, "has IPv6 addresses, which the model does not follow")
    for item in reader.record.of_type("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"):
        if (vpc := model.vpcs.get(text_of(item, "vpcId"))) and text_of(item, "cidrBlock"):
            vpc.ranges = tuple(sorted((*vpc.ranges, cidr(text_of(item, "cidrBlock")))))


def _subnets(reader: RecordReader) -> None:
    model = reader.model
    for item in reader.record.of_type("aws:ec2/subnet:Subnet"):
        tags = mapping(item.inputs.get("tags"))
        vpc = model.vpcs.get(text_of(item, "vpcId"))
        if vpc is None or not text_of(item, "cidrBlock"):
            reader.gap(item, "is in no VPC of this program, or its range is not known")
            continue
        subnet = Subnet(
            id=reader.id(item),
            name=item.name,
            vpc=vpc.id,
            range=cidr(text_of(item, "cidrBlock")),
            zone=text_of(item, "availabilityZone") or text_of(item, "availabilityZoneId"),
            tier=str(tags.get("Tier", tags.get("SubnetType", ""))).lower() or _UNTAGGED,
            # AWS's default ACL allows all traffic until the program adopts or replaces it.
            acl=default_acl(reader, vpc),
            table=main_table(reader, vpc),
            assigns_public_ip=item.inputs.get("mapPublicIpOnLaunch") is True,
        )
        model.subnets[subnet.id] = subnet
        vpc.subnets.append(subnet)
    for vpc in model.vpcs.values():
        vpc.subnets.sort(key=lambda subnet: subnet.range)


def add_tiers(model: Model) -> None:
    """Add a place for each tier of each VPC: any host in its subnets, without a security group."""
    for vpc in model.vpcs.values():
        tiers: dict[str, list[Subnet]] = {}
        for subnet in vpc.subnets:
            tiers.setdefault(subnet.tier, []).append(subnet)
        for tier, subnets in tiers.items():
            interfaces = tuple(any_host(subnet) for subnet in subnets)
            name = f"{vpc.name}:{tier}"
            model.places[name] = Place(name, "tier", interfaces=interfaces)
