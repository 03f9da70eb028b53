"""The arguments of `Network`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network

import pulumi

from components.network import acls
from components.network.nat_instance import NatHost
from components.shared import addressing
from components.shared.iam import Account
from components.shared.logs import LogKeeping
from components.shared.ports import RDP, SSH
from facts.quotas import ACL_RULES


class Nat(StrEnum):
    """How the private tier reaches out.

    A change drops open connections; the new way is there before the old one goes.
    """

    GATEWAY_PER_ZONE = "gateway-per-zone"
    SINGLE_GATEWAY = "single-gateway"
    INSTANCE = "instance"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What `Network` needs to know."""

    account: Account
    """The account and region the VPC is in."""
    plan: addressing.AddressPlan
    """Ranges of the VPC and its subnets. The private tier is a must; `public` and `data` may be left out."""
    nat: Nat
    """How the private tier reaches out."""
    nat_instance: NatHost = field(default_factory=NatHost)
    """The host, where `nat` is `instance`."""
    interface_endpoints: Sequence[str] = ()
    """Short names of AWS services to reach inside the VPC, e.g. `ecr.api`."""
    logs: LogKeeping
    """How the log groups are kept. Flow logs and DNS query logs reach the archive by themselves, so this names no delivery."""
    compute_key_arn: pulumi.Input[str]
    """The key that encrypts a NAT instance's volume."""
    archive_bucket_arn: pulumi.Input[str]
    """The bucket that keeps flow logs and DNS query logs."""
    protect: bool
    """Whether the deletion of a NAT instance waits until it has stopped."""
    public_ports: Sequence[int] = (80, 443)
    """TCP ports below 1024 that the public tier is reached on; those above are open for replies anyway."""
    database_ports: Sequence[int] = (5432, 6379)
    """TCP ports that the data tier may be reached on: PostgreSQL, Redis. With a third, such as MySQL's 3306, the
    rules of six zones no longer fit an ACL."""
    database_clients: Sequence[IPv4Network] = ()
    """Private ranges besides the private tier that may reach these ports, e.g. the VPN server's subnets."""

    def __post_init__(self) -> None:
        """Refuse what AWS would refuse, and what would open a tier."""
        tiers = ", ".join(self.plan.tiers)
        if "private" not in self.plan.tiers or not set(self.plan.tiers) <= set(addressing.TIERS):
            raise ValueError(
                f"plan must have the tier private, and none but {', '.join(addressing.TIERS)}, got {tiers}"
            )
        if self.nat != Nat.NONE and "public" not in self.plan.tiers:
            raise ValueError(f"nat {self.nat.value} needs the tier public, plan has {tiers}")
        if strange := [zone for zone in self.nat_instance.zones if zone not in self.plan.zones]:
            raise ValueError(f"nat_instance.zones must be zones of the plan, got {', '.join(strange)}")
        if closed := sorted({SSH, RDP}.intersection(self.public_ports)):
            raise ValueError(f"public_ports must leave out SSH and RDP, got {', '.join(map(str, closed))}")
        if foreign := [
            cidr for cidr in self.database_clients if not (cidr.subnet_of(self.plan.vpc) or _is_private(cidr))
        ]:
            raise ValueError(f"database_clients must be private ranges, got {', '.join(map(str, foreign))}")
        for tier, table in self.acls().items():
            most = max(len(table.ingress), len(table.egress))
            if most > ACL_RULES:
                raise ValueError(
                    f"the ACL of the {tier} tier would need {most} rules, "
                    f"AWS allows {ACL_RULES}: name fewer ports, clients or zones"
                )

    def acls(self) -> Mapping[str, acls.AclTable]:
        """Return the ACL of every tier of the plan."""
        tables = acls.tables(self.plan, self.public_ports, self.database_ports, self.database_clients)
        return {tier: table for tier, table in tables.items() if tier in self.plan.tiers}


def _is_private(cidr: IPv4Network) -> bool:
    return any(cidr.subnet_of(private) for private in acls.PRIVATE_RANGES)
