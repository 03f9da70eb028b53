"""Replicated buckets, access points, file systems, images and snapshots."""

from dataclasses import replace
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.areas.buckets import bucket_and_settings
from tests.policy.program import (
    CLASSIFIED,
    GONE,
    KEY_ARN,
    Edits,
    Rows,
    extra,
    flags,
    own_keys,
    resource,
)

FSX = ("lustre", "ontap", "zfs", "windows")
OPENZFS = t.FSX_FILE_SYSTEMS[2]
BACKED_UP = {"backup": "vault", **CLASSIFIED}
TAGS = {"purpose": "audit-log", **CLASSIFIED}
BLOCK = "point publicAccessBlockConfiguration"
KMS_OBJECTS = "audit-copy rules.0.sourceSelectionCriteria.sseKmsEncryptedObjects"
DESTINATION = "audit-copy rules.0.destination.encryptionConfiguration.replicaKmsKeyId"


def _replication(**rule: Any) -> dict[str, Any]:
    default = {
        "status": "Enabled",
        "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
        "destination": {"encryptionConfiguration": {"replicaKmsKeyId": KEY_ARN}},
    }
    return {"bucket": UNKNOWN, "rules": [{**default, **rule}]}


GOOD = {
    item.name: item
    for item in (
        *bucket_and_settings("audit"),
        resource(t.BUCKET_REPLICATION, "audit-copy", _replication(), {"bucket": f"{t.BUCKET} audit"}),
        resource(
            t.ACCESS_POINT,
            "point",
            {
                "bucket": UNKNOWN,
                "vpcConfiguration": {"vpcId": UNKNOWN},
                "publicAccessBlockConfiguration": {"blockPublicAcls": True, "restrictPublicBuckets": True},
            },
        ),
        resource(
            t.FILE_SYSTEM,
            "files",
            {
                "encrypted": True,
                "kmsKeyId": KEY_ARN,
                "tags": CLASSIFIED,
                "protection": {"replicationOverwrite": "ENABLED"},
            },
            protect=True,
        ),
        resource(
            t.FILE_SYSTEM_BACKUP,
            "files-backup",
            {"fileSystemId": UNKNOWN, "backupPolicy": {"status": "ENABLED"}},
            {"fileSystemId": f"{t.FILE_SYSTEM} files"},
        ),
        *(
            resource(
                type_, name, {"kmsKeyId": KEY_ARN, "tags": BACKED_UP, "region": "us-east-2"}, protect=True
            )
            for name, type_ in zip(FSX, t.FSX_FILE_SYSTEMS, strict=True)
        ),
        resource(t.VOLUME, "disk", {"encrypted": True, "kmsKeyId": KEY_ARN, "tags": BACKED_UP}, protect=True),
        resource(t.VOLUME_SNAPSHOT_COPY, "copy", {"encrypted": True, "kmsKeyId": KEY_ARN}),
        resource(t.AMI_COPY, "image", {"encrypted": True, "kmsKeyId": KEY_ARN}),
        resource(t.VOLUME_SNAPSHOT_IMPORT, "import", {"encrypted": True, "kmsKeyId": KEY_ARN}),
    )
}
GOOD["audit"] = replace(
    GOOD["audit"], props={**GOOD["audit"].props, "tags": {**TAGS, "disaster-recovery": "true"}}
)
DISASTER_RECOVERY = {"audit tags": {"disaster-recovery": "true", "purpose": "audit-log"}}

STORES = (
    t.DB_CLUSTER,
    t.DB_INSTANCE,
    t.DOCDB_CLUSTER,
    t.NEPTUNE_CLUSTER,
    t.DYNAMODB_TABLE,
    t.REDSHIFT_CLUSTER,
    t.CACHE_GROUP,
    t.CACHE_CLUSTER,
    t.CACHE_SERVERLESS,
    *t.FSX_FILE_SYSTEMS,
    t.VOLUME,
    t.BACKUP_VAULT,
    *t.SEARCH_DOMAINS,
)


def _copies_to(region: Any, /, **more: Any) -> list[Edits]:
    """Return one edit for each type that copies its data to another region."""
    target = {"region": region}
    copies = {
        t.DYNAMODB_TABLE: {"replicas": [{"regionName": region}]},
        t.SECRET: {"replicas": [target]},
        t.DB_SNAPSHOT_COPY: {"destinationRegion": region},
        t.REDSHIFT_SNAPSHOT_COPY: {"destinationRegion": region},
        t.IMAGE_REPLICATION: {"replicationConfiguration": {"rules": [{"destinations": [target]}]}},
    }
    return [extra(type_, {**props, **more}) for type_, props in copies.items()]


