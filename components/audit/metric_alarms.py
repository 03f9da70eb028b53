"""Alarms on metrics of AWS's services: a row of a table, and the resource made from it.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.audit.alerts import Alert

Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]


@dataclass(frozen=True, kw_only=True)
class MetricAlert(Alert):
    """A metric that crosses a line."""

    namespace: str
    """Namespace of the metric, e.g. `AWS/RDS`."""
    metric: str
    """Name of the metric."""
    statistic: str
    """`Average`, `Maximum`, `Minimum`, `Sum` or `SampleCount`."""
    threshold: float
    """The line, in the metric's unit."""
    comparison: Comparison = "GreaterThanThreshold"
    """On which side of the line the alarm rises."""
    period_seconds: int = 300
    """Length of a period."""
    periods: int = 1
    """For how many periods in a row."""
    missing: Literal["notBreaching", "breaching", "missing", "ignore"] = "notBreaching"
    """What no data means."""


def metric_alarm(
    name: str,
    alert: MetricAlert,
    *,
    dimensions: Mapping[str, pulumi.Input[str]],
    topic_arn: pulumi.Input[str],
    parent: pulumi.Resource,
    region: str | None = None,
) -> aws.cloudwatch.MetricAlarm:
    """Make the alarm `<name>-<id of the alert>`.

    Args:
        name: Logical name of what is watched.
        alert: The row.
        dimensions: What the metric is of.
        topic_arn: Who is told.
        parent: The component it belongs to.
        region: Region of the metric and of who is told, if not the stack's.
    """
    return aws.cloudwatch.MetricAlarm(
        f"{name}-{alert.id}",
        alarm_description=alert.description,
        namespace=alert.namespace,
        metric_name=alert.metric,
        dimensions=dimensions,
        statistic=alert.statistic,
        comparison_operator=alert.comparison,
        threshold=alert.threshold,
        period=alert.period_seconds,
        evaluation_periods=alert.periods,
        treat_missing_data=alert.missing,
        alarm_actions=[topic_arn],
        # The AWS Config rule asks for both.
        insufficient_data_actions=[topic_arn],
        region=region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
