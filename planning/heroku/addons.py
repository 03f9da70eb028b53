"""The add-ons of a Heroku app: the stores that replace them, and the config vars that they set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from planning.heroku.app import Addon
from planning.heroku.note import Note
from planning.heroku.tables import ADDONS, BAA, CACHES, DEFAULT_ENGINE, ENGINE_VERSIONS, POSTGRES
from settings.model import AuroraSettings, CacheSettings, DataSettings

Store = Literal["aurora", "cache"]


@dataclass(frozen=True, slots=True)
class Variables:
    """Names of config vars by where they come from."""

    own: tuple[str, ...]
    """Set by the app's developers."""
    from_addons: tuple[str, ...]
    """Set by add-ons."""
    from_heroku: tuple[str, ...]
    """Set by Heroku's runtime."""


def stores(addons: Sequence[Addon]) -> tuple[Store, ...]:
    """Return the stores that replace add-ons."""
    replaced: tuple[tuple[Store, list[Addon]], ...] = (
        ("aurora", _databases(addons)),
        ("cache", _caches(addons)),
    )
    return tuple(store for store, items in replaced if items)


def convert_data(addons: Sequence[Addon]) -> DataSettings:
    """Return the stores that replace add-ons."""
    databases = _databases(addons)
    aurora = AuroraSettings(engine_version=_engine(databases)) if databases else None
    return DataSettings(aurora=aurora, cache=CacheSettings(engine="valkey") if _caches(addons) else None)


def _databases(addons: Sequence[Addon]) -> list[Addon]:
    return [addon for addon in addons if addon.name in POSTGRES]


def _caches(addons: Sequence[Addon]) -> list[Addon]:
    return [addon for addon in addons if addon.name in CACHES]


def _engine(databases: Sequence[Addon]) -> str:
    return ENGINE_VERSIONS.get(databases[0].major_version, DEFAULT_ENGINE)


def data_notes(addons: Sequence[Addon]) -> Iterator[Note]:
    """Yield what to decide and to prepare for the stores."""
    if databases := _databases(addons):
        subject, version = "hipaa:data.aurora", databases[0].major_version
        yield Note(
            subject,
            "has the default capacity; compare it with the plan in `heroku pg:info` (one ACU has about 2 GiB of memory)",
        )
        yield Note(subject, "contains no data yet: see docs/runbooks/moving-databases-from-heroku.md")
        yield Note(
            subject,
            "set `bootstrap_image` after you push an image that contains psql: see docs/runbooks/database-users.md",
        )
        yield Note(
            "hipaa:data",
            "AWS Backup is not configured: copy `backup` from Pulumi.prod.yaml, and choose its lock and its retention",
        )
        if version and version not in ENGINE_VERSIONS:
            yield Note(
                subject,
                f"the app asks for PostgreSQL {version}, which is not in the table of versions; {_engine(databases)} is "
                "used instead",
            )
        if len(databases) > 1:
            yield Note(
                subject,
                f"replaces {len(databases)} Postgres add-ons: followers become readers, and other databases become databases "
                "of the same cluster",
            )
    if caches := _caches(addons):
        subject = "hipaa:data.cache"
        yield Note(
            subject,
            "speaks the Redis protocol, with TLS and the URL in `REDIS_URL`: see docs/runbooks/cache.md",
        )
        if len(caches) > 1:
            yield Note(
                subject, f"replaces {len(caches)} cache add-ons: make sure that their keys do not collide"
            )


def addon_notes(addons: Sequence[Addon]) -> Iterator[Note]:
    """Yield what to do about each add-on that no store replaces."""
    for name in dict.fromkeys(addon.name for addon in addons):
        if name not in (*POSTGRES, *CACHES):
            unknown = f"is not in the table of add-ons: {BAA}"
            yield Note(f"add-on {name}", ADDONS[name].text if name in ADDONS else unknown)


def sort_variables(names: Sequence[str], addons: Sequence[Addon]) -> Variables:
    """Sort config vars by where they come from.

    A URL that an add-on always sets is in the result even if `app.json` does not list it.
    """
    urls = {url for addon in addons if (url := _url(addon))}
    prefixes = tuple(prefix for addon in addons for prefix in _prefixes(addon))
    from_addons = {*urls, *(name for name in names if name.startswith(prefixes))}
    from_heroku = {
        name for name in names if name in ("PORT", "DYNO") or name.startswith("HEROKU_")
    } - from_addons
    own = (name for name in names if name not in from_addons and name not in from_heroku)
    return Variables(tuple(own), tuple(sorted(from_addons)), tuple(sorted(from_heroku)))


def _url(addon: Addon) -> str:
    """Return the config var with the URL of a database or a cache; an empty text for other add-ons."""
    if addon.name in POSTGRES:
        return f"{addon.attached_as or 'DATABASE'}_URL"
    if addon.name in CACHES:
        default = "REDIS" if addon.name.startswith("heroku") else addon.name.partition("-")[0].upper()
        return f"{addon.attached_as or default}_URL"
    return ""


def _prefixes(addon: Addon) -> tuple[str, ...]:
    """Return the prefixes of the config vars that an add-on sets."""
    if addon.name in POSTGRES:
        return ("HEROKU_POSTGRESQL_",)
    if addon.name in CACHES:
        return ("HEROKU_REDIS_",)
    if addon.name in ADDONS:
        attached = (f"{addon.attached_as}_",) if addon.attached_as else ()
        return (*ADDONS[addon.name].variables, *attached)
    return ()
