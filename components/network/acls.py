"""Network ACLs: what may cross the edge of each tier's subnets, whatever its security groups say.

An ACL keeps no connections, so each direction states its replies too. Three rules of thumb decide the tables:

* The ACLs hold their rules inline and their subnets in `subnet_ids`. One resource then owns the whole list:
  AWS gets the rules before the first subnet joins, a rule added by hand shows as drift, and no second
  resource can claim the same rule number. Rule numbers depend on a zone's letter and never on its position,
  so adding a zone rewrites no rule.
* SSH (22) is closed from everywhere, RDP (3389) from everywhere but the VPC itself, whose load balancers and
  NAT gateways use every port from 1024 up for their own end of a connection
  (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html#nacl-ephemeral-ports). Replies from
  elsewhere come in two ranges around 3389, because scanners read each entry alone. The price: of the
  connections that leave through NAT, one in 64,512 draws port 3389 and never gets its reply.
* Amazon's DNS, time, metadata and DHCP never pass an ACL
  (https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html), so no rule names them.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.312(a)(1) (access control).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared.addressing import AddressPlan, zone_slot
from components.shared.ports import ANYWHERE, RDP, SSH

PRIVATE_RANGES: Final = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""RFC 1918: partners, VPN clients and the exchange VPC arrive from these through the Transit Gateway."""

# The API speaks protocol numbers; a name would come back as a number and show as a change.
_ALL: Final = "-1"
_ICMP: Final = "1"
_TCP: Final = "6"
_UDP: Final = "17"


@dataclass(frozen=True, slots=True)
class AclRule:
    """One entry of an ACL; AWS reads entries by number and the first that matches decides."""

    number: int
    cidr: str
    protocol: str = _ALL
    ports: tuple[int, int] = (0, 0)
    action: str = "allow"
    icmp: tuple[int, int] | None = None
    """ICMP type and code."""


@dataclass(frozen=True, slots=True)
class AclTable:
    """The entries of one ACL."""

    ingress: tuple[AclRule, ...]
    egress: tuple[AclRule, ...]


_DENY_SSH: Final = AclRule(10, ANYWHERE, _TCP, (SSH, SSH), "deny")
_DENY_RDP: Final = AclRule(150, ANYWHERE, _TCP, (RDP, RDP), "deny")
_REPLIES: Final = (
    AclRule(300, ANYWHERE, _TCP, (1024, RDP - 1)),
    AclRule(301, ANYWHERE, _TCP, (RDP + 1, 65535)),
    AclRule(310, ANYWHERE, _UDP, (1024, RDP - 1)),
    AclRule(311, ANYWHERE, _UDP, (RDP + 1, 65535)),
    # "Fragmentation needed": without it, a path with a smaller packet size swallows large packets.
    AclRule(320, ANYWHERE, _ICMP, icmp=(3, 4)),
)


def tables(
    plan: AddressPlan,
    public_ports: Sequence[int],
    database_ports: Sequence[int],
    database_clients: Sequence[IPv4Network],
) -> Mapping[str, AclTable]:
    """Return the ACL of every tier."""
    partners = [AclRule(200 + place, str(cidr)) for place, cidr in enumerate(PRIVATE_RANGES)]
    clients = [AclRule(200 + place, ANYWHERE, _TCP, (port, port)) for place, port in enumerate(public_ports)]
    return {
        "public": _open(plan.vpc, clients),
        "private": _open(plan.vpc, partners),
        "data": _data(plan, database_ports, database_clients),
    }


def _open(vpc: IPv4Network, sources: Sequence[AclRule]) -> AclTable:
    """Let in the VPC itself, some sources and the replies to what went out; let everything out."""
    return AclTable(
        (_DENY_SSH, AclRule(100, str(vpc)), _DENY_RDP, *sources, *_REPLIES), (AclRule(100, ANYWHERE),)
    )


def _data(plan: AddressPlan, ports: Sequence[int], clients: Sequence[IPv4Network]) -> AclTable:
    """Allow the private tier (and named clients) the database ports, and the tier itself its replication.

    Nothing from or to the Internet, the public tier or another network. Every zone owns a block of numbers.
    """
    ingress: list[AclRule] = []
    egress: list[AclRule] = []
    for subnet in plan.subnets:
        block = 100 + 10 * zone_slot(subnet.zone)
        if subnet.tier == "private":
            ingress += _ports(block, subnet.cidr, ports)
            egress.append(_to_client(block, subnet.cidr))
        elif subnet.tier == "data":
            ingress.append(AclRule(block + 9, str(subnet.cidr), _TCP, (0, 65535)))
            egress.append(AclRule(block + 9, str(subnet.cidr), _TCP, (0, 65535)))
    for place, cidr in enumerate(clients):
        ingress += _ports(200 + 10 * place, cidr, ports)
        egress.append(_to_client(200 + 10 * place, cidr))
    return AclTable(tuple(ingress), tuple(egress))


def _ports(block: int, cidr: IPv4Network, ports: Sequence[int]) -> list[AclRule]:
    return [AclRule(block + place, str(cidr), _TCP, (port, port)) for place, port in enumerate(ports)]


def _to_client(number: int, cidr: IPv4Network) -> AclRule:
    return AclRule(number, str(cidr), _TCP, (1024, 65535))


def network_acl(
    name: str,
    table: AclTable,
    *,
    tier: str,
    vpc_id: pulumi.Input[str],
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    parent: pulumi.Resource,
) -> aws.ec2.NetworkAcl:
    """Create one tier's ACL and put the tier's subnets under it."""
    return aws.ec2.NetworkAcl(
        name,
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        ingress=[_entry(rule) for rule in table.ingress],
        egress=[_entry(rule) for rule in table.egress],
        tags={"Name": name, "Tier": tier},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _entry(rule: AclRule) -> aws.ec2.NetworkAclIngressArgsDict:
    entry: aws.ec2.NetworkAclIngressArgsDict = {
        "rule_no": rule.number,
        "action": rule.action,
        "protocol": rule.protocol,
        "cidr_block": rule.cidr,
        "from_port": rule.ports[0],
        "to_port": rule.ports[1],
    }
    if rule.icmp is not None:
        entry["icmp_type"], entry["icmp_code"] = rule.icmp
    return entry
