"""Network ACLs: the rules that limit traffic to and from the subnets of each tier, in addition to security groups.

ACLs are stateless, so the rules of each direction also admit replies. The design:

* Each ACL has its rules inline and its subnets in `subnet_ids`, so that one resource owns the whole list. AWS receives the
  rules before the first subnet joins, a rule that somebody adds by hand shows as drift, and no other resource can use the
  same rule number. Rule numbers depend on the letter of a zone and not on its position, so adding a zone changes no rule.
* SSH (22) is closed to every source. The only exception is the public tier for the VPC, if services use SFTP servers on the
  internet: their packets pass the ACL of the NAT on the port of the server. RDP (3389) is closed to every source outside the VPC. Inside it, load balancers and
  NAT gateways use all ports from 1024 as ephemeral ports
  (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html#nacl-ephemeral-ports). Replies from other sources
  are admitted in two ranges around 3389, because compliance scanners judge each rule separately. As a result, one in 64,512
  connections through NAT uses port 3389 and never receives a reply.
* ACLs do not filter the DNS, time, metadata and DHCP services of Amazon
  (https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html), so there are no rules for these.

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
from facts.network import PRIVATE_RANGES

# Numbers, because AWS returns numbers: a protocol name would show as a change in every preview.
_ALL: Final = "-1"
_ICMP: Final = "1"
_TCP: Final = "6"
_UDP: Final = "17"


@dataclass(frozen=True, slots=True)
class AclRule:
    """One rule of an ACL. AWS evaluates rules in the order of their numbers and applies the first that matches."""

    number: int
    cidr: str
    """Source of an ingress rule, destination of an egress rule."""
    protocol: str = _ALL
    """Protocol number, or `-1` for all protocols."""
    ports: tuple[int, int] = (0, 0)
    """First and last port; ignored for all protocols and for ICMP."""
    action: str = "allow"
    """`allow` or `deny`."""
    icmp: tuple[int, int] | None = None
    """ICMP type and code."""


@dataclass(frozen=True, slots=True)
class AclRules:
    """The rules of one ACL."""

    ingress: tuple[AclRule, ...]
    egress: tuple[AclRule, ...]


_DENY_SSH: Final = AclRule(10, ANYWHERE, _TCP, (SSH, SSH), "deny")
_DENY_RDP: Final = AclRule(150, ANYWHERE, _TCP, (RDP, RDP), "deny")
_REPLIES: Final = (
    AclRule(300, ANYWHERE, _TCP, (1024, RDP - 1)),
    AclRule(301, ANYWHERE, _TCP, (RDP + 1, 65535)),
    AclRule(310, ANYWHERE, _UDP, (1024, RDP - 1)),
    AclRule(311, ANYWHERE, _UDP, (RDP + 1, 65535)),
    # "Fragmentation needed": without it, large packets are lost on a path with a smaller MTU.
    AclRule(320, ANYWHERE, _ICMP, icmp=(3, 4)),
)


def tier_acl_rules(
    plan: AddressPlan,
    public_ports: Sequence[int],
    database_ports: Sequence[int],
    database_clients: Sequence[IPv4Network],
    *,
    ssh_through_nat: bool = False,
) -> Mapping[str, AclRules]:
    """Return the ACL rules of the tiers `public`, `private` and `data`.

    Args:
        plan: Ranges of the VPC and its subnets.
        public_ports: TCP ports below 1024 on which the public tier accepts connections from every source.
        database_ports: TCP ports on which the data tier accepts connections.
        database_clients: Ranges besides the private tier that may connect to these ports.
        ssh_through_nat: Whether the private tier may connect to port 22 on the internet.
    """
    nat = [AclRule(5, str(plan.vpc), _TCP, (SSH, SSH))] if ssh_through_nat else []
    # Partners, VPN clients and the exchange VPC connect from private ranges, through the transit gateway.
    from_partners = [AclRule(200 + index, str(cidr)) for index, cidr in enumerate(PRIVATE_RANGES)]
    from_anywhere = [
        AclRule(200 + index, ANYWHERE, _TCP, (port, port)) for index, port in enumerate(public_ports)
    ]
    return {
        "public": _with_internet(plan.vpc, [*nat, *from_anywhere]),
        "private": _with_internet(plan.vpc, from_partners),
        "data": _data_tier(plan, database_ports, database_clients),
    }


def _with_internet(vpc: IPv4Network, sources: Sequence[AclRule]) -> AclRules:
    """Admit the VPC, the given sources, and replies to outbound connections; allow all outbound traffic."""
    return AclRules(
        (_DENY_SSH, AclRule(100, str(vpc)), _DENY_RDP, *sources, *_REPLIES), (AclRule(100, ANYWHERE),)
    )


def _data_tier(plan: AddressPlan, ports: Sequence[int], clients: Sequence[IPv4Network]) -> AclRules:
    """Admit the private tier and the given clients to the database ports, and replication between the data subnets.

    All other traffic is denied, including the Internet and the public tier. Each zone has its own block of rule numbers.
    """
    ingress: list[AclRule] = []
    egress: list[AclRule] = []
    for subnet in plan.subnets:
        block = 100 + 10 * zone_slot(subnet.zone)
        if subnet.tier == "private":
            ingress += _from_client(block, subnet.cidr, ports)
            egress.append(_to_client(block, subnet.cidr))
        elif subnet.tier == "data":
            ingress.append(AclRule(block + 9, str(subnet.cidr), _TCP, (0, 65535)))
            egress.append(AclRule(block + 9, str(subnet.cidr), _TCP, (0, 65535)))
    for index, cidr in enumerate(clients):
        ingress += _from_client(200 + 10 * index, cidr, ports)
        egress.append(_to_client(200 + 10 * index, cidr))
    return AclRules(tuple(ingress), tuple(egress))


def _from_client(block: int, cidr: IPv4Network, ports: Sequence[int]) -> list[AclRule]:
    return [AclRule(block + index, str(cidr), _TCP, (port, port)) for index, port in enumerate(ports)]


def _to_client(number: int, cidr: IPv4Network) -> AclRule:
    return AclRule(number, str(cidr), _TCP, (1024, 65535))


def network_acl(
    name: str,
    table: AclRules,
    *,
    tier: str,
    vpc_id: pulumi.Input[str],
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    parent: pulumi.Resource,
) -> aws.ec2.NetworkAcl:
    """Create the network ACL of a tier.

    Args:
        name: Logical name, and the tag `Name`.
        table: Rules of the ACL.
        tier: Name of the tier, as the tag `Tier`.
        vpc_id: Id of the VPC.
        subnet_ids: Ids of the subnets of the tier.
        parent: The component that the ACL belongs to.
    """
    return aws.ec2.NetworkAcl(
        name,
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        ingress=[_rule_args(rule) for rule in table.ingress],
        egress=[_rule_args(rule) for rule in table.egress],
        tags={"Name": name, "Tier": tier},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _rule_args(rule: AclRule) -> aws.ec2.NetworkAclIngressArgsDict:
    args: aws.ec2.NetworkAclIngressArgsDict = {
        "rule_no": rule.number,
        "action": rule.action,
        "protocol": rule.protocol,
        "cidr_block": rule.cidr,
        "from_port": rule.ports[0],
        "to_port": rule.ports[1],
    }
    if rule.icmp is not None:
        args["icmp_type"], args["icmp_code"] = rule.icmp
    return args
