"""Strategies of data stores and backups."""

from __future__ import annotations

from hypothesis import strategies as st

from facts import caches
from facts.quotas import max_data_zones
from facts.regions import ZONES, partition
from tests.settings.documents import DIGEST, Document
from tests.settings.strategies.common import some, span, zone_count

_days = st.integers(1, 35)
_windows = st.sampled_from(
    [
        {},
        {"backup_window": "22:00-22:30", "maintenance_window": "mon:03:00-mon:04:00"},
        {"backup_window": "23:30-00:30", "maintenance_window": "sat:22:00-sat:23:30"},
    ]
)
_database: Document = {
    "database": st.sampled_from(["app", "ward_rounds"]),
    "backup_days": _days,
    "audit_statements": st.lists(st.sampled_from(["ddl", "role", "write", "read"]), min_size=1, unique=True),
    "allow_major_upgrade": st.booleans(),
}


def _locks(protect: bool) -> st.SearchStrategy[str]:
    return st.sampled_from(["governance", "compliance"] if protect else ["none", "governance"])


@st.composite
def _auroras(draw: st.DrawFn, protect: bool) -> Document:
    """Draw a cluster, either with an instance class or Serverless v2, whose options do not exclude each other."""
    instance_class = draw(st.sampled_from([None, "db.r6g.large", "db.t4g.medium"]))
    low = draw(st.integers(1 if protect else 0, 512)) / 2
    return {
        "engine_version": draw(st.sampled_from(["14.20", "16.13", "17.9", "17.99", "18.4"])),
        "readers": draw(span(0, 6)) if instance_class else {"min": draw(st.integers(0, 6))},
        "capacity_acu": {"min": low, "max": draw(st.integers(max(2, int(low * 2)), 512)) / 2},
        **({"instance_class": instance_class} if instance_class else {}),
        **draw(_windows),
        **draw(some(_database)),
        **draw(some({"pause_after_seconds": st.integers(300, 86_400)})),
    }


@st.composite
def _rds(draw: st.DrawFn, zones: int) -> Document:
    """Draw an instance; MySQL only if the data tier's network ACL has room for its port."""
    engine = draw(st.sampled_from(["postgres", "mysql"] if zones <= max_data_zones(4) else ["postgres"]))
    versions = {"postgres": ["14.20", "17.10", "18.1"], "mysql": ["8.4.7", "8.4.11"]}[engine]
    storage = draw(st.integers(20, 65_536))
    ceiling = -(-storage * 11 // 10)
    rds: Document = {
        "engine": engine,
        "engine_version": draw(st.sampled_from(versions)),
        "instance_class": draw(st.sampled_from(["db.t4g.micro", "db.r6g.large", "db.m9g.48xlarge"])),
        "storage_gib": storage,
        **draw(_windows),
        **draw(some({**_database, "multi_az": st.booleans()})),
    }
    if ceiling <= 65_536:
        rds |= draw(some({"max_storage_gib": st.integers(ceiling, 65_536)}))
    return rds


@st.composite
def _caches(draw: st.DrawFn) -> Document:
    engine = draw(st.sampled_from(["valkey", "redis"]))
    hour = draw(st.integers(0, 21))
    optional: Document = {
        "engine_version": st.sampled_from(sorted(caches.FAMILIES[engine])),
        "node_type": st.sampled_from(caches.NODE_TYPES[engine]),
        "replicas": st.integers(0, 5),
        "eviction": st.sampled_from(["allkeys-lru", "volatile-ttl", "noeviction"]),
        "snapshot_days": _days,
        "rotate_days": st.integers(3, 365),
    }
    return {
        "engine": engine,
        "snapshot_window": f"{hour:02}:00-{hour + 1:02}:00",
        "maintenance_window": f"wed:{hour + 1:02}:00-wed:{hour + 2:02}:30",
        **draw(some(optional)),
    }


@st.composite
def _backups(draw: st.DrawFn, region: str, other_regions: list[str], protect: bool) -> Document:
    keep = draw(st.integers(35, 36_500))
    optional: Document = {
        "copy_to_region": st.sampled_from(other_regions),
        "copy_to_vault": st.just(
            f"arn:{partition(region)}:backup:{region}:000011112222:backup-vault:elsewhere"
        ),
        "daily_keep_days": st.integers(35, keep),
        "hourly_keep_days": _days,
        "schedule": st.sampled_from(["cron(0 5 * * ? *)", "cron(15 3 ? * * *)"]),
        "restore_test": st.just("cron(0 10 ? * SUN *)"),
        "create_reports_role": st.booleans(),
    }
    if keep > 90:
        optional["cold_after_days"] = st.integers(1, keep - 90)
    backup = {"vault_lock": draw(_locks(protect)), "keep_days": keep, **draw(some(optional))}
    if backup["vault_lock"] != "none":
        shortest = backup.get("hourly_keep_days", backup.get("daily_keep_days", 35))
        backup |= draw(
            some(
                {
                    "lock_grace_days": st.integers(3, 36_500),
                    "lock_min_days": st.integers(1, shortest),
                    "lock_max_days": st.integers(keep, 36_500),
                }
            )
        )
    return backup


@st.composite
def data(draw: st.DrawFn, document: Document) -> Document:
    """Draw data stores and backups; `document` is the rest of the stack."""
    region, protect = document["aws:region"], document["hipaa:protect"]
    others = [other for other in ZONES if other != region and partition(other) == partition(region)]
    zones = zone_count(document)
    stores: Document = {
        "aurora": _auroras(protect),
        "rds": _rds(zones),
        "cache": _caches(),
        "backup": _backups(region, others, protect),
    }
    # Its port needs room in the data tier's network ACL.
    if zones <= max_data_zones(3):
        stores["files"] = st.just({})
    return draw(some(stores))


def complete(draw: st.DrawFn, document: Document) -> None:
    """Add to databases the options that need the rest of the document: services for a proxy, a cluster for a task."""
    uses = [
        use
        for app in document.get("hipaa:apps", {}).values()
        if app.get("database", {}).get("sign_in") != "password"
        for use in app["uses"]
    ]
    stores = document.get("hipaa:data", {})
    aurora = stores.get("aurora")
    pauses = aurora and not aurora["capacity_acu"]["min"] and "instance_class" not in aurora
    if aurora and "aurora" in uses and not pauses:
        aurora["proxy"] = draw(st.booleans())
    for key in ("aurora", "rds"):
        if key in stores and "hipaa:compute" in document and draw(st.booleans()):
            stores[key]["bootstrap_image"] = f"registry.example.org/client{DIGEST}"
