"""Alerts as plain data, and functions that create a CloudWatch alarm from an alert.

The areas list their alerts in tables. Each alert has a section in the runbook. `metric_alarm` creates an alarm on one
metric, `expression_alarm` an alarm on an expression over several metrics. Every alarm notifies its SNS topic when it is
raised and when it has insufficient data.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

RUNBOOK: Final = "docs/runbooks/alarm-fired.md"
"""The page that every alert refers to."""

Comparison: TypeAlias = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]
Missing: TypeAlias = Literal["notBreaching", "breaching", "missing", "ignore"]


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One event or condition that people are notified of."""

    id: str
    """Name of the alarm or rule, and heading of its section in the runbook."""
    summary: str
    """The event, in one sentence."""
    impact: str
    """Why it matters, in one sentence."""

    @property
    def runbook(self) -> str:
        """Path and anchor of the section in the runbook."""
        return f"{RUNBOOK}#{self.id}"

    @property
    def description(self) -> str:
        """The event, why it matters and its runbook, as one text.

        The limit for an alarm of CloudWatch is 1024 characters, for a rule of EventBridge 512.
        """
        return f"{self.summary} {self.impact} Runbook: {self.runbook}"


@dataclass(frozen=True, kw_only=True)
class ThresholdAlert(Alert):
    """An alert that is raised while a value is beyond a threshold."""

    threshold: float
    """The threshold, in the unit of the value."""
    comparison: Comparison = "GreaterThanThreshold"
    """The comparison of the value with the threshold that raises the alarm."""
    periods: int = 1
    """Number of consecutive periods for which the comparison must be true."""
    missing: Missing = "notBreaching"
    """How CloudWatch treats a period without data."""


@dataclass(frozen=True, kw_only=True)
class MetricAlert(ThresholdAlert):
    """An alert on one metric."""

    namespace: str
    """Namespace of the metric, e.g. `AWS/RDS`."""
    metric: str
    """Name of the metric."""
    statistic: str
    """`Average`, `Maximum`, `Minimum`, `Sum` or `SampleCount`."""
    period_seconds: int = 300
    """Length of a period, in seconds."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric in an expression."""

    namespace: str
    """Namespace of the metric, e.g. `AWS/ECS`."""
    name: str
    """Name of the metric."""
    statistic: str
    """`Average`, `Maximum`, `Minimum`, `Sum`, or a percentile such as `p99`."""
    period_seconds: int = 60
    """Length of a period, in seconds; the same for all metrics of an expression."""


@dataclass(frozen=True, kw_only=True)
class ExpressionAlert(ThresholdAlert):
    """An alert on an expression over several metrics, or on a percentile of one metric."""

    metrics: Mapping[str, Metric]
    """Metrics by their identifier in the expression."""
    expression: str = ""
    """CloudWatch metric math; empty if the alarm compares the single metric itself."""
    result: str = "result"
    """Identifier of the expression."""

    @property
    def period_seconds(self) -> int:
        """Length of a period, in seconds; the same for all metrics."""
        return next(iter(self.metrics.values())).period_seconds


def metric_alarm(
    name: str,
    alert: MetricAlert,
    *,
    topic_arn: pulumi.Input[str],
    parent: pulumi.Resource,
    dimensions: Mapping[str, pulumi.Input[str]] | None = None,
    region: str | None = None,
) -> aws.cloudwatch.MetricAlarm:
    """Create the alarm `<name>-<id of the alert>` on one metric.

    Args:
        name: Logical name of the monitored resource.
        alert: The alert.
        topic_arn: ARN of the SNS topic to notify.
        parent: The component that the alarm belongs to.
        dimensions: Dimensions of the metric, by name.
        region: Region of the metric and the topic, if it is not the region of the stack.
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
        # The AWS Config rule cloudwatch-alarm-action-check requires both kinds of action.
        insufficient_data_actions=[topic_arn],
        region=region,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def expression_alarm(
    name: str,
    alert: ExpressionAlert,
    *,
    topic_arn: pulumi.Input[str],
    parent: pulumi.Resource,
    dimensions: Mapping[str, Mapping[str, pulumi.Input[str]]],
) -> aws.cloudwatch.MetricAlarm:
    """Create the alarm `<name>-<id of the alert>` on an expression.

    Args:
        name: Logical name of the monitored resource.
        alert: The alert.
        topic_arn: ARN of the SNS topic to notify.
        parent: The component that the alarm belongs to.
        dimensions: Dimensions of each metric, by the identifier of the metric and by name.
    """
    queries = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=identifier,
            return_data=not alert.expression,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                stat=metric.statistic,
                period=metric.period_seconds,
                dimensions=dimensions[identifier],
            ),
        )
        for identifier, metric in alert.metrics.items()
    ]
    if alert.expression:
        queries.append(
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id=alert.result, expression=alert.expression, label=alert.id, return_data=True
            )
        )
    return aws.cloudwatch.MetricAlarm(
        f"{name}-{alert.id}",
        alarm_description=alert.description,
        metric_queries=queries,
        comparison_operator=alert.comparison,
        threshold=alert.threshold,
        evaluation_periods=alert.periods,
        treat_missing_data=alert.missing,
        alarm_actions=[topic_arn],
        insufficient_data_actions=[topic_arn],
        opts=pulumi.ResourceOptions(parent=parent),
    )
