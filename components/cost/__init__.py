"""What the account costs."""

from components.cost.budget import Budget, BudgetArgs

__all__ = ["Budget", "BudgetArgs"]
