"""The network, keys and logs that all data stores of a stack share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.shared import iam
from components.shared.logs import LogOptions


@dataclass(frozen=True, kw_only=True)
class DataTier:
    """Network, keys and logs for the data stores of a stack."""

    account: iam.Account
    """The account and region."""
    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Subnet ids of the data tier by availability zone, one subnet in each zone."""
    data_key_arn: pulumi.Input[str]
    """KMS key that encrypts stored data."""
    secrets_key_arn: pulumi.Input[str]
    """KMS key that encrypts secrets."""
    logs: LogOptions
    """Key, retention and delivery of logs. Database logs are masked before they go to the archive."""
    protect: bool
    """Whether data stores are protected from deletion."""
    function_subnet_ids: Sequence[pulumi.Input[str]] = ()
    """Private subnets with a route to Secrets Manager, for functions that connect to data stores."""
    alarm_topic_arn: pulumi.Input[str]
    """SNS topic that alarms notify."""

    @property
    def subnet_ids(self) -> Sequence[pulumi.Input[str]]:
        """Subnet ids of the data tier in the order of the zones."""
        return list(self.subnets.values())

    @property
    def zones(self) -> Sequence[str]:
        """Names of the availability zones."""
        return list(self.subnets)
