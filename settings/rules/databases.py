"""Rules that Aurora and RDS have in common. Versions and classes are checked against the dated table in `facts.databases`."""

from __future__ import annotations

from collections.abc import Iterator

from facts import databases
from facts.databases import Engine
from facts.stores import STORES
from settings import windows
from settings.errors import Mistake
from settings.model import Database, RdsSettings, Settings
from settings.rules import common

RESERVED_DATABASES = frozenset(
    {
        "information_schema",
        "mysql",
        "performance_schema",
        "postgres",
        "rdsadmin",
        "sys",
        "template0",
        "template1",
    }
)
"""Names that a database cannot have because the engine already has a database or schema of that name."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield versions that AWS does not have, windows that overlap, names that are taken, and images that cannot run."""
    for name, database in settings.relational_stores.items():
        path = STORES[name].section
        yield from _version(path, database)
        yield from _windows(path, database)
        if database.database in RESERVED_DATABASES:
            yield Mistake(
                f"{path}.database",
                database.database,
                "a name that the engine does not use itself",
                "the default is app",
            )
        yield from _bootstrap(path, database, settings)


def _version(path: str, database: Database) -> Iterator[Mistake]:
    engine, version = database.engine, database.engine_version
    if version in databases.VERSIONS[engine] or databases.is_newer(engine, version):
        return
    majors = dict.fromkeys(databases.major(engine, listed) for listed in databases.VERSIONS[engine])
    yield Mistake(
        f"{path}.engine_version",
        version,
        f"a version of {engine} that AWS offers (as of {databases.AS_OF}) with one of the majors {', '.join(majors)}",
        f"the nearest is {' or '.join(databases.nearest_versions(engine, version))}",
        related_paths=engine_paths(path, database),
    )


def check_instance_class(path: str, database: Database, name: str) -> Iterator[Mistake]:
    """Refuse an instance class that the engine does not support."""
    engine: Engine = database.engine
    if not databases.has_class(engine, name):
        yield Mistake(
            f"{path}.instance_class",
            name,
            f"a class that {engine} supports (as of {databases.AS_OF})",
            f"the nearest is {databases.nearest_class(engine, name)}",
            related_paths=engine_paths(path, database),
        )


def engine_paths(path: str, database: Database) -> tuple[str, ...]:
    """Return the path of the engine if the user can choose it."""
    return (f"{path}.engine",) if isinstance(database, RdsSettings) else ()


def _windows(path: str, database: Database) -> Iterator[Mistake]:
    if windows.overlap(database.backup_window, database.maintenance_window):
        yield Mistake(
            f"{path}.maintenance_window",
            database.maintenance_window,
            f"a window that does not overlap {path}.backup_window ({database.backup_window}), which AWS would refuse",
            related_paths=(f"{path}.backup_window",),
        )


def _bootstrap(path: str, database: Database, settings: Settings) -> Iterator[Mistake]:
    image = database.bootstrap_image
    if image is None:
        return
    if settings.compute is None:
        yield Mistake(
            f"{path}.bootstrap_image",
            image,
            "a bootstrap_image requires hipaa:compute, on which its task runs",
            related_paths=("hipaa:compute",),
        )
    else:
        yield from common.check_image_digest(settings, f"{path}.bootstrap_image", image)


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on versions that are newer than the table and on missing users."""
    apps = (settings.apps or {}).values()
    for name, database in settings.relational_stores.items():
        path = STORES[name].section
        if databases.is_newer(database.engine, database.engine_version):
            yield (
                f"{path}.engine_version {database.engine_version} is newer than the table of {databases.AS_OF} in "
                "facts/databases.py: make sure that AWS offers it in your region"
            )
        if database.bootstrap_image is None and any(name in app.uses for app in apps):
            yield (
                f"{path}.bootstrap_image is not set: create the database users of the applications yourself before they "
                "connect"
            )
