from functools import cache

import pytest

from blueprint.record import Record
from components.audit.account_defaults import AccountDefaults, AccountDefaultsArgs
from tests.harness import evaluate


@cache
def recorded(*, protect: bool = False, known: bool = True) -> Record:
    args = AccountDefaultsArgs(account_id="111122223333", protect=protect)
    return evaluate(lambda: AccountDefaults("account", args), known=known)


def test_no_bucket_of_the_account_can_be_public() -> None:
    assert recorded().one("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock").inputs == {
        "accountId": "111122223333",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }


def test_the_password_policy_sets_length_character_types_reuse_and_expiry() -> None:
    assert recorded().one("aws:iam/accountPasswordPolicy:AccountPasswordPolicy").inputs == {
        "minimumPasswordLength": 14,
        "requireLowercaseCharacters": True,
        "requireUppercaseCharacters": True,
        "requireNumbers": True,
        "requireSymbols": True,
        "passwordReusePrevention": 24,
        "maxPasswordAge": 90,
        "allowUsersToChangePassword": True,
        "hardExpiry": False,
    }


@pytest.mark.parametrize("protect", [True, False])
def test_all_defaults_have_the_protection_of_the_argument(protect: bool) -> None:
    record = recorded(protect=protect)
    children = record.children(record.one("hipaa:audit:AccountDefaults"))
    assert len(children) == 2
    assert {child.protect for child in children} == {protect}


def test_all_defaults_are_known_in_a_first_preview() -> None:
    def inputs(record: Record) -> list[object]:
        return [child.inputs for child in record.children(record.one("hipaa:audit:AccountDefaults"))]

    assert inputs(recorded(known=False)) == inputs(recorded())
