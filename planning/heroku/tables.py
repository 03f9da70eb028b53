"""What replaces Heroku's dyno sizes and add-ons. State of November 2026; each table names its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from facts import databases


@dataclass(frozen=True, slots=True)
class TaskSize:
    """Size of the task that replaces a dyno."""

    cpu: int
    """CPU units of 1/1024 vCPU."""
    memory_mib: int


def _dynos() -> dict[str, TaskSize]:
    sizes = {"m": TaskSize(2048, 2560), "l": TaskSize(8192, 14_336), "l-ram": TaskSize(4096, 30_720)}
    sizes |= {"xl": TaskSize(8192, 63_488), "2xl": TaskSize(16_384, 129_024)}
    tiers = ("performance", "private", "shield")
    dedicated = {f"{tier}-{size}": task for tier in tiers for size, task in sizes.items()}
    small = {"private-s": TaskSize(2048, 1024), "shield-s": TaskSize(2048, 1024)}
    shared = {name: TaskSize(256, 512) for name in ("eco", "basic", "standard-1x")}
    return shared | {"standard-2x": TaskSize(512, 1024)} | small | dedicated


DYNOS: Final = _dynos()
"""Task size by dyno size.

Memory and relative speed: https://devcenter.heroku.com/articles/dyno-types (page of 2024-06-04): 1x-4x for 512 MB
dynos, 2x-8x for standard-2x, 12x for S and M, 50x for L and XL, 24x for L-RAM, 100x for 2XL. Heroku states no number of
vCPUs. This project assumes that 100x is 16 vCPUs, rounds the others, and takes a value within the range of shared dynos.
"""

RETIRED: Final = {"free": "eco", "hobby": "basic"}
"""Dyno sizes that Heroku no longer sells, and their replacements."""

_MAJORS: Final = tuple(databases.STANDARD_SUPPORT_ENDS["aurora-postgresql"])
ENGINE_VERSIONS: Final = {major: databases.newest("aurora-postgresql", major) or "" for major in _MAJORS}
"""Newest Aurora version by PostgreSQL major version."""

DEFAULT_ENGINE: Final = ENGINE_VERSIONS["17"]

POSTGRES: Final = ("heroku-postgresql",)
"""Add-ons that an Aurora cluster replaces."""

POSTGRES_GB: Final[Mapping[str, float]] = {
    "0": 4, "2": 8, "3": 15.25, "4": 30.5, "5": 61, "6": 122, "7": 244, "8": 488, "9": 768, "10": 1024,
}  # fmt: skip
"""Memory in GB by the number at the end of a plan, such as 2 in `standard-2` (page of 2024-09-06):
https://devcenter.heroku.com/articles/heroku-postgres-production-tier-technical-characterization. The plans `essential` have
shared memory."""

ACU_GIB: Final = 2
"""Memory of an Aurora capacity unit:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html"""

MYSQL: Final = ("jawsdb", "jawsdb-maria", "cleardb")
"""Add-ons that an RDS instance with MySQL replaces."""

MYSQL_VERSION: Final = databases.VERSIONS["mysql"][-1]

CACHES: Final = ("heroku-redis", "rediscloud", "rediscloud-heroku", "redistogo", "openredis", "redisgreen")
"""Add-ons that the cache replaces."""

CACHE_MB: Final[Mapping[str, int]] = {
    "0": 50, "1": 100, "2": 250, "3": 500, "4": 750, "5": 1000, "7": 7000, "9": 10_000, "10": 25_000, "12": 50_000,
    "14": 100_000,
}  # fmt: skip
"""Memory in MB by the number at the end of a plan of `heroku-redis`, such as 0 in `premium-0` (page of 2024-10-11):
https://devcenter.heroku.com/articles/heroku-redis-technical-characterization. The plan `mini` has 25 MB."""

NODE_TYPES: Final[Mapping[str, int]] = {
    "cache.t4g.micro": 536, "cache.t4g.small": 1471, "cache.t4g.medium": 3317, "cache.r7g.large": 14_037,
    "cache.r7g.xlarge": 28_261, "cache.r7g.2xlarge": 56_711, "cache.r7g.4xlarge": 113_609, "cache.r7g.8xlarge": 225_000,
}  # fmt: skip
"""Memory in MB by node type, smallest first:
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html"""

