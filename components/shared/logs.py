"""`log_group`, which creates every log group, so that each is encrypted, protected and kept for six years or longer.

Maps to 45 CFR 164.312(b) (audit controls), 164.312(a)(2)(iv) (encryption) and, by this project's reading,
164.316(b)(2)(i) (six years).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import pulumi
import pulumi_aws as aws

from components.shared.options import protection_option
from facts.logs import HOT_DAYS, RETENTION_DAYS


class Delivery(Protocol):
    """The delivery of log events to the archive. `components.audit.LogDelivery` implements it."""

    @property
    def retention_days(self) -> int:
        """Days that the archive keeps an event."""
        ...

    def subscribe(self, group: aws.cloudwatch.LogGroup, name: str) -> pulumi.Resource:
        """Send every new event of a log group to the archive."""
        ...

    def mask_sensitive_data(self, group: aws.cloudwatch.LogGroup, name: str) -> pulumi.Resource:
        """Mask credentials and identifiers in the new events of a log group."""
        ...


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """How a stack keeps its logs: encryption key, retention, protection, and delivery to the archive."""

    key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the log groups."""
    days: int
    """Days to keep every event: 2192 (six years), 2557, 2922, 3288 or 3653."""
    protect: bool
    """Whether Pulumi and AWS refuse to delete log groups."""
    delivery: Delivery | None = None
    """The delivery of every event to the archive; without it, only CloudWatch Logs keeps the events."""
    hot_days: int | None = None
    """Days that CloudWatch Logs keeps events that are also in the archive, one of `facts.logs.HOT_DAYS`; the default is `days`."""

    def __post_init__(self) -> None:
        """Check the retention periods.

        Raises:
            ValueError: CloudWatch Logs lacks a period, `hot_days` is set without `delivery`, or the archive keeps events
                for less than `days`.
        """
        if self.days not in RETENTION_DAYS:
            raise ValueError(f"days must be one of {', '.join(map(str, RETENTION_DAYS))}, got {self.days}")
        if self.hot_days is not None and self.delivery is None:
            raise ValueError(
                f"hot_days needs delivery: without it, events would be lost after {self.hot_days} days"
            )
        if self.hot_days is not None and self.hot_days not in HOT_DAYS:
            raise ValueError(f"hot_days must be one of {', '.join(map(str, HOT_DAYS))}, got {self.hot_days}")
        if self.delivery is not None and self.delivery.retention_days < self.days:
            raise ValueError(
                f"days must not exceed the retention of the archive ({self.delivery.retention_days}), got {self.days}"
            )

    @property
    def without_delivery(self) -> LogOptions:
        """The same settings without delivery, so that CloudWatch Logs keeps every event for `days`."""
        return replace(self, delivery=None, hot_days=None)


def log_group(
    name: str,
    logs: LogOptions,
    *,
    kind: str,
    parent: pulumi.Resource,
    physical_name: pulumi.Input[str] | None = None,
    region: str | None = None,
    masked: bool = False,
) -> aws.cloudwatch.LogGroup:
    """Create an encrypted log group whose events are kept for six years or longer.

    If `logs` has a delivery, the function also creates the subscription filter `<name>-archive`, so that the archive has
    every event that the group deletes early. With `masked` it then also creates the data protection policy `<name>-masked`.

    Args:
        name: Logical name.
        logs: Key, retention, protection and delivery.
        kind: Kind of log, e.g. `flow-logs`, for the tag `log`.
        parent: The component that the group belongs to.
        physical_name: Name in AWS, if the service that writes the log requires one; by default Pulumi generates it.
        region: Region of the group, if it is not the region of the stack.
        masked: Whether credentials and identifiers are masked in events that go to the archive.
    """
    guarded = protection_option(logs.protect)
    group = aws.cloudwatch.LogGroup(
        name,
        name=physical_name,
        region=region,
        kms_key_id=logs.key_arn,
        log_group_class="STANDARD",
        retention_in_days=logs.hot_days or logs.days,
        # Always set: if it were left out, a change from true to false would not be detected.
        deletion_protection_enabled=logs.protect,
        tags={"purpose": "audit-log", "log": kind},
        # Retained, because AWS refuses to delete a protected group, so that a replacement would fail.
        opts=pulumi.ResourceOptions(parent=parent, protect=guarded, retain_on_delete=guarded),
    )
    if logs.delivery is not None:
        logs.delivery.subscribe(group, f"{name}-archive")
        if masked:
            logs.delivery.mask_sensitive_data(group, f"{name}-masked")
    return group
