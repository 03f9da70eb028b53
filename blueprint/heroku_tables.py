"""What Heroku's dyno sizes and add-ons become. State of 2026-11; each table names its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from facts import databases


@dataclass(frozen=True, slots=True)
class Dyno:
    """What a task gets in place of a dyno."""

    cpu: int
    """CPU units, 1/1024 vCPU."""
    memory_mib: int


def _dynos() -> dict[str, Dyno]:
    sizes = {"m": Dyno(2048, 2560), "l": Dyno(8192, 14_336), "l-ram": Dyno(4096, 30_720)}
    sizes |= {"xl": Dyno(8192, 63_488), "2xl": Dyno(16_384, 129_024)}
    dedicated = {
        f"{tier}-{size}": dyno
        for tier in ("performance", "private", "shield")
        for size, dyno in sizes.items()
    }
    small = {"private-s": Dyno(2048, 1024), "shield-s": Dyno(2048, 1024)}
    shared = {name: Dyno(256, 512) for name in ("eco", "basic", "standard-1x")} | {
        "standard-2x": Dyno(512, 1024)
    }
    return shared | small | dedicated


DYNOS: Final = _dynos()
"""Dyno size to task size. State of 2026-11.

Memory and relative speed: https://devcenter.heroku.com/articles/dyno-types (page of 2024-06-04): 1x-4x for 512 MB
dynos, 2x-8x for standard-2x, 12x for S and M, 50x for L and XL, 24x for L-RAM, 100x for 2XL. Heroku names no
vCPUs; this project takes 100x for 16 vCPUs and rounds, and for shared dynos a value within their range.
"""

RETIRED: Final = {"free": "eco", "hobby": "basic"}
"""Sizes that Heroku took away, and what came in their place."""

_MAJORS: Final = tuple(databases.STANDARD_SUPPORT_ENDS["aurora-postgresql"])
ENGINE_VERSIONS: Final = {major: databases.newest("aurora-postgresql", major) or "" for major in _MAJORS}
"""PostgreSQL major version to the newest Aurora version of it."""
DEFAULT_ENGINE: Final = ENGINE_VERSIONS["17"]

POSTGRES: Final = ("heroku-postgresql",)
CACHES: Final = ("heroku-redis", "rediscloud", "rediscloud-heroku", "redistogo", "openredis", "redisgreen")

BAA: Final = "check that its maker signs a business associate agreement (BAA) before ePHI reaches it"
_LOGS: Final = "each service has its own log group, kept as long as hipaa:audit.retention_days"
_SCHEDULE: Final = "app.json does not hold its jobs: write each as `schedules` of a service, with `cron` in UTC and `command`"
ADDONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "papertrail": (_LOGS, ("PAPERTRAIL_",)),
    "logentries": (_LOGS, ("LOGENTRIES_",)),
    "logdna": (_LOGS, ("LOGDNA_",)),
    "coralogix": (_LOGS, ("CORALOGIX_",)),
    "sumologic": (_LOGS, ("SUMOLOGIC_",)),
    "timber-logging": (_LOGS, ("TIMBER_",)),
    "scheduler": (_SCHEDULE, ()),
    "advanced-scheduler": (_SCHEDULE, ("ADVANCED_SCHEDULER_",)),
    "crontogo": (_SCHEDULE, ("CRONTOGO_",)),
    "sendgrid": (f"mail: {BAA}, or move to Amazon SES", ("SENDGRID_",)),
    "mailgun": (f"mail: {BAA}, or move to Amazon SES", ("MAILGUN_",)),
    "postmark": (f"mail: {BAA}, or move to Amazon SES", ("POSTMARK_",)),
    "newrelic": (f"monitoring: {BAA}; traces and errors can carry ePHI", ("NEW_RELIC_",)),
    "scout": (f"monitoring: {BAA}; traces and errors can carry ePHI", ("SCOUT_",)),
    "sentry": (f"error reports: {BAA}; errors can carry ePHI", ("SENTRY_",)),
    "rollbar": (f"error reports: {BAA}; errors can carry ePHI", ("ROLLBAR_",)),
    "bugsnag": (f"error reports: {BAA}; errors can carry ePHI", ("BUGSNAG_",)),
    "memcachier": ("the stack's cache speaks the Redis protocol, not memcached: change the client", ("MEMCACHIER_",)),
    "memcachedcloud": ("the stack's cache speaks the Redis protocol, not memcached: change the client", ("MEMCACHEDCLOUD_",)),
    "heroku-kafka": ("look at Amazon MSK; the program has no component for it", ("KAFKA_",)),
    "cloudamqp": (f"look at Amazon MQ or SQS, or {BAA}", ("CLOUDAMQP_",)),
    "bonsai": (f"look at Amazon OpenSearch Service, or {BAA}", ("BONSAI_",)),
    "searchbox": (f"look at Amazon OpenSearch Service, or {BAA}", ("SEARCHBOX_",)),
    "mongolab": (f"look at Amazon DocumentDB, or {BAA}", ("MONGODB_", "MONGOLAB_")),
    "jawsdb": ("MySQL: the program builds PostgreSQL only", ("JAWSDB_",)),
    "cleardb": ("MySQL: the program builds PostgreSQL only", ("CLEARDB_",)),
    "cloudinary": (f"files: {BAA}, or move them to Amazon S3", ("CLOUDINARY_",)),
    "bucketeer": ("files: it is an S3 bucket already; copy it into one of your account", ("BUCKETEER_",)),
    "fixie": ("fixed addresses: the NAT gateways or the NAT instance have them", ("FIXIE_",)),
    "quotaguardstatic": ("fixed addresses: the NAT gateways or the NAT instance have them", ("QUOTAGUARDSTATIC_",)),
    "ssl": ("hipaa:edge has its own certificate", ()),
}  # fmt: skip
"""Add-ons without a place in a stack file: what to look at, and the config vars that go with them."""
