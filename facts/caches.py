"""Engines, versions and node types of ElastiCache.

Versions and parameter group families:
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/supported-engine-versions.html. Node types and their memory:
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html (`maxmemory` by node type, one table
for each engine). Both were read on 2026-11-26. Redis OSS ends at 7.1; only Valkey has the eighth generation of nodes.

Redis OSS before 7 and earlier node generations (`t2`, `m4`, `r4`) are left out because they lack features that this
project relies on. `r6gd` is left out because its data tiering keeps part of the data on disk.

A node type that is in no table is refused: unlike EC2's, ElastiCache's list is short and changes rarely. Not every
region has every node type.
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
_BOTH_ENGINES: Final[Mapping[str, tuple[str, ...]]] = {
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
    "valkey": _types({**_BOTH_ENGINES, **dict.fromkeys(_VALKEY_ONLY, _GRAVITON)}),
    "redis": _types(_BOTH_ENGINES),
}
"""Node types by engine."""

_XLARGE: Final = re.compile(r"(\d+)xlarge")


def newest(engine: Engine) -> str:
    """Return the newest version of an engine."""
    return list(FAMILIES[engine])[-1]


def nearest_version(engine: Engine, version: str) -> str:
    """Return the version in the table that is closest to another version; the older one if two are equally close."""
    number = _number(version)
    return min(FAMILIES[engine], key=lambda candidate: abs(_number(candidate) - number))


def nearest_node_type(engine: Engine, node_type: str) -> str:
    """Return the node type that is most similar to another: same family or same kind, and about the same size."""
    candidates = NODE_TYPES[engine]
    family, _, size = node_type.removeprefix("cache.").partition(".")
    same_kind = [name for name in candidates if name.split(".")[1] == family] or [
        name for name in candidates if name.split(".")[1][:1] == family[:1]
    ]
    first_family = [name for name in same_kind if name.split(".")[1] == same_kind[0].split(".")[1]]
    if first_family:
        return min(first_family, key=lambda name: abs(_rank(name.split(".")[2]) - _rank(size)))
    return get_close_matches(node_type, candidates, n=1, cutoff=0.0)[0]


def _number(version: str) -> int:
    major, _, minor = version.partition(".")
    return int(major) * 100 + int(minor or 0)


def _rank(size: str) -> float:
    """Return a size in multiples of `xlarge`, so that sizes can be compared."""
    if match := _XLARGE.fullmatch(size):
        return float(match[1])
    return {"micro": 0.0, "small": 0.1, "medium": 0.25, "large": 0.5, "xlarge": 1.0}.get(size, 0.5)
