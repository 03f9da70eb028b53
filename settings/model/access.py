"""What an application may reach besides its stores and partners."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Annotated, Final

from pydantic import AfterValidator

from settings import identifiers as ids
from settings import types as t
from settings.model.base import ListOf, NonEmptyListOf, Section
from settings.values import FrozenMap, freeze

ANYWHERE: Final = IPv4Network("0.0.0.0/0")
"""Every address."""
HTTPS: Final = 443
"""Port on which every application may connect to every address."""


class DnsFirewallSettings(Section):
    """A list of the names that hosts in the VPC may resolve: for them, no other name exists."""

    allow: ListOf[t.RemoteHost] = ()
    """Names besides those that the stack knows: of AWS, partners, `hipaa:edge.domain`, `hosts` of every `egress` and image
    registries. `*.example.org` stands for all names below `example.org`."""


class EgressSettings(Section):
    """Connections of an application to hosts on the internet."""

    port: t.Port
    """TCP port of the hosts."""
    cidrs: ListOf[t.Cidr] = ()
    """Public ranges of the hosts. If not set, every address: security groups cannot allow a name."""
    hosts: ListOf[t.RemoteHost] = ()
    """Names of the hosts, for reviewers and for `hipaa:network.dns_firewall`; `*.example.org` stands for all names below
    `example.org`."""
    until: t.Date | None = None
    """Last day on which the connections are needed. Afterwards every preview asks you to remove them."""

    @property
    def ranges(self) -> tuple[IPv4Network, ...]:
        """Ranges that the security groups allow."""
        return self.cidrs or (ANYWHERE,)


class PermissionSettings(Section):
    """One statement of the policy of an application's task role: actions that it may take on AWS resources."""

    actions: NonEmptyListOf[ids.IamAction]
    """Actions of AWS services."""
    resources: NonEmptyListOf[ids.IamResource]
    """ARNs of resources of this account and region."""
    conditions: Annotated[
        Mapping[
            ids.ConditionOperator,
            Annotated[Mapping[ids.ConditionKey, NonEmptyListOf[t.Text]], AfterValidator(freeze)],
        ],
        AfterValidator(freeze),
    ] = FrozenMap()
    """Conditions of IAM: a list of values by operator and key."""
