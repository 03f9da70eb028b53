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
from components.shared.logs import LogOptions
from components.shared.ports import RDP, SSH
from facts.network import PRIVATE_RANGES
from facts.quotas import ACL_RULES


class NatStrategy(StrEnum):
    """The kind of NAT through which the private tier reaches the Internet.

    A change interrupts open connections. Pulumi creates the new routes before it deletes the old ones.
    """

    GATEWAY_PER_ZONE = "gateway-per-zone"
    SINGLE_GATEWAY = "single-gateway"
    INSTANCE = "instance"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Arguments of `Network`."""

    account: Account
    """The account and region of the VPC."""
    plan: addressing.AddressPlan
    """Ranges of the VPC and its subnets. The tier `private` is required; `public` and `data` are optional."""
    nat: NatStrategy
    """The kind of NAT through which the private tier reaches the Internet."""
    nat_instance: NatHost = field(default_factory=NatHost)
    """Settings of NAT instances, used if `nat` is `instance`."""
    interface_endpoints: Sequence[str] = ()
    """Short names of the AWS services that get an interface endpoint, e.g. `ecr.api`."""
    logs: LogOptions
    """Settings of the log groups; without `delivery`, because AWS itself writes these logs to the archive."""
    compute_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the root volumes of NAT instances."""
    archive_bucket_arn: pulumi.Input[str]
    """ARN of the bucket that receives flow logs and DNS query logs."""
    protect: bool
    """Whether deletion of the Auto Scaling group of a NAT instance waits until the instance has stopped."""
    public_ports: Sequence[int] = (80, 443)
    """TCP ports below 1024 on which the public tier accepts connections. Higher ports are open for replies anyway."""
    database_ports: Sequence[int] = (5432, 6379)
    """TCP ports on which the data tier accepts connections: PostgreSQL and Redis by default. With a third port, such as
    3306 for MySQL, the rules for six zones exceed the quota of an ACL."""
    database_clients: Sequence[IPv4Network] = ()
    """Private ranges besides the private tier that may connect to these ports, e.g. the subnets of the VPN server."""

    resolvable_names: Sequence[str] | None = None
    """The only names besides those of AWS that hosts may resolve; None if they may resolve every name."""
    ssh_through_nat: bool = False
    """Whether the private tier may connect to port 22 on the internet, e.g. to SFTP servers."""

    def __post_init__(self) -> None:
        """Check tiers, zones, ports and ranges.

        Raises:
            ValueError: AWS would refuse the arguments, or they would open a tier to the Internet.
        """
        tiers = ", ".join(self.plan.tiers)
        if "private" not in self.plan.tiers or not set(self.plan.tiers) <= set(addressing.TIERS):
            raise ValueError(
                f"plan must have the tier private and may have only {', '.join(addressing.TIERS)}, got {tiers}"
            )
        if self.nat != NatStrategy.NONE and "public" not in self.plan.tiers:
            raise ValueError(f"nat {self.nat.value} needs the tier public, but the plan has {tiers}")
        if unknown_zones := [zone for zone in self.nat_instance.zones if zone not in self.plan.zones]:
            raise ValueError(f"nat_instance.zones must be zones of the plan, got {', '.join(unknown_zones)}")
        if admin_ports := sorted({SSH, RDP}.intersection(self.public_ports)):
            raise ValueError(
                f"public_ports must leave out SSH and RDP, got {', '.join(map(str, admin_ports))}"
            )
        if public_ranges := [
            cidr for cidr in self.database_clients if not (cidr.subnet_of(self.plan.vpc) or _is_private(cidr))
        ]:
            raise ValueError(
                f"database_clients must be private ranges, got {', '.join(map(str, public_ranges))}"
            )
        for tier, rules in self.acls().items():
            count = max(len(rules.ingress), len(rules.egress))
            if count > ACL_RULES:
                raise ValueError(
                    f"the ACL of the {tier} tier would need {count} rules, "
                    f"AWS allows {ACL_RULES}: use fewer ports, clients or zones"
                )

    def acls(self) -> Mapping[str, acls.AclRules]:
        """Return the ACL rules of each tier of the plan, by the name of the tier."""
        tables = acls.tier_acl_rules(
            self.plan,
            self.public_ports,
            self.database_ports,
            self.database_clients,
            ssh_through_nat=self.ssh_through_nat,
        )
        return {tier: rules for tier, rules in tables.items() if tier in self.plan.tiers}


def _is_private(cidr: IPv4Network) -> bool:
    return any(cidr.subnet_of(private) for private in PRIVATE_RANGES)
