"""What a load needs of a stack, which limit it reaches first, and which settings support it."""

from planning.capacity.demand import CapacityPlanError
from planning.capacity.load import Load
from planning.capacity.plan import Limit, Plan, ServicePlan
from planning.capacity.raising import differences, raise_settings
from planning.capacity.sizing import plan_capacity

__all__ = [
    "CapacityPlanError",
    "Limit",
    "Load",
    "Plan",
    "ServicePlan",
    "differences",
    "plan_capacity",
    "raise_settings",
]
