"""What a service may connect to, as the maker of the destination describes it: no resources.

A data store or a way to partners returns a `Destination` for each service that uses it; the service opens its security
group towards it, gets the rights and learns where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Something that a service uses: a data store, or the way to partners."""

    security_group_id: pulumi.Input[str]
    """Its security group, which gets a rule for the service."""
    ports: Sequence[int]
    """Ports it listens on, each also the suffix of a rule's name."""
    database_users: Sequence[pulumi.Input[str]] = ()
    """ARNs of the database users the service may sign in as, `arn:…:rds-db:…:dbuser:<resource id>/<user>`."""
    cache_users: Sequence[pulumi.Input[str]] = ()
    """ARNs of the cache and of the user the service signs in as; `elasticache:Connect` needs both."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Variables that tell the service where it is, such as `AURORA_HOST`; never a secret."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Secrets Manager ARN by the variable that takes the value."""

    def __post_init__(self) -> None:
        """Refuse a destination without a port."""
        if not self.ports:
            raise ValueError("ports must name a port, got none")
