"""What the settings of the staff VPN may be together with the rest, told as in `settings.rules`."""

from __future__ import annotations

from collections.abc import Iterator

from facts.quotas import ACL_RULES
from settings.model import Settings, VpnSettings
from settings.rules import Finding
from settings.types import architecture_of

_SECTION = "hipaa:connectivity.vpn"
_STORES = ("aurora", "rds", "cache")

_ADMINISTRATOR = "openvpn"
"""Access Server's administrator; users and groups share their names."""

_OTHER_IMAGES = (
    "resolve:ssm:/aws/service/ami-",
    "resolve:ssm:/aws/service/ecs",
    "resolve:ssm:/aws/service/eks",
)
_MARKETPLACE = "resolve:ssm:/aws/service/marketplace/"


def check(settings: Settings) -> Iterator[Finding]:
    """Yield access to what the stack hasn't got, names that are taken, and images that cannot be right."""
    vpn = settings.connectivity.vpn if settings.connectivity else None
    if vpn is None:
        return
    yield from _image(vpn)
    yield from _licence(vpn, settings)
    has_data = settings.data is not None and any(getattr(settings.data, name) for name in _STORES)
    for group, tiers in vpn.access.items():
        path = f"{_SECTION}.access.{group}"
        if group == _ADMINISTRATOR:
            yield Finding(path, group, f"another name: {_ADMINISTRATOR} is the administrator's")
        for index, tier in enumerate(tiers):
            if tier == "data" and not has_data:
                stores = tuple(f"hipaa:data.{name}" for name in _STORES)
                yield Finding(
                    f"{path}[{index}]", tier, f"app, or a stack with one of {', '.join(stores)}", also=stores
                )
            elif tier == "data" and len(settings.network.zones) > (most := _most_zones(settings)):
                yield Finding(
                    f"{path}[{index}]",
                    tier,
                    f"app, or a stack with {most} zones or fewer: AWS allows no more rules in the data tier's ACL",
                    "MySQL's port takes room too" if len(settings.database_ports) > 2 else "",
                    also=("hipaa:network.zones", "hipaa:data.rds.engine"),
                )


def _most_zones(settings: Settings) -> int:
    """Return in how many zones the data tier's ACL has room for the VPN server beside what each zone needs."""
    ports = len(settings.database_ports)
    # Each zone's private subnet comes by every port, and its data subnet by one rule.
    return (ACL_RULES - ports * len(settings.vpn_zones)) // (ports + 1)


def _image(vpn: VpnSettings) -> Iterator[Finding]:
    allowed = (
        "an image of OpenVPN Access Server: an image id of your region, or its alias in AWS Marketplace, "
        f"{_MARKETPLACE}…"
    )
    if vpn.ami.startswith(_OTHER_IMAGES):
        yield Finding(f"{_SECTION}.ami", vpn.ami, allowed)
    elif "arm64" in vpn.ami and architecture_of(vpn.instance_type) != "arm64":
        yield Finding(
            f"{_SECTION}.ami",
            vpn.ami,
            f"an image for x86_64, which {_SECTION}.instance_type ({vpn.instance_type}) runs",
            also=(f"{_SECTION}.instance_type",),
        )


def _licence(vpn: VpnSettings, settings: Settings) -> Iterator[Finding]:
    arn = vpn.licence_secret_arn
    wanted = f"arn:{settings.partition}:secretsmanager:{settings.region}:{settings.account_id}:secret:"
    if arn is not None and not arn.startswith(wanted):
        yield Finding(
            f"{_SECTION}.licence_secret_arn",
            arn,
            f"a secret of this account and region: {wanted}…",
            also=("aws:region", "hipaa:account"),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for a VPN that leads nowhere, and for an image that can change by itself."""
    vpn = settings.connectivity.vpn if settings.connectivity else None
    if vpn is None:
        return
    if not any(vpn.access.values()):
        yield f"{_SECTION}.access gives no group a tier: whoever connects reaches nothing"
    listening = any(service.port is not None for service in (settings.services or {}).values())
    if not listening and any("app" in tiers for tiers in vpn.access.values()):
        yield f"{_SECTION}.access names app, but no service of hipaa:services has a port: nothing is reached there"
    if settings.protect and not vpn.ami.startswith("ami-"):
        yield f"{_SECTION}.ami is an alias while hipaa:protect is true: a replacement may start another version"