NODE_SHARE: Final = 0.75
"""Share of a node's memory for data: AWS reserves the rest by default, for snapshots and failover."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about an add-on that no setting replaces."""

    text: str
    """What the add-on is for, a colon, and what to do."""
    variables: tuple[str, ...] = ()
    """Prefixes of the config vars that the add-on sets."""

    @property
    def kind(self) -> str:
        """Return what the add-on is for."""
        return self.text.partition(":")[0]


BAA: Final = "check that the vendor signs a business associate agreement (BAA) before it receives ePHI"
_LOGS: Final = "logs: each service has its own log group, kept for hipaa:audit.retention_days"
_SCHEDULE: Final = "jobs: app.json does not contain them. Define each under `schedules` of the application, with `cron` in UTC and `command`"
_MAIL: Final = f"e-mail: {BAA}, or use Amazon SES"
_MONITORING: Final = f"monitoring: {BAA}; traces and errors can contain ePHI"
_ERRORS: Final = f"error reports: {BAA}; errors can contain ePHI"
_MEMCACHED: Final = "memcached: the cache of the stack speaks the Redis protocol only, so change the client"
_SEARCH: Final = f"search: consider Amazon OpenSearch Service, or {BAA}"
_MONGO: Final = f"MongoDB: consider Amazon DocumentDB, or {BAA}"
_QUEUE: Final = f"a message broker: consider Amazon MQ or Amazon SQS, or {BAA}"
_ADDRESSES: Final = "fixed addresses: the NAT gateways or the NAT instance have them"

ADDONS: Final = {
    "papertrail": Advice(_LOGS, ("PAPERTRAIL_",)),
    "logentries": Advice(_LOGS, ("LOGENTRIES_",)),
    "logdna": Advice(_LOGS, ("LOGDNA_",)),
    "coralogix": Advice(_LOGS, ("CORALOGIX_",)),
    "sumologic": Advice(_LOGS, ("SUMOLOGIC_",)),
    "timber-logging": Advice(_LOGS, ("TIMBER_",)),
    "scheduler": Advice(_SCHEDULE),
    "advanced-scheduler": Advice(_SCHEDULE, ("ADVANCED_SCHEDULER_",)),
    "crontogo": Advice(_SCHEDULE, ("CRONTOGO_",)),
    "sendgrid": Advice(_MAIL, ("SENDGRID_",)),
    "mailgun": Advice(_MAIL, ("MAILGUN_",)),
    "postmark": Advice(_MAIL, ("POSTMARK_",)),
    "newrelic": Advice(_MONITORING, ("NEW_RELIC_",)),
    "scout": Advice(_MONITORING, ("SCOUT_",)),
    "sentry": Advice(_ERRORS, ("SENTRY_",)),
    "rollbar": Advice(_ERRORS, ("ROLLBAR_",)),
    "bugsnag": Advice(_ERRORS, ("BUGSNAG_",)),
    "raygun": Advice(_ERRORS, ("RAYGUN_",)),
    "honeybadger": Advice(_ERRORS, ("HONEYBADGER_",)),
    "airbrake": Advice(_ERRORS, ("AIRBRAKE_",)),
    "memcachier": Advice(_MEMCACHED, ("MEMCACHIER_",)),
    "memcachedcloud": Advice(_MEMCACHED, ("MEMCACHEDCLOUD_",)),
    "heroku-kafka": Advice("Kafka: consider Amazon MSK; the program has no component for it", ("KAFKA_",)),
    "cloudamqp": Advice(_QUEUE, ("CLOUDAMQP_",)),
    "rabbitmq-bigwig": Advice(_QUEUE, ("RABBITMQ_",)),
    "bonsai": Advice(_SEARCH, ("BONSAI_",)),
    "searchbox": Advice(_SEARCH, ("SEARCHBOX_",)),
    "foundelasticsearch": Advice(_SEARCH, ("FOUNDELASTICSEARCH_",)),
    "mongolab": Advice(_MONGO, ("MONGODB_", "MONGOLAB_")),
    "ormongo": Advice(_MONGO, ("ORMONGO_",)),
    "cloudinary": Advice(f"files: {BAA}, or move them to Amazon S3", ("CLOUDINARY_",)),
    "bucketeer": Advice("files: it is an S3 bucket; copy it to a bucket in your account", ("BUCKETEER_",)),
    "fixie": Advice(_ADDRESSES, ("FIXIE_",)),
    "quotaguardstatic": Advice(_ADDRESSES, ("QUOTAGUARDSTATIC_",)),
    "ssl": Advice("certificates: `hipaa:edge` creates its own certificate"),
}
"""Advice by add-on, for add-ons that no setting replaces."""
