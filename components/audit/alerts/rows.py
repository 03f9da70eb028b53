"""The two kinds of alerts on the account: API calls in the trail, and events that AWS services send to EventBridge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.shared.alarms import Alert, MetricAlert

METRIC_NAMESPACE: Final = "LogMetrics"
"""The namespace that the Security Hub controls name for the metrics of a trail."""

_BUCKETS: Final = "<buckets>"


@dataclass(frozen=True, kw_only=True)
class TrailAlert(Alert):
    """API calls of one kind, counted in the log group of the account's trail."""

    pattern: str
    """CloudWatch Logs filter pattern, 1024 characters at most; `<buckets>` stands for the log buckets."""
    source: str = "project"
    """Where the pattern comes from."""
    threshold: int = 1
    """Number of calls in one period that raises the alarm."""
    period_seconds: int = 300
    """Length of a period."""

    @property
    def names_buckets(self) -> bool:
        """Whether the pattern is about the log buckets only."""
        return _BUCKETS in self.pattern

    @property
    def counted(self) -> MetricAlert:
        """The alert on the metric that counts the calls; the metric has the name of the alert."""
        return MetricAlert(
            id=self.id,
            what=self.what,
            why=self.why,
            namespace=METRIC_NAMESPACE,
            metric=self.id,
            statistic="Sum",
            threshold=self.threshold,
            comparison="GreaterThanOrEqualToThreshold",
            period_seconds=self.period_seconds,
        )

    def pattern_for(self, buckets: Sequence[str]) -> str:
        """Return the pattern with the names of the log buckets inserted."""
        names = " || ".join(f'($.requestParameters.bucketName="{bucket}")' for bucket in buckets)
        return self.pattern.replace(_BUCKETS, names)


@dataclass(frozen=True, kw_only=True)
class EventAlert(Alert):
    """Events that AWS services send to EventBridge."""

    pattern: Mapping[str, object]
    """EventBridge event pattern."""
    paths: Mapping[str, str]
    """Fields of the event that the message shows: name to JSONPath. Identifiers and types, never free text."""
    text: str
    """First sentence of the message; `<name>` stands for the field of that name."""

    @property
    def template(self) -> str:
        """The message in EventBridge's form: one JSON string."""
        return json.dumps(f"{self.text} {self.why} Runbook: {self.runbook}")
