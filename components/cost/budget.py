"""`Budget`: the monthly cost budget of the account, with notifications by e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from facts.quotas import BUDGET_EMAILS

_NOTIFICATIONS: Final = (("ACTUAL", 80.0), ("FORECASTED", 100.0), ("ACTUAL", 100.0))
"""Kind of cost and threshold of each notification, in percent of the budget."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """Arguments of `Budget`."""

    monthly_usd: int
    """Budget of the account for a calendar month, in US dollars; at least 1."""
    emails: Sequence[str]
    """E-mail addresses to notify, one to ten."""

    def __post_init__(self) -> None:
        """Check the limits of AWS Budgets.

        Raises:
            ValueError: The budget is below 1 US dollar, or the number of addresses is not 1 to 10.
        """
        if self.monthly_usd < 1:
            raise ValueError(f"monthly_usd must be at least 1, got {self.monthly_usd}")
        if not 1 <= len(self.emails) <= BUDGET_EMAILS:
            raise ValueError(f"emails must be 1 to {BUDGET_EMAILS} addresses, got {len(self.emails)}")


class Budget(pulumi.ComponentResource):
    """A monthly cost budget of the whole account. It sends notifications and stops no resource.

    Creates: an AWS budget that notifies each address when actual costs exceed 80 % and 100 % of the budget, and when
    forecast costs exceed 100 %.

    AWS sends the e-mails itself, and recipients need not confirm. AWS needs five weeks of usage data for a forecast. The
    budget includes the costs of other stacks in the account: AWS can separate them only by tags that the management account
    has activated.

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
                for kind, percent in _NOTIFICATIONS
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.budget_name = budget.name
        self.register_outputs({"budget_name": self.budget_name})
