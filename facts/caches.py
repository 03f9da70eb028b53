"""Which cache engines, versions and node types AWS has, and what goes with what. No resources.

Versions and parameter group families are those of
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/supported-engine-versions.html, node types and their memory those of
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html (`maxmemory` by node type, a table for
each engine); read 2026-11-26. Redis OSS ends at 7.1; the eighth generation of nodes is in Valkey's table alone.

Left out, although AWS has them: Redis OSS before 7 and node types of earlier generations (`t2`, `m4`, `r4`), which lack
features this project relies on, and `r6gd`, which keeps part of its data on disk and has to be asked to.

A node type that is in no table is refused: unlike EC2's, ElastiCache's list is short and grows seldom. A region may have
fewer than these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal, TypeAlias

Engine: TypeAlias = Literal["valkey", "redis"]

FAMILIES: Final[Mapping[Engine, Mapping[str, str]]] = {
    "valkey": {"7.2": "valkey7", "8.0": "valkey8", "8.1": "valkey8", "8.2": "valkey8", "9.0": "valkey9"},
    "redis": {"7.0": "redis7", "7.1": "redis7"},
}
"""Parameter group family by engine and version, oldest first."""

_GRAVITON: Final = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_INTEL: Final = ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge")
_BURSTABLE: Final = ("micro", "small", "medium")
_BOTH: Final[Mapping[str, tuple[str, ...]]] = {
    "t4g": _BURSTABLE,
    "t3": _BURSTABLE,
    "m7g": _GRAVITON,
    "m6g": _GRAVITON,
    "m5": _INTEL,
    "r7g": _GRAVITON,
    "r6g": _GRAVITON,
    "r5": _INTEL,
    "c7gn": _GRAVITON,
}
_VALKEY_ONLY: Final = ("m8g", "r8g", "c8gn")


def _types(families: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(f"cache.{family}.{size}" for family, sizes in families.items() for size in sizes)


NODE_TYPES: Final[Mapping[Engine, tuple[str, ...]]] = {
    "valkey": _types({**_BOTH, **dict.fromkeys(_VALKEY_ONLY, _GRAVITON)}),
    "redis": _types(_BOTH),
}
"""Node types by engine."""

_NUMBERED: Final = re.compile(r"(\d+)xlarge")


def newest(engine: Engine) -> str:
    """Return the newest version of an engine."""
    return list(FAMILIES[engine])[-1]


def nearest_version(engine: Engine, version: str) -> str:
    """Return the version AWS has that is closest to another; the older one of two as close."""
    wanted = _number(version)
    return min(FAMILIES[engine], key=lambda known: abs(_number(known) - wanted))


def nearest_node_type(engine: Engine, node_type: str) -> str:
    """Return the node type that is most like another: of its family or kind, and about its size."""
    known = NODE_TYPES[engine]
    family, _, size = node_type.removeprefix("cache.").partition(".")
    relatives = [name for name in known if name.split(".")[1] == family] or [
        name for name in known if name.split(".")[1][:1] == family[:1]
    ]
    newest_kind = [name for name in relatives if name.split(".")[1] == relatives[0].split(".")[1]]
    if newest_kind:
        return min(newest_kind, key=lambda name: abs(_rank(name.split(".")[2]) - _rank(size)))
    return get_close_matches(node_type, known, n=1, cutoff=0.0)[0]


def _number(version: str) -> int:
    major, _, minor = version.partition(".")
    return int(major) * 100 + int(minor or 0)


def _rank(size: str) -> float:
    """Return a size as a number of `xlarge`, so that sizes compare."""
    if sized := _NUMBERED.fullmatch(size):
        return float(sized[1])
    return {"micro": 0.0, "small": 0.1, "medium": 0.25, "large": 0.5, "xlarge": 1.0}.get(size, 0.5)
