from __future__ import annotations

import pytest

from blueprint.record import Record
from components.cost import Budget, BudgetArgs
from tests.harness import evaluate

BUDGET = "aws:budgets/budget:Budget"
EMAILS = ("owner@example.org", "finance@example.org")


@pytest.fixture(scope="module")
def record() -> Record:
    args = BudgetArgs(monthly_usd=6000, emails=EMAILS)
    return evaluate(lambda: Budget("account", args))


def test_the_account_has_a_monthly_budget_in_dollars(record: Record) -> None:
    inputs = record.one(BUDGET).inputs
    assert (inputs["budgetType"], inputs["timeUnit"]) == ("COST", "MONTHLY")
    assert (inputs["limitAmount"], inputs["limitUnit"]) == ("6000", "USD")
    assert "costFilters" not in inputs


def test_all_addresses_are_notified_at_80_and_100_percent_and_when_a_forecast_exceeds_the_budget(
    record: Record,
) -> None:
    notifications = record.one(BUDGET).inputs["notifications"]
    assert isinstance(notifications, list)
    assert [(item["notificationType"], item["threshold"]) for item in notifications] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
        ("ACTUAL", 100),
    ]
    for item in notifications:
        assert (item["comparisonOperator"], item["thresholdType"]) == ("GREATER_THAN", "PERCENTAGE")
        assert item["subscriberEmailAddresses"] == list(EMAILS)


def test_pulumi_generates_the_name_of_the_budget_and_the_component_returns_it(record: Record) -> None:
    owner = record.one("hipaa:cost:Budget")
    assert "name" not in record.one(BUDGET).inputs
    assert owner.outputs == {"budget_name": record.one(BUDGET).outputs["name"]}
    assert record.one(BUDGET).parent == owner.urn


@pytest.mark.parametrize(
    ("monthly_usd", "emails", "message"),
    [
        (0, EMAILS, "monthly_usd must be at least 1, got 0"),
        (1, (), "emails must be 1 to 10 addresses, got 0"),
        (1, [f"a{number}@example.org" for number in range(11)], "got 11"),
    ],
)
def test_arguments_outside_the_limits_of_aws_budgets_are_refused(
    monthly_usd: int, emails: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        BudgetArgs(monthly_usd=monthly_usd, emails=emails)
