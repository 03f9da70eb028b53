"""Rules on the cache. Versions and node types are checked against the dated table in `facts.caches`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts import caches
from facts.stores import STORES
from settings import windows
from settings.errors import Mistake
from settings.model import Settings
from settings.rules import common

_PATH: Final = STORES["cache"].section


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield versions and node types that AWS does not offer, and windows that overlap."""
    if settings.data is None or settings.data.cache is None:
        return
    cache = settings.data.cache
    versions, node_types = caches.FAMILIES[cache.engine], caches.NODE_TYPES[cache.engine]
    if cache.version not in versions:
        yield Mistake(
            f"{_PATH}.engine_version",
            cache.version,
            f"a version of {cache.engine} that ElastiCache offers: {', '.join(versions)}",
            f"the nearest is {caches.nearest_version(cache.engine, cache.version)}",
            related_paths=(f"{_PATH}.engine",),
        )
    if cache.node_type not in node_types:
        families = ", ".join(dict.fromkeys(name.split(".")[1] for name in node_types))
        yield Mistake(
            f"{_PATH}.node_type",
            cache.node_type,
            f"a node type that ElastiCache offers for {cache.engine}, of one of the families {families}",
            f"the nearest is {caches.nearest_node_type(cache.engine, cache.node_type)}",
            related_paths=(f"{_PATH}.engine",),
        )
    if windows.overlap(cache.snapshot_window, cache.maintenance_window):
        yield Mistake(
            f"{_PATH}.snapshot_window",
            cache.snapshot_window,
            f"a window that does not overlap {_PATH}.maintenance_window ({cache.maintenance_window}) on any day",
            related_paths=(f"{_PATH}.maintenance_window",),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a warning if a protected stack has a cache without replicas."""
    cache = settings.data.cache if settings.data else None
    if settings.protect and cache and not cache.replicas:
        yield common.one_zone_warning(f"{_PATH}.replicas is 0")
