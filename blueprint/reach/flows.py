"""Every connection that can carry data, with its encryption in transit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from blueprint.reach.model import Place, Target
from blueprint.reach.network import STORES, RecordedNetwork
from blueprint.reach.traffic import overlap, show
from blueprint.record import Record, Resource
from blueprint.values import blocks

_ENDS: Final = ("service", "front", "store", "proxy", "vpn", "files", "function")


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """A connection that may carry data."""

    source: str
    target: str
    ports: str
    """Ports."""
    encryption: str
    """Encryption in transit."""


def flows(network: RecordedNetwork) -> Iterator[Flow]:
    """Yield every connection between two places that carry data, hop by hop, then those to AWS and the internet."""
    model = network.model
    outside = [place for place in model.external() if place.kind in ("internet", "partner", "clients")]
    ends = [place for place in model.inside() if place.kind in _ENDS or place.endpoint_partner]
    for source in [*outside, *ends]:
        for target in [*ends, *(place for place in outside if place.kind == "partner")]:
            if source is target or (source.sends_through and source.sends_through == target.name):
                continue
            packets = network.ask.direct(source, target).two_way_traffic
            if packets:
                encryption = _encryption(network, source, target, packets)
                yield Flow(source.name, target.name, show(packets), encryption)
    endpoints = [place for place in model.inside() if place.kind == "endpoint" and not place.endpoint_partner]
    for source in ends:
        reached = [place for place in endpoints if network.ask.direct(source, place).two_way_traffic]
        if reached:
            names = ", ".join(place.name.split(":", 1)[1] for place in reached)
            yield Flow(source.name, f"AWS: {names}", "tcp 443", "TLS")
    for source in ends:
        if source.kind in ("service", "function", "vpn"):
            packets = network.ask.direct(source, network.internet).two_way_traffic
            if packets:
                yield Flow(source.name, "internet", show(packets), "chosen by the program; TLS on port 443")


def _forwarded(source: Place, target: Place) -> list[Target]:
    """Return the targets by which a load balancer forwards traffic to a place."""
    return [
        aim
        for listener in source.listeners
        for aim in listener.targets
        if aim.place == target.name or overlap(aim.addresses, target.addresses)
    ]


def _encryption(network: RecordedNetwork, source: Place, target: Place, packets: int) -> str:
    """Return what the record says about encryption on one hop."""
    tunnel = ", in an IPsec tunnel" if _has_vpn(network, target) else ""
    if source.kind == "front" and (aims := _forwarded(source, target)):
        return ", ".join(sorted({aim.encryption for aim in aims})) + tunnel
    if source.kind == "clients":
        return "OpenVPN tunnel to the server; then chosen by the program"
    if target.kind == "front":
        used = [listener for listener in target.listeners if listener.traffic & packets]
        plain = [listener.name for listener in used if not listener.encrypted]
        if not plain:
            return "TLS"
        if not any(listener.encrypted for listener in used):
            return f"chosen by the client ({', '.join(plain)})"
        return f"TLS, except {', '.join(plain)}{_redirects(network.record, plain)}"
    item = network.record.by_urn.get(target.urn)
    if item is not None and target.kind == "files":
        return _mount_encryption(network.record, item)
    if item is not None and target.kind in STORES:
        return _store_encryption(network.record, item)
    return "chosen by the service" + tunnel


def _has_vpn(network: RecordedNetwork, partner: Place) -> bool:
    """Return whether a partner is connected by a site-to-site VPN."""
    attached = {
        item.outputs.get("transitGatewayAttachmentId")
        for item in network.record.of_type("aws:ec2/vpnConnection:VpnConnection")
    }
    return bool(attached & set(partner.attachments))


def _redirects(record: Record, names: list[str]) -> str:
    """Return a note if listeners without TLS only redirect to it."""
    for item in record.of_type("aws:lb/listener:Listener"):
        if item.name in names and any(
            action.get("type") != "redirect" for action in blocks(item.inputs.get("defaultActions"))
        ):
            return ""
    return ", which only redirects to it"


def _mount_encryption(record: Record, file_system: Resource) -> str:
    """Return whether the policy of a file system denies clients without TLS."""
    for policy in record.of_type("aws:efs/fileSystemPolicy:FileSystemPolicy"):
        document = policy.inputs.get("policy")
        if file_system in record.sources(policy, "fileSystemId") and isinstance(document, str):
            statements: list[dict[str, Any]] = json.loads(document)["Statement"]
            for statement in statements:
                transport = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
                if statement["Effect"] == "Deny" and transport == "false":
                    return "TLS, required"
    return "TLS, not required"


def _store_encryption(record: Record, item: Resource) -> str:
    if item.type.startswith("aws:elasticache/"):
        on = item.inputs.get("transitEncryptionEnabled") is True or "serverless" in item.type
        return "TLS, required" if on else "none"
    if item.type == "aws:rds/proxyEndpoint:ProxyEndpoint":
        proxies = record.sources(item, "dbProxyName")
        item = next((source for source in proxies if source.type == "aws:rds/proxy:Proxy"), item)
    if item.type.startswith("aws:rds/proxy"):
        return "TLS, required" if item.inputs.get("requireTls") is True else "TLS, not required"
    for group in record.sources(item, "dbClusterParameterGroupName", "parameterGroupName"):
        for parameter in blocks(group.inputs.get("parameters")):
            if parameter.get("name") in ("rds.force_ssl", "require_secure_transport", "tls"):
                required = str(parameter.get("value")).lower() in ("1", "on", "enabled")
                return "TLS, required" if required else "TLS, not required"
    return "not stated"
