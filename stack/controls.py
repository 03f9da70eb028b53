"""Parameters of the policy controls that follow from the settings of a stack.

The defaults of a control are for a protected stack with compliance locks. With these parameters a stack is judged by its
own settings, whatever its name is: a control reports a program that does less than its settings say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from settings import Settings
from settings.model import BackupSettings, Database

Parameters = Mapping[str, object]

_ROTATED: tuple[str, ...] = ("aws:elasticache/user:User authenticationMode",)
"""Properties that Pulumi ignores by design: a rotation function sets the passwords of the cache users."""
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


def parameters(settings: Settings) -> Mapping[str, Parameters]:
    """Return parameters by control id and parameter; every other parameter keeps its default."""
    return dict(_parameters(settings))


def _parameters(settings: Settings) -> Iterator[tuple[str, Parameters]]:
    days = settings.audit.retention_days
    yield (
        "region-is-allowed",
        {"regions": [settings.region, *([settings.copy_region] if settings.copy_region else [])]},
    )
    yield "stateful-resource-is-protected", {"protect": settings.protect}
    yield "ignored-changes-spare-controls", {"accepted": list(_ROTATED)}
    yield (
        "log-group-keeps-six-years",
        {"min_days": days, "min_days_if_archived": settings.audit.hot_days or days},
    )
    yield "s3-log-bucket-keeps-six-years", {"min_days": days}
    yield "s3-log-bucket-is-locked-six-years", {"object_lock": settings.audit.object_lock, "min_days": days}
    yield "account-baseline-is-whole", _baseline(settings)
    yield (
        "config-recorder-is-complete",
        {"global_types": "here" if settings.audit.owns_account else "elsewhere"},
    )
    yield "vpc-has-private-endpoints", {"services": ["s3", *settings.network.interface_endpoints]}
    yield "security-group-opens-only-edge-ports", {"open_ports": list(_public_ports(settings))}
    yield (
        "data-store-is-classified",
        {"default_tags": [tag for tag in _CLASSIFYING_TAGS if tag in settings.default_tags.tags]},
    )
    yield from _databases(list(settings.relational_stores.values()))
    if settings.data and (cache := settings.data.cache):
        yield "cache-spans-zones", {"required": cache.replicas > 0}
        yield "cache-keeps-snapshots", {"min_days": cache.snapshot_days}
        yield "secret-rotates", {"max_days": cache.rotate_days}
    if settings.data and (backup := settings.data.backup):
        yield from _backups(backup)


def _baseline(settings: Settings) -> Parameters:
    """Return which parts of the baseline of the account and its regions this stack must create."""
    audit = settings.audit
    optional = {
        "guardduty": audit.detection.guardduty,
        "security-hub": audit.detection.security_hub,
        "conformance-pack": audit.detection.config_conformance_pack,
        "access-analyzer": audit.detection.access_analyzer,
        "inspector": audit.detection.inspector,
    }
    enabled = [part for part, is_enabled in optional.items() if is_enabled]
    parts = [
        *(_OF_ACCOUNT if audit.owns_account else ()),
        *((*_OF_REGION, *enabled) if audit.owns_region else ()),
    ]
    if not audit.owns_copy_region:
        return {"owner": "yes" if parts else "no", "parts": parts}
    return {
        "owner": "yes",
        "parts": parts,
        "further_regions": [settings.copy_region],
        "further_parts": [part for part in (*_OF_REGION, *enabled) if part not in _NOT_IN_COPY_REGION],
    }


def _public_ports(settings: Settings) -> Iterator[int]:
    if settings.edge:
        yield from (80, 443)
    if settings.connectivity and settings.connectivity.vpn:
        yield from (443, 1194)


def _databases(databases: list[Database]) -> Iterator[tuple[str, Parameters]]:
    if not databases:
        return
    yield "database-keeps-backups", {"min_days": min(item.backup_days for item in databases)}
    yield "database-takes-minor-upgrades", {"pinned": True}
    yield "database-spans-zones", {"required": all(item.spans_zones for item in databases)}


def _backups(backup: BackupSettings) -> Iterator[tuple[str, Parameters]]:
    yield (
        "backup-plan-keeps-backups",
        {"min_days": backup.keep_days, "copies": backup.copy_to_region is not None},
    )
    yield "backup-vault-is-locked", {"lock": backup.vault_lock, "min_days": backup.shortest_lock_days}
