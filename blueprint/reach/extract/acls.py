"""Network ACLs, and which subnets they apply to."""

from __future__ import annotations

from collections.abc import Mapping

from blueprint.reach.extract.reader import RecordReader, blocks_of, text_of
from blueprint.reach.model import Acl, AclEntry, Vpc
from blueprint.reach.traffic import ANYWHERE, cidr, traffic
from blueprint.record import Resource
from blueprint.values import integer, text, texts


def read(reader: RecordReader) -> None:
    """Read network ACLs, their entries, and their associations with subnets."""
    model, acls = reader.model, dict[str, Acl]()
    for vpc in model.vpcs.values():
        acls[reader.output(vpc.id, "defaultNetworkAclId")] = default_acl(reader, vpc)
    for item in reader.record.of_type("aws:ec2/networkAcl:NetworkAcl"):
        acl = acls[reader.id(item)] = _acl(reader, item)
        for identifier in texts(item.inputs.get("subnetIds")):
            if subnet := model.subnets.get(identifier):
                subnet.acl = acl
    for item in reader.record.of_type("aws:ec2/networkAclAssociation:NetworkAclAssociation"):
        subnet, acl = model.subnets.get(text_of(item, "subnetId")), acls.get(text_of(item, "networkAclId"))
        if subnet is None or acl is None:
            reader.gap(item, "its subnet or ACL is outside this program")
        else:
            subnet.acl = acl
    for item in reader.record.of_type("aws:ec2/networkAclRule:NetworkAclRule"):
        acl = acls.get(text_of(item, "networkAclId"))
        if acl is None:
            reader.gap(item, "its ACL is outside this program")
            continue
        shape = {
            **item.inputs,
            "ruleNo": item.inputs.get("ruleNumber"),
            "action": item.inputs.get("ruleAction"),
        }
        if entry := _entry(reader, item, shape):
            (acl.egress if item.inputs.get("egress") is True else acl.ingress).append(entry)
    for acl in acls.values():
        acl.ingress.sort(key=lambda entry: entry.number)
        acl.egress.sort(key=lambda entry: entry.number)


def default_acl(reader: RecordReader, vpc: Vpc) -> Acl:
    """Return the default ACL of a VPC: as AWS creates it, or as the program has adopted it."""
    acl = reader.default_acls.get(vpc.id)
    if acl is None:
        everything = AclEntry(100, True, ANYWHERE[0], traffic("-1"))
        acl = Acl(f"default ACL of {vpc.name}", [everything], [everything])
        for item in reader.record.of_type("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"):
            if text_of(item, "defaultNetworkAclId") == reader.output(vpc.id, "defaultNetworkAclId"):
                acl = _acl(reader, item)
        reader.default_acls[vpc.id] = acl
    return acl


def _acl(reader: RecordReader, item: Resource) -> Acl:
    return Acl(item.name, _entries(reader, item, "ingress"), _entries(reader, item, "egress"))


def _entries(reader: RecordReader, item: Resource, direction: str) -> list[AclEntry]:
    entries = (_entry(reader, item, rule) for rule in blocks_of(item, direction))
    return sorted((entry for entry in entries if entry), key=lambda entry: entry.number)


def _entry(reader: RecordReader, item: Resource, rule: Mapping[str, object]) -> AclEntry | None:
    block, number = text(rule.get("cidrBlock")), integer(rule.get("ruleNo"))
    if not block or number is None:
        if not rule.get("ipv6CidrBlock"):
            reader.gap(item, "the range or the number of an entry is not known")
        return None
    protocol = str(rule.get("protocol", "-1"))
    if protocol in ("icmp", "1"):
        kind = integer(rule.get("icmpType"))
        matched = traffic("icmp") if kind in (None, -1) else traffic("icmp", kind, kind)
    else:
        matched = traffic(protocol, integer(rule.get("fromPort")) or 0, integer(rule.get("toPort")))
    return AclEntry(number, str(rule.get("action")).lower() == "allow", cidr(block), matched)
