"""The kinds of values a setting can have. Each says in words what it allows, and refuses everything else.

Nothing is coerced: `"3"` is no number, and an account id without quotes is a number and no id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Annotated, Any, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from settings import windows
from settings.errors import nearest
from settings.regions import ZONES

V = TypeVar("V", covariant=True)

REFUSED = "setting_refused"
"""Error type that marks a refusal of ours; its context holds `allowed` and `hint`."""

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""RFC 1918 and the shared range of RFC 6598."""

RETENTION_DAYS = (2192, 2557, 2922, 3288, 3653)
"""Six to ten years in days: what `aws.cloudwatch.LogGroup` takes for `retention_in_days` from 2192 up."""

HOT_DAYS = (30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)
"""Days that CloudWatch may keep what the archive has too: its periods from a month up to six years."""

_ALIAS = "resolve:ssm:"


def refusal(allowed: str, hint: str = "") -> PydanticCustomError:
    """Return the error to raise in a validator: what is allowed, and the nearest fix."""
    return PydanticCustomError(REFUSED, "refused", {"allowed": allowed, "hint": hint})


class FrozenMap(Mapping[str, V]):
    """A mapping that can't be changed and, unlike `MappingProxyType`, can be hashed, copied and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def frozen(items: Mapping[str, V]) -> FrozenMap[V]:
    """Return a mapping that can't be changed."""
    return FrozenMap(items)


@dataclass(frozen=True)
class Reads:
    """Turns a raw value into a typed one, or refuses it by a `ValueError` whose text is a hint."""

    allowed: str
    """What the value may be, in words."""
    read: Callable[[object], object]
    """Returns the typed value."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Replace the type's own validation, whose messages are written for programmers."""
        return core_schema.no_info_plain_validator_function(self._validate)

    def _validate(self, raw: object) -> object:
        try:
            return self.read(raw)
        except ValueError as error:
            raise refusal(self.allowed, str(error)) from None


def whole(low: int, high: int, of: str = "") -> Reads:
    """Return what reads a whole number from `low` to `high`, both included; `of` names its unit."""

    def read(raw: object) -> int:
        if isinstance(raw, str) and raw.strip().isdecimal():
            raise ValueError(f"write it without quotes: {raw.strip()}")
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise ValueError("")
        if not low <= raw <= high:
            raise ValueError(f"the nearest is {min(max(raw, low), high)}")
        return raw

    return Reads(f"a whole number {f'of {of} ' if of else ''}from {low} to {high}", read)


def text(allowed: str, pattern: str) -> Reads:
    """Return what reads a string that matches `pattern` from end to end."""
    compiled = re.compile(pattern)

    def read(raw: object) -> str:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            raise ValueError(f'put it in quotes: "{raw}"')
        if not isinstance(raw, str):
            raise ValueError("")
        if not compiled.fullmatch(raw):
            trial = raw.strip().lower()
            raise ValueError(f"did you mean {trial}?" if trial != raw and compiled.fullmatch(trial) else "")
        return raw

    return Reads(allowed, read)


def one_of(known: tuple[str, ...], allowed: str) -> Reads:
    """Return what reads one of many known strings, too many to list in a message."""

    def read(raw: object) -> str:
        if isinstance(raw, str) and raw in known:
            return raw
        near = nearest(raw, known) if isinstance(raw, str) else ""
        raise ValueError(f"did you mean {near}?" if near else "")

    return Reads(allowed, read)


def _daily(shortest: int) -> Reads:
    """Return what reads a window of every day. AWS's shortest is 30 minutes for databases and 60 for caches.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html,
    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
    """
    return Reads(
        f"times of day in UTC, {shortest} minutes to a day, such as 03:00-04:00",
        lambda raw: windows.read(raw, windows.DAILY, shortest),
    )


def _weekly(shortest: int) -> Reads:
    """Return what reads a window once a week."""
    return Reads(
        f"days and times in UTC, {shortest} minutes to a day, such as sun:06:00-sun:07:00",
        lambda raw: windows.read(raw, windows.WEEKLY, shortest),
    )


def is_private(network: IPv4Network) -> bool:
    """Say whether a range lies within RFC 1918 or RFC 6598 space."""
    return any(network.subnet_of(space) for space in PRIVATE)


def architecture_of(instance_type: str) -> str:
    """Return `arm64` or `x86_64`: AWS marks its ARM families with a `g` after the generation."""
    return "arm64" if re.match(r"a1\.|[a-z]+\d+[a-z]*g", instance_type.split("-")[0]) else "x86_64"


def architecture_of_image(ami: str) -> str | None:
    """Return the architecture of one of AWS's public image aliases, or None where the name doesn't tell."""
    if not ami.startswith(f"{_ALIAS}/aws/service/"):
        return None
    return "arm64" if "arm64" in ami else "x86_64"


def amazon_linux(architecture: str) -> str:
    """Return the alias of the newest Amazon Linux 2023 image."""
    return f"{_ALIAS}/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"


