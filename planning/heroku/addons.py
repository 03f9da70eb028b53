"""The add-ons of a Heroku app, and the stores that replace them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal, get_args

from facts import databases
from facts.stores import DATABASES
from planning.heroku.app import Addon
from planning.heroku.note import Note
from planning.heroku.tables import (
    ACU_GIB,
    ADDONS,
    BAA,
    CACHE_MB,
    CACHES,
    DEFAULT_ENGINE,
    ENGINE_VERSIONS,
    MYSQL,
    MYSQL_VERSION,
    NODE_SHARE,
    NODE_TYPES,
    POSTGRES,
    POSTGRES_GB,
)
from settings.model import AuroraSettings, CacheSettings, DataSettings, RdsSettings

Store = Literal["aurora", "rds", "cache"]

_ADDONS: Final[dict[Store, tuple[str, ...]]] = {"aurora": POSTGRES, "rds": MYSQL, "cache": CACHES}
_MYSQL_PREFIXES: Final = {"jawsdb": "JAWSDB", "jawsdb-maria": "JAWSDB_MARIA", "cleardb": "CLEARDB_DATABASE"}
_EVICTIONS: Final = get_args(CacheSettings.model_fields["eviction"].annotation)


def stores(addons: Sequence[Addon]) -> tuple[Store, ...]:
    """Return the stores that replace add-ons."""
    return tuple(store for store in _ADDONS if _replaced(store, addons))


def has_database_url(uses: Sequence[Store]) -> bool:
    """Return whether the application signs in with `DATABASE_URL`: it uses one database."""
    return sum(use in DATABASES for use in uses) == 1


def convert_data(addons: Sequence[Addon]) -> DataSettings:
    """Return the stores that replace add-ons."""
    sections: dict[str, object] = {}
    if postgres := _replaced("aurora", addons):
        capacity = _capacity(postgres[0])
        limits = {"capacity_acu": {"max": capacity}} if capacity else {}
        sections["aurora"] = AuroraSettings.model_validate({"engine_version": _engine(postgres), **limits})
    if _replaced("rds", addons):
        sections["rds"] = RdsSettings(engine="mysql", engine_version=MYSQL_VERSION)
    if caches := _replaced("cache", addons):
        sections["cache"] = _cache(caches[0])
    return DataSettings.model_validate(sections)


def _replaced(store: Store, addons: Sequence[Addon]) -> list[Addon]:
    return [addon for addon in addons if addon.name in _ADDONS[store]]


def _engine(postgres: Sequence[Addon]) -> str:
    return ENGINE_VERSIONS.get(postgres[0].major_version, DEFAULT_ENGINE)


def _capacity(postgres: Addon) -> float | None:
    """Return the maximum capacity in ACU with the memory of a plan, as far as Aurora has it; None if the plan is unknown."""
    memory = POSTGRES_GB.get(_number(postgres))
    if memory is None:
        return None
    return min(float(math.ceil(memory / ACU_GIB)), databases.max_acu(_engine([postgres])))


def _number(addon: Addon) -> str:
    """Return the number at the end of a plan, such as 2 in `standard-2`; empty if there is none."""
    tier, dash, number = addon.plan.rpartition("-")
    return number if dash and tier != "essential" else ""


def _cache(cache: Addon) -> CacheSettings:
    values: dict[str, object] = {"engine": "valkey"}
    is_heroku = cache.name == "heroku-redis"
    memory = (
        CACHE_MB.get(_number(cache)) if is_heroku else (int(cache.plan) if cache.plan.isdecimal() else None)
    )
    if memory is not None:
        fitting = (node for node, size in NODE_TYPES.items() if size * NODE_SHARE >= memory)
        values["node_type"] = next(fitting, [*NODE_TYPES][-1])
    if cache.eviction in _EVICTIONS:
        values["eviction"] = cache.eviction
    elif is_heroku:
        # The default of Heroku: https://devcenter.heroku.com/articles/heroku-redis#maxmemory-policy
        values["eviction"] = "noeviction"
    return CacheSettings.model_validate(values)


def data_notes(addons: Sequence[Addon], app: str) -> Iterator[Note]:
    """Yield what to decide and to prepare for the stores.

    Args:
        addons: The add-ons.
        app: Name of the application.
    """
    postgres, mysql, caches = (_replaced(store, addons) for store in _ADDONS)
    if postgres:
        yield from _postgres_notes(postgres)
    if mysql:
        subject = "hipaa:data.rds"
        if others := [url for addon in mysql if (url := url_variable(addon)) != "DATABASE_URL"]:
            yield Note(
                subject,
                f"the application must read `DATABASE_URL`, with the scheme mysql, instead of {', '.join(others)}",
            )
        yield Note(
            subject,
            "has the default class and storage; compare them with the plan, and MySQL 8.4 with the server of the add-on",
        )
        if postgres:
            yield Note(
                subject,
                "the application has two databases, so it signs in to both with IAM: see docs/runbooks/database-users.md",
            )
    for store, found in (("aurora", postgres), ("rds", mysql)):
        if found:
            subject = f"hipaa:data.{store}"
            yield Note(subject, "contains no data yet: see docs/runbooks/moving-databases-from-heroku.md")
            yield Note(
                subject,
                f"set `bootstrap_image` after you push an image that contains {'psql' if store == 'aurora' else 'mysql'}: see "
                "docs/runbooks/database-users.md",
            )
    if postgres or mysql:
        yield Note(
            "hipaa:data",
            "AWS Backup is not configured: copy `backup` from Pulumi.prod.yaml, and choose its lock and its retention",
        )
    if caches:
        yield from _cache_notes(caches, app)


def _postgres_notes(postgres: Sequence[Addon]) -> Iterator[Note]:
    subject, first = "hipaa:data.aurora", postgres[0]
    if capacity := _capacity(first):
        gigabytes = POSTGRES_GB[_number(first)]
        text = f"its maximum of {capacity:g} ACU is for the {gigabytes:g} GB of memory of {first.plan} (one ACU has about 2 GiB)"
        if capacity * ACU_GIB < gigabytes:
            text += "; Aurora Serverless v2 has no more, so consider `instance_class`"
        yield Note(subject, text)
    else:
        yield Note(
            subject,
            "has the default capacity; compare it with the plan in `heroku pg:info` (one ACU has about 2 GiB of memory)",
        )
    if first.major_version and first.major_version not in ENGINE_VERSIONS:
        yield Note(
            subject,
            f"the app asks for PostgreSQL {first.major_version}, which is not in the table of versions; {_engine(postgres)} is "
            "used instead",
        )
    if len(postgres) > 1:
        yield Note(
            subject,
            f"replaces {len(postgres)} Postgres add-ons: followers become readers, and other databases become databases "
            "of the same cluster",
        )


def _cache_notes(caches: Sequence[Addon], app: str) -> Iterator[Note]:
    subject = "hipaa:data.cache"
    yield Note(
        subject, "speaks the Redis protocol, with TLS and the URL in `REDIS_URL`: see docs/runbooks/cache.md"
    )
    yield Note(
        subject,
        f"on Heroku keys have any name; here the application may use only keys and channels that begin with `{app}:` or "
        "`shared:`. Set this prefix in every client (`CACHE_PREFIX`), also in those of job queues, sessions and WebSockets. Remove options "
        "that turn the verification of the certificate off",
    )
    others = [url for addon in caches if (url := url_variable(addon)) != "REDIS_URL"]
    if others:
        yield Note(subject, f"the application must read `REDIS_URL` instead of {', '.join(others)}")
    if len(caches) > 1:
        yield Note(subject, f"replaces {len(caches)} cache add-ons: make sure that their keys do not collide")


def addon_notes(addons: Sequence[Addon]) -> Iterator[Note]:
    """Yield what to do about each add-on that no store replaces, and about options that no setting replaces."""
    replaced = [name for names in _ADDONS.values() for name in names]
    for name in dict.fromkeys(addon.name for addon in addons):
        if name not in replaced:
            unknown = f"is not in the table of add-ons: {BAA}"
            yield Note(f"add-on {name}", ADDONS[name].text if name in ADDONS else unknown)
    for addon in addons:
        options = [
            *addon.options,
            *(["maxmemory_policy"] if addon.eviction and addon.eviction not in _EVICTIONS else []),
        ]
        if options and addon.name in replaced:
            yield Note(f"add-on {addon.name}", f"no setting replaces its options {', '.join(options)}")


def url_variable(addon: Addon) -> str:
    """Return the config var with the URL of a database or a cache; an empty text for other add-ons."""
    if addon.name in POSTGRES:
        return f"{addon.attached_as or 'DATABASE'}_URL"
    if addon.name in MYSQL:
        return f"{addon.attached_as or _MYSQL_PREFIXES[addon.name]}_URL"
    if addon.name in CACHES:
        default = "REDIS" if addon.name.startswith("heroku") else addon.name.partition("-")[0].upper()
        return f"{addon.attached_as or default}_URL"
    return ""


def prefixes(addon: Addon) -> tuple[str, ...]:
    """Return the prefixes of the config vars that an add-on sets."""
    if addon.name in POSTGRES:
        return ("HEROKU_POSTGRESQL_",)
    if addon.name in CACHES:
        return ("HEROKU_REDIS_",)
    if addon.name in ADDONS:
        attached = (f"{addon.attached_as}_",) if addon.attached_as else ()
        return (*ADDONS[addon.name].variables, *attached)
    return ()
