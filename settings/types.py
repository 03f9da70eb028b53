"""The types of single settings. Each says in words what it allows and refuses everything else."""

from __future__ import annotations

import re
from datetime import date
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from facts.listener_rules import LONGEST_PATTERN
from facts.logs import HOT_DAYS, RETENTION_DAYS
from facts.quotas import FIXED_RESPONSE_CHARACTERS
from facts.waf_rules import MANAGED_RULES
from settings import networks, windows
from settings.values import ValueReader, is_number, one_of, one_of_numbers, text, whole_number

_RATE = r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)"
_FIELD = r"[0-9A-Z*/,#LW-]+"
_CRON = rf"cron\({_FIELD} {_FIELD} (\? {_FIELD} {_FIELD}|{_FIELD} {_FIELD} \?) {_FIELD}\)"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_LAST_LABEL = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])"
_DOMAIN = rf"(?=.{{4,253}}$)({_LABEL}\.)+{_LAST_LABEL}"
_PART = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = rf"{_OCTET}(\.{_OCTET}){{3}}"
_REGISTRY = r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)(:\d{1,5})?"
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_CHARACTERS = r"[\w\s.:/=+@-]"
# In JavaScript, \w does not match letters such as é.
_NO_TAG_CHARACTER = r"""!"#$%&'()*,;<>?\[\\\]^`{|}~"""
_DECIMAL = r"^\d+(\.\d+)?$"


def _acu(raw: object) -> float:
    # `pulumi config set --path` writes 0.5 as text.
    if isinstance(raw, str) and re.fullmatch(_DECIMAL, raw):
        raw = float(raw)
    if not is_number(raw):
        raise ValueError("")
    if not 0 <= raw <= 256 or raw * 2 != int(raw * 2):
        nearest = min(max(round(raw * 2) / 2, 0), 256) if abs(raw) < 1e9 else 256
        raise ValueError(f"the nearest is {nearest:g}")
    return float(raw)


def _metric_value(raw: object) -> float:
    # `pulumi config set --path` writes 0.5 as text.
    if isinstance(raw, str) and re.fullmatch(_DECIMAL, raw):
        raw = float(raw)
    if not is_number(raw) or not 0.001 <= raw <= 1_000_000_000:
        raise ValueError("")
    return float(raw)


