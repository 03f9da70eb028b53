"""`Destination`: the connection data of a data store, a partner or a host on the internet. Creates no resources.

The components of data stores and of partner connections return a `Destination` for each service that uses them. The service
creates its security group rules, IAM permissions, environment variables and secrets from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi


@dataclass(frozen=True, kw_only=True)
class FileMount:
    """A directory of an EFS file system that the containers of one application mount through its access point."""

    path: str
    """Directory of the containers at which it is mounted."""
    file_system_id: pulumi.Input[str]
    """Id of the file system, known once tasks can mount it."""
    file_system_arn: pulumi.Input[str]
    access_point_id: pulumi.Input[str]
    access_point_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A data store, a partner or hosts on the internet that one service may connect to."""

    security_group_id: pulumi.Input[str] | None = None
    """Security group of the destination, which gets an ingress rule for the service; None if it is in another VPC."""
    cidrs: Sequence[IPv4Network] = ()
    """Ranges of the destination if it is on the internet or in another VPC: over a transit gateway, an egress rule cannot
    refer to a group
    (https://aws.amazon.com/blogs/networking-and-content-delivery/introducing-security-group-referencing-for-aws-transit-gateway/)."""
    description: str = "To another VPC"
    """Description of the rules for `cidrs`, up to 255 characters."""
    ports: Sequence[int]
    """TCP ports of the destination. Each port is also part of the logical name of a rule."""
    database_users: Sequence[pulumi.Input[str]] = ()
    """ARNs of the database users that the service may sign in as: `arn:…:rds-db:…:dbuser:<resource id>/<user>`."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Environment variables with the address of the destination, such as `AURORA_HOST`; never a secret."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """ARNs in Secrets Manager, by the environment variable that receives the value."""
    rotate_days: int | None = None
    """Days between two rotations of the secrets; None if there are none. Tasks must be replaced before their values expire."""

    mount: FileMount | None = None
    """Directory that the containers of the service mount; None for a destination that is not a file system."""

    def __post_init__(self) -> None:
        """Check ports and address.

        Raises:
            ValueError: There is no port, or not exactly one of `security_group_id` and `cidrs`.
        """
        if not self.ports:
            raise ValueError("ports must have at least one port, got none")
        if (self.security_group_id is None) == (not self.cidrs):
            conflict = f"both, with {', '.join(map(str, self.cidrs))}" if self.cidrs else "neither"
            raise ValueError(f"either security_group_id or cidrs must be set, got {conflict}")
