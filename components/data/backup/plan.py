"""When backups are made, how long they are kept and what a vault refuses. Pure, but for the SDK's argument types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.shared import iam
from facts import databases

Lock: TypeAlias = Literal["none", "governance", "compliance"]

COLD_DAYS: Final = 90
"""What AWS Backup keeps in cold storage at least
(https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html)."""

DAILY_FLOOR_DAYS: Final = 35
"""As long as the databases' own recovery window at its longest; this project's policy."""

START_MINUTES: Final = 60
"""In which a job has to begin: the shortest AWS takes. Of two rules that may begin at the same time only the one with the
longer retention runs (https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html), so a longer one
would swallow hourly backups."""

HOURLY_MINUTE: Final = 30

_CRON: Final = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long recovery points are kept."""

    hourly_days: int | None = None
    """Days for hourly ones; none are made if not given."""
    daily_days: int = DAILY_FLOOR_DAYS
    """Days for daily ones, 35 or more."""
    monthly_days: int = 2192
    """Days for monthly ones, as long as the daily ones or longer."""
    cold_after_days: int | None = None
    """Days after which monthly ones move to cold storage, where their type has one; never if not given. RDS and Aurora
    have none, and AWS Backup ignores it for them
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html)."""

    def __post_init__(self) -> None:
        """Refuse retentions that contradict each other or AWS."""
        spans = [days for days in (self.hourly_days, self.daily_days, self.monthly_days) if days is not None]
        if spans != sorted(spans):
            raise ValueError(
                f"hourly_days, daily_days and monthly_days must not fall, got {', '.join(map(str, spans))}"
            )
        if self.daily_days < DAILY_FLOOR_DAYS:
            raise ValueError(f"daily_days must be {DAILY_FLOOR_DAYS} or more, got {self.daily_days}")
        if self.hourly_days is not None and self.hourly_days < 1:
            raise ValueError(f"hourly_days must be 1 or more, got {self.hourly_days}")
        if (
            self.cold_after_days is not None
            and not 1 <= self.cold_after_days <= self.monthly_days - COLD_DAYS
        ):
            raise ValueError(
                f"cold_after_days must be 1 to monthly_days - {COLD_DAYS} ({self.monthly_days - COLD_DAYS}), "
                f"got {self.cold_after_days}"
            )

    @property
    def shortest_days(self) -> int:
        """Days of the recovery points that go first."""
        return self.daily_days if self.hourly_days is None else self.hourly_days


@dataclass(frozen=True, kw_only=True)
class VaultLock:
    """What a vault refuses, and to whom."""

    mode: Lock
    """`governance` can be taken off by who has the right to, `compliance` by nobody; `none` is no lock."""
    grace_days: int = 3
    """Days in which a compliance lock may still be taken back, 3 or more."""
    min_days: int | None = None
    """Shortest retention let in; the shortest of the plan if not given."""
    max_days: int | None = None
    """Longest retention let in; any if not given, so that it can be raised one day."""

    def __post_init__(self) -> None:
        """Refuse a grace that AWS does not grant."""
        if self.grace_days < 3:
            raise ValueError(f"grace_days must be 3 or more, got {self.grace_days}")

    def check(self, retention: Retention) -> None:
        """Refuse limits that would keep the plan's own recovery points out.

        Raises:
            ValueError: A job of the plan would fail.
        """
        if self.min_days is not None and self.min_days > retention.shortest_days:
            raise ValueError(f"min_days must be at most {retention.shortest_days}, got {self.min_days}")
        if self.max_days is not None and self.max_days < retention.monthly_days:
            raise ValueError(f"max_days must be at least {retention.monthly_days}, got {self.max_days}")


