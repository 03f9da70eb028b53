"""Where data stores run: what all of them share, stated once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.shared import iam
from components.shared.logs import LogKeeping


@dataclass(frozen=True, kw_only=True)
class DataTier:
    """Network, keys and logs of a stack's data stores."""

    account: iam.Account
    """The account and region."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Subnets of the data tier by availability zone, one in each."""
    data_key_arn: pulumi.Input[str]
    """The key that encrypts what is stored."""
    secrets_key_arn: pulumi.Input[str]
    """The key that encrypts secrets."""
    logs: LogKeeping
    """How logs are kept; what databases send to the archive is masked."""
    protect: bool
    """Whether what is stored is guarded against deletion."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told of alarms."""

    @property
    def subnet_ids(self) -> Sequence[pulumi.Input[str]]:
        """Subnets of the data tier in zone order."""
        return list(self.subnets.values())

    @property
    def zones(self) -> Sequence[str]:
        """Names of the availability zones."""
        return list(self.subnets)
