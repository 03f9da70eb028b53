"""AWS's quotas and limits that settings and components both keep to; read 2026-11-26."""

from __future__ import annotations

from typing import Final

ACL_RULES: Final = 20
"""Rules of a network ACL in each direction, without a request for more
(https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html)."""

BUDGET_EMAILS: Final = 10
"""Addresses that one notification of a budget may go to
(https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html)."""
