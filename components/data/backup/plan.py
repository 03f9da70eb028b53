"""Schedules, retention, Vault Lock and vault policy. Pure functions, except for argument types of the SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from components.shared import iam
from facts import databases
from facts.quotas import COLD_STORAGE_DAYS

Lock: TypeAlias = Literal["none", "governance", "compliance"]

DAILY_FLOOR_DAYS: Final = 35
"""Minimum retention of daily backups, in days. It equals the maximum point-in-time recovery window of a database; a policy of
this project."""

START_MINUTES: Final = 60
"""Start window of a job, in minutes; AWS accepts no shorter one. If the start windows of two rules overlap, AWS Backup runs
only the rule with the longer retention
(https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html). A longer start window would
therefore suppress hourly backups."""

HOURLY_MINUTE: Final = 30
"""Minute of the hour at which hourly backups start."""

_CRON: Final = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Retention of recovery points."""

    hourly_days: int | None = None
    """Days that hourly recovery points are kept; None disables hourly backups."""
    daily_days: int = DAILY_FLOOR_DAYS
    """Days that daily recovery points are kept, 35 or more."""
    monthly_days: int = 2192
    """Days that monthly recovery points are kept, at least as long as daily ones."""
    cold_after_days: int | None = None
    """Days after which monthly recovery points move to cold storage; None disables it. RDS and Aurora do not support cold
    storage, and AWS Backup ignores this value for them
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html)."""

    def __post_init__(self) -> None:
        """Reject retentions that contradict each other or that AWS does not support."""
        retentions = [
            days for days in (self.hourly_days, self.daily_days, self.monthly_days) if days is not None
        ]
        if retentions != sorted(retentions):
            raise ValueError(
                f"hourly_days, daily_days and monthly_days must not fall, got {', '.join(map(str, retentions))}"
            )
        if self.daily_days < DAILY_FLOOR_DAYS:
            raise ValueError(f"daily_days must be {DAILY_FLOOR_DAYS} or more, got {self.daily_days}")
        if self.hourly_days is not None and self.hourly_days < 1:
            raise ValueError(f"hourly_days must be 1 or more, got {self.hourly_days}")
        if (
            self.cold_after_days is not None
            and not 1 <= self.cold_after_days <= self.monthly_days - COLD_STORAGE_DAYS
        ):
            raise ValueError(
                f"cold_after_days must be 1 to monthly_days - {COLD_STORAGE_DAYS} ({self.monthly_days - COLD_STORAGE_DAYS}), "
                f"got {self.cold_after_days}"
            )

    @property
    def shortest_days(self) -> int:
        """The shortest of the retentions, in days."""
        return self.daily_days if self.hourly_days is None else self.hourly_days


@dataclass(frozen=True, kw_only=True)
class VaultLock:
    """Mode and limits of AWS Backup Vault Lock."""

    mode: Lock
    """A user with the permission can remove a `governance` lock. Nobody can remove a `compliance` lock. `none` means no lock."""
    grace_days: int = 3
    """Days in which a compliance lock can still be removed, 3 or more."""
    min_days: int | None = None
    """Minimum retention that the vault accepts, in days; None means the shortest retention of the plan."""
    max_days: int | None = None
    """Maximum retention that the vault accepts, in days; None means no limit, so that the retention can be raised later."""

    def __post_init__(self) -> None:
        """Reject a grace time that AWS does not accept."""
        if self.grace_days < 3:
            raise ValueError(f"grace_days must be 3 or more, got {self.grace_days}")

    def check(self, retention: Retention) -> None:
        """Reject limits that exclude recovery points of the plan.

        Args:
            retention: Retention of the plan.

        Raises:
            ValueError: A job of the plan would fail because its retention is outside the limits.
        """
        if self.min_days is not None and self.min_days > retention.shortest_days:
            raise ValueError(f"min_days must be at most {retention.shortest_days}, got {self.min_days}")
        if self.max_days is not None and self.max_days < retention.monthly_days:
            raise ValueError(f"max_days must be at least {retention.monthly_days}, got {self.max_days}")


def plan_rules(
    vault_name: pulumi.Input[str],
    retention: Retention,
    daily_schedule: str,
    copies_to: Mapping[str, pulumi.Input[str]],
    instance_windows: Sequence[str] = (),
) -> list[aws.backup.PlanRuleArgs]:
    """Return the rules of the plan: hourly if the retention asks for it, daily, and monthly on the first day of the month.

    Daily and monthly recovery points are copied. No rule makes continuous backups: databases have a point-in-time recovery
    window, and AWS Backup would change its length without Pulumi
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html).

    Args:
        vault_name: Name of the vault that receives the recovery points.
        retention: Retention of recovery points.
        daily_schedule: Start of daily backups, as a cron expression in UTC.
        copies_to: ARNs of the vaults that receive copies, by an arbitrary name.
        instance_windows: Backup and maintenance windows of an RDS instance, in UTC.
    """
    plan_rules: list[aws.backup.PlanRuleArgs] = []
    if retention.hourly_days is not None:
        plan_rules.append(
            _rule("hourly", vault_name, hourly_schedule(instance_windows), retention.hourly_days, hours=2)
        )
    plan_rules.append(
        _rule("daily", vault_name, daily_schedule, retention.daily_days, hours=8, copies_to=copies_to)
    )
    plan_rules.append(
        _rule(
            "monthly",
            vault_name,
            monthly_schedule(daily_schedule),
            retention.monthly_days,
            hours=12,
            cold_days=retention.cold_after_days,
            copies_to=copies_to,
        )
    )
    return plan_rules


def hourly_schedule(instance_windows: Sequence[str]) -> str:
    """Return the schedule of hourly backups, without the hours near a window of an RDS instance.

    A backup that may start less than an hour from a window would fail, and its alarm would notify every day. Point-in-time
    recovery of the instance covers the omitted hours. If the windows leave no hour, the schedule contains every hour.

    Args:
        instance_windows: Daily and weekly windows, such as `03:00-03:30` and `sun:07:00-sun:07:30`, in UTC.

    Returns:
        A cron expression in UTC.
    """
    allowed_hours = [
        hour
        for hour in range(24)
        if not databases.is_near(60 * hour + HOURLY_MINUTE, START_MINUTES, instance_windows)
    ]
    hours = "*" if len(allowed_hours) in (0, 24) else ",".join(map(str, allowed_hours))
    return f"cron({HOURLY_MINUTE} {hours} * * ? *)"


def monthly_schedule(daily_schedule: str) -> str:
    """Return the schedule of monthly backups: the first day of every month at the time of the daily schedule.

    Args:
        daily_schedule: A cron expression in UTC.

    Raises:
        ValueError: `daily_schedule` is not a cron expression with six fields.
    """
    match = _CRON.fullmatch(daily_schedule)
    if match is None:
        raise ValueError(f"schedule must be a cron expression, got {daily_schedule!r}")
    # If the daily schedule has several times, the monthly one takes the first.
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
    # Only EBS requires this opt-in. It accepts backups that are at least 28 days apart, as monthly ones are.
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
    """Return a vault policy that denies everybody to delete recovery points or to change their lifecycle.

    Expiry by AWS Backup is not subject to the policy. AWS Config checks for this policy
    (https://docs.aws.amazon.com/config/latest/developerguide/backup-recovery-point-manual-deletion-disabled.html). It also
    expects a deny on changes of the policy, which is absent here because Pulumi could no longer change it either.
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
    """Return the condition keys and values of a selection by tags, sorted by tag."""
    return [(f"aws:ResourceTag/{key}", value) for key, value in sorted(tags.items())]
