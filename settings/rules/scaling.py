"""Rules on the number of tasks of a process, and on the instances that run them."""

from __future__ import annotations

from collections.abc import Iterator

from facts.instances import Limits, architecture, limits_of
from settings.errors import Mistake
from settings.model import Settings


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield periods that touch, instance types that differ too much, and processes on Spot instances that do not exist."""
    yield from _periods(settings)
    yield from _other_types(settings)
    compute = settings.compute
    for service in settings.services.values():
        if service.settings.spot and compute and compute.max_spot_instances is None:
            yield Mistake(
                f"{service.path}.spot",
                True,
                "true requires hipaa:compute.max_spot_instances",
                "set hipaa:compute.max_spot_instances, or remove spot",
                related_paths=("hipaa:compute.max_spot_instances",),
            )


def _other_types(settings: Settings) -> Iterator[Mistake]:
    """Yield instance types of another architecture, and types on which fewer tasks fit.

    ECS sizes the group by the number of instances, and the rules on tasks count with `instance_type`.
    """
    compute = settings.compute
    if compute is None:
        return
    main, required = limits_of(compute.instance_type), architecture(compute.instance_type)
    for index, name in enumerate(compute.other_instance_types):
        other, allowed = limits_of(name), ""
        if name == compute.instance_type:
            allowed = "another type than hipaa:compute.instance_type, which AWS tries first"
        elif architecture(name) != required:
            allowed = f"a type for {required}, the architecture of {compute.instance_type}"
        elif main and other and not _holds(other, main):
            allowed = (
                f"a type with at least the processors, memory and limit of tasks of {compute.instance_type}"
            )
        if allowed:
            yield Mistake(
                f"hipaa:compute.other_instance_types[{index}]",
                name,
                allowed,
                related_paths=("hipaa:compute.instance_type",),
            )


def _holds(other: Limits, main: Limits) -> bool:
    return (
        other.vcpus >= main.vcpus
        and other.memory_mib >= main.memory_mib
        and other.max_tasks(trunking=True) >= main.max_tasks(trunking=True)
    )


def _periods(settings: Settings) -> Iterator[Mistake]:
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
