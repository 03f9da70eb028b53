"""Rules on the number of tasks and on the instances that run them."""

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
    ("name", "allowed"),
    [
        ("c5.2xlarge", "another type than hipaa:compute.instance_type, which AWS tries first"),
        ("c7g.2xlarge", "a type for x86_64, the architecture of c5.2xlarge"),
        ("c5.xlarge", "a type with at least the processors, memory and limit of tasks of c5.2xlarge"),
        ("t3.2xlarge", "a type with at least the processors, memory and limit of tasks of c5.2xlarge"),
    ],
)
def test_another_type_must_hold_the_tasks_of_the_first_one(name: str, allowed: str) -> None:
    types = ["m5.2xlarge", name, "c5.4xlarge"]
    refused = problem(put(full_document(), "hipaa:compute.other_instance_types", types))
    assert (refused.path, refused.allowed) == ("hipaa:compute.other_instance_types[1]", allowed)


def test_another_type_outside_the_table_is_accepted() -> None:
    document = put(full_document(), "hipaa:compute.other_instance_types", ["c5n.2xlarge"])
    assert new_warnings(document, full_document()) == []


def test_another_type_must_exist() -> None:
    refused = problem(put(full_document(), "hipaa:compute.other_instance_types", ["c5.3xlarge"]))
    assert refused.path == "hipaa:compute.other_instance_types[0]"
    assert refused.hint == "the nearest is c5.2xlarge or c5.4xlarge"


def test_spot_requires_spot_instances() -> None:
    document = put(full_document(), "hipaa:apps.worker.processes.jobs.spot", True)
    refused = problem(document)
    assert refused.path == "hipaa:apps.worker.processes.jobs.spot"
    assert refused.allowed == "true requires hipaa:compute.max_spot_instances"
    assert new_warnings(put(document, "hipaa:compute.max_spot_instances", 30), full_document()) == []


def test_spot_instances_that_cannot_hold_the_tasks_are_a_warning() -> None:
    document = put(full_document(), "hipaa:compute.max_spot_instances", 1)
    document = put(document, "hipaa:apps.worker.processes.jobs.spot", True)
    document = put(document, "hipaa:apps.worker.processes.jobs.tasks", {"min": 2, "max": 40})
    [warning] = new_warnings(document, full_document())
    assert warning.startswith("hipaa:compute.max_spot_instances is 1, but the services need at least")


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
