"""The account's monthly budget, and who is told before it is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from facts.quotas import BUDGET_EMAILS

_TOLD: Final = (("ACTUAL", 80.0), ("FORECASTED", 100.0), ("ACTUAL", 100.0))
"""What is compared with the budget, and above which percentage of it somebody is told."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """What `Budget` needs to know."""

    monthly_usd: int
    """What the account may cost in a calendar month, in US dollars."""
    emails: Sequence[str]
    """Who is told, one to ten addresses."""

    def __post_init__(self) -> None:
        if self.monthly_usd < 1:
            raise ValueError(f"monthly_usd must be at least 1, got {self.monthly_usd}")
        if not 1 <= len(self.emails) <= BUDGET_EMAILS:
            raise ValueError(f"emails must be 1 to {BUDGET_EMAILS} addresses, got {len(self.emails)}")


class Budget(pulumi.ComponentResource):
    """A monthly cost budget of the whole account; it tells, and stops nothing.

    AWS sends the mails itself, without a confirmation. It forecasts from five weeks of usage on, and counts what other
    stacks of the account cost too: what belongs to whom it knows only by tags that the payer has activated.

    Outputs:
        budget_name: Name of the budget.
    """

    budget_name: pulumi.Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:cost:Budget", name, None, opts)
        budget = aws.budgets.Budget(
            name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.monthly_usd),
            limit_unit="USD",
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=list(args.emails),
                )
                for kind, percent in _TOLD
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.budget_name = budget.name
        self.register_outputs({"budget_name": self.budget_name})
