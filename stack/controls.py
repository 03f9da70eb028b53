"""Parameters of the policy controls that follow from the settings of a stack.

The defaults of a control are for a protected stack with compliance locks. With these parameters a stack is judged by its
own settings, whatever its name is: a control reports a program that does less than its settings say. A preview names these
settings beside a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from facts.databases import PASSWORD_DAYS
from facts.stores import StoreName
from settings import Settings
from settings.model import AuditSettings, BackupSettings, Database

_ROTATED: tuple[str, ...] = ("aws:elasticache/user:User authenticationMode",)
"""Properties that Pulumi ignores by design: a rotation function sets the passwords of the cache users."""
_MOVED = "aws:lb/listenerRule:ListenerRule actions"
"""Property that Pulumi ignores if ECS moves requests between target groups by changing the weights of a rule. The control that
reads it judges only rules of HTTP listeners, and this program has none."""
_OF_ACCOUNT = ("trail", "password-policy", "bucket-sharing")
"""Parts of the baseline that the owner of the account creates."""
_OF_REGION = (
    "config-recorder",
    "volume-encryption",
    "volume-key",
    "snapshot-sharing",
    "image-sharing",
    "instance-metadata",
)
"""Parts of the baseline that the owner of a region creates and that no setting turns off."""
_NOT_IN_COPY_REGION = ("volume-key", "conformance-pack", "inspector")
"""Parts that concern instances and their volumes; the region of the backup copies has none."""
_CLASSIFYING_TAGS = ("data-classification", "owner")


_BACKUP = "hipaa:data.backup"
_SPANS_ZONES = {"aurora": "hipaa:data.aurora.readers.min", "rds": "hipaa:data.rds.multi_az"}
"""The setting that gives a database a second zone, by store."""


class Parameter(NamedTuple):
    """One parameter of a control."""

    control: str
    name: str
    value: object
    settings: tuple[str, ...] = ()
    """Keys of the settings from which the value follows; none for a decision of this architecture."""


def parameters(settings: Settings) -> Mapping[str, Mapping[str, object]]:
    """Return parameters by control id and parameter; every other parameter keeps its default."""
    values: dict[str, dict[str, object]] = {}
    for item in _parameters(settings):
        values.setdefault(item.control, {})[item.name] = item.value
    return values


def origins(settings: Settings) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the keys of the settings from which each parameter follows, by control id and parameter."""
    keys: dict[str, dict[str, tuple[str, ...]]] = {}
    for item in _parameters(settings):
        if item.settings:
            keys.setdefault(item.control, {})[item.name] = item.settings
    return keys


def _parameters(settings: Settings) -> Iterator[Parameter]:
    tags = [tag for tag in _CLASSIFYING_TAGS if tag in settings.default_tags.tags]
    endpoints = ["s3", *settings.network.interface_endpoints]
    yield Parameter("region-is-allowed", "regions", *_regions(settings))
    yield Parameter("stateful-resource-is-protected", "protect", settings.protect, ("hipaa:protect",))
    moves = any(service.settings.deployment.strategy != "rolling" for service in settings.services.values())
    yield Parameter(
        "ignored-changes-spare-controls",
        "accepted",
        [*_ROTATED, *([_MOVED] if moves else [])],
        ("hipaa:apps.<name>.processes.<name>.deployment.strategy",) if moves else (),
    )
    yield from _logs(settings.audit)
    yield from _baseline(settings)
    yield Parameter(
        "vpc-has-private-endpoints", "services", endpoints, ("hipaa:network.interface_endpoints",)
    )
    yield Parameter("security-group-opens-only-edge-ports", "open_ports", *_public_ports(settings))
    yield Parameter("data-store-is-classified", "default_tags", tags, ("aws:defaultTags.tags",))
    yield from _databases(settings.relational_stores)
    if settings.data and (cache := settings.data.cache):
        yield Parameter("cache-spans-zones", "required", cache.replicas > 0, ("hipaa:data.cache.replicas",))
        yield Parameter(
            "cache-keeps-snapshots", "min_days", cache.snapshot_days, ("hipaa:data.cache.snapshot_days",)
        )
        # The same control judges the passwords of databases, which rotate at a fixed interval.
        has_passwords = any(app.database.sign_in == "password" for app in (settings.apps or {}).values())
        longest = max(cache.rotate_days, PASSWORD_DAYS if has_passwords else 0)
        yield Parameter("secret-rotates", "max_days", longest, ("hipaa:data.cache.rotate_days",))
    if settings.data and (backup := settings.data.backup):
        yield from _backups(backup)


