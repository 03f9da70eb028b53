"""Rules on the number of tasks of a process."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Mistake
from settings.model import Settings


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield periods that end at the moment at which a period of the same process starts.

    AWS documents no order in which it runs two scheduled actions of the same moment
    (https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-policy-overview.html).
    """
    for service in settings.services.values():
        path = f"{service.path}.scale_on.schedule"
        periods = service.settings.scale_on.schedule
        starts = {(period.start, period.timezone): name for name, period in periods.items()}
        for name, period in periods.items():
            first = starts.get((period.end, period.timezone))
            if first is not None:
                yield Mistake(
                    f"{path}.{name}.end",
                    period.end,
                    f"another time than {path}.{first}.start, because AWS documents no order for two changes at the same time",
                    "let the period end a minute earlier",
                    related_paths=(f"{path}.{first}.start",),
                )