ROWS: dict[str, Rows] = {
    "s3-access-point-is-private": Rows(
        compliant=({BLOCK: GONE},),
        violating=[{f"{BLOCK}.blockPublicAcls": False}, extra(t.BUCKET_WEBSITE, {"indexDocument": {}})],
        missing=[{"point vpcConfiguration": GONE}],
        unknown=[{f"{BLOCK}.blockPublicAcls": UNKNOWN}],
    ),
    "s3-bucket-is-replicated": Rows(
        compliant=({"audit-copy": GONE, "audit tags": {"purpose": "audit-log"}},),
        violating=[
            {**DISASTER_RECOVERY, "audit-copy rules.0.status": "Disabled"},
            {**DISASTER_RECOVERY, DESTINATION: "alias/aws/s3"},
            {f"{KMS_OBJECTS}.status": "Disabled"},
        ],
        missing=[
            {**DISASTER_RECOVERY, "audit-copy": GONE},
            {**DISASTER_RECOVERY, DESTINATION: GONE},
            {KMS_OBJECTS: GONE},
        ],
        unknown=[{"audit tags": UNKNOWN}, {**DISASTER_RECOVERY, "audit-copy rules": UNKNOWN}],
    ),
    "s3-bucket-sheds-old-versions": Rows(
        compliant=({"audit-lifecycle rules.0.expiration": GONE},),
        violating=[{"audit-lifecycle rules.0.status": "Disabled"}],
        missing=[{"audit-lifecycle": GONE}, {"audit-lifecycle rules.0.noncurrentVersionExpiration": GONE}],
        unknown=[{"audit-lifecycle rules": UNKNOWN}],
    ),
    "file-system-is-encrypted": flags("files encrypted"),
    "file-system-uses-own-key": own_keys("files kmsKeyId", *(f"{name} kmsKeyId" for name in FSX)),
    "ebs-volume-is-encrypted": flags("copy encrypted", "image encrypted", "import encrypted"),
    "ebs-volume-uses-own-key": own_keys("copy kmsKeyId", "image kmsKeyId", "import kmsKeyId"),
    "data-store-is-in-a-backup-plan": Rows(
        compliant=(
            {"files-backup": GONE, "files tags": BACKED_UP},
            {"plan": resource(t.BACKUP_SELECTION, "plan", {"resources": ["*"]})},
            {
                "plan": resource(
                    t.BACKUP_SELECTION,
                    "plan",
                    {"selectionTags": [{"key": "backup", "type": "STRINGEQUALS", "value": "vault"}]},
                )
            },
            {
                "plan": resource(
                    t.BACKUP_SELECTION, "plan", {"resources": UNKNOWN}, {"resources": f"{OPENZFS} zfs"}
                ),
                **{name: GONE for name in (*FSX, "disk") if name != "zfs"},
            },
            {
                "plan": resource(
                    t.BACKUP_SELECTION,
                    "plan",
                    {
                        "resources": ["*"],
                        "conditions": [
                            {"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "vault"}]}
                        ],
                    },
                )
            },
        ),
        violating=[
            {"files-backup backupPolicy.status": "DISABLED"},
            {
                "plan": resource(
                    t.BACKUP_SELECTION,
                    "plan",
                    {"selectionTags": [{"key": "backup", "type": "STRINGEQUALS", "value": "other"}]},
                )
            },
            {"plan": resource(t.BACKUP_SELECTION, "plan", {"resources": ["arn:aws:rds:*"]})},
            {
                "plan": resource(
                    t.BACKUP_SELECTION,
                    "plan",
                    {
                        "resources": ["*"],
                        "conditions": [
                            {"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "other"}]}
                        ],
                    },
                )
            },
        ],
        missing=[
            {"files-backup": GONE},
            {"zfs tags": GONE},
            *({f"{name} tags.backup": GONE} for name in (*FSX, "disk")),
        ],
        unknown=[{"zfs tags": UNKNOWN}],
    ),
    "stateful-resource-is-protected": Rows(
        compliant=({"files protection": GONE},),
        violating=[
            {"files": {"protect": False}},
            {"zfs": {"protect": False}},
            {"files protection.replicationOverwrite": "DISABLED"},
        ],
        missing=[{"zfs": {"protect": False}}],
        unknown=[{"files protection.replicationOverwrite": UNKNOWN}],
    ),
    "data-store-is-classified": Rows(
        compliant=tuple(extra(type_, {"tags": CLASSIFIED}) for type_ in STORES),
        violating=[{"zfs tags.owner": GONE, "files tags": {"data-classification": "phi"}}],
        missing=[{"files tags": GONE}, {"audit tags.data-classification": GONE}],
        unknown=[{"zfs tags": UNKNOWN}],
    ),
    "region-is-allowed": Rows(
        compliant=({"zfs region": "us-gov-west-1"}, {"files region": "us-west-2"}, *_copies_to("us-west-2")),
        violating=[
            *_copies_to("eu-west-1"),
            *_copies_to("us-west-2", region="eu-west-1"),
            {"zfs region": "eu-west-1"},
            {"extra": resource(t.FILE_SYSTEM, "extra", {}, provider_region="eu-west-1")},
        ],
        missing=[{"zfs region": GONE}],
        missing_is_fine=True,
        unknown=[{"files region": UNKNOWN}, *_copies_to(UNKNOWN)],
    ),
    "service-is-known": Rows(
        violating=[extra("aws:lex/bot:Bot")],
        missing=[extra("aws:bedrock/agentAgent:AgentAgent")],
        unknown=[extra("aws:comprehend/documentClassifier:DocumentClassifier", {"name": UNKNOWN})],
    ),
}
