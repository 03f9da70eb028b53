"""Security groups and their rules, in every form that the AWS provider has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from blueprint.reach.extract.reader import RecordReader, blocks_of, text_of
from blueprint.reach.model import Group, Rule
from blueprint.reach.traffic import ANYWHERE, cidr, traffic
from blueprint.record import Resource
from blueprint.values import integer, items, text

_UNKNOWN_PEER: Final = "its peer is not known; it counts as every address"


def read(reader: RecordReader) -> None:
    """Read security groups, default groups, and rules that are resources of their own type."""
    for item in reader.record.of_type("aws:ec2/securityGroup:SecurityGroup"):
        group = Group(reader.id(item), item.name, text_of(item, "vpcId"))
        reader.model.groups[group.id] = group
        _inline_rules(reader, item, group)
    _default_groups(reader)
    for direction, type_ in (
        ("ingress", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
        ("egress", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
    ):
        for item in reader.record.of_type(type_):
            _rule(reader, item, direction)
    for item in reader.record.of_type("aws:ec2/securityGroupRule:SecurityGroupRule"):
        group = reader.model.groups.get(text_of(item, "securityGroupId"))
        if group is None:
            reader.gap(item, "belongs to a security group outside this program")
            continue
        source = text_of(item, "sourceSecurityGroupId")
        shape = {**item.inputs, "securityGroups": [source] if source else []}
        _inline(reader, item, group, text_of(item, "type"), shape)


def _default_groups(reader: RecordReader) -> None:
    for vpc in reader.model.vpcs.values():
        identifier = reader.output(vpc.id, "defaultSecurityGroupId")
        group = Group(identifier, f"default group of {vpc.name}", vpc.id)
        adopted = [
            item
            for item in reader.record.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
            if text_of(item, "vpcId") == vpc.id
        ]
        # A default group keeps the rules that AWS creates until the program adopts it.
        if not adopted:
            everything = traffic("-1")
            group.ingress.append(Rule(group.name, everything, group.id))
            group.egress.append(Rule(group.name, everything, ANYWHERE[0]))
        for item in adopted:
            group.name = item.name
            _inline_rules(reader, item, group)
        reader.model.groups[identifier] = group
        reader.default_groups[vpc.id] = identifier


def _rule(reader: RecordReader, item: Resource, direction: str) -> None:
    group = reader.model.groups.get(text_of(item, "securityGroupId"))
    if group is None:
        reader.gap(item, "belongs to a security group outside this program")
        return
    allowed = _traffic(item.inputs, "ipProtocol")
    rules = group.ingress if direction == "ingress" else group.egress
    if block := text_of(item, "cidrIpv4"):
        rules.append(Rule(item.name, allowed, cidr(block)))
    elif other := text_of(item, "referencedSecurityGroupId"):
        rules.append(Rule(item.name, allowed, other.split("/")[-1]))
    elif prefixes := text_of(item, "prefixListId"):
        rules.extend(Rule(item.name, allowed, part) for part in reader.prefixes(item, prefixes))
    elif not text_of(item, "cidrIpv6"):
        reader.gap(item, _UNKNOWN_PEER)
        rules.append(Rule(item.name, allowed, ANYWHERE[0]))


def _inline_rules(reader: RecordReader, item: Resource, group: Group) -> None:
    for direction in ("ingress", "egress"):
        for rule in blocks_of(item, direction):
            _inline(reader, item, group, direction, rule)


def _inline(
    reader: RecordReader, item: Resource, group: Group, direction: str, rule: Mapping[str, object]
) -> None:
    allowed = _traffic(rule, "protocol")
    rules = group.ingress if direction == "ingress" else group.egress
    for block in items(rule.get("cidrBlocks")):
        if not isinstance(block, str):
            reader.gap(item, _UNKNOWN_PEER)
        rules.append(Rule(item.name, allowed, cidr(block) if isinstance(block, str) else ANYWHERE[0]))
    rules.extend(Rule(item.name, allowed, str(other)) for other in items(rule.get("securityGroups")))
    if rule.get("self"):
        rules.append(Rule(item.name, allowed, group.id))
    for prefixes in items(rule.get("prefixListIds")):
        rules.extend(Rule(item.name, allowed, part) for part in reader.prefixes(item, text(prefixes)))


def _traffic(rule: Mapping[str, object], key: str) -> int:
    protocol = str(rule.get(key, "-1"))
    first, last = integer(rule.get("fromPort")), integer(rule.get("toPort"))
    if protocol in ("icmp", "1"):
        # For ICMP, `fromPort` is the type, and -1 means every type.
        return traffic("icmp") if first in (None, -1) else traffic("icmp", first, first)
    return traffic(protocol, first or 0, None if last == -1 else last)
