"""Where ePHI lives and travels: every asset that may hold it, and every connection that may carry it.

The proposed changes of the Security Rule ask for both, a technology asset inventory and a network map, to be reviewed at
least once every 12 months (proposed, 90 FR 898, https://www.federalregister.gov/d/2024-30983). An asset is listed for what it
can hold and not for what anybody says it holds; so is a flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Final, cast

from blueprint import markdown
from blueprint.reach.claims import Network
from blueprint.reach.model import Place, Target
from blueprint.reach.reading import many, plain
from blueprint.reach.traffic import overlap, show
from blueprint.record import Record, Resource

_BUCKET: Final = "aws:s3/bucket:Bucket"


@dataclass(frozen=True, slots=True, order=True)
class Asset:
    """Something that holds data."""

    name: str
    kind: str
    place: str
    """Tier of the network, or the AWS service that keeps it."""
    key: str
    """The key that encrypts it at rest."""
    backup: str
    kept: str
    """How long it keeps what it holds, or its backups."""
    guarded: str
    """What stands between it and deletion."""


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """A connection that may carry data."""

    source: str
    target: str
    on: str
    encryption: str
    """Encryption in transit."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Assets and flows of one stack."""

    assets: tuple[Asset, ...]
    flows: tuple[Flow, ...]

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "name or from", "type or to", "place or port", "encryption", "backup", "kept", "guarded",
    )  # fmt: skip

    def as_data(self) -> dict[str, object]:
        """Return both as plain data."""
        return {
            "assets": [asdict(item) for item in self.assets],
            "flows": [asdict(item) for item in self.flows],
        }

    def csv_rows(self) -> Iterator[tuple[str, ...]]:
        """Yield one row for each asset and flow; flows leave the last three columns empty."""
        for item in self.assets:
            yield ("asset", *(str(getattr(item, field.name)) for field in fields(Asset)))
        for flow in self.flows:
            yield ("flow", flow.source, flow.target, flow.on, flow.encryption, "", "", "")

    def markdown(self) -> str:
        """Return both as Markdown tables."""
        assets = markdown.table(
            ("Asset", "Kind", "Place", "Key", "Backup", "Kept", "Guarded by"),
            (
                (item.name, item.kind, item.place, item.key, item.backup, item.kept, item.guarded)
                for item in self.assets
            ),
        )
        flows = markdown.table(
            ("From", "To", "On", "Encryption in transit"),
            ((item.source, item.target, item.on, item.encryption) for item in self.flows),
        )
        return f"### Assets\n\n{assets}\n\n### Flows\n\n{flows}"


def inventory(network: Network) -> Inventory:
    """Return the inventory of a network's record."""
    return Inventory(tuple(sorted(_assets(network))), tuple(_flows(network)))


# Assets.

_KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "aws:backup/vault:Vault": ("backup vault", ("kmsKeyArn",)),
    "aws:docdb/cluster:Cluster": ("database", ("kmsKeyId",)),
    "aws:dynamodb/table:Table": ("table", ()),
    "aws:efs/fileSystem:FileSystem": ("file system", ("kmsKeyId",)),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("cache", ("kmsKeyId",)),
    "aws:elasticache/serverlessCache:ServerlessCache": ("cache", ("kmsKeyId",)),
    "aws:rds/cluster:Cluster": ("database", ("kmsKeyId",)),
    "aws:rds/instance:Instance": ("database", ("kmsKeyId",)),
    "aws:sqs/queue:Queue": ("queue", ("kmsMasterKeyId",)),
    "aws:cloudwatch/logGroup:LogGroup": ("log group", ("kmsKeyId",)),
}


def _assets(network: Network) -> Iterator[Asset]:
    record = network.record
    places = {place.urn: place for place in network.model.places.values() if place.urn}
    for item in record.of_type(*_KINDS):
        kind, keys = _KINDS[item.type]
        place = places.get(item.urn)
        yield Asset(
            name=item.name,
            kind=kind,
            place=", ".join(f"{tier} tier" for tier in place.tiers)
            if place and place.tiers
            else _service(item),
            key=_key(record, item, keys),
            backup=_backup(item),
            kept=_kept(record, item),
            guarded=_guard(item),
        )
    for item in record.of_type(_BUCKET):
        yield _bucket(record, item)
    for item in record.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        for mapping in many(item, "blockDeviceMappings"):
            disk = mapping.get("ebs")
            if isinstance(disk, dict):
                known = cast("dict[str, object]", disk)
                urns = item.property_dependencies.get("blockDeviceMappings", ())
                yield Asset(
                    f"{item.name} {mapping.get('deviceName', '')}".strip(),
                    "disk",
                    "Amazon EBS",
                    _named_key(record, urns) if str(known.get("encrypted")).lower() == "true" else "none",
                    "-",
                    "as long as its host",
                    "-",
                )


