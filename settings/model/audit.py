"""Logs, detection and the account's budget."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from settings import types as t
from settings.model.base import ListOf, LockMode, Section
from settings.values import whole_number

Owned: TypeAlias = Literal["account", "region", "copy_region"]
"""What one stack creates for other stacks too: see `AuditSettings.owns`."""


class DetectionSettings(Section):
    """Detection services of a region. Only a stack whose `owns` contains `region` creates them."""

    guardduty: bool = True
    """Whether GuardDuty monitors the region."""
    security_hub: bool = True
    """Whether Security Hub collects findings."""
    config_conformance_pack: bool = True
    """Whether AWS Config evaluates the region with a conformance pack."""
    create_config_role: bool = True
    """Whether the owner of the account creates the service-linked role of AWS Config; false if the account already has it."""
    access_analyzer: bool = True
    """Whether IAM Access Analyzer reports resources that are shared outside the account."""
    inspector: bool = True
    """Whether Inspector scans instances and images for known vulnerabilities."""


class AuditSettings(Section):
    """Logs, detection and alerts."""

    owns: ListOf[Owned] = ()
    """What this stack creates for every stack of its account: `account` (trail, password policy, S3 public access block),
    `region` (AWS Config, GuardDuty, Security Hub and EC2 defaults of `aws:region`), `copy_region` (the same in the region
    of `hipaa:data.backup.copy_to_region`). Exactly one stack owns each."""
    object_lock: LockMode = "governance"
    """S3 Object Lock mode of the log archive."""
    retention_days: t.RetentionDays = 2192
    """Retention of every log, in days; at least six years."""
    hot_days: t.HotDays | None = None
    """Days that CloudWatch keeps findings and application logs. The archive keeps them for the whole retention. If not
    set, CloudWatch keeps them for the whole retention too."""
    detection: DetectionSettings = DetectionSettings()
    """Detection services to enable."""
    alert_emails: ListOf[t.Email] = ()
    """E-mail addresses that receive alerts."""

    @property
    def owns_account(self) -> bool:
        """Whether this stack creates what an account has once."""
        return "account" in self.owns

    @property
    def owns_region(self) -> bool:
        """Whether this stack creates what the region of the stack has once."""
        return "region" in self.owns

    @property
    def owns_copy_region(self) -> bool:
        """Whether this stack creates what the region of the backup copies has once."""
        return "copy_region" in self.owns


class BudgetSettings(Section):
    """The monthly budget of the account. AWS sends alerts to `hipaa:audit.alert_emails`; nothing is stopped."""

    monthly_usd: Annotated[int, whole_number(1, 10_000_000, "US dollars")]
    """Monthly limit for the whole account, in US dollars. Alerts are sent at 80 % and 100 % of it, and when AWS forecasts
    more than 100 %."""
