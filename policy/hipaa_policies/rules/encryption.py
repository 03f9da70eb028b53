"""Encryption: KMS keys and their policies, and the encryption of log groups, buckets and EBS volumes."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST
from hipaa_policies.documents import WITHOUT_TLS, PolicyStatement, judge_document, judge_statements
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    element_paths,
    is_unknown,
    must_be_one_of,
    must_be_true,
    must_name_own_key,
    must_not_be_false,
    not_applicable,
)
from hipaa_policies.tokens import (
    AMI_COPY,
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_POLICY,
    EXTERNAL_KEY,
    INSTANCE,
    KEY,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    REPLICA_EXTERNAL_KEY,
    REPLICA_KEY,
    VOLUME,
    VOLUME_SNAPSHOT_COPY,
    VOLUME_SNAPSHOT_IMPORT,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, peek, to_int

_IN_TRANSIT = ("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)", "164.312(a)(2)(iv)", "164.312(c)(2)")
# Volumes, and snapshots and images from which volumes are created.
_SINGLE_DISKS = (VOLUME, VOLUME_SNAPSHOT_COPY, VOLUME_SNAPSHOT_IMPORT, AMI_COPY)
_WITH_DISKS = {INSTANCE: ("rootBlockDevice", "ebsBlockDevices"), LAUNCH_TEMPLATE: ("blockDeviceMappings",)}


@control(
    id="kms-key-rotates-yearly",
    title="KMS keys rotate every year",
    description="Symmetric encryption keys rotate automatically, at least every 365 days.",
    citations=("164.312(a)(2)(iv)", "164.308(a)(1)(ii)(B)"),
    severity="high",
    pack="encryption",
    remediation="Set enable_key_rotation=True. Leave rotation_period_in_days unset, or set it to 365 or less.",
    types={KEY: ("enableKeyRotation", "rotationPeriodInDays", "customerMasterKeySpec", "customKeyStoreId")},
    sources=("CKV_AWS_7", "FSBP:KMS.4", "prowler:kms_cmk_rotation_enabled"),
    settings={"max_period_days": {"type": "integer", "minimum": 90, "maximum": 365, "default": 365}},
)
def _rotation(key: JudgedResource, config: Config) -> Iterator[str]:
    # A key with the default key spec can only be used for encryption.
    if peek(key.props, "customerMasterKeySpec") not in (MISSING, UNKNOWN, "SYMMETRIC_DEFAULT"):
        yield not_applicable("AWS rotates only symmetric encryption keys.")
        return
    if peek(key.props, "customKeyStoreId") is not MISSING:
        yield not_applicable("AWS does not rotate keys in a custom key store.")
        return
    yield from must_be_true(key, "enableKeyRotation")
    period = peek(key.props, "rotationPeriodInDays")
    days = to_int(period)
    longest = config["max_period_days"]
    if period is not MISSING and (days is None or not 0 < days <= longest):
        yield f"rotationPeriodInDays must be at most {longest} days, but it is {format_value(period)}."


@control(
    id="kms-key-material-is-from-kms",
    title="KMS generates the key material",
    description="No key has imported key material, because AWS cannot rotate it.",
    citations=("164.312(a)(2)(iv)",),
    severity="high",
    pack="encryption",
    remediation="Use aws.kms.Key instead of an external key.",
    types={EXTERNAL_KEY: (), REPLICA_EXTERNAL_KEY: ()},
    sources=("hipaa:kms-key-rotates-yearly",),
)
def _material(_key: JudgedResource, _config: Config) -> Iterator[str]:
    yield "The key material must come from KMS, but this key uses imported material, which does not rotate."


@control(
    id="kms-key-is-enabled",
    title="KMS keys are enabled",
    description="No key is disabled, because data that is encrypted under a disabled key cannot be read.",
    citations=("164.308(a)(1)(ii)(B)", "164.308(a)(7)(i)"),
    severity="high",
    pack="encryption",
    remediation="Remove is_enabled=False, or enabled=False on a replica key.",
    types={KEY: ("isEnabled",), REPLICA_KEY: ("enabled",)},
    sources=("CKV_AWS_227", "aws-config:KMS_CMK_NOT_SCHEDULED_FOR_DELETION"),
)
def _enabled(key: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_not_be_false(key, "isEnabled" if key.type == KEY else "enabled")


@control(
    id="kms-key-deletion-waits-thirty-days",
    title="KMS key deletion waits 30 days",
    description="The deletion of a key can be cancelled for 30 days, which is the default and the longest window of AWS.",
    citations=("164.308(a)(1)(ii)(B)", "164.308(a)(7)(ii)(A)"),
    severity="high",
    pack="encryption",
    remediation="Leave deletion_window_in_days unset or set it to 30.",
    types={KEY: ("deletionWindowInDays",), REPLICA_KEY: ("deletionWindowInDays",)},
    sources=("aws-config:KMS_CMK_NOT_SCHEDULED_FOR_DELETION", "prowler:kms_cmk_not_deleted_unintentionally"),
)
def _deletion_window(key: JudgedResource, _config: Config) -> Iterator[str]:
    window = peek(key.props, "deletionWindowInDays")
    if window is not MISSING and to_int(window) != 30:
        yield f"deletionWindowInDays must be 30 days, but it is {format_value(window)}."


@control(
    id="kms-key-policy-is-narrow",
    title="KMS key policies name the principals that may use the key",
    description="Every key has an explicit policy. It grants nothing to everyone, and it does not grant kms:* to a service.",
    citations=("164.312(a)(1)", "164.312(a)(2)(iv)", "164.308(a)(4)(ii)(B)"),
    severity="critical",
    pack="encryption",
    remediation="Name the principals and actions. Limit a wildcard principal to the account with a condition.",
    types=dict.fromkeys((KEY, REPLICA_KEY, EXTERNAL_KEY, REPLICA_EXTERNAL_KEY), ("policy",)),
    sources=("CKV_AWS_33",),
    unknown="defer",
)
def _key_policy(key: JudgedResource, _config: Config) -> Iterator[str]:
    yield from judge_statements(key, "policy", _narrow_key_statement)


def _narrow_key_statement(statement: PolicyStatement) -> Iterator[str]:
    if not statement.allows:
        return
    if statement.applies_to_everyone and not statement.limits_callers:
        yield (
            f"policy, {statement.label}, must name its principals or limit them to an account with a condition, "
            "but it allows everyone."
        )
    everything = {"kms:*", "*"} & set(statement.actions) or "NotAction" in statement.negated_elements
    service = any(kind == "Service" for kind, _ in statement.principals)
    if everything and (service or statement.applies_to_everyone):
        who = "a service" if service else "everyone"
        yield f"policy, {statement.label}, must name the actions it allows, but it allows {who} all of KMS."


@control(
    id="log-group-encrypted-with-own-key",
    title="Log groups are encrypted with a customer-managed key",
    description="Every CloudWatch log group is encrypted with a customer-managed key.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set kms_key_id to the ARN of the key for logs.",
    types={LOG_GROUP: ("kmsKeyId",)},
    sources=(
        "cdk-nag:CloudWatchLogGroupEncrypted",
        "CKV_AWS_158",
        "prowler:cloudwatch_log_group_kms_encryption_enabled",
    ),
    unknown="present",
)
def _log_group_key(group: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_name_own_key(group, "kmsKeyId")


@stack_control(
    id="s3-bucket-encrypted-with-own-key",
    title="S3 buckets are encrypted with a customer-managed key",
    description="The default encryption of every bucket is SSE-KMS with a customer-managed key.",
    citations=("164.312(a)(2)(iv)", "164.312(c)(2)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="Add a BucketServerSideEncryptionConfiguration with aws:kms and the ARN of the key.",
    types={BUCKET: ()},
    reads={BUCKET_ENCRYPTION: ("bucket", "rules")},
    sources=(
        "cdk-nag:S3DefaultEncryptionKMS",
        "aws-config:S3_DEFAULT_ENCRYPTION_KMS",
        "aws-config:S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
        "CKV_AWS_19",
        "CKV_AWS_145",
        "prowler:s3_bucket_kms_encryption",
    ),
    unknown="present",
)
def _bucket_key(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for bucket in graph.by_type(BUCKET):
        settings = graph.referrers(bucket.urn, BUCKET_ENCRYPTION, "bucket")
        if not settings:
            yield bucket, "The bucket must have a default encryption configuration, but it has none."
        for setting in settings:
            yield from about(bucket, _encrypts_with_own_key(setting))


def _encrypts_with_own_key(setting: JudgedResource) -> Iterator[str]:
    if is_unknown(setting, "rules"):
        yield deferred("rules")
        return
    rules = list(element_paths(setting, "rules"))
    if not rules:
        yield "rules must contain a default encryption, but it is empty."
    for rule in rules:
        default = (*rule, "applyServerSideEncryptionByDefault")
        yield from must_be_one_of(setting, ("aws:kms", "aws:kms:dsse"), *default, "sseAlgorithm")
        yield from must_name_own_key(setting, *default, "kmsMasterKeyId")


@stack_control(
    id="s3-bucket-refuses-plain-http",
    title="S3 buckets refuse requests without TLS",
    description="Every bucket policy denies all actions to every principal if aws:SecureTransport is false.",
    citations=_IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Add a statement to the bucket policy: Deny, Principal *, Action s3:*, on the bucket and its objects, "
    "with the condition that aws:SecureTransport is false.",
    types={BUCKET: ()},
    reads={BUCKET_POLICY: ("bucket", "policy")},
    sources=(
        "cdk-nag:S3BucketSSLRequestsOnly",
        "aws-config:S3_BUCKET_SSL_REQUESTS_ONLY",
        "CKV_AWS_379",
        "prowler:s3_bucket_secure_transport_policy",
    ),
    unknown="defer",
)
def _bucket_tls(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for bucket in graph.by_type(BUCKET):
        policies = graph.referrers(bucket.urn, BUCKET_POLICY, "bucket")
        if not policies:
            yield (
                bucket,
                "The bucket must have a policy that denies requests without TLS, but it has no policy.",
            )
        for policy in policies:
            yield from about(bucket, judge_document(policy, "policy", _denies_plain_http))


def _denies_plain_http(statements: tuple[PolicyStatement, ...]) -> Iterator[str]:
    denied = [
        resource
        for statement in statements
        if statement.effect == "Deny" and statement.applies_to_everyone and not statement.negated_elements
        if {"s3:*", "*"} & set(statement.actions) and statement.conditions == WITHOUT_TLS
        for resource in statement.resources
    ]
    objects = any(resource.endswith("*") for resource in denied)
    itself = any(resource == "*" or not resource.endswith("/*") for resource in denied)
    if not (objects and itself):
        fault = "the statement does not cover both" if denied else "no statement does"
        yield f"policy must deny every request without TLS to the bucket and its objects, but {fault}."


def _disks(resource: JudgedResource) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of the settings of each EBS volume that a resource declares."""
    if resource.type in _SINGLE_DISKS:
        yield ()
    elif resource.type == INSTANCE:
        yield ("rootBlockDevice",)
        yield from element_paths(resource, "ebsBlockDevices")
    else:
        for mapping in element_paths(resource, "blockDeviceMappings"):
            instance_store = peek(resource.props, *mapping, "virtualName") is not MISSING
            suppressed = peek(resource.props, *mapping, "noDevice") is not MISSING
            if not instance_store and not suppressed:
                yield (*mapping, "ebs")


