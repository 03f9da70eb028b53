"""Rules on the Aurora cluster that do not apply to RDS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts import databases
from facts.stores import STORES
from settings.errors import Mistake
from settings.model import AuroraSettings, Settings
from settings.rules import common
from settings.rules.databases import check_instance_class

_PATH: Final = STORES["aurora"].section


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield capacities and readers that AWS does not offer, and options that exclude each other."""
    if settings.data is None or settings.data.aurora is None:
        return
    aurora = settings.data.aurora
    yield from _limits(aurora)
    if aurora.capacity_acu.min == 0 and aurora.instance_class is None:
        yield from _pause(aurora, settings)
    yield from _readers(aurora)
    if aurora.proxy and not any(
        "aurora" in app.uses and app.database.sign_in == "iam" for app in (settings.apps or {}).values()
    ):
        yield Mistake(
            f"{_PATH}.proxy",
            aurora.proxy,
            "false unless an application has aurora in its uses and signs in by IAM: the proxy admits only IAM users",
            related_paths=("hipaa:apps",),
        )


def _limits(aurora: AuroraSettings) -> Iterator[Mistake]:
    path, version = f"{_PATH}.capacity_acu.max", f"{_PATH}.engine_version"
    capacity, most = aurora.capacity_acu.max, databases.max_acu(aurora.engine_version)
    if capacity < databases.SMALLEST_ACU_MAX:
        yield Mistake(path, capacity, f"at least {databases.SMALLEST_ACU_MAX:g} ACU", "the nearest is 1")
    elif capacity > most:
        yield Mistake(
            path,
            capacity,
            f"at most {most:g} ACU with {version} {aurora.engine_version}",
            related_paths=(version,),
        )


def _pause(aurora: AuroraSettings, settings: Settings) -> Iterator[Mistake]:
    """Refuse a minimum capacity of 0 in a stack that cannot or must not pause."""
    path, version = f"{_PATH}.capacity_acu.min", f"{_PATH}.engine_version"
    reasons: dict[str, str] = {}
    if settings.protect:
        reasons["hipaa:protect"] = (
            "hipaa:protect is true: a paused database needs half a minute to answer its first connection"
        )
    elif not databases.can_pause(aurora.engine_version):
        reasons[version] = f"{version} is {aurora.engine_version}, which cannot pause"
    if aurora.proxy:
        reasons[f"{_PATH}.proxy"] = f"{_PATH}.proxy is true, because the proxy keeps the database awake"
    for other, reason in reasons.items():
        yield Mistake(
            path,
            aurora.capacity_acu.min,
            f"at least 0.5 ACU while {reason}",
            "the nearest is 0.5",
            related_paths=(other,),
        )


def _readers(aurora: AuroraSettings) -> Iterator[Mistake]:
    path, readers = f"{_PATH}.readers", aurora.readers
    if aurora.instance_class:
        yield from check_instance_class(_PATH, aurora, aurora.instance_class)
    elif readers.max is not None and readers.max > readers.min:
        yield Mistake(
            f"{path}.max",
            readers.max,
            f"at most {path}.min ({readers.min}) while {_PATH}.instance_class is not set: AWS does not change the "
            "number of Serverless v2 readers; each reader scales its capacity instead",
            "leave it out",
            related_paths=(f"{path}.min", f"{_PATH}.instance_class"),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a warning if the cluster of a protected stack runs in one zone."""
    aurora = settings.data.aurora if settings.data else None
    if settings.protect and aurora and not aurora.readers.min:
        yield common.one_zone_warning(f"{_PATH}.readers.min is 0")