def rules(
    vault_name: pulumi.Input[str],
    retention: Retention,
    daily_schedule: str,
    copies_to: Mapping[str, pulumi.Input[str]],
    instance_windows: Sequence[str] = (),
) -> list[aws.backup.PlanRuleArgs]:
    """Return the rules of the plan: hourly where wanted, daily, and monthly on the first day.

    Daily and monthly ones are copied. None is continuous: databases keep their own recovery window, and AWS Backup would
    change its length behind Pulumi's back
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html).

    Args:
        vault_name: Where recovery points go.
        retention: How long they are kept.
        daily_schedule: When daily ones are made, a cron expression.
        copies_to: ARNs of the vaults that get copies, by a name for each.
        instance_windows: When RDS works on an instance by itself, in UTC.
    """
    found: list[aws.backup.PlanRuleArgs] = []
    if retention.hourly_days is not None:
        found.append(_rule("hourly", vault_name, hourly(instance_windows), retention.hourly_days, hours=2))
    found.append(
        _rule("daily", vault_name, daily_schedule, retention.daily_days, hours=8, copies_to=copies_to)
    )
    found.append(
        _rule(
            "monthly",
            vault_name,
            monthly(daily_schedule),
            retention.monthly_days,
            hours=12,
            cold_days=retention.cold_after_days,
            copies_to=copies_to,
        )
    )
    return found


def hourly(instance_windows: Sequence[str]) -> str:
    """Return every hour but those in which a backup may begin less than an hour from a window of an RDS instance.

    It would fail, and people would be told every day; the instance's own recovery window has no such gap. Where windows
    leave no hour, every hour is tried.

    Args:
        instance_windows: Daily and weekly windows, such as `03:00-03:30` and `sun:07:00-sun:07:30`, in UTC.
    """
    free = [
        hour
        for hour in range(24)
        if not databases.is_near(60 * hour + HOURLY_MINUTE, START_MINUTES, instance_windows)
    ]
    hours = "*" if len(free) in (0, 24) else ",".join(map(str, free))
    return f"cron({HOURLY_MINUTE} {hours} * * ? *)"


def monthly(daily_schedule: str) -> str:
    """Return the first day of every month at the time of a daily schedule.

    Raises:
        ValueError: The schedule is no cron expression.
    """
    match = _CRON.fullmatch(daily_schedule)
    if match is None:
        raise ValueError(f"schedule must be a cron expression, got {daily_schedule!r}")
    # The first of several times: once a month is enough.
    minute, hour = (re.split(r"[,/-]", field)[0].replace("*", "0") for field in match.groups()[:2])
    return f"cron({minute} {hour} 1 * ? *)"


def _rule(
    name: str,
    vault_name: pulumi.Input[str],
    schedule: str,
    days: int,
    *,
    hours: int,
    cold_days: int | None = None,
    copies_to: Mapping[str, pulumi.Input[str]] | None = None,
) -> aws.backup.PlanRuleArgs:
    # Only EBS asks to be told twice; it takes backups that are at least 28 days apart, which monthly ones are.
    archive = True if cold_days is not None else None
    return aws.backup.PlanRuleArgs(
        rule_name=name,
        target_vault_name=vault_name,
        schedule=schedule,
        schedule_expression_timezone="Etc/UTC",
        start_window=START_MINUTES,
        completion_window=hours * 60,
        enable_continuous_backup=False,
        lifecycle=aws.backup.PlanRuleLifecycleArgs(
            cold_storage_after=cold_days,
            delete_after=days,
            opt_in_to_archive_for_supported_resources=archive,
        ),
        copy_actions=[
            aws.backup.PlanRuleCopyActionArgs(
                destination_vault_arn=arn,
                lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(
                    cold_storage_after=cold_days,
                    delete_after=days,
                    opt_in_to_archive_for_supported_resources=archive,
                ),
            )
            for arn in (copies_to or {}).values()
        ],
    )


def vault_policy() -> str:
    """Refuse everybody to delete recovery points or to shorten their life; AWS Backup's own expiry asks no policy.

    What AWS Config looks for (https://docs.aws.amazon.com/config/latest/developerguide/backup-recovery-point-manual-deletion-disabled.html),
    but for the right to change this policy: Pulumi could not either.
    """
    return iam.document(
        iam.deny(
            "KeepRecoveryPoints",
            actions=["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
            resources=["*"],
            principals=iam.EVERYONE,
        )
    )


def tag_conditions(tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Return tags as the conditions of a selection name them, in a fixed order."""
    return [(f"aws:ResourceTag/{key}", value) for key, value in sorted(tags.items())]