def _undeclared_disks(resource: JudgedResource) -> Iterator[str]:
    """Report a launch template without disks: the machine image would decide whether they are encrypted."""
    if resource.type == LAUNCH_TEMPLATE and not list(element_paths(resource, "blockDeviceMappings")):
        mappings = peek(resource.props, "blockDeviceMappings")
        yield f"blockDeviceMappings must declare the root disk and its encryption, but it is {format_value(mappings)}."


@control(
    id="ebs-volume-is-encrypted",
    title="EBS volumes are encrypted",
    description="Every disk of a volume, an instance or a launch template is encrypted.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set encrypted on every disk, including the root disk. In a launch template it is the text 'true'.",
    types={**dict.fromkeys(_SINGLE_DISKS, ("encrypted",)), **_WITH_DISKS},
    sources=(
        "aws-config:ENCRYPTED_VOLUMES",
        "CKV_AWS_3",
        "CKV_AWS_8",
        "CKV2_AWS_2",
        "prowler:ec2_ebs_volume_encryption",
    ),
)
def _disk_encryption(resource: JudgedResource, _config: Config) -> Iterator[str]:
    yield from _undeclared_disks(resource)
    for disk in _disks(resource):
        yield from must_be_true(resource, *disk, "encrypted")


@control(
    id="ebs-volume-uses-own-key",
    title="EBS volumes use a customer-managed key",
    description="Every disk of a volume, an instance or a launch template is encrypted with a customer-managed key.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set kms_key_id of every disk to the ARN of the key for compute.",
    types={**dict.fromkeys(_SINGLE_DISKS, ("kmsKeyId",)), **_WITH_DISKS},
    sources=("CKV_AWS_189", "pulumi:aws-ebs-volume-configure-customer-managed-key"),
    unknown="present",
)
def _disk_key(resource: JudgedResource, _config: Config) -> Iterator[str]:
    for disk in _disks(resource):
        yield from must_name_own_key(resource, *disk, "kmsKeyId")
