import json
from functools import cache
from typing import Any

import pytest

from blueprint.record import Record
from components.encryption import Keys, KeysArgs
from components.encryption.policies import PURPOSES, key_policy
from tests.harness import ACCOUNT, evaluate, statements_of

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
each_purpose = pytest.mark.parametrize("purpose", ["logs", "data", "compute", "secrets", "backup"])


@cache
def recorded(*, protect: bool = False, known: bool = True) -> Record:
    args = KeysArgs(account=ACCOUNT, protect=protect)
    return evaluate(lambda: Keys("keys", args), known=known)


def statements(purpose: str, **copies: str) -> dict[str, dict[str, Any]]:
    return statements_of(key_policy(purpose, ACCOUNT, **copies))


@each_purpose
def test_a_key_rotates_every_year_and_waits_thirty_days_before_deletion(purpose: str) -> None:
    inputs = recorded().one(KEY, f"keys-{purpose}").inputs
    assert inputs["enableKeyRotation"] is True
    assert inputs["rotationPeriodInDays"] == 365
    assert inputs["deletionWindowInDays"] == 30
    assert inputs["keyUsage"] == "ENCRYPT_DECRYPT"
    assert inputs["customerMasterKeySpec"] == "SYMMETRIC_DEFAULT"
    assert inputs["description"]


@each_purpose
def test_a_preview_knows_the_policy_of_each_key(purpose: str) -> None:
    key = recorded(known=False).one(KEY, f"keys-{purpose}")
    assert key.inputs["policy"] == key_policy(purpose, ACCOUNT)


@each_purpose
def test_each_key_has_an_alias(purpose: str) -> None:
    record = recorded()
    key = record.one(KEY, f"keys-{purpose}")
    alias = record.one(ALIAS, f"keys-{purpose}")
    assert alias.property_dependencies["targetKeyId"] == (key.urn,)


def test_keys_and_aliases_belong_to_the_component() -> None:
    record = recorded()
    owner = record.one("hipaa:encryption:Keys")
    assert {item.type for item in record.children(owner)} == {KEY, ALIAS}
    assert len(record.of_type(KEY)) == len(PURPOSES) == 5
    assert owner.outputs.keys() == set(PURPOSES)


@pytest.mark.parametrize("protect", [True, False])
def test_keys_are_protected_and_retained_if_protect_is_set(protect: bool) -> None:
    keys = recorded(protect=protect).of_type(KEY)
    assert {(key.protect, key.retain_on_delete) for key in keys} == {(protect, protect)}


@each_purpose
def test_no_statement_covers_all_actions_of_kms(purpose: str) -> None:
    actions = {action for statement in statements(purpose).values() for action in statement["Action"]}
    assert actions.isdisjoint({"*", "kms:*"})


@each_purpose
def test_the_account_may_administer_a_key_but_not_use_it_directly(purpose: str) -> None:
    administer = statements(purpose)["Administer"]
    assert administer["Principal"] == {"AWS": [ACCOUNT.root]}
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"} <= {*administer["Action"]}
    use_actions = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt", "kms:CreateGrant")
    assert not [action for action in administer["Action"] if action.startswith(use_actions) or "*" in action]


@each_purpose
def test_the_account_may_use_a_key_through_named_services_only(purpose: str) -> None:
    by_sid = statements(purpose)
    via = [f"{service}.us-east-1.amazonaws.com" for service in sorted(PURPOSES[purpose].via_services)]
    expected = {"kms:CallerAccount": ACCOUNT.id, "kms:ViaService": via}
    assert by_sid["UseThroughServices"]["Condition"] == {"StringEquals": expected}
    assert by_sid["GrantToServices"]["Condition"]["StringEquals"] == expected


