"""The cost budget of the account."""

from components.cost.budget import Budget, BudgetArgs

__all__ = ["Budget", "BudgetArgs"]
