"""How many tasks a process has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator

from facts.quotas import TASKS_PER_SERVICE
from settings import types as t
from settings.model.base import ByName, Section
from settings.values import FrozenMap, freeze, whole_number


class TaskRange(Section):
    """Number of tasks of a process."""

    min: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")] = 2
    """Minimum number of tasks."""
    max: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")] = 4
    """Maximum number of tasks."""


class PeriodSettings(Section):
    """Another minimum and maximum in a period that recurs, such as office hours. Periods must not overlap."""

    start: t.TimeCron
    """When the period starts, in `timezone`."""
    end: t.TimeCron
    """When the period ends and `tasks` applies again, in `timezone`."""
    min: Annotated[int, whole_number(0, TASKS_PER_SERVICE, "tasks")]
    """Minimum number of tasks in the period."""
    max: Annotated[int, whole_number(1, TASKS_PER_SERVICE, "tasks")]
    """Maximum number of tasks in the period."""
    timezone: t.Timezone = "UTC"
    """Time zone of the cron expressions."""


class MetricSettings(Section):
    """A CloudWatch metric that determines the number of tasks, such as the length of a queue.

    CloudWatch must receive a value every minute, also if it is 0: without values the number of tasks does not change.
    """

    namespace: t.MetricText
    """Namespace of the metric, such as `AWS/SQS` or one of your own."""
    name: t.MetricText
    """Name of the metric, such as `ApproximateNumberOfMessagesVisible`."""
    dimensions: Annotated[Mapping[t.MetricText, t.MetricText], AfterValidator(freeze)] = FrozenMap()
    """All dimensions of the metric: the value by the name, such as `{QueueName: jobs}`."""
    statistic: Literal["average", "maximum", "minimum", "sum"] = "average"
    """Statistic of the values of one minute."""
    target: t.MetricValue
    """Target for the statistic, or for the statistic divided by the number of running tasks (`per_task`)."""
    per_task: bool = False
    """Whether the statistic is divided by the number of running tasks. Set it for a total that tasks share, such as the number
    of waiting jobs. Leave it out for a value that falls as tasks are added, such as a waiting time in seconds."""


class ScaleSettings(Section):
    """What determines the number of tasks of a process."""

    cpu_percent: t.Percent = 60
    """Target for the average CPU utilization, in percent."""
    memory_percent: t.Percent = 75
    """Target for the average memory utilization, in percent."""
    requests_per_task: Annotated[int, whole_number(1, 1_000_000, "requests")] | None = None
    """Target for the requests per task and minute. If not set, requests do not determine the number of tasks."""
    metrics: ByName[MetricSettings] = FrozenMap()
    """Targets for other metrics, by a name of your choice. The metric that requires the most tasks decides."""
    schedule: ByName[PeriodSettings] = FrozenMap()
    """Other bounds in certain periods, by a name of your choice. With a period, a change of `tasks` takes effect when the next
    period ends, so that an update does not end a period early."""