def ecs_optimized(architecture: str) -> str:
    """Return the alias of the newest ECS-optimized Amazon Linux 2023 image."""
    folder = "arm64/" if architecture == "arm64" else ""
    return f"{_ALIAS}/aws/service/ecs/optimized-ami/amazon-linux-2023/{folder}recommended/image_id"


def _network(raw: object) -> IPv4Network:
    try:
        network = IPv4Network(raw, strict=False) if isinstance(raw, str) else None
    except ValueError:
        network = None
    if network is None:
        raise ValueError("")
    if str(network) != raw:
        raise ValueError(f"did you mean {network}?")
    return network


def _private(longest: int) -> Callable[[object], IPv4Network]:
    def read(raw: object) -> IPv4Network:
        network = _network(raw)
        if not is_private(network):
            raise ValueError("a public or reserved range is not private")
        if network.prefixlen < 16:
            raise ValueError(f"did you mean {network.network_address}/16?")
        if network.prefixlen > longest:
            raise ValueError(f"did you mean {network.supernet(new_prefix=longest)}?")
        return network

    return read


def _partner(raw: object) -> IPv4Network:
    network = _network(raw)
    if network.prefixlen < 8:
        raise ValueError("a partner's range goes into a route table: name the ranges in use")
    return network


def _admin(raw: object) -> IPv4Network:
    network = _network(raw)
    if network.prefixlen < 16 and not is_private(network):
        raise ValueError("name the addresses that administrators come from, such as 198.51.100.0/24")
    return network


def _address(raw: object) -> IPv4Address:
    try:
        return IPv4Address(raw if isinstance(raw, str) else "")
    except AddressValueError:
        raise ValueError("") from None


def _account(raw: object) -> str:
    if isinstance(raw, int) and not isinstance(raw, bool):
        exact = len(str(raw)) == 12
        raise ValueError(
            f'put it in quotes: "{raw}"' if exact else "put it in quotes, or leading zeros get lost"
        )
    if isinstance(raw, str) and re.fullmatch(r"\d{12}", raw):
        return raw
    digits = re.sub(r"[\s-]", "", raw) if isinstance(raw, str) else ""
    raise ValueError(f'did you mean "{digits}"?' if re.fullmatch(r"\d{12}", digits) else "")


def _retention(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise ValueError("")
    if raw not in RETENTION_DAYS:
        raise ValueError(
            f"the nearest is {next((d for d in RETENTION_DAYS if d >= raw), RETENTION_DAYS[-1])}"
        )
    return raw


def _hot(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise ValueError("")
    if raw not in HOT_DAYS:
        raise ValueError(f"the nearest is {min(HOT_DAYS, key=lambda days: abs(days - raw))}")
    return raw


def _acu(raw: object) -> float:
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        raise ValueError("")
    if not 0 <= raw <= 256 or raw * 2 != int(raw * 2):
        near = min(max(round(raw * 2) / 2, 0), 256) if abs(raw) < 1e9 else 256
        raise ValueError(f"the nearest is {near:g}")
    return float(raw)


_RATE = r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)"
_FIELD = r"[0-9A-Z*/,#LW-]+"
_CRON = rf"cron\({_FIELD} {_FIELD} (\? {_FIELD} {_FIELD}|{_FIELD} {_FIELD} \?) {_FIELD}\)"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?=.{{4,253}}$)({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])"
_PART = r"[a-z0-9]+([._-]+[a-z0-9]+)*"

