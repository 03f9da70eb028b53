"""What a service may connect to, as the maker of the destination describes it: no resources.

A data store or a way to partners returns a `Destination` for each service that uses it; the service opens its security
group towards it, gets the rights and learns where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Something that a service uses: a data store, or the way to partners."""

    security_group_id: pulumi.Input[str] | None = None
    """Its security group, which gets a rule for the service; none where it lies in another VPC."""
    cidrs: Sequence[IPv4Network] = ()
    """Ranges it lies in, in the place of its group: over a transit gateway no outbound rule can name a group
    (https://aws.amazon.com/blogs/networking-and-content-delivery/introducing-security-group-referencing-for-aws-transit-gateway/)."""
    ports: Sequence[int]
    """Ports it listens on, each also part of a rule's name."""
    database_users: Sequence[pulumi.Input[str]] = ()
    """ARNs of the database users the service may sign in as, `arn:…:rds-db:…:dbuser:<resource id>/<user>`."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Variables that tell the service where it is, such as `AURORA_HOST`; never a secret."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Secrets Manager ARN by the variable that takes the value."""

    def __post_init__(self) -> None:
        """Refuse a destination without a port, and one that is nowhere or in two places."""
        if not self.ports:
            raise ValueError("ports must name a port, got none")
        if (self.security_group_id is None) == (not self.cidrs):
            told = "neither" if not self.cidrs else f"both, with {', '.join(map(str, self.cidrs))}"
            raise ValueError(f"security_group_id or cidrs must say where it is, got {told}")
