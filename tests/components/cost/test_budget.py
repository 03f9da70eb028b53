from __future__ import annotations

import pytest

from blueprint.record import Record
from blueprint.recorder import evaluate
from components.cost import Budget, BudgetArgs

BUDGET = "aws:budgets/budget:Budget"
EMAILS = ("owner@example.org", "finance@example.org")


@pytest.fixture(scope="module")
def record() -> Record:
    args = BudgetArgs(monthly_usd=6000, emails=EMAILS)
    return evaluate(lambda: Budget("account", args), {"aws:region": "us-east-1"})


def test_the_account_has_a_monthly_budget_in_dollars(record: Record) -> None:
    inputs = record.one(BUDGET).inputs
    assert (inputs["budgetType"], inputs["timeUnit"]) == ("COST", "MONTHLY")
    assert (inputs["limitAmount"], inputs["limitUnit"]) == ("6000", "USD")
    assert "costFilters" not in inputs


def test_everybody_is_told_before_and_when_it_is_spent_and_when_that_is_forecast(record: Record) -> None:
    told = record.one(BUDGET).inputs["notifications"]
    assert isinstance(told, list)
    assert [(item["notificationType"], item["threshold"]) for item in told] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
        ("ACTUAL", 100),
    ]
    for item in told:
        assert (item["comparisonOperator"], item["thresholdType"]) == ("GREATER_THAN", "PERCENTAGE")
        assert item["subscriberEmailAddresses"] == list(EMAILS)


def test_its_name_is_drawn_and_given_out(record: Record) -> None:
    owner = record.one("hipaa:cost:Budget")
    assert "name" not in record.one(BUDGET).inputs
    assert owner.outputs == {"budget_name": record.one(BUDGET).outputs["name"]}
    assert record.one(BUDGET).parent == owner.urn


@pytest.mark.parametrize(
    ("monthly_usd", "emails", "told"),
    [
        (0, EMAILS, "monthly_usd must be at least 1, got 0"),
        (1, (), "emails must be 1 to 10 addresses, got 0"),
        (1, [f"a{number}@example.org" for number in range(11)], "got 11"),
    ],
)
def test_what_aws_would_refuse_is_refused(monthly_usd: int, emails: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        BudgetArgs(monthly_usd=monthly_usd, emails=emails)
