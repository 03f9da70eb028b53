from functools import cache

import pytest

from blueprint.record import Record
from components.audit.account_defaults import AccountDefaults, AccountDefaultsArgs
from tests.harness import KEY, evaluate

LOGS_KEY = "arn:aws:kms:us-east-1:111122223333:key/logs"


@cache
def recorded(*, protect: bool = False, known: bool = True) -> Record:
    args = AccountDefaultsArgs(
        account_id="111122223333", compute_key_arn=KEY, logs_key_arn=LOGS_KEY, protect=protect
    )
    return evaluate(lambda: AccountDefaults("account", args), known=known)


def test_the_glue_catalogue_is_encrypted_with_the_logs_key() -> None:
    settings = recorded().one("aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings").inputs
    assert settings["dataCatalogEncryptionSettings"] == {
        "connectionPasswordEncryption": {"awsKmsKeyId": LOGS_KEY, "returnConnectionPasswordEncrypted": True},
        "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": LOGS_KEY},
    }


def test_no_bucket_of_the_account_can_be_public() -> None:
    assert recorded().one("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock").inputs == {
        "accountId": "111122223333",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }


def test_volumes_are_encrypted_with_the_compute_key_by_default() -> None:
    assert recorded().one("aws:ebs/encryptionByDefault:EncryptionByDefault").inputs["enabled"] is True
    assert recorded().one("aws:ebs/defaultKmsKey:DefaultKmsKey").inputs["keyArn"] == KEY


@pytest.mark.parametrize(
    ("type_", "state"),
    [
        ("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "block-all-sharing"),
        ("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess", "block-new-sharing"),
    ],
)
def test_snapshots_and_images_cannot_be_shared_with_the_public(type_: str, state: str) -> None:
    assert recorded().one(type_).inputs["state"] == state


def test_instances_require_imdsv2_with_a_hop_limit_for_containers() -> None:
    inputs = recorded().one("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults").inputs
    assert inputs == {"httpTokens": "required", "httpPutResponseHopLimit": 2}


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
    assert len(children) == 8
    assert {child.protect for child in children} == {protect}


def test_all_defaults_are_known_in_a_first_preview() -> None:
    def inputs(record: Record) -> list[object]:
        return [child.inputs for child in record.children(record.one("hipaa:audit:AccountDefaults"))]

    assert inputs(recorded(known=False)) == inputs(recorded())
