"""Engine versions and instance classes of RDS and Aurora, as of `AS_OF`.

Versions: the lists that the AWS API returned on 2026-08-13
(https://github.com/aws-cloudformation/cfn-lint/blob/21bd92972/src/cfnlint/data/schemas/extensions/aws_rds_dbinstance/engine_version.json),
without those that have left AWS's release calendars
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html,
https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html and
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html), according to the copy of 2026-08-22 in
https://github.com/endoflife-date/release-data. PostgreSQL 16.6, which many examples use, is missing because AWS creates no
database with it since 2026-05-01. Majors in extended support are left out because AWS charges extra for them.

Classes: AWS's price list of 2026-08-13
(https://github.com/aws-cloudformation/cfn-lint/blob/21bd92972/src/cfnlint/data/schemas/extensions/aws_rds_dbinstance/dbinstanceclass_enum.json),
without the families before m5, r5 and t3, which PostgreSQL 14 and MySQL 8.4 do not support. For Aurora:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html (read 2026-11-26).
Not every region has every class; `aws rds describe-orderable-db-instance-options` lists the classes of a region.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, Literal

from facts.instances import limits_of

Engine = Literal["aurora-postgresql", "postgres", "mysql"]

AS_OF: Final = "2026-08-22"
"""Date of the newest source."""

STANDARD_SUPPORT_ENDS: Final[Mapping[Engine, Mapping[str, str]]] = {
    "aurora-postgresql": {
        "14": "2027-02-28", "15": "2028-02-29", "16": "2029-02-28", "17": "2030-02-28", "18": "2031-02-28",
    },
    "postgres": {
        "14": "2027-02-28", "15": "2028-02-29", "16": "2029-02-28", "17": "2030-02-28", "18": "2031-02-28",
    },
    "mysql": {"8.4": "2029-07-31"},
}  # fmt: skip
"""Last day of standard support, by engine and major version."""

VERSIONS: Final[Mapping[Engine, Sequence[str]]] = {
    "aurora-postgresql": (
        "14.6", "14.17", "14.18", "14.19", "14.20", "14.22", "14.23",
        "15.10", "15.12", "15.13", "15.14", "15.15", "15.17", "15.18",
        "16.8", "16.9", "16.10", "16.11", "16.13", "16.14",
        "17.4", "17.5", "17.6", "17.7", "17.9", "17.10",
        "18.3", "18.4",
    ),
    "postgres": (
        "14.18", "14.19", "14.20", "14.21", "14.22", "14.23",
        "15.13", "15.14", "15.15", "15.16", "15.17", "15.18",
        "16.9", "16.10", "16.11", "16.12", "16.13", "16.14",
        "17.5", "17.6", "17.7", "17.8", "17.9", "17.10",
        "18.1", "18.2", "18.3", "18.4",
    ),
    "mysql": ("8.4.5", "8.4.6", "8.4.7", "8.4.8", "8.4.9", "8.4.10", "8.4.11"),
}  # fmt: skip
"""Versions with which a database can be created, oldest first."""

_TO_16: Final = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_TO_24: Final = (*_TO_16, "24xlarge")
_TO_32: Final = (*_TO_24, "32xlarge")
_TO_48: Final = (*_TO_24, "48xlarge")
_BURST: Final = ("micro", "small", "medium", "large", "xlarge", "2xlarge")

_RDS: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(("t3", "t4g"), _BURST),
    **dict.fromkeys(("m6g", "m6gd", "m7g", "r6g", "r6gd", "r7g", "x2g"), _TO_16),
    **dict.fromkeys(("m5", "m5d", "r5", "r5b", "r5d"), _TO_24),
    **dict.fromkeys(("m6i", "m6id", "m6idn", "m6in", "r6i", "r6id", "r6idn", "r6in"), _TO_32),
    **dict.fromkeys(("m7i", "m8g", "m8gd", "m9g", "r7i", "r8g", "r8gd"), _TO_48),
    "x2idn": ("16xlarge", "24xlarge", "32xlarge"),
    "x2iedn": ("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "24xlarge", "32xlarge"),
}
_AURORA: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(("t3", "t4g"), ("medium", "large")),
    **dict.fromkeys(("r6g", "r7g", "x2g"), _TO_16),
    "r5": _TO_24,
    "r6i": _TO_32,
    **dict.fromkeys(("r7i", "r8g"), _TO_48),
}
_FAMILIES: Final[Mapping[Engine, Mapping[str, Sequence[str]]]] = {
    "aurora-postgresql": _AURORA,
    "postgres": _RDS,
    "mysql": _RDS,
}

ACU_GIB: Final = 2
"""Memory of one Aurora capacity unit, in GiB
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html)."""

SMALLEST_ACU_MAX: Final = 1.0
"""Lowest value that AWS accepts as the maximum capacity of Serverless v2, in ACU
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-administration.html)."""

# First minor version with the feature, by major; later majors all have it
# (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html).
_PAUSES_FROM: Final[Mapping[str, str]] = {"14": "14.12", "15": "15.7", "16": "16.3"}
_256_ACU_FROM: Final[Mapping[str, str]] = {"14": "14.10", "15": "15.5", "16": "16.1"}

# The default `max_connections` of PostgreSQL is LEAST({DBInstanceClassMemory/9531392}, 5000), that of MySQL
# {DBInstanceClassMemory/12582880}
# (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections).
_BYTES_PER_CONNECTION: Final[Mapping[Engine, int]] = {
    "aurora-postgresql": 9_531_392,
    "postgres": 9_531_392,
    "mysql": 12_582_880,
}
_MOST_CONNECTIONS: Final[Mapping[Engine, int]] = {
    "aurora-postgresql": 5000,
    "postgres": 5000,
    "mysql": 16_000,
}
_PAUSING_CONNECTIONS: Final = 2000

SERVERLESS_CONNECTIONS: Final = ((1.0, 189), (4.0, 823), (8.0, 1669), (16.0, 3360), (32.0, 5000))
"""Highest capacity of an Aurora PostgreSQL Serverless v2 instance, in ACU, and its default `max_connections`
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html)."""

# `DBInstanceClassMemory` is the memory of the class without the share of the operating system and of RDS. AWS does not
# document this share. With these numbers, the formula gives the values of `SERVERLESS_CONNECTIONS`.
_RESERVED_MIB: Final = 204
_RESERVED_SHARE: Final = 0.0615

BACKUP_WINDOW_DISTANCE_MINUTES: Final = 60
"""Distance that a backup job must keep from the windows of an RDS instance, in minutes; AWS Backup fails jobs that start
closer (https://repost.aws/knowledge-center/backup-coordinates-pitr). Aurora has no such limit
(https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html)."""

_DAY_MINUTES: Final = 24 * 60
_MIB: Final = 1024 * 1024


def major(engine: Engine, version: str) -> str:
    """Return the major version: the first number, or the first two for MySQL."""
    return ".".join(version.split(".")[: 2 if engine == "mysql" else 1])


def family(engine: Engine, version: str) -> str:
    """Return the parameter group family of a version."""
    return f"{engine}{major(engine, version)}"


def newest(engine: Engine, major_version: str) -> str | None:
    """Return the newest version of a major in the table, or None if the table does not have the major."""
    newest_first = reversed(VERSIONS[engine])
    return next((version for version in newest_first if major(engine, version) == major_version), None)


def is_newer(engine: Engine, version: str) -> bool:
    """Return whether a version is a later minor of a major in the table, so that AWS may have it by now."""
    newest_listed = newest(engine, major(engine, version))
    return newest_listed is not None and _numbers(version) > _numbers(newest_listed)


def nearest_versions(engine: Engine, version: str) -> tuple[str, ...]:
    """Return versions to use in place of one that AWS does not have.

    These are the next minor and the newest version of the same major. For a major that is not in the table it is the
    newest version of the nearest major.
    """
    same_major = [listed for listed in VERSIONS[engine] if major(engine, listed) == major(engine, version)]
    if not same_major:
        number = _numbers(version)[0]
        majors = sorted({major(engine, listed) for listed in VERSIONS[engine]}, key=_numbers)
        nearest = min(majors, key=lambda listed: (abs(_numbers(listed)[0] - number), _numbers(listed)))
        return (newest(engine, nearest) or VERSIONS[engine][-1],)
    later = [listed for listed in same_major if _numbers(listed) > _numbers(version)]
    return tuple(dict.fromkeys((*later[:1], same_major[-1])))


def has_class(engine: Engine, instance_class: str) -> bool:
    """Return whether an engine supports an instance class."""
    kind, size = _parts(instance_class)
    return size in _FAMILIES[engine].get(kind, ())


def nearest_class(engine: Engine, instance_class: str) -> str:
    """Return the supported class that is most similar to another: same or similar family, and the nearest size."""
    kind, size = _parts(instance_class)
    families = _FAMILIES[engine]
    if kind not in families:
        letter = re.match(r"[a-z]*", kind)
        same_letter = [name for name in families if name.startswith(letter[0])] if letter else []
        kind = get_close_matches(kind, same_letter or list(families), n=1, cutoff=0.0)[0]
    sizes = families[kind]
    if size in sizes:
        return f"db.{kind}.{size}"
    return f"db.{kind}.{min(sizes, key=lambda name: (abs(_weight(name) - _weight(size)), _weight(name)))}"


def memory_mib(instance_class: str) -> int | None:
    """Return the memory of a class in MiB, or None if its instance type is not in `facts.instances`."""
    limits = limits_of(instance_class.removeprefix("db."))
    return limits.memory_mib if limits else None


def connections(engine: Engine, memory: int) -> int:
    """Return how many connections a database accepts with its default parameters.

    Args:
        engine: The engine.
        memory: Memory of the instance class in MiB.
    """
    available = memory * (1 - _RESERVED_SHARE) - _RESERVED_MIB
    return min(int(available * _MIB / _BYTES_PER_CONNECTION[engine]), _MOST_CONNECTIONS[engine])


def serverless_connections(lowest_acu: float, highest_acu: float) -> int:
    """Return how many connections an Aurora PostgreSQL Serverless v2 instance accepts by default.

    The number depends on the highest capacity. AWS allows at most 2,000 connections while the lowest capacity is 0 or
    0.5 ACU.
    """
    accepted = connections("aurora-postgresql", int(highest_acu * ACU_GIB * 1024))
    return min(accepted, _PAUSING_CONNECTIONS) if lowest_acu < 1 else accepted


def acu_for_connections(connections: float) -> tuple[float, float]:
    """Return a lowest and a highest capacity, in ACU, with which an instance accepts this number of connections.

    The highest capacity is a row of `SERVERLESS_CONNECTIONS`: the last one where no capacity is enough. The lowest is
    1 where more than 2,000 connections need it, otherwise 0.
    """
    enough = (acu for acu, accepted in SERVERLESS_CONNECTIONS if accepted >= connections)
    highest = next(enough, SERVERLESS_CONNECTIONS[-1][0])
    return (1.0 if connections > _PAUSING_CONNECTIONS else 0.0), highest


def has_insights(engine: Engine, instance_class: str) -> bool:
    """Return whether Performance Insights supports a class.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.Engines.html
    """
    kind, size = _parts(instance_class)
    return not (engine == "mysql" and kind in ("t3", "t4g") and size in ("micro", "small"))


def is_near(minute: int, within: int, windows: Sequence[str]) -> bool:
    """Return whether a backup of an RDS instance may start within an hour of one of its windows, on any day.

    Args:
        minute: Earliest start, in minutes of the day.
        within: Length of the start window, in minutes.
        windows: Windows such as `03:00-03:30` and `sun:07:00-sun:07:30`.
    """
    for window in windows:
        clocks = (point.split(":")[-2:] for point in window.split("-"))
        first, last = (60 * int(hour) + int(minutes) for hour, minutes in clocks)
        blocked_from = first - BACKUP_WINDOW_DISTANCE_MINUTES
        blocked_minutes = (last - first) % _DAY_MINUTES + 2 * BACKUP_WINDOW_DISTANCE_MINUTES
        starts_inside = (minute - blocked_from) % _DAY_MINUTES < blocked_minutes
        runs_into = (blocked_from - minute) % _DAY_MINUTES < within
        if starts_inside or runs_into:
            return True
    return False


def can_pause(version: str) -> bool:
    """Return whether Aurora Serverless v2 of a version can pause at 0 ACU."""
    return _from(_PAUSES_FROM, version)


def max_acu(version: str) -> float:
    """Return the maximum capacity of Aurora Serverless v2 of a version, in ACU."""
    return 256.0 if _from(_256_ACU_FROM, version) else 128.0


def _from(first_minor: Mapping[str, str], version: str) -> bool:
    since = first_minor.get(major("aurora-postgresql", version))
    return since is None or _numbers(version) >= _numbers(since)


def _parts(instance_class: str) -> tuple[str, str]:
    kind, _, size = instance_class.removeprefix("db.").partition(".")
    return kind, size


def _weight(size: str) -> int:
    """Return a size in eighths of an `xlarge`, so that sizes can be compared."""
    small = {"micro": 1, "small": 2, "medium": 3, "large": 4}
    if size in small:
        return small[size]
    match = re.fullmatch(r"(\d*)xlarge", size)
    return 8 * int(match[1] or 1) if match else 0


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


PASSWORD_DAYS: Final = 30
"""Days between two rotations of the password of an application; this project's choice."""