def _regions(settings: Settings) -> tuple[list[str], tuple[str, ...]]:
    """Return the regions that the stack uses, and the settings that name them."""
    if settings.copy_region:
        return [settings.region, settings.copy_region], ("aws:region", f"{_BACKUP}.copy_to_region")
    return [settings.region], ("aws:region",)


def _logs(audit: AuditSettings) -> Iterator[Parameter]:
    days, kept = audit.retention_days, ("hipaa:audit.retention_days",)
    yield Parameter("log-group-keeps-six-years", "min_days", days, kept)
    yield Parameter(
        "log-group-keeps-six-years",
        "min_days_if_archived",
        audit.hot_days or days,
        ("hipaa:audit.hot_days",) if audit.hot_days else kept,
    )
    yield Parameter("s3-log-bucket-keeps-six-years", "min_days", days, kept)
    yield Parameter(
        "s3-log-bucket-is-locked-six-years", "object_lock", audit.object_lock, ("hipaa:audit.object_lock",)
    )
    yield Parameter("s3-log-bucket-is-locked-six-years", "min_days", days, kept)


def _baseline(settings: Settings) -> Iterator[Parameter]:
    """Yield which parts of the baseline of the account and its regions this stack must create."""
    audit, control, owns = settings.audit, "account-baseline-is-whole", ("hipaa:audit.owns",)
    optional = {
        "guardduty": audit.detection.guardduty,
        "security-hub": audit.detection.security_hub,
        "conformance-pack": audit.detection.config_conformance_pack,
        "access-analyzer": audit.detection.access_analyzer,
        "inspector": audit.detection.inspector,
    }
    of_region = [*_OF_REGION, *(part for part, is_enabled in optional.items() if is_enabled)]
    parts = [*(_OF_ACCOUNT if audit.owns_account else ()), *(of_region if audit.owns_region else ())]
    yield Parameter(control, "owner", "yes" if audit.owns else "no", owns)
    yield Parameter(control, "parts", parts, (*owns, "hipaa:audit.detection"))
    if audit.owns_copy_region:
        copied = [part for part in of_region if part not in _NOT_IN_COPY_REGION]
        yield Parameter(
            control, "further_regions", [settings.copy_region], (*owns, f"{_BACKUP}.copy_to_region")
        )
        yield Parameter(control, "further_parts", copied, ("hipaa:audit.detection",))
    yield Parameter(
        "config-recorder-is-complete", "global_types", "here" if audit.owns_account else "elsewhere", owns
    )


def _public_ports(settings: Settings) -> tuple[list[int], tuple[str, ...]]:
    """Return the ports that the internet may reach, and the settings that open them."""
    opened = {
        "hipaa:edge": (80, 443) if settings.edge else (),
        "hipaa:connectivity.vpn": (443, 1194) if settings.connectivity and settings.connectivity.vpn else (),
    }
    return [port for ports in opened.values() for port in ports], tuple(opened)


def _databases(databases: Mapping[StoreName, Database]) -> Iterator[Parameter]:
    if not databases:
        return
    yield Parameter(
        "database-keeps-backups",
        "min_days",
        min(item.backup_days for item in databases.values()),
        tuple(f"hipaa:data.{name}.backup_days" for name in databases),
    )
    yield Parameter("database-takes-minor-upgrades", "pinned", True)
    yield Parameter(
        "database-spans-zones",
        "required",
        all(item.spans_zones for item in databases.values()),
        tuple(_SPANS_ZONES[name] for name in databases),
    )


def _backups(backup: BackupSettings) -> Iterator[Parameter]:
    copies = backup.copy_to_region is not None
    shortest = (
        ("lock_min_days",)
        if backup.lock_min_days is not None
        else ("keep_days", "daily_keep_days", "hourly_keep_days")
    )
    yield Parameter("backup-plan-keeps-backups", "min_days", backup.keep_days, (f"{_BACKUP}.keep_days",))
    yield Parameter("backup-plan-keeps-backups", "copies", copies, (f"{_BACKUP}.copy_to_region",))
    yield Parameter("backup-vault-is-locked", "lock", backup.vault_lock, (f"{_BACKUP}.vault_lock",))
    yield Parameter(
        "backup-vault-is-locked",
        "min_days",
        backup.shortest_lock_days,
        tuple(f"{_BACKUP}.{key}" for key in shortest),
    )
