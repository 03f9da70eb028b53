"""What the settings of databases may be together, told as in `settings.rules`.

What AWS has not got is refused with the nearest that it has, by the dated table in `facts.databases`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts import databases
from facts.databases import Engine
from settings import regions, windows
from settings.model import AuroraSettings, RdsSettings, SecondRegionSettings, Settings
from settings.rules import Finding

_AURORA: Final = "hipaa:data.aurora"
_RDS: Final = "hipaa:data.rds"
_READERS: Final = 15
_MYSQL_ZONES: Final = 5

RESERVED: Final = frozenset(
    {"admin", "dbadmin", "mysql", "none", "postgres", "public", "rdsadmin", "root", "sys"}
)
"""Names that a database user or its schema cannot have: the administrator's own, and those of PostgreSQL and MySQL."""


RESERVED_DATABASES: Final = frozenset(
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
"""Names that a database cannot have, because the engine has one of that name."""


def check(settings: Settings) -> Iterator[Finding]:
    """Yield databases that AWS has not got, and switches that do not go together."""
    data = settings.data
    if data and (aurora := data.aurora):
        yield from _version(_AURORA, "aurora-postgresql", aurora.engine_version)
        yield from _windows(_AURORA, aurora)
        yield from _name(_AURORA, aurora.database)
        yield from _capacity(aurora, settings)
        yield from _readers(aurora)
        yield from _aurora_switches(aurora, settings)
    if data and (rds := data.rds):
        yield from _version(_RDS, rds.engine, rds.engine_version)
        yield from _class(_RDS, rds.engine, rds.instance_class)
        yield from _windows(_RDS, rds)
        yield from _name(_RDS, rds.database)
        yield from _rds_switches(rds, settings)
    yield from _users(settings)


def _version(path: str, engine: Engine, version: str) -> Iterator[Finding]:
    if version in databases.VERSIONS[engine] or databases.is_newer(engine, version):
        return
    near = " or ".join(databases.nearest_versions(engine, version))
    majors = ", ".join(dict.fromkeys(databases.major(engine, known) for known in databases.VERSIONS[engine]))
    yield Finding(
        f"{path}.engine_version",
        version,
        f"a version of {engine} that AWS has ({databases.AS_OF}): majors {majors}",
        f"the nearest is {near}",
        also=(f"{path}.engine",) if path == _RDS else (),
    )


def _class(path: str, engine: Engine, instance_class: str) -> Iterator[Finding]:
    if not databases.has_class(engine, instance_class):
        yield Finding(
            f"{path}.instance_class",
            instance_class,
            f"a class that {engine} runs on ({databases.AS_OF})",
            f"the nearest is {databases.nearest_class(engine, instance_class)}",
            also=(f"{path}.engine",) if path == _RDS else (),
        )


def _name(path: str, database: str) -> Iterator[Finding]:
    if database in RESERVED_DATABASES:
        yield Finding(
            f"{path}.database", database, "a name that the engine has not taken", "the default is app"
        )


def _windows(path: str, store: AuroraSettings | RdsSettings) -> Iterator[Finding]:
    if windows.collide(store.backup_window, store.maintenance_window):
        yield Finding(
            f"{path}.maintenance_window",
            store.maintenance_window,
            f"a window that does not overlap {path}.backup_window ({store.backup_window}): AWS refuses both at once",
            also=(f"{path}.backup_window",),
        )


def _capacity(aurora: AuroraSettings, settings: Settings) -> Iterator[Finding]:
    low, high = f"{_AURORA}.capacity_acu.min", f"{_AURORA}.capacity_acu.max"
    capacity, version = aurora.capacity_acu, f"{_AURORA}.engine_version"
    if capacity.max < databases.SMALLEST_ACU_MAX:
        yield Finding(high, capacity.max, f"{databases.SMALLEST_ACU_MAX:g} ACU or more", "the nearest is 1")
    elif capacity.max > databases.most_acu(aurora.engine_version):
        most = databases.most_acu(aurora.engine_version)
        yield Finding(
            high,
            capacity.max,
            f"{most:g} ACU or less with {version} {aurora.engine_version}",
            also=(version,),
        )
    if capacity.min or aurora.instance_class:
        return
    awake = "the nearest is 0.5"
    if settings.protect:
        yield Finding(
            low,
            capacity.min,
            "0.5 ACU or more while hipaa:protect is true: a paused database takes half a minute to answer",
            awake,
            also=("hipaa:protect",),
        )
    elif not databases.can_pause(aurora.engine_version):
        yield Finding(
            low, capacity.min, f"0.5 ACU or more with {version} {aurora.engine_version}", awake, (version,)
        )
    for key, present in {"proxy": aurora.proxy, "second_region": aurora.second_region is not None}.items():
        if present:
            beside = f"{_AURORA}.{key}"
            yield Finding(
                low,
                capacity.min,
                f"0.5 ACU or more with {beside}, which never lets it pause",
                awake,
                (beside,),
            )


def _readers(aurora: AuroraSettings) -> Iterator[Finding]:
    path, readers = f"{_AURORA}.readers", aurora.readers
    if aurora.instance_class:
        yield from _class(_AURORA, "aurora-postgresql", aurora.instance_class)
    elif readers.max is not None and readers.max > readers.min:
        yield Finding(
            f"{path}.max",
            readers.max,
            f"no more than {path}.min ({readers.min}) without {_AURORA}.instance_class: "
            "AWS does not change the number of Serverless v2 readers, each grows by itself",
            "leave it out",
            also=(f"{path}.min", f"{_AURORA}.instance_class"),
        )
    most = max(readers.min, readers.most)
    if most + aurora.analytics_readers > _READERS:
        yield Finding(
            f"{_AURORA}.analytics_readers",
            aurora.analytics_readers,
            f"at most {_READERS - most} beside {path}: a cluster has {_READERS} readers",
            also=(path,),
        )


def _aurora_switches(aurora: AuroraSettings, settings: Settings) -> Iterator[Finding]:
    if aurora.activity_stream and not aurora.instance_class:
        yield Finding(
            f"{_AURORA}.activity_stream",
            aurora.activity_stream,
            f"false without {_AURORA}.instance_class: Serverless v2 has no activity stream",
            also=(f"{_AURORA}.instance_class",),
        )
    elif aurora.activity_stream and (aurora.instance_class or "").startswith("db.t"):
        yield Finding(
            f"{_AURORA}.activity_stream",
            aurora.activity_stream,
            f"false with {_AURORA}.instance_class {aurora.instance_class}: burstable classes have no activity stream",
            "the nearest class is db.r6g.large",
            also=(f"{_AURORA}.instance_class",),
        )
    if aurora.proxy and not _users_of("aurora", settings):
        yield Finding(
            f"{_AURORA}.proxy",
            aurora.proxy,
            "false until a service has aurora in its uses: the proxy lets in named users",
            also=("hipaa:services",),
        )
    if aurora.second_region:
        yield from _generated(f"{_AURORA}", "second_region", aurora.administrator)
        yield from _second_region(aurora.second_region, settings)
    yield from _bootstrap(_AURORA, aurora, settings)


def _second_region(second: SecondRegionSettings, settings: Settings) -> Iterator[Finding]:
    path = f"{_AURORA}.second_region"
    if second.region == settings.region or regions.partition(second.region) != settings.partition:
        yield Finding(
            f"{path}.region",
            second.region,
            f"another region of the partition of aws:region ({settings.region})",
            also=("aws:region",),
        )
    for key, arn, service, kind in (
        ("kms_key_arn", second.kms_key_arn, "kms", "a KMS key"),
        ("logs_key_arn", second.logs_key_arn, "kms", "a KMS key"),
        ("alarm_topic_arn", second.alarm_topic_arn, "sns", "an SNS topic"),
    ):
        if arn.split(":")[2:4] != [service, second.region]:
            yield Finding(
                f"{path}.{key}",
                arn,
                f"{kind} in {path}.region ({second.region})",
                also=(f"{path}.region",),
            )


def _rds_switches(rds: RdsSettings, settings: Settings) -> Iterator[Finding]:
    if rds.blue_green_updates:
        yield from _generated(_RDS, "blue_green_updates", rds.administrator)
    if rds.max_storage_gib is not None and rds.storage_ceiling_gib is None:
        yield Finding(
            f"{_RDS}.max_storage_gib",
            rds.max_storage_gib,
            f"a tenth more than {_RDS}.storage_gib ({rds.storage_gib}) or greater",
            f"the nearest is {-(-rds.storage_gib * 11 // 10)}",
            also=(f"{_RDS}.storage_gib",),
        )
    if rds.engine == "mysql" and len(settings.network.zones) > _MYSQL_ZONES:
        yield Finding(
            f"{_RDS}.engine",
            rds.engine,
            f"postgres with more than {_MYSQL_ZONES} zones: the data tier's ACL has no room for a third port",
            also=("hipaa:network.zones",),
        )
    yield from _bootstrap(_RDS, rds, settings)


def _generated(path: str, key: str, maker: str) -> Iterator[Finding]:
    if maker != "generated":
        yield Finding(
            f"{path}.administrator",
            maker,
            f"generated with {path}.{key}: AWS has it not where RDS manages the password",
            also=(f"{path}.{key}",),
        )


def _bootstrap(path: str, store: AuroraSettings | RdsSettings, settings: Settings) -> Iterator[Finding]:
    image = store.bootstrap_image
    if image is None:
        return
    if settings.compute is None:
        yield Finding(
            f"{path}.bootstrap_image",
            image,
            "a stack with hipaa:compute, to run it on",
            also=("hipaa:compute",),
        )
    elif settings.protect and "@sha256:" not in image:
        yield Finding(
            f"{path}.bootstrap_image",
            image,
            "an image by digest (name@sha256:…) while hipaa:protect is true: a tag can be moved",
            also=("hipaa:protect",),
        )


def _users(settings: Settings) -> Iterator[Finding]:
    for name, service in (settings.services or {}).items():
        if name in RESERVED and {"aurora", "rds"} & set(service.uses):
            yield Finding(
                f"hipaa:services.{name}",
                name,
                f"another name for a service with a database: its user would be called {name}, which is taken",
                also=(f"hipaa:services.{name}.uses",),
            )


def _users_of(store: str, settings: Settings) -> list[str]:
    return [name for name, service in (settings.services or {}).items() if store in service.uses]


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for versions newer than the table, and for databases whose users nobody makes."""
    data = settings.data
    stores: list[tuple[str, str, Engine, AuroraSettings | RdsSettings]] = []
    if data and data.aurora:
        stores.append(("aurora", _AURORA, "aurora-postgresql", data.aurora))
    if data and data.rds:
        stores.append(("rds", _RDS, data.rds.engine, data.rds))
    for key, path, engine, store in stores:
        if databases.is_newer(engine, store.engine_version):
            yield (
                f"{path}.engine_version {store.engine_version} is newer than the table of {databases.AS_OF} "
                "in facts/databases.py: make sure that your region has it"
            )
        if store.bootstrap_image is None and _users_of(key, settings):
            yield f"{path}.bootstrap_image is not set: make the services' database users by hand before they connect"
