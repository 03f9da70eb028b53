"""Rules on the Aurora cluster that do not apply to RDS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts import databases
from facts.quotas import AURORA_READERS
from facts.stores import STORES
from settings.errors import Mistake
from settings.model import AuroraSettings, SecondRegionSettings, Settings
from settings.rules import common
from settings.rules.databases import check_generated_password, check_instance_class

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
    yield from _activity_stream(aurora)
    if aurora.proxy and not any("aurora" in service.uses for service in (settings.services or {}).values()):
        yield Mistake(
            f"{_PATH}.proxy",
            aurora.proxy,
            "false unless a service has aurora in its uses: the proxy admits only the users of services",
            related_paths=("hipaa:services",),
        )
    if aurora.second_region:
        yield from check_generated_password(
            _PATH, "second_region", aurora.administrator, feature="global databases"
        )
        yield from _second_region(aurora.second_region, settings)


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
    if aurora.second_region:
        reasons[f"{_PATH}.second_region"] = (
            f"{_PATH}.second_region is set, because replication keeps the database awake"
        )
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
    most = max(readers.min, readers.effective_max)
    if most + aurora.analytics_readers > AURORA_READERS:
        yield Mistake(
            f"{_PATH}.analytics_readers",
            aurora.analytics_readers,
            f"at most {AURORA_READERS - most} in addition to {path}: a cluster has at most {AURORA_READERS} readers",
            related_paths=(path,),
        )


def _activity_stream(aurora: AuroraSettings) -> Iterator[Mistake]:
    path, also = f"{_PATH}.activity_stream", (f"{_PATH}.instance_class",)
    if not aurora.activity_stream:
        return
    if aurora.instance_class is None:
        yield Mistake(
            path,
            True,
            f"false while {_PATH}.instance_class is not set: Serverless v2 does not support activity streams",
            related_paths=also,
        )
    elif aurora.instance_class.startswith("db.t"):
        yield Mistake(
            path,
            True,
            f"false while {_PATH}.instance_class is {aurora.instance_class}: burstable classes do not support "
            "activity streams",
            "the nearest class is db.r6g.large",
            related_paths=also,
        )


def _second_region(second: SecondRegionSettings, settings: Settings) -> Iterator[Mistake]:
    path = f"{_PATH}.second_region"
    yield from common.check_other_region(settings, f"{path}.region", second.region)
    for key, arn, service, noun in (
        ("kms_key_arn", second.kms_key_arn, "kms", "a KMS key"),
        ("logs_key_arn", second.logs_key_arn, "kms", "a KMS key"),
        ("alarm_topic_arn", second.alarm_topic_arn, "sns", "an SNS topic"),
    ):
        if arn.split(":")[2:4] != [service, second.region]:
            yield Mistake(
                f"{path}.{key}",
                arn,
                f"{noun} in {path}.region ({second.region})",
                related_paths=(f"{path}.region",),
            )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a warning if the cluster of a protected stack runs in one zone."""
    aurora = settings.data.aurora if settings.data else None
    if settings.protect and aurora and not aurora.readers.min:
        yield common.one_zone_warning(f"{_PATH}.readers.min is 0")
