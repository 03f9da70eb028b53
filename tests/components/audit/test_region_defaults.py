from functools import cache

import pytest

from blueprint.record import Record
from components.audit.region_defaults import RegionDefaults, RegionDefaultsArgs
from tests.harness import KEY, evaluate

CATALOG_KEY = "arn:aws:kms:us-east-1:111122223333:key/logs"
CATALOG = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
VOLUME_KEY = "aws:ebs/defaultKmsKey:DefaultKmsKey"


@cache
def recorded(
    *, protect: bool = False, known: bool = True, region: str | None = None, keys: bool = True
) -> Record:
    args = RegionDefaultsArgs(
        protect=protect,
        volume_key_arn=KEY if keys else None,
        catalog_key_arn=CATALOG_KEY if keys else None,
        region=region,
    )
    return evaluate(lambda: RegionDefaults("region", args), known=known)


def test_the_glue_catalog_is_encrypted_with_its_key() -> None:
    assert recorded().one(CATALOG).inputs["dataCatalogEncryptionSettings"] == {
        "connectionPasswordEncryption": {
            "awsKmsKeyId": CATALOG_KEY,
            "returnConnectionPasswordEncrypted": True,
        },
        "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": CATALOG_KEY},
    }


def test_volumes_are_encrypted_with_their_key_by_default() -> None:
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


def test_without_keys_the_catalog_stays_as_it_is_and_volumes_use_the_key_of_aws() -> None:
    record = recorded(keys=False)
    assert not record.of_type(CATALOG, VOLUME_KEY)
    assert record.one("aws:ebs/encryptionByDefault:EncryptionByDefault").inputs["enabled"] is True


def test_all_defaults_apply_to_the_region_of_the_argument() -> None:
    record = recorded(region="us-west-2")
    children = record.children(record.one("hipaa:audit:RegionDefaults"))
    assert len(children) == 6
    assert {child.inputs["region"] for child in children} == {"us-west-2"}


@pytest.mark.parametrize("protect", [True, False])
def test_all_defaults_have_the_protection_of_the_argument(protect: bool) -> None:
    record = recorded(protect=protect)
    children = record.children(record.one("hipaa:audit:RegionDefaults"))
    assert len(children) == 6
    assert {child.protect for child in children} == {protect}


def test_all_defaults_are_known_in_a_first_preview() -> None:
    def inputs(record: Record) -> list[object]:
        return [child.inputs for child in record.children(record.one("hipaa:audit:RegionDefaults"))]

    assert inputs(recorded(known=False)) == inputs(recorded())
