"""The AWS account: account-wide resources, in the program that creates them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import ACTIVITY, AT_REST, REACH
from hipaa_policies.model import STACK_TYPE, Graph, JudgedResource
from hipaa_policies.requirements import (
    must_be_at_least,
    must_be_one_of,
    must_be_true,
    must_be_within,
    must_name_own_key,
    must_not_be_false,
    named_region,
    not_applicable,
)
from hipaa_policies.tokens import (
    ACCESS_ANALYZER,
    ACCOUNT_PUBLIC_ACCESS,
    CONFIG_RECORDER,
    CONFORMANCE_PACK,
    DETECTOR,
    DISK_ENCRYPTION_DEFAULT,
    DISK_KEY_DEFAULT,
    IMAGE_BLOCK,
    INSPECTOR,
    METADATA_DEFAULTS,
    ORGANIZATION_CONFORMANCE_PACK,
    PASSWORD_POLICY,
    SECURITY_HUB,
    SNAPSHOT_BLOCK,
    TRAIL,
)

# Account-wide resources by the name of the part: the types that satisfy it, and its purpose in a message.
_BASELINE: Final = {
    "trail": ((TRAIL,), "CloudTrail records who did what"),
    "config-recorder": ((CONFIG_RECORDER,), "AWS Config records what changed"),
    "guardduty": ((DETECTOR,), "GuardDuty finds intruders"),
    "security-hub": ((SECURITY_HUB,), "Security Hub collects findings"),
    "conformance-pack": (
        (CONFORMANCE_PACK, ORGANIZATION_CONFORMANCE_PACK),
        "AWS Config judges states of the running account, such as multi-factor authentication of the root user",
    ),
    "password-policy": ((PASSWORD_POLICY,), "IAM requires strong passwords"),
    "volume-encryption": ((DISK_ENCRYPTION_DEFAULT,), "EBS encrypts every new volume"),
    "volume-key": ((DISK_KEY_DEFAULT,), "EBS encrypts new volumes with a customer-managed key"),
    "snapshot-sharing": ((SNAPSHOT_BLOCK,), "nobody can share a volume snapshot publicly"),
    "image-sharing": ((IMAGE_BLOCK,), "nobody can share a machine image publicly"),
    "instance-metadata": ((METADATA_DEFAULTS,), "new instances require IMDSv2"),
    "bucket-sharing": ((ACCOUNT_PUBLIC_ACCESS,), "S3 rejects public buckets"),
    "access-analyzer": ((ACCESS_ANALYZER,), "IAM Access Analyzer finds resources that outsiders may use"),
    "inspector": ((INSPECTOR,), "Inspector finds known vulnerabilities"),
}
_OWNED: Final = (TRAIL, CONFIG_RECORDER, DETECTOR, SECURITY_HUB, PASSWORD_POLICY)
_IN_EVERY_REGION: Final = (
    "config-recorder",
    "guardduty",
    "security-hub",
    "volume-encryption",
    "snapshot-sharing",
    "image-sharing",
    "instance-metadata",
    "access-analyzer",
)
"""Parts that a further region needs. The others cover the whole account, or instances, which a region for copies has none of."""


@stack_control(
    id="account-baseline-is-whole",
    title="The baseline of the account is complete",
    description="A program that creates account-wide resources creates all of them.",
    citations=(*ACTIVITY, "164.308(a)(5)(ii)(C)", "164.308(a)(6)(ii)", "164.308(a)(8)", *AT_REST, *REACH),
    severity="high",
    pack="baseline",
    remediation="Add the resource that the message names, or remove the part from the setting parts if another program creates it.",
    types={STACK_TYPE: (), **dict.fromkeys(_OWNED, ())},
    reads={
        type_: ("region",) if part in _IN_EVERY_REGION else ()
        for part, (types, _) in _BASELINE.items()
        for type_ in types
    },
    sources=(
        "aws-config:EC2_EBS_ENCRYPTION_BY_DEFAULT",
        "aws-config:EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK",
        "aws-config:S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        "aws-config:CLOUD_TRAIL_ENABLED",
        "aws-config:GUARDDUTY_ENABLED_CENTRALIZED",
        "aws-config:SECURITYHUB_ENABLED",
        "aws-config:IAM_PASSWORD_POLICY",
        "hipaa:config-recorder-complete",
        "hipaa:iac-conformance-pack-deployed",
    ),
    unknown="present",
    settings={
        "owner": {
            "type": "string",
            "enum": ("yes", "no", "detect"),
            "default": "detect",
            "description": "Whether this program owns the account-wide resources; detect means if it creates one of them.",
        },
        "parts": {
            "type": "array",
            "items": {"type": "string", "enum": tuple(_BASELINE)},
            "default": tuple(_BASELINE),
            "description": "Parts that this program must create.",
        },
        "further_regions": {
            "type": "array",
            "items": {"type": "string"},
            "default": (),
            "description": "Other regions in which this program must create further_parts.",
        },
        "further_parts": {
            "type": "array",
            "items": {"type": "string", "enum": _IN_EVERY_REGION},
            "default": _IN_EVERY_REGION,
            "description": "Parts that this program must create in each of further_regions.",
        },
    },
)
def _baseline(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    stacks = sorted(graph.by_type(STACK_TYPE), key=lambda item: item.urn)
    anchors = [*stacks, *sorted(graph.by_type(*_OWNED), key=lambda item: item.urn)]
    owned = list(graph.by_type(*_OWNED))
    if config["owner"] == "no" or (config["owner"] == "detect" and not owned):
        for anchor in anchors:
            yield anchor, not_applicable("Another program creates the account-wide resources.")
        return
    for anchor in anchors[:1]:
        for part in config["parts"]:
            types, purpose = _BASELINE[part]
            here = [
                item
                for item in graph.by_type(*types)
                if part not in _IN_EVERY_REGION or named_region(item) not in config["further_regions"]
            ]
            if not here:
                noun = types[0].rpartition(":")[2]
                yield (
                    anchor,
                    f"The program of the account must create {noun} ({part}), so that {purpose}, but it does not.",
                )
        for region, part in product(config["further_regions"], config["further_parts"]):
            types, purpose = _BASELINE[part]
            if not any(named_region(item) == region for item in graph.by_type(*types)):
                noun = types[0].rpartition(":")[2]
                yield (
                    anchor,
                    f"The program of the account must create {noun} ({part}) in {region}, so that {purpose} there, but it "
                    "does not.",
                )
    for anchor in anchors[1:]:
        yield anchor, not_applicable("The stack is judged instead.")


_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@control(
    id="account-defaults-are-safe",
    title="The defaults of the account are safe",
    description="New volumes are encrypted, snapshots, images and buckets cannot be public, and instances require IMDSv2.",
    citations=(*REACH, *AT_REST),
    severity="critical",
    pack="baseline",
    remediation="Set the property that the message names.",
    types={
        DISK_ENCRYPTION_DEFAULT: ("enabled",),
        DISK_KEY_DEFAULT: ("keyArn",),
        SNAPSHOT_BLOCK: ("state",),
        IMAGE_BLOCK: ("state",),
        ACCOUNT_PUBLIC_ACCESS: _BLOCKS,
        METADATA_DEFAULTS: ("httpTokens",),
    },
    sources=(
        "aws-config:EC2_EBS_ENCRYPTION_BY_DEFAULT",
        "CKV_AWS_106",
        "aws-config:EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK",
        "aws-config:S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        "prowler:ec2_ebs_default_encryption",
        "prowler:s3_account_level_public_access_blocks",
        "prowler:ec2_ebs_public_snapshot",
    ),
)
def _defaults(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == DISK_ENCRYPTION_DEFAULT:
        yield from must_not_be_false(resource, "enabled")
    elif resource.type == DISK_KEY_DEFAULT:
        yield from must_name_own_key(resource, "keyArn")
    elif resource.type == SNAPSHOT_BLOCK:
        yield from must_be_one_of(resource, ("block-all-sharing",), "state")
    elif resource.type == IMAGE_BLOCK:
        yield from must_be_one_of(resource, ("block-new-sharing",), "state")
    elif resource.type == METADATA_DEFAULTS:
        yield from must_be_one_of(resource, ("required",), "httpTokens")
    else:
        for name in _BLOCKS:
            yield from must_be_true(resource, name)


@control(
    id="password-policy-is-strong",
    title="The password policy is strong",
    description="IAM passwords have 14 characters of four kinds, differ from the last 24 passwords, and expire after 90 days.",
    citations=("164.308(a)(5)(ii)(D)", "164.308(a)(4)(ii)(B)", "164.312(d)"),
    severity="medium",
    pack="baseline",
    remediation="Set the property that the message names.",
    types={
        PASSWORD_POLICY: (
            "minimumPasswordLength",
            "passwordReusePrevention",
            "maxPasswordAge",
            "requireLowercaseCharacters",
            "requireUppercaseCharacters",
            "requireNumbers",
            "requireSymbols",
        ),
    },
    sources=(
        "aws-config:IAM_PASSWORD_POLICY",
        "CKV_AWS_9",
        "CKV_AWS_10",
        "CKV_AWS_13",
        "prowler:iam_password_policy_minimum_length_14",
        "prowler:iam_password_policy_reuse_24",
    ),
    settings={
        "min_length": {"type": "integer", "minimum": 14, "maximum": 128, "default": 14},
        "reuse": {"type": "integer", "minimum": 1, "maximum": 24, "default": 24},
        "max_age_days": {"type": "integer", "minimum": 1, "maximum": 365, "default": 90},
    },
)
def _passwords(policy: JudgedResource, config: Config) -> Iterator[str]:
    yield from must_be_at_least(policy, config["min_length"], "minimumPasswordLength")
    yield from must_be_at_least(policy, config["reuse"], "passwordReusePrevention")
    yield from must_be_within(policy, config["max_age_days"], "maxPasswordAge")
    for kind in (
        "requireLowercaseCharacters",
        "requireUppercaseCharacters",
        "requireNumbers",
        "requireSymbols",
    ):
        yield from must_be_true(policy, kind)
