"""What an alert is: a row of the tables in `events.py` and `findings.py`, and its section in the runbook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

RUNBOOK: Final = "docs/runbooks/alarm-fired.md"
"""Where every alert sends the person on call."""

_BUCKETS: Final = "<buckets>"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One thing that people are told of."""

    id: str
    """Name of the alarm or rule, and heading of its section in the runbook."""
    what: str
    """What happened, in one sentence."""
    why: str
    """Why it matters, in one sentence."""

    @property
    def runbook(self) -> str:
        """Path and anchor of the section to open."""
        return f"{RUNBOOK}#{self.id}"

    @property
    def description(self) -> str:
        """What happened, why it matters and which runbook to open.

        CloudWatch takes 1024 characters for an alarm, EventBridge 512 for a rule.
        """
        return f"{self.what} {self.why} Runbook: {self.runbook}"


@dataclass(frozen=True, kw_only=True)
class TrailEvent(Alert):
    """API calls of one kind, counted in the log group of the account's trail."""

    pattern: str
    """CloudWatch Logs filter pattern, 1024 characters at most; `<buckets>` stands for the log buckets."""
    source: str = "project"
    """Where the pattern is from."""
    threshold: int = 1
    """How many calls in one period raise the alarm."""
    period_seconds: int = 300
    """Length of a period."""

    @property
    def names_buckets(self) -> bool:
        """Whether the pattern is about the log buckets only."""
        return _BUCKETS in self.pattern

    def pattern_for(self, buckets: Sequence[str]) -> str:
        """Return the pattern with the names of the log buckets put in."""
        names = " || ".join(f'($.requestParameters.bucketName="{bucket}")' for bucket in buckets)
        return self.pattern.replace(_BUCKETS, names)


@dataclass(frozen=True, kw_only=True)
class Finding(Alert):
    """Events that AWS services send to EventBridge."""

    pattern: Mapping[str, object]
    """EventBridge event pattern."""
    paths: Mapping[str, str]
    """Fields of the event that the message shows: name to JSONPath. Identifiers and types, never free text."""
    text: str
    """First sentence of the message; `<name>` stands for the field of that name."""

    @property
    def template(self) -> str:
        """The message as EventBridge wants it: one JSON string."""
        return json.dumps(f"{self.text} {self.why} Runbook: {self.runbook}")
