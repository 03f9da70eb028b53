"""Rules on the account, locks and the budget."""

from __future__ import annotations

import pytest

from tests.settings.documents import full_document, minimal_document, paths, problem, put, read


def test_compliance_locks_require_protection() -> None:
    document = full_document() | {"hipaa:protect": False}
    assert paths(document) == ["hipaa:audit.object_lock", "hipaa:data.backup.vault_lock"]


@pytest.mark.parametrize("count", [0, 11])
def test_a_budget_requires_as_many_addresses_as_aws_accepts(count: int) -> None:
    emails = [f"owner-{number}@example.org" for number in range(count)]
    refused = problem(put(full_document(), "hipaa:audit.alert_emails", emails))
    assert refused.path == "hipaa:audit.alert_emails"
    assert refused.allowed == "1 to 10 addresses are required when hipaa:budget is set"


def test_a_govcloud_account_has_no_budget() -> None:
    document = {**minimal_document(), "aws:region": "us-gov-west-1", "hipaa:budget": {"monthly_usd": 900}}
    document = put(document, "hipaa:audit.owns", ["account", "region"])
    document["hipaa:audit"] = {**document["hipaa:audit"], "alert_emails": ["security@example.org"]}
    refused = problem(document)
    assert (refused.path, refused.allowed) == ("hipaa:budget", "no budget in us-gov-west-1")


def test_findings_without_an_address_are_a_warning() -> None:
    document = full_document()
    del document["hipaa:budget"]
    assert read(document).warnings == ()
    [warning] = read(put(document, "hipaa:audit.alert_emails", [])).warnings
    assert "hipaa:audit.alert_emails is empty" in warning