def _service(item: Resource) -> str:
    module = item.label.split("/")[0]
    return {
        "cloudwatch": "CloudWatch Logs",
        "sqs": "Amazon SQS",
        "backup": "AWS Backup",
        "efs": "Amazon EFS",
    }.get(module, module)


def _named_key(record: Record, urns: tuple[str, ...]) -> str:
    names = sorted({record.by_urn[urn].name for urn in urns if urn in record.by_urn and "kms/key" in urn})
    return ", ".join(names) or "AWS-managed"


def _key(record: Record, item: Resource, keys: tuple[str, ...]) -> str:
    for key in keys:
        if plain(item.inputs.get(key)):
            return _named_key(record, item.property_dependencies.get(key, ()))
    off = item.inputs.get("storageEncrypted") is False or item.inputs.get("atRestEncryptionEnabled") is False
    return "none" if off else "AWS-managed"


def _backup(item: Resource) -> str:
    tags = cast("dict[str, object]", item.inputs.get("tags") or {})
    parts: list[str] = []
    days = item.inputs.get("backupRetentionPeriod") or item.inputs.get("snapshotRetentionLimit")
    if isinstance(days, int) and days:
        parts.append(f"snapshots, {days} days")
    if "backup" in tags:
        parts.append(f"AWS Backup ({tags['backup']})")
    return ", ".join(parts) or "-"


def _kept(record: Record, item: Resource) -> str:
    days = item.inputs.get("retentionInDays")
    if isinstance(days, int):
        return f"{days} days"
    seconds = item.inputs.get("messageRetentionSeconds")
    if isinstance(seconds, int):
        return f"{seconds // 86_400} days"
    return "until deleted"


def _guard(item: Resource) -> str:
    parts = ["Pulumi"] if item.protect else []
    if item.inputs.get("deletionProtection") is True:
        parts.append("AWS deletion protection")
    return ", ".join(parts) or "-"


def _bucket(record: Record, item: Resource) -> Asset:
    def beside(noun: str) -> Iterator[Resource]:
        for other in record.of_type(f"aws:s3/{noun[0].lower()}{noun[1:]}:{noun}"):
            if item.urn in other.property_dependencies.get("bucket", ()):
                yield other

    keys: set[str] = set()
    for other in beside("BucketServerSideEncryptionConfiguration"):
        named = _named_key(record, other.property_dependencies.get("rules", ()))
        keys.add("SSE-S3" if named == "AWS-managed" else named)
    days: list[int] = []
    for other in beside("BucketLifecycleConfiguration"):
        for rule in many(other, "rules"):
            expiry = rule.get("expiration")
            if isinstance(expiry, dict) and isinstance(cast("dict[str, object]", expiry).get("days"), int):
                days.append(cast("dict[str, int]", expiry)["days"])
    locks = [
        f"Object Lock, {rule.get('defaultRetention', {}).get('mode', '?').lower()}"
        for other in beside("BucketObjectLockConfiguration")
        for rule in [cast("dict[str, dict[str, str]]", plain(other.inputs.get("rule")) or {})]
    ]
    guards = [*(["Pulumi"] if item.protect else []), *locks]
    kept = (
        f"{min(days)} to {max(days)} days"
        if days and min(days) < max(days)
        else f"{days[0]} days"
        if days
        else ""
    )
    return Asset(
        item.name,
        "bucket",
        "Amazon S3",
        ", ".join(sorted(keys)) or "SSE-S3",
        "versions" if any(True for _ in beside("BucketVersioning")) else "-",
        kept or "until deleted",
        ", ".join(guards) or "-",
    )


# Flows.

_ENDS: Final = ("service", "front", "store", "proxy", "vpn", "files", "function")


