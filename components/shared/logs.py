"""Log groups: one function creates them all, so that each has a key, a retention of six years and its protection.

Maps to 45 CFR 164.312(b) (audit controls), 164.312(a)(2)(iv) (encryption) and, by this project's reading,
164.316(b)(2)(i) (six years).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Protocol

import pulumi
import pulumi_aws as aws

from components.shared.options import guard

RETENTION_FLOOR_DAYS: Final = 2192
"""Six years with two leap days: the shortest period of CloudWatch Logs that covers them."""

# The longer periods of CloudWatch Logs
# (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html).
_PERIODS_DAYS: Final = (RETENTION_FLOOR_DAYS, 2557, 2922, 3288, 3653)

HOT_DAYS: Final = (30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, *_PERIODS_DAYS)
"""How long CloudWatch may keep events that are also in the archive: the periods of the same list from 30 days.

A month at least is this project's choice: time to notice and repair a delivery that has stopped.
"""


class Delivery(Protocol):
    """The delivery of log events to the archive, as log groups use it; `components.audit.LogDelivery` implements it."""

    @property
    def retention_days(self) -> int:
        """Days that the archive keeps an event."""
        ...

    def subscribe(self, group: aws.cloudwatch.LogGroup, name: str) -> pulumi.Resource:
        """Send every new event of a log group to the archive."""
        ...

    def shield(self, group: aws.cloudwatch.LogGroup, name: str) -> pulumi.Resource:
        """Mask credentials and identifiers in the new events of a log group."""
        ...


@dataclass(frozen=True, kw_only=True)
class LogKeeping:
    """How a stack keeps its logs: key, retention, protection, and the delivery to the archive."""

    key_arn: pulumi.Input[str]
    """The KMS key that encrypts them."""
    days: int
    """Days to keep every event: 2192 (six years), 2557, 2922, 3288 or 3653."""
    protect: bool
    """Whether Pulumi and AWS refuse to delete log groups."""
    delivery: Delivery | None = None
    """The delivery of every event to the archive; without one CloudWatch alone keeps the events."""
    hot_days: int | None = None
    """Days that CloudWatch keeps events that are also in the archive, one of `HOT_DAYS`; as long as `days` if not given."""

    def __post_init__(self) -> None:
        """Refuse periods that CloudWatch Logs does not have, and a configuration that loses events before `days`."""
        if self.days not in _PERIODS_DAYS:
            raise ValueError(f"days must be one of {', '.join(map(str, _PERIODS_DAYS))}, got {self.days}")
        if self.hot_days is not None and self.delivery is None:
            raise ValueError(f"hot_days needs delivery, or events are lost after {self.hot_days} days")
        if self.hot_days is not None and self.hot_days not in HOT_DAYS:
            raise ValueError(f"hot_days must be one of {', '.join(map(str, HOT_DAYS))}, got {self.hot_days}")
        if self.delivery is not None and self.delivery.retention_days < self.days:
            raise ValueError(
                f"days is {self.days}, but the archive keeps events for {self.delivery.retention_days} days"
            )

    @property
    def in_cloudwatch(self) -> LogKeeping:
        """The same without delivery: CloudWatch alone keeps every event for `days`."""
        return replace(self, delivery=None, hot_days=None)


def log_group(
    name: str,
    logs: LogKeeping,
    *,
    kind: str,
    parent: pulumi.Resource,
    physical_name: pulumi.Input[str] | None = None,
    region: str | None = None,
    masked: bool = False,
) -> aws.cloudwatch.LogGroup:
    """Create an encrypted log group whose events are kept for six years or longer.

    With a delivery it also creates the subscription filter `<name>-archive`, so that no group loses events early without an
    archive; with `masked` the data protection policy `<name>-masked`.

    Args:
        name: Logical name; the physical one is derived from it.
        logs: Key, retention, protection and delivery.
        kind: Kind of log, e.g. `flow-logs`; becomes the tag `log`.
        parent: The component that the group belongs to.
        physical_name: Name in AWS, where the service that writes the log fixes it; derived from `name` if not given.
        region: Region of the group, if not the stack's.
        masked: Whether credentials and identifiers are masked in events that go to the archive.
    """
    guarded = guard(logs.protect)
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
        # Retained, because a replacement would fail: AWS refuses to delete the old group.
        opts=pulumi.ResourceOptions(parent=parent, protect=guarded, retain_on_delete=guarded),
    )
    if logs.delivery is not None:
        logs.delivery.subscribe(group, f"{name}-archive")
        if masked:
            logs.delivery.shield(group, f"{name}-masked")
    return group
