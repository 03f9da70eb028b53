"""`DnsFirewall`: the names that hosts of a VPC may resolve. Every other name does not exist for them.

The firewall filters queries to the resolver of the VPC, which logs what it blocked (`FlowLogs`). It stops neither connections
to addresses, which security groups limit, nor transfers to a name that it allows, such as a bucket of another account.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.308(a)(5)(ii)(B) (protection from malicious software).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared.iam import Account

_AWS: Final = ("*.amazonaws.com", "*.api.aws")
"""Endpoints of AWS, which include those of databases, caches, interface endpoints and registries."""
_PRIORITY: Final = 101
"""Lowest priority that a rule group may have in a VPC
(https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateFirewallRuleGroup.html)."""


@dataclass(frozen=True, kw_only=True)
class DnsFirewallArgs:
    """Arguments of `DnsFirewall`."""

    account: Account
    """The account and region of the VPC."""
    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    names: Sequence[str]
    """Names besides those of AWS and of EC2 instances; `*.example.org` stands for all names below `example.org`."""


class DnsFirewall(pulumi.ComponentResource):
    """A DNS Firewall of Route 53 Resolver that allows a list of names and answers that every other name does not exist.

    If an allowed name is an alias (CNAME), the names behind it need not be in the list. If DNS Firewall itself fails, it
    answers no query: an open failure would silently remove the only filter by name.

    Creates: a domain list for each of the two rules; a rule group with the rules; its association with the VPC; the
    configuration of the VPC for failures.
    """

    def __init__(self, name: str, args: DnsFirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:network:DnsFirewall", name, None, opts)
        child, tags = pulumi.ResourceOptions(parent=self), {"Name": name}
        aws.route53.ResolverFirewallConfig(
            name, resource_id=args.vpc_id, firewall_fail_open="DISABLED", opts=child
        )
        group = aws.route53.ResolverFirewallRuleGroup(name, tags=tags, opts=child)
        names = sorted({*_AWS, f"*.{_instances(args.account.region)}", *args.names})
        allow = aws.route53.ResolverFirewallRule(
            f"{name}-allow",
            firewall_rule_group_id=group.id,
            firewall_domain_list_id=_domains(f"{name}-allow", names, parent=self).id,
            firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
            action="ALLOW",
            priority=1,
            opts=child,
        )
        block = aws.route53.ResolverFirewallRule(
            f"{name}-block",
            firewall_rule_group_id=group.id,
            firewall_domain_list_id=_domains(f"{name}-block", ["*"], parent=self).id,
            action="BLOCK",
            block_response="NXDOMAIN",
            priority=2,
            opts=child,
        )
        aws.route53.ResolverFirewallRuleGroupAssociation(
            name,
            firewall_rule_group_id=group.id,
            vpc_id=args.vpc_id,
            priority=_PRIORITY,
            tags=tags,
            # The VPC must never have only one of the rules.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allow, block]),
        )
        self.register_outputs({})


def _domains(
    name: str, names: Sequence[str], *, parent: pulumi.Resource
) -> aws.route53.ResolverFirewallDomainList:
    return aws.route53.ResolverFirewallDomainList(
        name, domains=names, tags={"Name": name}, opts=pulumi.ResourceOptions(parent=parent)
    )


def _instances(region: str) -> str:
    """Return the domain of the names of EC2 instances, which the resolver also appends to short names.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
    """
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