def _flows(network: Network) -> Iterator[Flow]:
    """Yield every connection between two things that carry data, hop by hop, then those to AWS's own services."""
    model = network.model
    outside = [place for place in model.external() if place.kind in ("internet", "partner", "clients")]
    ends = [place for place in model.inside() if place.kind in _ENDS or place.leads_to]
    for source in [*outside, *ends]:
        for target in [*ends, *(place for place in outside if place.kind == "partner")]:
            if source is target or (source.behind and source.behind == target.name):
                continue
            answer = network.ask.direct(source, target)
            found = answer.answered
            if found:
                yield Flow(source.name, target.name, show(found), _encryption(network, source, target, found))
    clouds = [place for place in model.inside() if place.kind == "endpoint" and not place.leads_to]
    for source in ends:
        reached = [place for place in clouds if network.ask.direct(source, place).answered]
        if reached:
            names = ", ".join(place.name.split(":", 1)[1] for place in reached)
            yield Flow(source.name, f"AWS: {names}", "tcp 443", "TLS")
    for source in ends:
        if (
            source.kind in ("service", "function", "vpn")
            and network.ask.direct(source, model.places["internet"]).answered
        ):
            answer = network.ask.direct(source, model.places["internet"])
            yield Flow(source.name, "internet", show(answer.answered), "as the program speaks; TLS on 443")


def _aims(source: Place, target: Place) -> list[Target]:
    """Return what a load balancer passes on to a place."""
    return [
        aim
        for listener in source.listeners
        for aim in listener.targets
        if aim.place == target.name or overlap(aim.addresses, target.addresses)
    ]


def _encryption(network: Network, source: Place, target: Place, found: int) -> str:
    """Return what the record says about encryption on one hop."""
    tunnel = ", in an IPsec tunnel" if _by_vpn(network, target) else ""
    if source.kind == "front" and (aims := _aims(source, target)):
        return ", ".join(sorted({aim.encryption for aim in aims})) + tunnel
    if source.kind == "clients":
        return "OpenVPN tunnel to the server; then as the program speaks"
    if target.kind == "front":
        used = [listener for listener in target.listeners if listener.traffic & found]
        named = [listener.name for listener in used if not listener.encrypted]
        if not named:
            return "TLS"
        if not any(listener.encrypted for listener in used):
            return f"as the client speaks ({', '.join(named)})"
        return f"TLS, but for {', '.join(named)}{_redirects(network.record, named)}"
    item = network.record.by_urn.get(target.urn)
    if item is not None and target.kind in ("store", "proxy"):
        return _store_encryption(network.record, item)
    return "as the service speaks" + tunnel


def _by_vpn(network: Network, partner: Place) -> bool:
    """Tell whether a partner is behind a site-to-site VPN."""
    attached = {
        network.record.by_urn[urn].outputs.get("transitGatewayAttachmentId")
        for urn in (item.urn for item in network.record.of_type("aws:ec2/vpnConnection:VpnConnection"))
    }
    return bool(attached & set(partner.attachments))


def _redirects(record: Record, names: list[str]) -> str:
    """Tell whether listeners without TLS do nothing but lead to it."""
    for item in record.of_type("aws:lb/listener:Listener"):
        if item.name in names and any(
            action.get("type") != "redirect" for action in many(item, "defaultActions")
        ):
            return ""
    return ", which only redirects to it"


def _store_encryption(record: Record, item: Resource) -> str:
    if item.type.startswith("aws:elasticache/"):
        on = item.inputs.get("transitEncryptionEnabled") is True or "serverless" in item.type
        return "TLS, required" if on else "none"
    if item.type == "aws:rds/proxyEndpoint:ProxyEndpoint":
        proxies = [record.by_urn[urn] for urn in item.property_dependencies.get("dbProxyName", ())]
        item = next((found for found in proxies if found.type == "aws:rds/proxy:Proxy"), item)
    if item.type.startswith("aws:rds/proxy"):
        return "TLS, required" if item.inputs.get("requireTls") is True else "TLS, not required"
    urns = {
        urn
        for key in ("dbClusterParameterGroupName", "parameterGroupName")
        for urn in item.property_dependencies.get(key, ())
    }
    for urn in urns:
        for parameter in many(record.by_urn[urn], "parameters"):
            if parameter.get("name") in ("rds.force_ssl", "require_secure_transport", "tls"):
                required = str(parameter.get("value")).lower() in ("1", "on", "enabled")
                return "TLS, required" if required else "TLS, not required"
    return "not stated"
