"""Rules on the VPN for staff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts.instances import architecture
from facts.quotas import SECURITY_GROUP_RULES, max_data_zones
from facts.stores import STORES
from settings.amis import ALIAS
from settings.errors import Mistake
from settings.model import Settings, VpnSettings
from settings.rules import common

_SECTION: Final = "hipaa:connectivity.vpn"

_CLIENT_RULES: Final = 2
"""Inbound rules for clients, over UDP and TCP."""

_ADMINISTRATOR: Final = "openvpn"
"""Access Server's administrator; users and groups share one name space."""

_REACHABLE: Final = {name: store for name, store in STORES.items() if store.kind != "files"}
"""The stores that users of the VPN may reach."""

_OTHER_ALIASES: Final = tuple(f"{ALIAS}/aws/service/{name}" for name in ("ami-", "ecs", "eks"))
_MARKETPLACE: Final = f"{ALIAS}/aws/service/marketplace/"


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield access to tiers that the stack does not have, names that are taken, and images that cannot be right."""
    vpn = settings.connectivity.vpn if settings.connectivity else None
    if vpn is None:
        return
    yield from _image(vpn)
    if vpn.licence_secret_arn is not None:
        yield from common.check_own_arn(
            settings,
            f"{_SECTION}.licence_secret_arn",
            vpn.licence_secret_arn,
            service="secretsmanager",
            kind="secret:",
            noun="a secret",
        )
    most = SECURITY_GROUP_RULES - _CLIENT_RULES
    if len(vpn.admin_cidrs) > most:
        yield Mistake(
            f"{_SECTION}.admin_cidrs",
            f"{len(vpn.admin_cidrs)} ranges",
            f"at most {most} ranges, because of AWS's quota for rules of a security group",
            "join neighbouring ranges",
        )
    for group, tiers in vpn.access.items():
        path = f"{_SECTION}.access.{group}"
        if group == _ADMINISTRATOR:
            yield Mistake(path, group, f"another name: {_ADMINISTRATOR} is the name of the administrator")
        for index, tier in enumerate(tiers):
            if tier == "data":
                yield from _data(f"{path}[{index}]", settings)


def _data(path: str, settings: Settings) -> Iterator[Mistake]:
    """Refuse access to the data tier if there is none, or if its network ACL has no room for the VPN's rules."""
    ports = len(settings.database_ports)
    most = max_data_zones(ports, clients=len(settings.vpn_zones))
    if not settings.stores.keys() & _REACHABLE.keys():
        sections = tuple(store.section for store in _REACHABLE.values())
        yield Mistake(
            path, "data", f"app; data requires one of {', '.join(sections)}", related_paths=sections
        )
    elif len(settings.network.zones) > most:
        yield Mistake(
            path,
            "data",
            f"app; data requires a stack with at most {most} zones, because the data tier's network ACL has no room "
            "for more rules",
            "the ports of MySQL and of the file system take room in the ACL too" if ports > 2 else "",
            related_paths=(
                "hipaa:network.zones",
                f"{STORES['rds'].section}.engine",
                STORES["files"].section,
            ),
        )


def _image(vpn: VpnSettings) -> Iterator[Mistake]:
    path = f"{_SECTION}.ami"
    if vpn.ami.startswith(_OTHER_ALIASES):
        yield Mistake(
            path,
            vpn.ami,
            "an image of OpenVPN Access Server: the id of an image in your region, or its alias in AWS Marketplace, "
            f"{_MARKETPLACE}…",
        )
    elif "arm64" in vpn.ami and architecture(vpn.instance_type) != "arm64":
        yield Mistake(
            path,
            vpn.ami,
            f"an image for x86_64, the architecture of {_SECTION}.instance_type ({vpn.instance_type})",
            related_paths=(f"{_SECTION}.instance_type",),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on a VPN whose users reach nothing, and on an image that can change without a deployment."""
    vpn = settings.connectivity.vpn if settings.connectivity else None
    if vpn is None:
        return
    if not any(vpn.access.values()):
        yield f"{_SECTION}.access gives no group access to a tier: users of the VPN reach nothing"
    has_ports = any(service.settings.port is not None for service in settings.services.values())
    if not has_ports and any("app" in tiers for tiers in vpn.access.values()):
        yield f"{_SECTION}.access contains app, but no process in hipaa:apps has a port: nothing is reachable there"
    if settings.protect and not vpn.ami.startswith("ami-"):
        yield (
            f"{_SECTION}.ami is an alias while hipaa:protect is true: a replaced server may run a newer version"
        )
