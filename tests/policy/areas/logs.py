"""Keys, log groups and the delivery of logs to a bucket."""

from collections.abc import Iterator

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.areas.buckets import bucket_and_settings
from tests.policy.program import (
    ACCOUNT,
    ANYONE,
    GONE,
    KEY_ARN,
    KEY_POLICY,
    OWN_ACCOUNT,
    ROOT,
    Rows,
    allow,
    extra,
    forbidden,
    policies,
    resource,
)


def good_resources() -> Iterator[JudgedResource]:
    """Yield a program that every control accepts, with ids unknown as at a first preview."""
    yield JudgedResource(
        "urn:pulumi:dev::hipaa::pulumi:pulumi:Stack::hipaa-dev", "pulumi:pulumi:Stack", "hipaa-dev", {}
    )
    yield resource(
        t.KEY,
        "key",
        {
            "enableKeyRotation": True,
            "rotationPeriodInDays": 365,
            "deletionWindowInDays": 30,
            "isEnabled": True,
            "policy": KEY_POLICY,
        },
        protect=True,
    )
    yield resource(
        t.REPLICA_KEY,
        "replica",
        {"enabled": True, "deletionWindowInDays": 30, "policy": KEY_POLICY},
        protect=True,
    )
    yield resource(
        t.LOG_GROUP,
        "group",
        {
            "retentionInDays": 2192,
            "kmsKeyId": KEY_ARN,
            "logGroupClass": "STANDARD",
            "deletionProtectionEnabled": True,
        },
        protect=True,
    )
    yield resource(
        t.LOG_GROUP,
        "hot",
        {"retentionInDays": 90, "kmsKeyId": KEY_ARN, "deletionProtectionEnabled": True},
        protect=True,
    )
    yield resource(
        t.LOG_SUBSCRIPTION,
        "subscription",
        {"logGroup": UNKNOWN, "filterPattern": "", "destinationArn": UNKNOWN},
        {"logGroup": f"{t.LOG_GROUP} hot", "destinationArn": f"{t.FIREHOSE} stream"},
    )
    yield resource(
        t.FIREHOSE,
        "stream",
        {
            "extendedS3Configuration": {"bucketArn": UNKNOWN},
            "serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": KEY_ARN},
        },
        {"extendedS3Configuration": f"{t.BUCKET} audit"},
    )
    yield from bucket_and_settings("audit")


GOOD = {item.name: item for item in good_resources()}


LIFECYCLE = "audit-lifecycle rules.0"