def _slow_start(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise ValueError("")
    if raw != 0 and not 30 <= raw <= 900:
        raise ValueError(f"the nearest is {0 if raw < 15 else min(max(raw, 30), 900)}")
    return raw


def _date(raw: object) -> date:
    try:
        parsed = date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        parsed = None
    if parsed is None or str(parsed) != raw:
        raise ValueError("")
    return parsed


def _pattern(pattern: str) -> dict[str, object]:
    """Return the JSON Schema of strings that match a pattern."""
    return {"type": "string", "pattern": f"^({pattern})$"}


def _daily(shortest_minutes: int) -> ValueReader:
    """Return a reader of daily windows. AWS's minimum is 30 minutes for databases and 60 for caches.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html,
    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
    """
    return ValueReader(
        f"a daily window in UTC of {shortest_minutes} minutes to 24 hours, such as 03:00-04:00",
        lambda raw: windows.read(raw, windows.DAILY, shortest_minutes),
        _pattern(windows.DAILY.pattern),
    )


def _weekly(shortest_minutes: int) -> ValueReader:
    """Return a reader of weekly windows."""
    return ValueReader(
        f"a weekly window in UTC of {shortest_minutes} minutes to 24 hours, such as sun:06:00-sun:07:00",
        lambda raw: windows.read(raw, windows.WEEKLY, shortest_minutes),
        _pattern(windows.WEEKLY.pattern),
    )


def _range(shortest: int, longest: int) -> dict[str, object]:
    """Return the JSON Schema of an IPv4 range by its prefix."""
    return _pattern(f"{_IPV4}/({'|'.join(map(str, range(shortest, longest + 1)))})")


def _list(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


# Names and numbers
Slug = Annotated[
    str,
    text(
        "a name of 2 to 16 lower-case letters, digits and single hyphens that starts with a letter and ends without a "
        "hyphen",
        r"(?=.{2,16}$)[a-z](-?[a-z0-9])+",
    ),
]
ServiceName = Annotated[
    str,
    text(
        "the name of a process with its application: <app>-<process>, such as ehr-web",
        r"(?=.{5,33}$)[a-z](-?[a-z0-9])+",
    ),
]
DatabaseName = Annotated[
    str,
    text(
        "a name of 2 to 32 lower-case letters, digits and underscores that starts with a letter",
        r"[a-z][a-z0-9_]{1,31}",
    ),
]
Extension = Annotated[
    str,
    text(
        "the name of a PostgreSQL extension, such as pg_trgm",
        r"[a-z][a-z0-9_-]{1,62}",
    ),
]
Variable = Annotated[
    str,
    text(
        "the name of a variable: letters, digits and underscores, without a digit at the start",
        r"[A-Za-z_][A-Za-z0-9_]*",
    ),
]
Directory = Annotated[
    str,
    text(
        "the absolute path of a directory without a slash at the end, such as /app/tmp",
        r"(?!.*/\.{0,2}(/|$))(/[\w.@+-]+)+",
    ),
]
User = Annotated[
    str,
    text(
        'a user other than root, with or without a group, in quotes, such as "1000:1000" or app',
        r"(?!(0+|root)(:|$))[\w-]+(:[\w-]+)?",
    ),
]
Text = Annotated[str, text("text in quotes", r"(?s:.*)", {"type": "string"})]
UrlPath = Annotated[str, text("a path that starts with /, such as /healthz", r"/[\w./?&$~:@+-]{0,127}")]
PathPattern = Annotated[
    str,
    text(
        "a path that starts with /, in which * stands for any characters, such as /api/*",
        r"/[\w./*&$~:@+-]{0,127}",
    ),
]
Email = Annotated[str, text("an e-mail address, such as security@example.org", rf"[\w.+-]{{1,64}}@{_DOMAIN}")]
Domain = Annotated[str, text("a domain name in lower case, such as app.example.org", _DOMAIN)]
HostPattern = Annotated[
    str,
    text(
        "a domain name in lower case, such as app.example.org, or a wildcard in quotes, such as *.example.org",
        rf"(?=.{{4,{LONGEST_PATTERN}}}$)(\*\.({_LABEL}\.){{1,4}}|({_LABEL}\.)+){_LAST_LABEL}",
    ),
]
HttpsUrl = Annotated[
    str,
    text(
        "a URL that starts with https://, without a port, such as https://login.example.org/oauth2/token",
        rf"(?=.{{10,2048}}$)https://({_LABEL}\.)+{_LAST_LABEL}(/[^\s#]*)?",
    ),
]
ClientId = Annotated[str, text("the id of a client, without spaces", r"[!-~]{1,256}")]
Scope = Annotated[
    str,
    text(
        'scopes of OpenID Connect, such as "openid email"',
        r"(?=(.* )?openid( |$))[!#-\[\]-~]+( [!#-\[\]-~]+)*",
    ),
]
FixedResponse = Annotated[
    str,
    text(
        f"text of 1 to {FIXED_RESPONSE_CHARACTERS} characters",
        rf"(?s:.{{1,{FIXED_RESPONSE_CHARACTERS}}})",
        {"type": "string", "minLength": 1, "maxLength": FIXED_RESPONSE_CHARACTERS},
    ),
]
WafRule = Annotated[
    str,
    one_of(
        tuple(name for names in MANAGED_RULES.values() for name in names),
        "a rule of a managed rule group of AWS WAF, such as SizeRestrictions_BODY (facts/waf_rules.py)",
    ),
]
StatusCodes = Annotated[
    str,
    text(
        'status codes in quotes, such as "200" or "200,300-399"', r"\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*"
    ),
]
RemoteHost = Annotated[
    str,
    text(
        "a host name in lower case, such as smtp.example.org or *.example.org",
        rf"(\*\.)?{_DOMAIN}",
    ),
]
Image = Annotated[
    str,
    text(
        "a container image with its registry, such as registry.example.org/api@sha256: and 64 hex digits",
        rf"(?=.{{1,400}}$){_REGISTRY}(/{_PART})+(:\w[\w.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?",
    ),
]
TagKey = Annotated[
    str,
    text(
        "the name of a tag: 1 to 128 letters, digits, spaces and any of _ . : / = + - @, without aws: at the start, which "
        "AWS reserves",
        rf"(?![aA][wW][sS]:){_TAG_CHARACTERS}{{1,128}}",
        _pattern(rf"(?![aA][wW][sS]:)[^{_NO_TAG_CHARACTER}]{{1,128}}"),
    ),
]
TagValue = Annotated[
    str,
    text(
        "1 to 256 letters, digits, spaces and any of _ . : / = + - @",
        rf"{_TAG_CHARACTERS}{{1,256}}",
        _pattern(f"[^{_NO_TAG_CHARACTER}]{{1,256}}"),
    ),
]
MetricText = Annotated[
    str,
    text(
        "1 to 255 printable ASCII characters, without a colon or a space at the start",
        r"[!-9;-~][ -~]{0,254}",
    ),
]
EngineVersion = Annotated[
    str, text('major and minor version in quotes, such as "17.9"', r"\d{1,2}\.\d{1,2}(\.\d{1,2})?")
]
Port = Annotated[int, whole_number(1, 65535)]
Percent = Annotated[
    int, ValueReader("a percentage from 1 to 100", whole_number(1, 100).read, whole_number(1, 100).schema)
]
MetricValue = Annotated[
    float,
    ValueReader(
        "a number from 0.001 to 1000000000",
        _metric_value,
        {
            "type": ["number", "string"],
            "minimum": 0.001,
            "maximum": 1_000_000_000,
            "pattern": _DECIMAL,
        },
    ),
]
Acu = Annotated[
    float,
    ValueReader(
        "a multiple of 0.5 from 0 to 256 (Aurora capacity units)",
        _acu,
        {"type": ["number", "string"], "minimum": 0, "maximum": 256, "multipleOf": 0.5, "pattern": _DECIMAL},
    ),
]

# Times
SlowStart = Annotated[
    int,
    ValueReader(
        "0 (off), or a whole number of seconds from 30 to 900",
        _slow_start,
        {"anyOf": [{"const": 0}, {"type": "integer", "minimum": 30, "maximum": 900}]},
    ),
]
BackupDays = Annotated[int, whole_number(1, 35, "days")]
ArchiveDays = Annotated[int, whole_number(35, 36500, "days")]
RetentionDays = Annotated[
    int,
    one_of_numbers(
        RETENTION_DAYS,
        f"one of {_list(RETENTION_DAYS)} days: the periods of six years and more that CloudWatch Logs offers",
    ),
]
HotDays = Annotated[int, one_of_numbers(HOT_DAYS, f"one of {_list(HOT_DAYS)} days")]
Cron = Annotated[
    str,
    text("an EventBridge expression, such as cron(0 5 * * ? *) or rate(12 hours)", f"{_RATE}|{_CRON}"),
]
DailyCron = Annotated[
    str,
    text(
        "a cron expression that matches every day, such as cron(0 5 * * ? *); AWS Backup does not accept rate()",
        rf"cron\({_FIELD} {_FIELD} (\* \* \?|\? \* \*) \*\)",
    ),
]
TimeCron = Annotated[
    str, text("a cron expression, such as cron(0 8 ? * MON-FRI *); rate() names no time of day", _CRON)
]
BackupCron = Annotated[
    str, text("a cron expression, such as cron(0 5 * * ? *); AWS Backup does not accept rate()", _CRON)
]
Date = Annotated[
    date,
    ValueReader(
        "a date in quotes, such as 2027-03-01",
        _date,
        _pattern(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"),
    ),
]
Timezone = Annotated[
    str, text("a time zone, such as America/New_York or UTC", r"UTC|[A-Z]\w+(/[A-Z][\w+-]+){1,2}")
]
DatabaseDailyWindow = Annotated[str, _daily(30)]
DatabaseWeeklyWindow = Annotated[str, _weekly(30)]
CacheDailyWindow = Annotated[str, _daily(60)]
CacheWeeklyWindow = Annotated[str, _weekly(60)]

# Addresses
Address = Annotated[
    IPv4Address, ValueReader("an IPv4 address, such as 203.0.113.10", networks.address, _pattern(_IPV4))
]
Cidr = Annotated[
    IPv4Network, ValueReader("an IPv4 range, such as 198.51.100.0/24", networks.network, _range(0, 32))
]
VpcCidr = Annotated[
    IPv4Network,
    ValueReader(
        f"a {networks.PRIVATE} from /16 to /21, which has room for eight zones",
        networks.private_range(21),
        _range(16, 21),
    ),
]
ClientCidr = Annotated[
    IPv4Network,
    ValueReader(f"a {networks.PRIVATE} from /16 to /24", networks.private_range(24), _range(16, 24)),
]
PartnerCidr = Annotated[
    IPv4Network,
    ValueReader(
        "an IPv4 range with a prefix of /8 or longer, such as 172.30.8.0/22",
        networks.partner_range,
        _range(8, 32),
    ),
]
AdminCidr = Annotated[
    IPv4Network,
    ValueReader(
        "a private IPv4 range, or a public one with a prefix of /16 or longer; never the open internet",
        networks.admin_range,
        _range(0, 32),
    ),
]