@each_purpose
def test_grants_are_allowed_for_aws_services_only(purpose: str) -> None:
    grant_statements = [
        statement for statement in statements(purpose).values() if "kms:CreateGrant" in statement["Action"]
    ]
    assert grant_statements
    for statement in grant_statements:
        assert statement["Action"] == ["kms:CreateGrant"]
        assert statement["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


@each_purpose
def test_statements_for_services_are_limited_to_this_account(purpose: str) -> None:
    for statement in statements(purpose).values():
        if "Service" in statement["Principal"]:
            assert ACCOUNT.id in json.dumps(statement["Condition"])


@each_purpose
def test_a_wildcard_principal_is_limited_to_one_service_linked_role_of_this_account(purpose: str) -> None:
    for statement in statements(purpose).values():
        if statement["Principal"] == {"AWS": ["*"]}:
            role = statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]
            assert role.startswith(f"arn:aws:iam::{ACCOUNT.id}:role/aws-service-role/")


def test_auto_scaling_may_use_the_compute_key_before_its_service_linked_role_exists() -> None:
    statement = statements("compute")["AutoScaling"]
    assert statement["Principal"] == {"AWS": ["*"]}
    role = statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    assert role.endswith("autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")


def test_elasticache_may_use_the_data_key_by_both_of_its_service_names() -> None:
    assert {"dax", "elasticache"} <= set(PURPOSES["data"].via_services)


def test_cloudwatch_logs_uses_the_logs_key_for_log_groups_of_this_account() -> None:
    groups = statements("logs")["LogGroups"]
    assert groups["Principal"] == {"Service": ["logs.us-east-1.amazonaws.com"]}
    context = {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:log-group:*"}
    assert groups["Condition"] == {"ArnLike": context}


def test_alarm_topics_have_no_condition_on_the_source_because_eventbridge_sends_none() -> None:
    topics = statements("logs")["AlarmTopics"]
    assert topics["Principal"] == {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]}
    assert "aws:Source" not in json.dumps(topics["Condition"])


@pytest.mark.parametrize("purpose", ["data", "secrets", "backup"])
def test_keys_of_stored_data_have_no_statements_for_services(purpose: str) -> None:
    certificates = {"ServiceConnectCertificates"} if purpose == "secrets" else set()
    assert (
        statements(purpose).keys() == {"Administer", "UseThroughServices", "GrantToServices"} | certificates
    )


def test_service_connect_roles_may_create_certificate_keys_with_the_secrets_key() -> None:
    statement = statements("secrets")["ServiceConnectCertificates"]
    assert statement["Principal"] == {"AWS": [f"arn:aws:iam::{ACCOUNT.id}:root"]}
    assert statement["Action"] == [
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyPair",
    ]
    assert statement["Condition"] == {
        "StringEquals": {"kms:CallerAccount": ACCOUNT.id},
        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT.id}:role/service-connect/*"},
    }


@pytest.mark.parametrize("purpose", ["data", "backup"])
def test_keys_of_copied_data_may_be_used_in_the_copy_region(purpose: str) -> None:
    statement = statements(purpose, copy_region="us-west-2")["UseThroughServices"]
    services = statement["Condition"]["StringEquals"]["kms:ViaService"]
    assert {"rds.us-east-1.amazonaws.com", "rds.us-west-2.amazonaws.com"} <= {*services}


@pytest.mark.parametrize("purpose", ["data", "backup"])
def test_the_copy_account_may_use_keys_through_aws_backup_and_rds_only(purpose: str) -> None:
    by_sid = statements(purpose, copy_account="000011112222")
    for sid in ("CopyUse", "CopyGrants"):
        assert by_sid[sid]["Principal"] == {"AWS": ["arn:aws:iam::000011112222:root"]}
        condition = by_sid[sid]["Condition"]
        assert condition["StringEquals"] == {
            "kms:CallerAccount": "000011112222",
            "kms:ViaService": ["backup.us-east-1.amazonaws.com", "rds.us-east-1.amazonaws.com"],
        }
    assert by_sid["CopyGrants"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    assert "kms:Encrypt" not in by_sid["CopyUse"]["Action"]


@pytest.mark.parametrize("purpose", ["logs", "compute", "secrets"])
def test_copies_do_not_change_the_policies_of_other_keys(purpose: str) -> None:
    with_copies = statements(purpose, copy_region="us-west-2", copy_account="000011112222")
    assert with_copies == statements(purpose)
