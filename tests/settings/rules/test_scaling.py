"""Rules on the number of tasks."""

from __future__ import annotations

import pytest

from tests.settings.documents import Document, full_document, new_warnings, problem, put

PATH = "hipaa:apps.api.processes.web.scale_on.schedule"


def _period(start: str, end: str, **others: str) -> Document:
    return {"start": f"cron({start} * * ? *)", "end": f"cron({end} * * ? *)", "min": 2, "max": 9, **others}


def test_a_period_does_not_end_when_another_one_starts() -> None:
    periods = {"morning": _period("0 8", "0 12"), "evening": _period("0 12", "0 18")}
    refused = problem(put(full_document(), PATH, periods))
    assert refused.path == f"{PATH}.morning.end"
    assert refused.allowed.startswith(f"another time than {PATH}.evening.start")


@pytest.mark.parametrize(
    "periods",
    [
        {"morning": _period("0 8", "59 11"), "evening": _period("0 12", "0 18")},
        {"east": _period("0 8", "0 12", timezone="America/New_York"), "utc": _period("0 12", "0 18")},
    ],
)
def test_periods_at_other_times_are_accepted(periods: Document) -> None:
    assert new_warnings(put(full_document(), PATH, periods), full_document()) == []


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("target", 0, "a number from 0.001 to 1000000000"),
        ("target", "100", None),
        ("target", float("nan"), "a number from 0.001 to 1000000000"),
        ("namespace", ":jobs", "1 to 255 printable ASCII characters"),
        ("dimensions", {"": "x"}, "1 to 255 printable ASCII characters"),
        ("statistic", "p99", "average"),
    ],
)
def test_a_metric_that_cloudwatch_does_not_accept_is_refused(
    key: str, value: object, allowed: str | None
) -> None:
    metric: Document = {"namespace": "Ehr", "name": "Waiting", "target": 10, key: value}
    document = put(full_document(), "hipaa:apps.api.processes.web.scale_on.metrics", {"backlog": metric})
    if allowed is None:
        assert new_warnings(document, full_document()) == []
    else:
        assert allowed in problem(document).allowed
