"""Keys, log groups, buckets, networks, instances and roles."""

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import Resource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    ACCOUNT,
    ANYONE,
    CLASSIFIED,
    GONE,
    KEY_ARN,
    KEY_POLICY,
    OWN_ACCOUNT,
    READS,
    ROOT,
    TLS_ONLY,
    TRUST,
    Edits,
    Rows,
    allow,
    document,
    extra,
    forbidden,
    policies,
    resource,
)


def bucket_and_settings(name: str) -> Iterator[Resource]:
    of_bucket = {"bucket": f"{t.BUCKET} {name}"}
    yield resource(
        t.BUCKET,
        name,
        {"objectLockEnabled": True, "forceDestroy": False, "tags": {"purpose": "audit-log", **CLASSIFIED}},
        protect=True,
    )
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN}
    rule = {"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}
    yield resource(t.BUCKET_ENCRYPTION, f"{name}-encryption", {"bucket": UNKNOWN, "rules": [rule]}, of_bucket)
    yield resource(
        t.BUCKET_POLICY, f"{name}-policy", {"bucket": UNKNOWN, "policy": document(TLS_ONLY)}, of_bucket
    )
    versioning = {"bucket": UNKNOWN, "versioningConfiguration": {"status": "Enabled"}}
    yield resource(t.BUCKET_VERSIONING, f"{name}-versioning", versioning, of_bucket)
    lock = {"bucket": UNKNOWN, "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 2192}}}
    yield resource(t.BUCKET_LOCK, f"{name}-lock", lock, of_bucket)
    expiry = {
        "id": "six-years",
        "status": "Enabled",
        "expiration": {"days": 2192},
        "noncurrentVersionExpiration": {"noncurrentDays": 2192},
    }
    yield resource(t.BUCKET_LIFECYCLE, f"{name}-lifecycle", {"bucket": UNKNOWN, "rules": [expiry]}, of_bucket)
    logging = {"bucket": UNKNOWN, "targetBucket": UNKNOWN, "targetPrefix": "access/"}
    yield resource(
        t.BUCKET_LOGGING, f"{name}-logging", logging, {**of_bucket, "targetBucket": f"{t.BUCKET} audit"}
    )
    ownership = {"bucket": UNKNOWN, "rule": {"objectOwnership": "BucketOwnerEnforced"}}
    yield resource(t.BUCKET_OWNERSHIP, f"{name}-ownership", ownership, of_bucket)
    blocks = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    yield resource(t.BUCKET_PUBLIC_ACCESS, f"{name}-block", dict.fromkeys(blocks, True), of_bucket)


def good_resources() -> Iterator[Resource]:
    """Yield a program that every control accepts, with ids unknown as at a first preview."""
    yield Resource(
        "urn:pulumi:dev::hipaa::pulumi:pulumi:Stack::hipaa-dev", "pulumi:pulumi:Stack", "hipaa-dev", {}
    )
    yield resource(
        t.KEY,
        "key",
        {"enableKeyRotation": True, "rotationPeriodInDays": 365, "deletionWindowInDays": 30, "isEnabled": True,
         "policy": KEY_POLICY},
        protect=True,
    )  # fmt: skip
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
    of_vpc = {"vpcId": f"{t.VPC} vpc"}
    yield resource(t.VPC, "vpc", {"cidrBlock": "10.20.0.0/16"})
    yield resource(
        t.DEFAULT_SECURITY_GROUP, "default", {"vpcId": UNKNOWN, "ingress": [], "egress": []}, of_vpc
    )
    yield resource(
        t.FLOW_LOG,
        "flows",
        {"vpcId": UNKNOWN, "trafficType": "ALL", "logDestination": UNKNOWN, "logDestinationType": "s3"},
        {**of_vpc, "logDestination": f"{t.BUCKET} audit"},
    )
    for tier in ("Public", "Isolated"):
        yield resource(
            t.SUBNET,
            f"{tier.lower()}-subnet",
            {"mapPublicIpOnLaunch": False, "tags": {"SubnetType": tier}},
            of_vpc,
        )
    yield resource(t.INTERNET_GATEWAY, "internet", {"vpcId": UNKNOWN}, of_vpc)
    yield resource(
        t.ROUTE_TABLE, "public", {"vpcId": UNKNOWN, "tags": {"SubnetType": "Public"}, "routes": []}, of_vpc
    )
    yield resource(t.ROUTE_TABLE, "private", {"vpcId": UNKNOWN, "tags": {"SubnetType": "Private"}}, of_vpc)
    yield resource(
        t.ROUTE,
        "out",
        {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN, "routeTableId": UNKNOWN},
        {"gatewayId": f"{t.INTERNET_GATEWAY} internet", "routeTableId": f"{t.ROUTE_TABLE} public"},
    )
    yield resource(t.SECURITY_GROUP, "edge", {"vpcId": UNKNOWN, "tags": {"edge": "public"}}, of_vpc)
    yield resource(t.SECURITY_GROUP, "app", {"vpcId": UNKNOWN, "tags": {"Name": "app"}}, of_vpc)
    yield resource(
        t.INGRESS_RULE,
        "https",
        {
            "securityGroupId": UNKNOWN,
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "0.0.0.0/0",
        },
        {"securityGroupId": f"{t.SECURITY_GROUP} edge"},
    )
    yield resource(
        t.SECURITY_GROUP_RULE,
        "inside",
        {"securityGroupId": UNKNOWN, "type": "ingress", "protocol": "tcp", "fromPort": 8080, "toPort": 8080,
         "cidrBlocks": ["10.20.0.0/16"]},
        {"securityGroupId": f"{t.SECURITY_GROUP} app"},
    )  # fmt: skip
    entry = {
        "ruleNo": 100,
        "action": "allow",
        "protocol": "6",
        "cidrBlock": "10.20.0.0/16",
        "fromPort": 5432,
        "toPort": 5432,
    }
    yield resource(
        t.NETWORK_ACL,
        "data-acl",
        {"ingress": [entry], "egress": [entry], "subnetIds": UNKNOWN},
        {**of_vpc, "subnetIds": f"{t.SUBNET} isolated-subnet"},
    )
    yield resource(
        t.NETWORK_ACL_RULE,
        "data-entry",
        {"networkAclId": UNKNOWN, "ruleAction": "allow", "cidrBlock": "10.20.0.0/16", "protocol": "6"},
        {"networkAclId": f"{t.NETWORK_ACL} data-acl"},
    )
    endpoint = document(allow(Principal=ANYONE, Action="*", Resource="*", Condition=OWN_ACCOUNT))
    yield resource(
        t.VPC_ENDPOINT, "endpoint", {"serviceName": "com.amazonaws.us-east-1.s3", "policy": endpoint}, of_vpc
    )
    for service in ("ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "sts"):
        yield resource(
            t.VPC_ENDPOINT,
            f"endpoint-{service}",
            {"serviceName": f"com.amazonaws.us-east-1.{service}", "policy": endpoint},
            of_vpc,
        )
    options = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
    yield resource(
        t.LAUNCH_TEMPLATE,
        "template",
        {
            "metadataOptions": options,
            "monitoring": {"enabled": True},
            "ebsOptimized": "true",
            "iamInstanceProfile": {"arn": UNKNOWN},
            "networkInterfaces": [{"deviceIndex": 0, "associatePublicIpAddress": "false"}],
            "blockDeviceMappings": [
                {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": KEY_ARN}},
                {"deviceName": "/dev/sdb", "virtualName": "ephemeral0"},
            ],
        },
    )
    yield resource(
        t.INSTANCE,
        "instance",
        {
            "subnetId": UNKNOWN,
            "associatePublicIpAddress": False,
            "metadataOptions": options,
            "monitoring": True,
            "ebsOptimized": True,
            "iamInstanceProfile": UNKNOWN,
            "rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY_ARN},
            "ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": True, "kmsKeyId": KEY_ARN}],
        },
    )
    yield resource(
        t.VOLUME,
        "volume",
        {"encrypted": True, "kmsKeyId": KEY_ARN, "tags": {"backup": "vault", **CLASSIFIED}},
        protect=True,
    )
    yield resource(t.AUTOSCALING_GROUP, "hosts", {"launchTemplate": {"id": UNKNOWN}})
    yield resource(t.ROLE, "role", {"assumeRolePolicy": TRUST})
    yield resource(t.POLICY, "policy", {"policy": READS})
    yield resource(t.ROLE_POLICY_ATTACHMENT, "attachment", {"policyArn": UNKNOWN, "role": UNKNOWN})


GOOD = {item.name: item for item in good_resources()}


def ingress(**props: Any) -> Edits:
    return {f"https {key}": value for key, value in props.items()}


def inside(**props: Any) -> Edits:
    return {f"inside {key}": value for key, value in props.items()}


GITHUB = "token.actions.githubusercontent.com"


def _from_github(**conditions: Any) -> dict[str, Any]:
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
    return allow(Principal=provider, Action="sts:AssumeRoleWithWebIdentity", Condition=conditions)


OF_PUBLIC_ACL = {"networkAclId": f"{t.NETWORK_ACL} public-acl"}


def public_acl(subnet: str) -> dict[str, Any]:
    """Add an ACL open to the Internet that guards a subnet by an association."""
    return {
        "public-acl": resource(t.NETWORK_ACL, "public-acl", {"ingress": [WORLD_ENTRY]}),
        "guard": resource(
            t.NETWORK_ACL_ASSOCIATION,
            "guard",
            {"networkAclId": UNKNOWN, "subnetId": UNKNOWN},
            {**OF_PUBLIC_ACL, "subnetId": f"{t.SUBNET} {subnet}"},
        ),
    }


TEMPLATE_DISK = "template blockDeviceMappings.0.ebs"
LIFECYCLE = "audit-lifecycle rules.0"
RETENTION = "audit-lock rule.defaultRetention"
SHORT_LIVED: Edits = {
    "short": resource(t.BUCKET, "short", {}),
    "short-lifecycle": resource(
        t.BUCKET_LIFECYCLE,
        "short-lifecycle",
        {"bucket": UNKNOWN, "rules": [{"id": "month", "status": "Enabled", "expiration": {"days": 30}}]},
        {"bucket": f"{t.BUCKET} short"},
    ),
}
"""A bucket that holds no logs, unlocked, in which nothing lasts."""
LOGGED: list[Edits] = [
    {**SHORT_LIVED, **extra(type_, {property_: value}, {property_: f"{t.BUCKET} short"})}
    for type_, property_, value in (
        (t.BUCKET_LOGGING, "targetBucket", UNKNOWN),
        (t.FLOW_LOG, "logDestination", UNKNOWN),
        (t.RESOLVER_QUERY_LOG, "destinationArn", UNKNOWN),
        (t.TRAIL, "s3BucketName", UNKNOWN),
        (t.FIREHOSE, "extendedS3Configuration", {"bucketArn": UNKNOWN}),
        (t.CONFIG_CHANNEL, "s3BucketName", UNKNOWN),
        (t.FINDINGS_EXPORT, "destinationArn", UNKNOWN),
        (t.WEB_ACL_LOGGING, "logDestinationConfigs", [UNKNOWN]),
        (t.DISTRIBUTION, "loggingConfig", {"bucket": UNKNOWN}),
        (t.REDSHIFT_LOGGING, "bucketName", UNKNOWN),
        (
            t.FIREWALL_LOGGING,
            "loggingConfiguration",
            {"logDestinationConfigs": [{"logDestination": {"bucketName": UNKNOWN}}]},
        ),
        (t.LOG_DELIVERY, "deliveryDestinationConfiguration", {"destinationResourceArn": UNKNOWN}),
        (
            t.ECS_CLUSTER,
            "configuration",
            {"executeCommandConfiguration": {"logConfiguration": {"s3BucketName": UNKNOWN}}},
        ),
        *(
            (t.LOAD_BALANCER, f"{kind}Logs", {"enabled": True, "bucket": UNKNOWN})
            for kind in ("access", "connection", "healthCheck")
        ),
    )
]
"""The same, made a log bucket by nothing but what writes to it."""
WORLD_RULES = [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]
WORLD_ENTRY = {"ruleNo": 1, "action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}
GRANTS_SOME = allow(Action=["s3:GetObject", "s3:List*"], Resource="*")
DENIES_ALL = {"Effect": "Deny", "Action": "*", "Resource": "*"}
GRANTED: list[Edits] = [
    *(extra(type_, {"policy": READS}) for type_ in (t.ROLE_POLICY, t.GROUP_POLICY, t.USER_POLICY)),
    extra(t.PERMISSION_SET_POLICY, {"inlinePolicy": READS}),
]
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

INLINE: dict[str, Any] = {
    "accelerationStatus": "Enabled",
    "corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["https://app.example.org"]}],
    "grants": [{"type": "Group", "permissions": ["READ"], "uri": "http://acs.amazonaws.com/groups/s3/LogDelivery"}],
    "lifecycleRules": [{"enabled": True, "expiration": {"days": 2192}}],
    "logging": {"targetBucket": "x"},
    "objectLockConfiguration": {"objectLockEnabled": "Enabled"},
    "replicationConfiguration": {"role": "arn:x", "rules": [{"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::x"}}]},
    "requestPayer": "Requester",
    "serverSideEncryptionConfiguration": {
        "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    },
    "website": {"indexDocument": "index.html"},
}  # fmt: skip
"""Deprecated inline settings of a bucket that have resources of their own."""


def _way_out(routes: Any, **route: str) -> Edits:
    """Add a VPC without endpoints whose table leads out, by a route inside it or one of its own."""
    table = f"{t.ROUTE_TABLE} bare-table"
    found = {
        "bare": resource(t.VPC, "bare", {}),
        "bare-table": resource(t.ROUTE_TABLE, "bare-table", {"vpcId": UNKNOWN, "routes": routes}, {"vpcId": f"{t.VPC} bare"}),
    }  # fmt: skip
    if route:
        props = {"routeTableId": UNKNOWN, "natGatewayId": UNKNOWN, **route}
        found["bare-out"] = resource(t.ROUTE, "bare-out", props, {"routeTableId": table})
    return found


WAYS_OUT: list[Edits] = [
    {"bare": resource(t.VPC, "bare", {}),
     "bare-internet": resource(t.INTERNET_GATEWAY, "bare-internet", {"vpcId": UNKNOWN}, {"vpcId": f"{t.VPC} bare"})},
    _way_out([{"cidrBlock": "0.0.0.0/0", "transitGatewayId": UNKNOWN}]), _way_out([{"ipv6CidrBlock": "::/0", "transitGatewayId": UNKNOWN}]),
    _way_out([], destinationCidrBlock="0.0.0.0/0"), _way_out([], destinationIpv6CidrBlock="::/0"),
]  # fmt: skip

OPEN_DEFAULT_ACL = extra(
    t.DEFAULT_NETWORK_ACL,
    {"defaultNetworkAclId": UNKNOWN, "ingress": [WORLD_ENTRY]},
    {"defaultNetworkAclId": f"{t.VPC} vpc"},
)

ROWS: dict[str, Rows] = {
    "kms-key-rotates-yearly": Rows(
        compliant=(
            {"key rotationPeriodInDays": GONE}, {"key rotationPeriodInDays": 90.0},
            {"key enableKeyRotation": False, "key keyUsage": "SIGN_VERIFY", "key customerMasterKeySpec": "ECC_NIST_P256"},
            {"key enableKeyRotation": False, "key customerMasterKeySpec": "RSA_4096"},
            {"key enableKeyRotation": GONE, "key customKeyStoreId": "cks-1"},
        ),
        violating=[{"key enableKeyRotation": False}, {"key rotationPeriodInDays": 366}, {"key rotationPeriodInDays": "no"}],
        missing=[{"key enableKeyRotation": GONE}],
        unknown=[
            {"key enableKeyRotation": UNKNOWN}, {"key rotationPeriodInDays": UNKNOWN},
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
            allow(Principal=ANYONE, Action="kms:Decrypt", Resource="*", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}),
            allow(Principal={"Service": "logs.us-east-1.amazonaws.com"}, Action=["kms:Encrypt*"], Resource="*"),
            {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"},
        ),
        bad=[
            allow(Principal="*", Action="kms:Decrypt", Resource="*"),
            allow(Principal=["*"], NotPrincipal=ROOT, Action="kms:Decrypt", Resource="*"),
            allow(Principal={"Service": "logs.us-east-1.amazonaws.com"}, Action="kms:*", Resource="*"),
            allow(Principal=ANYONE, Action=["KMS:*"], Resource="*", Condition=OWN_ACCOUNT),
            allow(Principal=ANYONE, Action="kms:Decrypt", Resource="*", Condition={"StringNotEquals": {"aws:PrincipalAccount": "1"}}),
            allow(Principal=ANYONE, Action="kms:Decrypt", Resource="*", Condition={"StringLike": {"aws:PrincipalArn": "*"}}),
            allow(Principal=ANYONE, Action="kms:Decrypt", Resource="*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
            allow(Principal=ANYONE, Action="kms:Decrypt", Resource="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
            allow(Principal=ANYONE, Action="kms:Decrypt", Resource="*", Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}}),
            allow(Principal=ANYONE, Action="kms:Decrypt", Resource="*", Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        ],
        also=[extra(type_, {"policy": KEY_POLICY}) for type_ in (t.EXTERNAL_KEY, t.REPLICA_EXTERNAL_KEY)],
    ),
    "log-group-encrypted-with-own-key": Rows(
        violating=[{"group kmsKeyId": "alias/aws/logs"}, {"group kmsKeyId": ""}],
        missing=[{"group kmsKeyId": GONE}],
        unknown=[{"group kmsKeyId": UNKNOWN}],
    ),
    "s3-bucket-encrypted-with-own-key": Rows(
        compliant=({"audit-encryption rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": "aws:kms:dsse"},),
        violating=[
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": "AES256"},
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId": "alias/aws/s3"},
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.sseAlgorithm": UNKNOWN},
            {"audit-encryption rules": []},
        ],
        missing=[
            {"audit-encryption": GONE},
            {"audit-encryption rules": GONE},
            {"audit-encryption rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId": GONE},
        ],
        unknown=[{"audit-encryption rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId": UNKNOWN}],
    ),
    "s3-bucket-refuses-plain-http": Rows(
        compliant=(
            {"audit-policy policy": {"Statement": TLS_ONLY}},
            {"audit-policy policy": document({**TLS_ONLY, "Resource": "*", "Principal": ANYONE})},
        ),
        violating=[
            {"audit-policy policy": document({**TLS_ONLY, "Effect": "Allow"})},
            {"audit-policy policy": document({**TLS_ONLY, "Resource": ["arn:aws:s3:::x/*"]})},
            {"audit-policy policy": document({**TLS_ONLY, "Action": "s3:PutObject"})},
            {"audit-policy policy": document({**TLS_ONLY, "Resource": ["arn:aws:s3:::x"]})},
            {"audit-policy policy": document({**TLS_ONLY, "Principal": ROOT})},
            {"audit-policy policy": document({**TLS_ONLY, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})},
            {"audit-policy policy": document(
                {**TLS_ONLY, "Condition": {**TLS_ONLY["Condition"], "StringEquals": {"aws:PrincipalTag/x": "y"}}}
            )},
            {"audit-policy policy": "not JSON"},
        ],
        missing=[{"audit-policy": GONE}, {"audit-policy policy": GONE}],
        unknown=[
            {"audit-policy policy": UNKNOWN}, {"audit-policy policy": {"Statement": UNKNOWN}},
            {"audit-policy policy": {"Statement": [{**TLS_ONLY, "Resource": [UNKNOWN]}]}},
        ],
    ),
    "ebs-volume-is-encrypted": Rows(
        violating=[
            {"volume encrypted": False}, {"instance rootBlockDevice.encrypted": False},
            {"instance ebsBlockDevices.0.encrypted": False}, {f"{TEMPLATE_DISK}.encrypted": "false"},
            {"template blockDeviceMappings": []}, {"template blockDeviceMappings": {"ebs": {"encrypted": "false"}}},
        ],
        missing=[
            {"volume encrypted": GONE}, {"instance rootBlockDevice": GONE}, {TEMPLATE_DISK: GONE},
            {"template blockDeviceMappings": GONE},
        ],
        unknown=[
            {"volume encrypted": UNKNOWN}, {f"{TEMPLATE_DISK}.encrypted": UNKNOWN},
            {"template blockDeviceMappings": UNKNOWN}, {"instance rootBlockDevice": UNKNOWN},
        ],
    ),
    "ebs-volume-uses-own-key": Rows(
        violating=[{"volume kmsKeyId": "alias/aws/ebs"}, {f"{TEMPLATE_DISK}.kmsKeyId": ""}],
        missing=[
            {"volume kmsKeyId": GONE}, {"instance rootBlockDevice.kmsKeyId": GONE}, {f"{TEMPLATE_DISK}.kmsKeyId": GONE},
        ],
        unknown=[{"volume kmsKeyId": UNKNOWN}, {f"{TEMPLATE_DISK}.kmsKeyId": UNKNOWN}],
    ),
    "log-group-keeps-six-years": Rows(
        compliant=({"group retentionInDays": 3653.0}, {"group logGroupClass": GONE}),
        violating=[
            {f"{LIFECYCLE}.expiration.days": 365},
            {"group retentionInDays": 1827}, {"group retentionInDays": 0}, {"group logGroupClass": "DELIVERY"},
            {"group logGroupClass": UNKNOWN}, {"hot retentionInDays": 14}, {"subscription filterPattern": "ERROR"},
        ],
        missing=[{"group retentionInDays": GONE}, {"subscription": GONE}, {"stream": GONE}],
        unknown=[{"group retentionInDays": UNKNOWN}, {"hot retentionInDays": UNKNOWN}],
    ),
    "s3-log-bucket-keeps-six-years": Rows(
        compliant=({f"{LIFECYCLE}.expiration.days": 30, f"{LIFECYCLE}.status": "Disabled"}, SHORT_LIVED),
        violating=[
            {**SHORT_LIVED, "short tags": {"purpose": "audit-log"}}, *LOGGED,
            {f"{LIFECYCLE}.expiration.days": 2191}, {f"{LIFECYCLE}.noncurrentVersionExpiration.noncurrentDays": 30},
            {f"{LIFECYCLE}.expiration": {"date": "2030-01-01"}},
            {f"{LIFECYCLE}.expiration.days": 1, "audit tags": GONE},
        ],
        missing=[{f"{LIFECYCLE}.expiration": GONE}, {"audit-lifecycle": GONE}],
        missing_is_fine=True,
        unknown=[{f"{LIFECYCLE}.expiration.days": UNKNOWN}],
    ),
    "s3-log-bucket-is-locked-six-years": Rows(
        compliant=(
            {f"{RETENTION}.days": GONE, f"{RETENTION}.years": 6},
            {f"{RETENTION}.days": GONE, f"{RETENTION}.years": 7.0},
            {"audit tags": GONE, "audit objectLockEnabled": True}, SHORT_LIVED,
        ),
        violating=[
            {**SHORT_LIVED, "short tags": {"purpose": "audit-log"}}, *LOGGED,
            {"audit objectLockEnabled": False}, {f"{RETENTION}.mode": "GOVERNANCE"}, {f"{RETENTION}.days": 2191},
            {f"{RETENTION}.days": GONE, f"{RETENTION}.years": 5}, {"audit objectLockEnabled": False, "audit tags": GONE},
        ],
        missing=[
            {"audit-lock": GONE}, {"audit-lock rule": GONE}, {"audit objectLockEnabled": GONE}, {f"{RETENTION}.days": GONE},
        ],
        unknown=[
            {"audit objectLockEnabled": UNKNOWN}, {f"{RETENTION}.mode": UNKNOWN}, {f"{RETENTION}.days": UNKNOWN},
        ],
    ),
    "s3-bucket-is-versioned": Rows(
        violating=[{"audit-versioning versioningConfiguration.status": "Suspended"}],
        missing=[{"audit-versioning": GONE}, {"audit-versioning versioningConfiguration": GONE}],
        unknown=[{"audit-versioning versioningConfiguration.status": UNKNOWN}],
    ),
    "s3-bucket-logs-its-access": Rows(
        violating=[{"audit-logging targetBucket": ""}],
        missing=[{"audit-logging": GONE}, {"audit-logging targetBucket": GONE}],
        unknown=[{"audit-logging targetBucket": UNKNOWN}],
    ),
    "stateful-resource-is-protected": Rows(
        compliant=({"audit forceDestroy": GONE},),
        violating=[
            {"key": {"protect": False}}, {"audit": {"protect": False}}, {"audit forceDestroy": True},
            {"group deletionProtectionEnabled": False},
        ],
        missing=[{"group deletionProtectionEnabled": GONE}],
        unknown=[{"group deletionProtectionEnabled": UNKNOWN}, {"audit forceDestroy": UNKNOWN}],
    ),
    "vpc-default-security-group-is-adopted": Rows(
        violating=[{"default": GONE, **extra(t.DEFAULT_SECURITY_GROUP, {"vpcId": "vpc-other"})}],
        missing=[{"default": GONE}],
        unknown=[{"default vpcId": UNKNOWN}],
    ),
    "vpc-default-security-group-is-closed": Rows(
        violating=[{"default ingress": [{"self": True, "protocol": "-1"}]}, {"default egress": [{"protocol": "-1"}]}],
        missing=[{"default ingress": GONE, "default egress": GONE}],
        missing_is_fine=True,
        unknown=[{"default ingress": UNKNOWN}],
    ),
    "vpc-has-a-flow-log": Rows(
        violating=[{"flows": GONE, **extra(t.FLOW_LOG, {"transitGatewayId": UNKNOWN, "logDestination": UNKNOWN})}],
        missing=[{"flows": GONE}],
        unknown=[{"flows vpcId": UNKNOWN}],
    ),
    "flow-log-captures-all-traffic": Rows(
        compliant=tuple(
            {"flows vpcId": GONE, f"flows transitGateway{part}Id": UNKNOWN, "flows trafficType": GONE}
            for part in ("", "Attachment")
        ),
        violating=[
            {"flows trafficType": "REJECT"}, {"flows logDestinationType": "kinesis-data-firehose"},
            {"flows logDestination": ""},
        ],
        missing=[{"flows trafficType": GONE}, {"flows logDestination": GONE}],
        unknown=[{"flows trafficType": UNKNOWN}],
    ),
    "subnet-assigns-no-public-address": Rows(
        violating=[{"public-subnet mapPublicIpOnLaunch": True}],
        missing=[{"public-subnet mapPublicIpOnLaunch": GONE}],
        missing_is_fine=True,
        unknown=[{"public-subnet mapPublicIpOnLaunch": UNKNOWN}],
    ),
    "internet-route-only-in-public-tables": Rows(
        compliant=(
            {"private routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": UNKNOWN}]},
            {"private routes": [{"cidrBlock": "10.0.0.0/8", "gatewayId": "vgw-1"}]},
            {"public routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]},
            extra(t.DEFAULT_ROUTE_TABLE, {"tags": {"SubnetType": "Public"}, "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]}),
            extra(t.ROUTE, {"gatewayId": UNKNOWN}, {"gatewayId": f"{t.VPN_GATEWAY} vgw", "routeTableId": f"{t.ROUTE_TABLE} private"})
            | {"vgw": resource(t.VPN_GATEWAY, "vgw", {})},
        ),
        violating=[
            extra(t.ROUTE, {"gatewayId": UNKNOWN},
                  {"gatewayId": f"{t.INTERNET_GATEWAY} internet", "routeTableId": f"{t.ROUTE_TABLE} private"}),
            extra(t.ROUTE, {"gatewayId": "igw-1", "routeTableId": "rtb-of-another-stack"}),
            {"private routes": [{"ipv6CidrBlock": "::/0", "gatewayId": "igw-1"}]},
            extra(t.DEFAULT_ROUTE_TABLE, {"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN}]}),
        ],
        missing=[{"public tags": GONE}, {"public tags.SubnetType": GONE}],
        unknown=[{"public tags": UNKNOWN}, {"public tags.SubnetType": UNKNOWN}, {"private routes": UNKNOWN}],
    ),
    "security-group-opens-only-edge-ports": Rows(
        compliant=(
            ingress(fromPort=80, toPort=80, cidrIpv4=GONE, cidrIpv6="::/0"),
            ingress(fromPort=22, toPort=22, cidrIpv4="198.51.100.0/24"),
            ingress(fromPort=22, toPort=22, cidrIpv4=GONE, cidrIpv6="2001::/16"),
            {"inside type": "egress", "inside cidrBlocks": ["0.0.0.0/0"]}, inside(fromPort=443, toPort=443, cidrBlocks=["0.0.0.0/0"]),
        ),
        violating=[
            ingress(fromPort=8443, toPort=8443), ingress(toPort=444), ingress(ipProtocol="-1"), ingress(toPort=80),
            ingress(cidrIpv4=GONE, cidrIpv6="2000::/3", fromPort=8443, toPort=8443),
            {"inside cidrBlocks": ["10.20.0.0/16", "0.0.0.0/1"]}, {"inside ipv6CidrBlocks": ["::/0"]},
            {"app ingress": [{"protocol": "tcp", "fromPort": 81, "toPort": 81, "cidrBlocks": ["0.0.0.0/0"]}]},
        ],
        missing=[ingress(fromPort=GONE), ingress(ipProtocol=GONE)],
        unknown=[ingress(cidrIpv4=UNKNOWN), ingress(fromPort=UNKNOWN), {"inside cidrBlocks": UNKNOWN}],
    ),
    "security-group-never-opens-admin-ports": Rows(
        compliant=(
            ingress(fromPort=8443, toPort=8443), ingress(fromPort=22, toPort=22, cidrIpv4="10.0.0.0/8"),
            inside(cidrBlocks=["0.0.0.0/0"]), inside(type="egress", fromPort=5432, toPort=5432, cidrBlocks=["0.0.0.0/0"]),
        ),
        violating=[
            ingress(fromPort=22, toPort=22, cidrIpv4=GONE, cidrIpv6="::/0"),
            inside(fromPort=5432, toPort=5432, cidrBlocks=GONE, ipv6CidrBlocks=["::/0"]),
            {"app ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}]},
            ingress(fromPort=22, toPort=22), ingress(fromPort=20, toPort=3400), ingress(ipProtocol="-1"),
            {"inside fromPort": 5432, "inside toPort": 5432, "inside cidrBlocks": ["0.0.0.0/0"]},
        ],
        missing=[ingress(fromPort=GONE, toPort=GONE)],
        unknown=[ingress(fromPort=22, toPort=22, cidrIpv4=UNKNOWN)],
    ),
    "security-group-open-only-at-the-edge": Rows(
        compliant=(
            {"edge tags": {"Edge": "public"}}, {"app ingress": [{"cidrBlocks": ["10.0.0.0/8"]}]}, {"edge ingress": WORLD_RULES},
            inside(type="egress", cidrBlocks=["0.0.0.0/0"]),
            extra(t.SECURITY_GROUP_RULE, {"securityGroupId": UNKNOWN, "type": "ingress", "cidrBlocks": ["0.0.0.0/0"]},
                  {"securityGroupId": f"{t.SECURITY_GROUP} edge"}),
            extra(t.PREFIX_LIST, {"entries": [{"cidr": "198.51.100.0/24"}, {"cidr": "2001:db8::/32"}]}),
            extra(t.PREFIX_LIST, {"addressFamily": "IPv4"}), extra(t.PREFIX_LIST_ENTRY, {"cidr": "198.51.100.0/24"}),
        ),
        violating=[
            extra(t.INGRESS_RULE, {"securityGroupId": UNKNOWN, "cidrIpv6": "::/0"}, {"securityGroupId": f"{t.SECURITY_GROUP} app"}),
            inside(ipv6CidrBlocks=["::/0"]),
            extra(t.PREFIX_LIST, {"entries": [{"cidr": "198.51.100.0/24"}, {"cidr": "0.0.0.0/0"}]}),
            extra(t.PREFIX_LIST_ENTRY, {"cidr": "128.0.0.0/1"}),
            {"edge tags.edge": "private"}, {"inside cidrBlocks": ["0.0.0.0/0"]},
            {"app ingress": [{"cidrBlocks": ["0.0.0.0/0"]}]},
            extra(t.INGRESS_RULE, {"securityGroupId": "sg-of-another-stack", "cidrIpv4": "0.0.0.0/0"}),
        ],
        missing=[{"edge tags": GONE}],
        unknown=[
            {"edge tags": UNKNOWN}, {"edge tags.edge": UNKNOWN}, extra(t.PREFIX_LIST, {"entries": UNKNOWN}),
            extra(t.PREFIX_LIST, {"entries": [{"cidr": UNKNOWN}]}), extra(t.PREFIX_LIST_ENTRY, {"cidr": UNKNOWN}),
        ],
    ),
    "security-group-rules-stand-alone": Rows(
        compliant=({"app ingress": []},),
        violating=[{"app ingress": [{"self": True}]}, {"app egress": [{"cidrBlocks": ["0.0.0.0/0"]}]}],
        missing=[{"app ingress": GONE}],
        missing_is_fine=True,
        unknown=[{"app ingress": UNKNOWN}, {"app egress": UNKNOWN}],
    ),
    "data-tier-acl-is-closed-to-the-internet": Rows(
        compliant=(
            {"data-acl ingress": [{**WORLD_ENTRY, "action": "deny"}]},
            extra(t.NETWORK_ACL, {"tags": {"Tier": "public"}, "ingress": [WORLD_ENTRY]}),
            extra(t.NETWORK_ACL, {"ingress": [WORLD_ENTRY]}, {"subnetIds": f"{t.SUBNET} public-subnet"}),
            extra(t.DEFAULT_NETWORK_ACL, {"ingress": [], "egress": [{**WORLD_ENTRY, "action": "deny"}]}),
            {"data-entry cidrBlock": "0.0.0.0/0", "data-entry ruleAction": "deny"},
            {**public_acl("public-subnet"), "public-subnet vpcId": UNKNOWN, **OPEN_DEFAULT_ACL},
            public_acl("public-subnet") | extra(t.NETWORK_ACL_RULE, {"networkAclId": UNKNOWN, "cidrBlock": "0.0.0.0/0"}, OF_PUBLIC_ACL),
        ),
        violating=[
            {"data-entry cidrBlock": GONE, "data-entry ipv6CidrBlock": "::/0"}, public_acl("isolated-subnet"), {**OPEN_DEFAULT_ACL, "public-subnet vpcId": UNKNOWN},
            extra(t.DEFAULT_NETWORK_ACL, {"ingress": [WORLD_ENTRY]}), extra(t.DEFAULT_NETWORK_ACL, {"egress": [WORLD_ENTRY]}),
            {"data-acl ingress": [WORLD_ENTRY]}, {"data-acl egress": [{"action": "allow", "ipv6CidrBlock": "::/0"}]},
            {"data-entry cidrBlock": "0.0.0.0/0"},
            extra(t.NETWORK_ACL, {"tags": {"Tier": "data"}, "ingress": [WORLD_ENTRY]}),
        ],
        missing=[{"data-acl ingress": GONE, "data-acl egress": GONE}],
        missing_is_fine=True,
        unknown=[
            {"data-acl ingress.0.cidrBlock": UNKNOWN}, {"data-entry cidrBlock": UNKNOWN},
            extra(t.NETWORK_ACL, {"tags": UNKNOWN, "ingress": [WORLD_ENTRY]}), {"data-acl ingress": UNKNOWN},
            extra(t.DEFAULT_NETWORK_ACL, {"egress": UNKNOWN}), {"isolated-subnet tags": UNKNOWN, "data-acl egress": [WORLD_ENTRY]},
        ],
    ),
    "vpc-endpoint-has-a-policy": policies(
        "endpoint policy",
        good=(
            allow(Principal=ANYONE, Action="s3:GetObject", Resource="*"),
            allow(Principal=ANYONE, Action="*", Resource="arn:aws:s3:::x/*"),
            allow(Principal=ROOT, Action="*", Resource="*"),
            allow(Principal=ANYONE, Action="*", Resource="*", Condition={"StringEquals": {"aws:ResourceOrgID": "o-1"}}),
        ),
        bad=[allow(Principal="*", Action="*", Resource="*")],
        also=[
            extra(t.VPC_ENDPOINT, {"serviceName": UNKNOWN, "vpcEndpointType": "GatewayLoadBalancer"}),
            extra(t.VPC_ENDPOINT, {"resourceConfigurationArn": UNKNOWN, "vpcEndpointType": "Resource"}),
            extra(t.VPC_ENDPOINT, {"serviceNetworkArn": UNKNOWN, "vpcEndpointType": "ServiceNetwork"}),
        ],
    ),
    "s3-bucket-blocks-public-access": Rows(
        violating=[{"audit-block blockPublicAcls": False}, {"audit-block restrictPublicBuckets": False}],
        missing=[{"audit-block": GONE}, {"audit-block ignorePublicAcls": GONE}],
        unknown=[{"audit-block blockPublicPolicy": UNKNOWN}],
    ),
    "s3-bucket-has-no-acls": Rows(
        violating=[{"audit-ownership rule.objectOwnership": "ObjectWriter"}, extra(t.BUCKET_ACL, {"acl": "private"})],
        missing=[{"audit-ownership": GONE}, {"audit-ownership rule": GONE}],
        unknown=[{"audit-ownership rule.objectOwnership": UNKNOWN}],
    ),
    "s3-bucket-policy-is-not-public": policies(
        "audit-policy policy",
        good=(
            allow(Principal={"Service": "logging.s3.amazonaws.com"}, Action="s3:PutObject", Resource="*"),
            allow(Principal="*", Action="s3:GetObject", Resource="*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}),
            allow(Principal="*", Action="s3:GetObject", Resource="*", Condition={"StringEquals": {"aws:VpceOrgID": "o-1"}}),
            allow(Principal="*", Action="s3:GetObject", Resource="*", Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}),
        ),
        bad=[
            allow(Principal="*", Action="s3:GetObject", Resource="*"),
            allow(Principal="*", Action="s3:GetObject", Resource="*", Condition={"StringEqualsIfExists": {"aws:SourceAccount": "1"}}),
            allow(Principal="*", Action="s3:GetObject", Resource="*", Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}}),
            allow(Principal="*", Action="s3:GetObject", Resource="*", Condition={"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}}),
            allow(Principal="*", Action="s3:GetObject", Resource="*", Condition={"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "0.0.0.0/1"]}}),
            allow(Principal="*", Action="s3:GetObject", Resource="*", Condition={"StringEquals": {"aws:username": "somebody"}}),
        ],
    ),
    "iam-role-trust-is-narrow": policies(
        "role assumeRolePolicy",
        good=(
            allow(Principal=ROOT, Action="sts:AssumeRole"),
            _from_github(StringLike={f"{GITHUB}:sub": ["repo:example/app:ref:refs/heads/*"]}),
        ),
        bad=[
            allow(Principal="*", Action="sts:AssumeRole"), allow(Principal={"AWS": ["*"]}, Action="sts:AssumeRole"),
            _from_github(StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"}), _from_github(StringNotLike={f"{GITHUB}:sub": "repo:x/*"}),
            _from_github(StringLike={f"{GITHUB}:sub": "repo:*"}), _from_github(StringLike={f"{GITHUB}:sub": ["repo:x/y:*", "*"]}),
        ],
    ),
    "iam-has-no-inline-policies": Rows(
        violating=[
            {"role inlinePolicies": [{"name": "x", "policy": READS}]}, extra(t.ROLE_POLICY, {"policy": READS}),
            extra(t.USER_POLICY, {"policy": READS}), extra(t.GROUP_POLICY, {"policy": READS}),
        ],
        missing=[{"role inlinePolicies": GONE}, {"role inlinePolicies": []}],
        missing_is_fine=True,
        unknown=[{"role inlinePolicies": UNKNOWN}],
    ),
    "iam-policy-grants-no-administration": policies(
        "policy policy",
        good=(GRANTS_SOME, DENIES_ALL, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}),
        bad=[
            allow(Action="*", Resource="*"), allow(Action=["s3:GetObject", "*:*"], Resource=["*"]),
            allow(NotAction="iam:*", Resource="arn:aws:s3:::x"), allow(Action="*", NotResource="arn:aws:s3:::x"),
        ],
        also=GRANTED,
    ),
    "iam-policy-grants-no-whole-service": policies(
        "policy policy",
        good=(GRANTS_SOME, DENIES_ALL, allow(Action="s3:Get*", Resource="*")),
        bad=[allow(Action="s3:*", Resource="arn:aws:s3:::x"), allow(Action=["logs:PutLogEvents", "SQS:**"], Resource="*")],
        also=GRANTED,
    ),
    "iam-policy-decrypts-only-named-keys": policies(
        "policy policy",
        good=(
            allow(Action=["kms:Decrypt", "kms:*"], Resource=KEY_ARN), allow(Action="kms:DescribeKey", Resource="*"), DENIES_ALL,
        ),
        bad=[
            allow(Action="kms:Decrypt", Resource="*"), allow(Action="kms:De*", Resource=["*"]),
            allow(Action="kms:ReEncrypt*", Resource=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*"),
            allow(Action="*", Resource="*"),
        ],
        also=GRANTED,
    ),
    "iam-attaches-no-administrator-policy": Rows(
        compliant=(
            {"attachment policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"},
            {"attachment policyArn": f"arn:aws:iam::{ACCOUNT}:policy/x-AdministratorAccess"},
            extra(t.PERMISSION_SET_ATTACHMENT, {"managedPolicyArn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}),
        ),
        violating=[
            {"attachment policyArn": ADMINISTRATOR}, {"role managedPolicyArns": [ADMINISTRATOR]},
            {"attachment policyArn": "arn:aws-us-gov:iam::aws:policy/AmazonS3FullAccess"},
            extra(t.GROUP_POLICY_ATTACHMENT, {"policyArn": ADMINISTRATOR}),
            extra(t.PERMISSION_SET_ATTACHMENT, {"managedPolicyArn": ADMINISTRATOR}),
        ],
        missing=[{"attachment policyArn": GONE}, extra(t.PERMISSION_SET_ATTACHMENT)],
        unknown=[{"attachment policyArn": UNKNOWN}, {"role managedPolicyArns": [UNKNOWN]}],
    ),
    "iam-has-no-users": forbidden(
        t.USER, t.ACCESS_KEY, t.USER_LOGIN_PROFILE, t.USER_POLICY_ATTACHMENT, t.POLICY_ATTACHMENT
    ),
    "instance-has-no-public-address": Rows(
        violating=[
            {"instance associatePublicIpAddress": True}, {"template networkInterfaces.0.associatePublicIpAddress": "true"},
        ],
        missing=[{"instance associatePublicIpAddress": GONE, "template networkInterfaces": GONE}],
        missing_is_fine=True,
        unknown=[
            {"instance associatePublicIpAddress": UNKNOWN}, {"template networkInterfaces": UNKNOWN},
            {"template networkInterfaces.0.associatePublicIpAddress": UNKNOWN},
        ],
    ),
    "instance-metadata-needs-a-token": Rows(
        violating=[
            {"template metadataOptions.httpTokens": "optional"}, {"instance metadataOptions.httpTokens": "optional"},
            {"template metadataOptions.httpPutResponseHopLimit": 2},
        ],
        missing=[{"template metadataOptions": GONE}, {"instance metadataOptions.httpPutResponseHopLimit": GONE}],
        unknown=[{"template metadataOptions": UNKNOWN}, {"instance metadataOptions.httpTokens": UNKNOWN}],
    ),
    "instance-has-a-profile": Rows(
        compliant=(
            {"template iamInstanceProfile": {"name": "x"}},
            {"template iamInstanceProfile": {"arn": "arn:aws:iam::123456789012:instance-profile/x"}, "instance iamInstanceProfile": "x"},
        ),
        violating=[{"instance iamInstanceProfile": ""}],
        missing=[{"instance iamInstanceProfile": GONE}, {"template iamInstanceProfile": GONE}],
        unknown=[{"instance iamInstanceProfile": UNKNOWN}, {"template iamInstanceProfile": UNKNOWN}],
    ),
    "instance-is-monitored-in-detail": Rows(
        violating=[{"instance monitoring": False}, {"template monitoring.enabled": False}],
        missing=[{"instance monitoring": GONE}, {"template monitoring": GONE}],
        unknown=[{"instance monitoring": UNKNOWN}, {"template monitoring": UNKNOWN}],
    ),
    "instance-is-in-a-vpc": Rows(
        compliant=({"instance subnetId": GONE, "instance primaryNetworkInterface": {"networkInterfaceId": UNKNOWN}},
                   {"instance subnetId": GONE, "instance networkInterfaces": [{"networkInterfaceId": UNKNOWN, "deviceIndex": 0}]}),
        violating=[{"instance subnetId": ""}, {"instance subnetId": GONE, "instance networkInterfaces": []}],
        missing=[{"instance subnetId": GONE}],
        unknown=[{"instance subnetId": UNKNOWN}],
    ),
    "instance-is-ebs-optimized": Rows(
        violating=[{"instance ebsOptimized": False}, {"template ebsOptimized": "false"}],
        missing=[{"template ebsOptimized": GONE}],
        unknown=[{"template ebsOptimized": UNKNOWN}],
    ),
    "autoscaling-uses-launch-templates": Rows(
        violating=[extra(t.LAUNCH_CONFIGURATION, {"imageId": "ami-1"}), {"hosts launchConfiguration": "lc-1"}],
        missing=[{"hosts launchConfiguration": GONE}],
        missing_is_fine=True,
        unknown=[{"hosts launchConfiguration": UNKNOWN}],
    ),
    "resource-type-is-supported": forbidden(
        "aws:s3/bucketV2:BucketV2", "aws:s3/bucketVersioningV2:BucketVersioningV2", "aws-native:s3:Bucket",
        "aws:kms/keyPolicy:KeyPolicy", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", "aws:ec2/defaultVpc:DefaultVpc",
    ),
    "s3-bucket-is-set-by-own-resources": Rows(
        compliant=({"audit lifecycleRules": []},),
        violating=[{"audit versioning": {"enabled": True}}, {"audit acl": "private"}, {"audit policy": READS},
                   *({f"audit {name}": value} for name, value in INLINE.items())],
        missing=[{"audit versioning": GONE}],
        missing_is_fine=True,
        unknown=[{"audit serverSideEncryptionConfiguration": UNKNOWN}],
    ),
    "ignored-changes-spare-controls": Rows(
        compliant=({"hosts": {"ignore_changes": ("desiredCapacity",)}}, {"group": {"ignore_changes": ("tagsAll", "name")}}),
        violating=[
            {"group": {"ignore_changes": ("retentionInDays",)}}, {"key": {"ignore_changes": ("*",)}},
            {"template": {"ignore_changes": ("blockDeviceMappings[0].ebs.encrypted",)}},
            {"template": {"ignore_changes": ("metadataOptions.httpTokens",)}},
            {"audit-encryption": {"ignore_changes": ('["rules"]',)}},
        ],
        missing=[{"group": {"ignore_changes": ()}}],
        missing_is_fine=True,
        unknown=[{"group retentionInDays": UNKNOWN, "group": {"ignore_changes": ("retentionInDays",)}}],
    ),
    "vpc-has-private-endpoints": Rows(
        compliant=(extra(t.VPC),),
        violating=[*WAYS_OUT, {"endpoint-kms serviceName": "com.amazonaws.us-east-1.kms-fips"}],
        missing=[{"endpoint-kms": GONE}, {"endpoint-sts serviceName": GONE}],
        unknown=[{"endpoint-logs serviceName": UNKNOWN}, _way_out(UNKNOWN)],
    ),
}  # fmt: skip