ROWS: dict[str, Rows] = {
    "kms-key-rotates-yearly": Rows(
        compliant=(
            {"key rotationPeriodInDays": GONE},
            {"key rotationPeriodInDays": 90.0},
            {
                "key enableKeyRotation": False,
                "key keyUsage": "SIGN_VERIFY",
                "key customerMasterKeySpec": "ECC_NIST_P256",
            },
            {"key enableKeyRotation": False, "key customerMasterKeySpec": "RSA_4096"},
            {"key enableKeyRotation": GONE, "key customKeyStoreId": "cks-1"},
        ),
        violating=[
            {"key enableKeyRotation": False},
            {"key rotationPeriodInDays": 366},
            {"key rotationPeriodInDays": "no"},
        ],
        missing=[{"key enableKeyRotation": GONE}],
        unknown=[
            {"key enableKeyRotation": UNKNOWN},
            {"key rotationPeriodInDays": UNKNOWN},
            {"key customerMasterKeySpec": UNKNOWN, "key enableKeyRotation": False},
        ],
    ),
    "kms-key-material-is-from-kms": forbidden(t.EXTERNAL_KEY, t.REPLICA_EXTERNAL_KEY),
    "kms-key-is-enabled": Rows(
        violating=[{"key isEnabled": False}, {"replica enabled": False}],
        missing=[{"key isEnabled": GONE, "replica enabled": GONE}],
        missing_is_fine=True,
        unknown=[{"key isEnabled": UNKNOWN}, {"replica enabled": UNKNOWN}],
    ),
    "kms-key-deletion-waits-thirty-days": Rows(
        violating=[{"key deletionWindowInDays": 7}, {"replica deletionWindowInDays": 29}],
        missing=[{"key deletionWindowInDays": GONE}],
        missing_is_fine=True,
        unknown=[{"key deletionWindowInDays": UNKNOWN}],
    ),
    "kms-key-policy-is-narrow": policies(
        "key policy",
        good=(
            allow(
                Principal=ANYONE,
                Action="kms:Decrypt",
                Resource="*",
                Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}},
            ),
            allow(
                Principal={"Service": "logs.us-east-1.amazonaws.com"}, Action=["kms:Encrypt*"], Resource="*"
            ),
            {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"},
        ),
        bad=[
            allow(Principal="*", Action="kms:Decrypt", Resource="*"),
            allow(Principal=["*"], NotPrincipal=ROOT, Action="kms:Decrypt", Resource="*"),
            allow(Principal={"Service": "logs.us-east-1.amazonaws.com"}, Action="kms:*", Resource="*"),
            allow(Principal=ANYONE, Action=["KMS:*"], Resource="*", Condition=OWN_ACCOUNT),
            allow(
                Principal=ANYONE,
                Action="kms:Decrypt",
                Resource="*",
                Condition={"StringNotEquals": {"aws:PrincipalAccount": "1"}},
            ),
            allow(
                Principal=ANYONE,
                Action="kms:Decrypt",
                Resource="*",
                Condition={"StringLike": {"aws:PrincipalArn": "*"}},
            ),
            allow(
                Principal=ANYONE,
                Action="kms:Decrypt",
                Resource="*",
                Condition={"Bool": {"aws:SecureTransport": "true"}},
            ),
            allow(
                Principal=ANYONE,
                Action="kms:Decrypt",
                Resource="*",
                Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
            ),
            allow(
                Principal=ANYONE,
                Action="kms:Decrypt",
                Resource="*",
                Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
            ),
            allow(
                Principal=ANYONE,
                Action="kms:Decrypt",
                Resource="*",
                Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}},
            ),
        ],
        also=[extra(type_, {"policy": KEY_POLICY}) for type_ in (t.EXTERNAL_KEY, t.REPLICA_EXTERNAL_KEY)],
    ),
    "log-group-encrypted-with-own-key": Rows(
        violating=[{"group kmsKeyId": "alias/aws/logs"}, {"group kmsKeyId": ""}],
        missing=[{"group kmsKeyId": GONE}],
        unknown=[{"group kmsKeyId": UNKNOWN}],
    ),
    "log-group-keeps-six-years": Rows(
        compliant=({"group retentionInDays": 3653.0}, {"group logGroupClass": GONE}),
        violating=[
            {f"{LIFECYCLE}.expiration.days": 365},
            {"group retentionInDays": 1827},
            {"group retentionInDays": 0},
            {"group logGroupClass": "DELIVERY"},
            {"group logGroupClass": UNKNOWN},
            {"hot retentionInDays": 14},
            {"subscription filterPattern": "ERROR"},
        ],
        missing=[{"group retentionInDays": GONE}, {"subscription": GONE}, {"stream": GONE}],
        unknown=[{"group retentionInDays": UNKNOWN}, {"hot retentionInDays": UNKNOWN}],
    ),
    "stateful-resource-is-protected": Rows(
        compliant=({"audit forceDestroy": GONE},),
        violating=[
            {"key": {"protect": False}},
            {"audit": {"protect": False}},
            {"audit forceDestroy": True},
            {"group deletionProtectionEnabled": False},
        ],
        missing=[{"group deletionProtectionEnabled": GONE}],
        unknown=[{"group deletionProtectionEnabled": UNKNOWN}, {"audit forceDestroy": UNKNOWN}],
    ),
    "ignored-changes-spare-controls": Rows(
        compliant=({"group": {"ignore_changes": ("tagsAll", "name")}},),
        violating=[
            {"group": {"ignore_changes": ("retentionInDays",)}},
            {"key": {"ignore_changes": ("*",)}},
            {"audit-encryption": {"ignore_changes": ('["rules"]',)}},
        ],
        missing=[{"group": {"ignore_changes": ()}}],
        missing_is_fine=True,
        unknown=[{"group retentionInDays": UNKNOWN, "group": {"ignore_changes": ("retentionInDays",)}}],
    ),
}