Slug = Annotated[
    str,
    text(
        "2 to 16 lower-case letters, digits and single hyphens between them, the first a letter",
        r"(?=.{2,16}$)[a-z](-?[a-z0-9])+",
    ),
]
Region = Annotated[
    str, one_of(tuple(ZONES), "a region of the commercial or GovCloud partition, such as us-east-1")
]
AccountId = Annotated[str, Reads("an AWS account id: 12 digits in quotes", _account)]
Arn = Annotated[
    str,
    text(
        "an ARN, such as arn:aws:iam::123456789012:root",
        r"arn:aws(-us-gov)?:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[\w+=,.@:/-]+",
    ),
]
Cidr = Annotated[IPv4Network, Reads("an IPv4 range, such as 198.51.100.0/24", _network)]
VpcCidr = Annotated[
    IPv4Network,
    Reads(
        "a private IPv4 range (RFC 1918 or 100.64.0.0/10) from /16 to /21, room for eight zones", _private(21)
    ),
]
ClientCidr = Annotated[
    IPv4Network, Reads("a private IPv4 range (RFC 1918 or 100.64.0.0/10) from /16 to /24", _private(24))
]
PartnerCidr = Annotated[IPv4Network, Reads("an IPv4 range of /8 or longer, such as 172.30.8.0/22", _partner)]
AdminCidr = Annotated[
    IPv4Network, Reads("a private IPv4 range, or a public one of /16 or longer: no open internet", _admin)
]
Address = Annotated[IPv4Address, Reads("an IPv4 address, such as 203.0.113.10", _address)]
Variable = Annotated[
    str, text("a variable's name: letters, digits and _, the first no digit", r"[A-Za-z_][A-Za-z0-9_]*")
]
Port = Annotated[int, whole(1, 65535)]
BackupDays = Annotated[int, whole(1, 35, "days")]
ArchiveDays = Annotated[int, whole(35, 36500, "days")]
RetentionDays = Annotated[
    int,
    Reads(
        f"one of {', '.join(map(str, RETENTION_DAYS))} days: what CloudWatch Logs keeps from six years up",
        _retention,
    ),
]
HotDays = Annotated[int, Reads(f"one of {', '.join(map(str, HOT_DAYS))} days", _hot)]
Acu = Annotated[float, Reads("a multiple of 0.5 from 0 to 256 (Aurora capacity units)", _acu)]
Cron = Annotated[
    str,
    text("an EventBridge expression, such as cron(0 5 * * ? *) or rate(12 hours)", f"{_RATE}|{_CRON}"),
]
Timezone = Annotated[
    str, text("a time zone, such as America/New_York or UTC", r"UTC|[A-Z]\w+(/[A-Z][\w+-]+){1,2}")
]
DailyCron = Annotated[
    str,
    text(
        "a cron expression that is due every day, such as cron(0 5 * * ? *); AWS Backup takes no rate()",
        rf"cron\({_FIELD} {_FIELD} (\* \* \?|\? \* \*) \*\)",
    ),
]
BackupCron = Annotated[
    str, text("a cron expression, such as cron(0 5 * * ? *); AWS Backup takes no rate()", _CRON)
]
DatabaseDailyWindow = Annotated[str, _daily(30)]
DatabaseWeeklyWindow = Annotated[str, _weekly(30)]
CacheDailyWindow = Annotated[str, _daily(60)]
CacheWeeklyWindow = Annotated[str, _weekly(60)]
VaultArn = Annotated[
    str,
    text(
        "the ARN of a backup vault, such as arn:aws:backup:us-east-1:111122223333:backup-vault:copies",
        r"arn:aws(-us-gov)?:backup:[a-z0-9-]+:\d{12}:backup-vault:[a-zA-Z0-9_-]{2,50}",
    ),
]
Domain = Annotated[str, text("a domain name in lower case, such as app.example.org", _DOMAIN)]
Email = Annotated[str, text("an e-mail address, such as security@example.org", rf"[\w.+-]{{1,64}}@{_DOMAIN}")]
HostedZoneId = Annotated[
    str, text("the id of a Route 53 hosted zone: Z and up to 31 capitals and digits", r"Z[A-Z0-9]{1,31}")
]
AttachmentId = Annotated[
    str,
    text(
        "the id of a transit gateway attachment, such as tgw-attach-0123456789abcdef0",
        r"tgw-attach-[0-9a-f]{17}",
    ),
]
EndpointServiceName = Annotated[
    str,
    text(
        "the name of an endpoint service, such as com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
        r"com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]{17}",
    ),
]
InstanceType = Annotated[
    str,
    text(
        "an EC2 instance type, such as c5.2xlarge", r"(?!db\.|cache\.)[a-z][a-z0-9-]*\d[a-z0-9-]*\.[a-z0-9-]+"
    ),
]
DbInstanceClass = Annotated[
    str, text("an RDS instance class, such as db.r6g.large", r"db\.[a-z0-9-]+\.[a-z0-9]+")
]
CacheNodeType = Annotated[
    str, text("an ElastiCache node type, such as cache.r7g.large", r"cache\.[a-z0-9-]+\.[a-z0-9]+")
]
EngineVersion = Annotated[
    str, text('major and minor version in quotes, such as "17.9"', r"\d{1,2}\.\d{1,2}(\.\d{1,2})?")
]
DatabaseName = Annotated[
    str, text("2 to 32 lower-case letters, digits and _, the first a letter", r"[a-z][a-z0-9_]{1,31}")
]
SubnetId = Annotated[
    str, text("the id of a subnet, such as subnet-0123456789abcdef0", r"subnet-[0-9a-f]{8,17}")
]
SecurityGroupId = Annotated[
    str, text("the id of a security group, such as sg-0123456789abcdef0", r"sg-[0-9a-f]{8,17}")
]
Ami = Annotated[
    str,
    text(
        f"an image id, such as ami-0123456789abcdef0, or an alias {_ALIAS}/path",
        rf"ami-[0-9a-f]{{8}}([0-9a-f]{{9}})?|{_ALIAS}(/[\w.-]+)+",
    ),
]
Image = Annotated[
    str,
    text(
        "a container image, such as registry.example.org/api@sha256: and 64 hex digits",
        rf"(?=.{{1,400}}$){_PART}(:\d{{1,5}})?(/{_PART})*(:\w[\w.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?",
    ),
]
UrlPath = Annotated[str, text("a path that starts with /, such as /api/*", r"/[\w./*?&$~:@+-]{0,127}")]
