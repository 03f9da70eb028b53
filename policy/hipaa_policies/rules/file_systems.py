"""File systems: encryption at rest, customer-managed keys, and TLS for the mounts of ECS tasks."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import AT_REST, IN_TRANSIT
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import (
    deferred,
    element_paths,
    is_unknown,
    must_be_one_of,
    must_be_true,
    must_name_own_key,
)
from hipaa_policies.tokens import FILE_SYSTEM, FSX_FILE_SYSTEMS, TASK_DEFINITION
from hipaa_policies.values import MISSING, peek


@control(
    id="file-system-is-encrypted",
    title="File systems are encrypted",
    description="Every EFS file system is encrypted at rest.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set encrypted=True on aws.efs.FileSystem. It cannot be changed later.",
    types={FILE_SYSTEM: ("encrypted",)},
    sources=(
        "cdk-nag:EFSEncrypted",
        "aws-config:EFS_ENCRYPTED_CHECK",
        "CKV_AWS_42",
        "prowler:efs_encryption_at_rest_enabled",
    ),
)
def _encrypted(file_system: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_true(file_system, "encrypted")


@control(
    id="file-system-uses-own-key",
    title="File systems use a customer-managed key",
    description="EFS and FSx file systems use a customer-managed key.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set kms_key_id to the ARN of the key for data.",
    types=dict.fromkeys((FILE_SYSTEM, *FSX_FILE_SYSTEMS), ("kmsKeyId",)),
    sources=("CKV_AWS_184", "CKV_AWS_203", "hipaa:cmk-everywhere"),
    unknown="present",
)
def _own_key(file_system: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(file_system, "kmsKeyId")


@control(
    id="task-mounts-files-over-tls",
    title="Tasks mount file systems over TLS",
    description="Every EFS volume of a task definition has encryption in transit.",
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Set transit_encryption to ENABLED in the EFS configuration of the volume.",
    types={TASK_DEFINITION: ("volumes",)},
    sources=("CKV_AWS_97", "hipaa:efs-transit-in-tasks"),
    unknown="defer",
)
def _mounts(task: JudgedResource, _config: Config) -> Iterator[str]:
    if is_unknown(task, "volumes"):
        yield deferred("volumes")
    for volume in element_paths(task, "volumes"):
        mount = (*volume, "efsVolumeConfiguration")
        if is_unknown(task, *mount):
            yield deferred(*mount)
        elif peek(task.props, *mount) is not MISSING:
            yield from must_be_one_of(task, ("ENABLED",), *mount, "transitEncryption")
