"""The two kinds of alerts on an account: API calls in the trail, and events that AWS services send to EventBridge."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.shared.alarms import Alert, MetricAlert

METRIC_NAMESPACE: Final = "LogMetrics"
"""The metric namespace that AWS's page on the Security Hub controls uses for a trail."""

ORIGIN: Final[Mapping[str, str]] = {"account": "$.account", "region": "$.region", "time": "$.time"}
"""Fields of an event that every message shows."""

_BUCKETS: Final = "<buckets>"


@dataclass(frozen=True, kw_only=True)
class TrailAlert(Alert):
    """API calls of one kind, counted in the log group of the account's trail."""

    pattern: str
    """CloudWatch Logs filter pattern of at most 1,024 characters. `pattern_for` replaces `<buckets>` in it."""
    source: str = "project"
    """Source of the pattern: a Security Hub control, a benchmark, or this project."""
    threshold: int = 1
    """Number of calls in one period that raises the alarm."""
    period_seconds: int = 300
    """Length of a period in seconds."""

    @property
    def names_buckets(self) -> bool:
        """Whether the pattern contains `<buckets>`, so that only calls on the log buckets match."""
        return _BUCKETS in self.pattern

    @property
    def metric_alert(self) -> MetricAlert:
        """The alert on the metric that counts the calls; the name of the metric is the id of the alert."""
        return MetricAlert(
            id=self.id,
            summary=self.summary,
            impact=self.impact,
            namespace=METRIC_NAMESPACE,
            metric=self.id,
            statistic="Sum",
            threshold=self.threshold,
            comparison="GreaterThanOrEqualToThreshold",
            period_seconds=self.period_seconds,
        )

    def pattern_for(self, buckets: Sequence[str]) -> str:
        """Return the pattern with `<buckets>` replaced by a condition on these bucket names."""
        condition = " || ".join(f'($.requestParameters.bucketName="{bucket}")' for bucket in buckets)
        return self.pattern.replace(_BUCKETS, condition)


@dataclass(frozen=True, kw_only=True)
class EventAlert(Alert):
    """Events that AWS services send to EventBridge."""

    pattern: Mapping[str, object]
    """EventBridge event pattern, without the fields that `filter` returns."""
    filter: Callable[[Sequence[str]], Mapping[str, object]] | None = None
    """Returns fields of the pattern, so that only events of resources with the given ARNs match; None for events of the whole
    account and region."""
    paths: Mapping[str, str]
    """Fields of the event that the message shows: name to JSONPath. Only identifiers and types, never free text."""
    text: str
    """First sentence of the message; EventBridge replaces `<name>` by the field with that name in `paths`."""

    def pattern_for(self, arns: Sequence[str] = ()) -> str:
        """Return the event pattern as JSON. An alert with `filter` needs the ARNs of the resources.

        Raises:
            ValueError: There is a filter and no ARN, or an ARN and no filter.
        """
        if (self.filter is None) != (not arns):
            raise ValueError(f"arns of {self.id} must {'be left out' if arns else 'name a resource'}")
        return json.dumps({**self.pattern, **(self.filter(arns) if self.filter else {})}, sort_keys=True)

    @property
    def template(self) -> str:
        """The EventBridge input template of the message: one JSON string."""
        return json.dumps(f"{self.text} {self.impact} Runbook: {self.runbook}")
