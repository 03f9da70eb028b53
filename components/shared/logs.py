"""Log groups: the one place that makes them, so that none lacks its key, its retention or its protection.

Maps to 45 CFR 164.312(b) (audit controls), 164.312(a)(2)(iv) (encryption) and, by this project's reading,
164.316(b)(2)(i) (six years).
"""

from __future__ import annotations

from typing import Final, Protocol

import pulumi
import pulumi_aws as aws

RETENTION_FLOOR_DAYS: Final = 2192
"""Six years with two leap days: the shortest period CloudWatch Logs offers that covers them."""

# The longer periods CloudWatch Logs offers
# (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html).
_PERIODS_DAYS: Final = (RETENTION_FLOOR_DAYS, 2557, 2922, 3288, 3653)

HOT_DAYS: Final = (30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, *_PERIODS_DAYS)
"""How long CloudWatch may keep what an archive has too: the same list, from 30 on.

A month at least is this project's choice: time to notice and repair a delivery that has stopped.
"""


class Delivery(Protocol):
    """What takes the events of log groups to the log archive; `components.audit.LogDelivery` is the one there is."""

    @property
    def retention_days(self) -> int:
        """Days that the archive keeps an event."""
        ...

    def subscribe(self, group: aws.cloudwatch.LogGroup, name: str) -> pulumi.Resource:
        """Send every new event of a log group to the archive."""
        ...

    def shield(self, group: aws.cloudwatch.LogGroup, name: str) -> pulumi.Resource:
        """Mask credentials and identifiers in a log group's new events."""
        ...


def log_group(
    name: str,
    *,
    kms_key_arn: pulumi.Input[str],
    retention_days: int,
    protect: bool,
    parent: pulumi.Resource,
    kind: str,
    physical_name: pulumi.Input[str] | None = None,
    archived_by: Delivery | None = None,
    hot_days: int | None = None,
    region: str | None = None,
) -> aws.cloudwatch.LogGroup:
    """Create a log group that is encrypted with the given key and whose events are kept six years or longer.

    CloudWatch keeps them itself; or, with `archived_by` and `hot_days`, it keeps them for a while and the archive for the
    six years. One call makes both group and subscription, so that no group forgets early without an archive.

    Args:
        name: Logical name; the physical one is made from it.
        kms_key_arn: The logs key.
        retention_days: Days to keep events, here or in the archive: 2192, 2557, 2922, 3288 or 3653.
        protect: Whether Pulumi and AWS refuse to delete the group.
        parent: The component it belongs to.
        kind: What is logged, e.g. `flow-logs`; becomes the tag `log`.
        physical_name: Name in AWS, where the service that writes the log has fixed it; made from `name` if not given.
        archived_by: The delivery that takes every event to the archive.
        hot_days: Days to keep events here all the same, one of `HOT_DAYS`; `retention_days` if not given.
        region: Where the service writes the log, if not in the stack's region.

    Raises:
        ValueError: AWS has no such period, or it is shorter than six years; or `hot_days` is given but no archive, or
            the archive keeps events for less than `retention_days`.
    """
    if retention_days not in _PERIODS_DAYS:
        allowed = ", ".join(map(str, _PERIODS_DAYS))
        raise ValueError(f"retention_days must be one of {allowed}, got {retention_days}")
    if hot_days is not None and archived_by is None:
        raise ValueError(f"hot_days needs archived_by, or events are gone after {hot_days} days")
    if hot_days is not None and hot_days not in HOT_DAYS:
        raise ValueError(f"hot_days must be one of {', '.join(map(str, HOT_DAYS))}, got {hot_days}")
    if archived_by is not None and archived_by.retention_days < retention_days:
        raise ValueError(
            f"retention_days is {retention_days}, but the archive keeps {archived_by.retention_days} days"
        )
    group = aws.cloudwatch.LogGroup(
        name,
        name=physical_name,
        region=region,
        kms_key_id=kms_key_arn,
        log_group_class="STANDARD",
        retention_in_days=hot_days or retention_days,
        # Never left out: without a value, turning protection off again would be no change.
        deletion_protection_enabled=protect,
        tags={"purpose": "audit-log", "log": kind},
        # Retained, or a replacement would fail: AWS refuses to delete the old group. `None` lets the parent decide.
        opts=pulumi.ResourceOptions(parent=parent, protect=protect or None, retain_on_delete=protect or None),
    )
    if archived_by is not None:
        archived_by.subscribe(group, f"{name}-archive")
    return group
