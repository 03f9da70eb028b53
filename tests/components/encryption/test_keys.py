import json
from functools import cache
from typing import Any

import pytest

from blueprint.record import Record
from blueprint.recorder import evaluate
from components.encryption import Keys, KeysArgs
from components.encryption.policies import PURPOSES, key_policy
from components.shared.iam import Account

ACCOUNT = Account(id="111122223333", region="us-east-1")
KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
each_purpose = pytest.mark.parametrize("purpose", ["logs", "data", "compute", "secrets", "backup"])


@cache
def recorded(*, protect: bool = False, known: bool = True) -> Record:
    args = KeysArgs(account=ACCOUNT, protect=protect)
    return evaluate(lambda: Keys("keys", args), {"aws:region": "us-east-1"}, known=known)


def statements(purpose: str) -> dict[str, dict[str, Any]]:
    found = json.loads(key_policy(purpose, ACCOUNT))["Statement"]
    return {statement["Sid"]: statement for statement in found}


@each_purpose
def test_a_key_rotates_every_year_and_waits_thirty_days(purpose: str) -> None:
    inputs = recorded().one(KEY, f"keys-{purpose}").inputs
    assert inputs["enableKeyRotation"] is True
    assert inputs["rotationPeriodInDays"] == 365
    assert inputs["deletionWindowInDays"] == 30
    assert inputs["keyUsage"] == "ENCRYPT_DECRYPT"
    assert inputs["customerMasterKeySpec"] == "SYMMETRIC_DEFAULT"
    assert inputs["description"]


@each_purpose
def test_a_key_carries_its_policy_before_anything_is_deployed(purpose: str) -> None:
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
def test_keys_are_protected_and_retained_where_the_stack_says_so(protect: bool) -> None:
    keys = recorded(protect=protect).of_type(KEY)
    assert {(key.protect, key.retain_on_delete) for key in keys} == {(protect, protect)}


@each_purpose
def test_nobody_is_granted_all_of_kms(purpose: str) -> None:
    granted = {action for item in statements(purpose).values() for action in item["Action"]}
    assert granted.isdisjoint({"*", "kms:*"})


@each_purpose
def test_the_account_administers_but_does_not_use(purpose: str) -> None:
    administer = statements(purpose)["Administer"]
    assert administer["Principal"] == {"AWS": [ACCOUNT.root]}
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"} <= {*administer["Action"]}
    using = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt", "kms:CreateGrant")
    assert not [action for action in administer["Action"] if action.startswith(using) or "*" in action]


@each_purpose
def test_the_account_uses_a_key_through_named_services_only(purpose: str) -> None:
    found = statements(purpose)
    via = [f"{service}.us-east-1.amazonaws.com" for service in sorted(PURPOSES[purpose].via)]
    expected = {"kms:CallerAccount": ACCOUNT.id, "kms:ViaService": via}
    assert found["UseThroughServices"]["Condition"] == {"StringEquals": expected}
    assert found["GrantToServices"]["Condition"]["StringEquals"] == expected


@each_purpose
def test_grants_are_made_for_aws_services_only(purpose: str) -> None:
    granting = [item for item in statements(purpose).values() if "kms:CreateGrant" in item["Action"]]
    assert granting
    for item in granting:
        assert item["Action"] == ["kms:CreateGrant"]
        assert item["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


@each_purpose
def test_a_service_by_itself_is_bound_to_this_account(purpose: str) -> None:
    for item in statements(purpose).values():
        if "Service" in item["Principal"]:
            assert ACCOUNT.id in json.dumps(item["Condition"])


@each_purpose
def test_everyone_means_one_role_of_this_account(purpose: str) -> None:
    for item in statements(purpose).values():
        if item["Principal"] == {"AWS": ["*"]}:
            role = item["Condition"]["ArnEquals"]["aws:PrincipalArn"]
            assert role.startswith(f"arn:aws:iam::{ACCOUNT.id}:role/aws-service-role/")


def test_auto_scaling_may_use_the_compute_key_though_its_role_may_not_exist_yet() -> None:
    found = statements("compute")
    assert found["AutoScaling"]["Principal"] == {"AWS": ["*"]}
    role = found["AutoScaling"]["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    assert role.endswith("autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")


def test_elasticache_is_admitted_by_both_its_names() -> None:
    assert {"dax", "elasticache"} <= set(PURPOSES["data"].via)


def test_cloudwatch_logs_uses_the_logs_key_for_log_groups_of_this_account() -> None:
    groups = statements("logs")["LogGroups"]
    assert groups["Principal"] == {"Service": ["logs.us-east-1.amazonaws.com"]}
    context = {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:log-group:*"}
    assert groups["Condition"] == {"ArnLike": context}


def test_alarm_topics_are_not_tied_to_a_source_that_eventbridge_does_not_send() -> None:
    topics = statements("logs")["AlarmTopics"]
    assert topics["Principal"] == {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]}
    assert "aws:Source" not in json.dumps(topics["Condition"])


@pytest.mark.parametrize("purpose", ["data", "secrets", "backup"])
def test_no_service_by_itself_uses_a_key_for_stored_data(purpose: str) -> None:
    own = {"ServiceConnectCertificates"} if purpose == "secrets" else set()
    assert statements(purpose).keys() == {"Administer", "UseThroughServices", "GrantToServices"} | own


def test_the_roles_of_service_connect_make_their_certificates_keys_with_the_secrets_key() -> None:
    found = statements("secrets")["ServiceConnectCertificates"]
    assert found["Principal"] == {"AWS": [f"arn:aws:iam::{ACCOUNT.id}:root"]}
    assert found["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair"]
    assert found["Condition"] == {
        "StringEquals": {"kms:CallerAccount": ACCOUNT.id},
        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT.id}:role/service-connect/*"},
    }


def copied(purpose: str, **where: str) -> dict[str, Any]:
    document = json.loads(key_policy(purpose, ACCOUNT, **where))
    return {item["Sid"]: item for item in document["Statement"]}


@pytest.mark.parametrize("purpose", ["data", "backup"])
def test_a_key_of_what_is_copied_is_used_in_the_other_region_too(purpose: str) -> None:
    via = copied(purpose, copy_region="us-west-2")["UseThroughServices"]["Condition"]["StringEquals"]
    assert {"rds.us-east-1.amazonaws.com", "rds.us-west-2.amazonaws.com"} <= {*via["kms:ViaService"]}


@pytest.mark.parametrize("purpose", ["data", "backup"])
def test_another_account_reads_what_it_copies_by_its_backup_services_only(purpose: str) -> None:
    found = copied(purpose, copy_account="000011112222")
    for sid in ("CopyUse", "CopyGrants"):
        assert found[sid]["Principal"] == {"AWS": ["arn:aws:iam::000011112222:root"]}
        condition = found[sid]["Condition"]
        assert condition["StringEquals"] == {
            "kms:CallerAccount": "000011112222",
            "kms:ViaService": ["backup.us-east-1.amazonaws.com", "rds.us-east-1.amazonaws.com"],
        }
    assert found["CopyGrants"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    assert "kms:Encrypt" not in found["CopyUse"]["Action"]


@pytest.mark.parametrize("purpose", ["logs", "compute", "secrets"])
def test_no_other_key_knows_of_copies(purpose: str) -> None:
    assert copied(purpose, copy_region="us-west-2", copy_account="000011112222") == copied(purpose)
