"""Topics, queues, streams, brokers and resource policies."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    GONE,
    KEY_ARN,
    OWN_ACCOUNT,
    ROOT,
    Rows,
    allow,
    choices,
    document,
    extra,
    own_keys,
    resource,
)

DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sns:Publish",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
QUEUE_DENY = {**DENY, "Action": "sqs:*"}
OF_TOPIC, OF_QUEUE = {"arn": f"{t.TOPIC} topic"}, {"queueUrl": f"{t.QUEUE} queue"}
SSE, CLIENTS = "delivery serverSideEncryption", "kafka clientAuthentication"
FED = (
    {SSE: GONE, "delivery kinesisSourceConfiguration": {"kinesisStreamArn": UNKNOWN, "roleArn": UNKNOWN}},
    {SSE: GONE, "delivery mskSourceConfiguration": {"mskClusterArn": UNKNOWN, "topicName": "orders"}},
)
CLIENT = "kafka encryptionInfo.encryptionInTransit.clientBroker"
POLICIES = (
    *(
        (type_, "policy")
        for type_ in (
            t.BACKUP_VAULT_POLICY,
            t.FILE_SYSTEM_POLICY,
            t.SECRET_POLICY,
            t.REST_POLICY,
            *(
                f"aws:{module}/resourcePolicy:ResourcePolicy"
                for module in (
                    "codebuild",
                    "dynamodb",
                    "glue",
                    "kinesis",
                    "lambda",
                    "networkfirewall",
                    "redshift",
                    "redshiftserverless",
                )
            ),
            *(f"aws:{module}/clusterPolicy:ClusterPolicy" for module in ("dsql", "msk")),
            "aws:acmpca/policy:Policy",
            "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
            "aws:ecr/registryPolicy:RegistryPolicy",
            "aws:s3control/accessPointPolicy:AccessPointPolicy",
            "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy",
        )
    ),
    ("aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy", "accessPolicy"),
    *(
        (f"aws:{module}/domainPolicy:DomainPolicy", "accessPolicies")
        for module in ("opensearch", "elasticsearch")
    ),
)
INLINE = (
    *((type_, "policy") for type_ in (t.TOPIC, t.SECRET, t.REST_API, t.ACCESS_POINT)),
    *((type_, "accessPolicies") for type_ in t.SEARCH_DOMAINS),
)
PERMISSIONS = (
    (t.LAYER_PERMISSION, ("organizationId", "o-1")),
    (
        t.EVENT_PERMISSION,
        ("condition", {"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": "o-1"}),
    ),
)
OURS = document(allow(Principal=ROOT, Action="*", Resource="*"))
EVERYONE = document(allow(Principal="*", Action="sqs:SendMessage", Resource="*"))

GOOD = {
    item.name: item
    for item in (
        resource(t.TOPIC, "topic", {"kmsMasterKeyId": KEY_ARN}),
        resource(t.TOPIC_POLICY, "topic-policy", {"arn": UNKNOWN, "policy": document(DENY)}, OF_TOPIC),
        resource(t.TOPIC_SUBSCRIPTION, "subscription", {"protocol": "https"}),
        resource(t.QUEUE, "queue", {"kmsMasterKeyId": KEY_ARN}),
        resource(
            t.QUEUE_POLICY, "queue-policy", {"queueUrl": UNKNOWN, "policy": document(QUEUE_DENY)}, OF_QUEUE
        ),
        resource(t.STREAM, "stream", {"encryptionType": "KMS", "kmsKeyId": KEY_ARN}, protect=True),
        resource(
            t.FIREHOSE,
            "delivery",
            {"serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": KEY_ARN}},
        ),
        resource(
            t.KAFKA_CLUSTER,
            "kafka",
            {
                "encryptionInfo": {
                    "encryptionAtRestKmsKeyArn": KEY_ARN,
                    "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
                },
                "clientAuthentication": {"sasl": {"iam": True}},
            },
        ),
        resource(
            t.BROKER,
            "broker",
            {
                "publiclyAccessible": False,
                "encryptionOptions": {"kmsKeyId": KEY_ARN, "useAwsOwnedKey": False},
            },
        ),
        resource(
            t.REPOSITORY_POLICY,
            "repository-policy",
            {"policy": document(allow(Principal=ROOT, Action="ecr:*"))},
        ),
        resource(t.AMI_LAUNCH_PERMISSION, "launch", {"accountId": "123456789012"}),
        resource(
            t.SSM_DOCUMENT, "runbook", {"permissions": {"type": "Share", "account_ids": "123456789012"}}
        ),
    )
}


def _denial(**changes: Any) -> str:
    return document({**DENY, **changes})


ROWS: dict[str, Rows] = {
    "message-store-uses-own-key": own_keys(
        "topic kmsMasterKeyId",
        "queue kmsMasterKeyId",
        "stream kmsKeyId",
        "delivery serverSideEncryption.keyArn",
        "kafka encryptionInfo.encryptionAtRestKmsKeyArn",
        "broker encryptionOptions.kmsKeyId",
        compliant=[*FED, {"broker encryptionOptions": UNKNOWN}],
        violating=[{"broker encryptionOptions.useAwsOwnedKey": value} for value in (True, GONE)],
    ),
    "stream-is-encrypted": Rows(
        compliant=FED,
        violating=[
            {"stream encryptionType": "NONE"},
            {f"{SSE}.enabled": False},
            {f"{SSE}.keyType": "AWS_OWNED_CMK"},
        ],
        missing=[{target: GONE} for target in ("stream encryptionType", f"{SSE}.enabled", f"{SSE}.keyType")],
        unknown=[
            {target: UNKNOWN} for target in ("stream encryptionType", f"{SSE}.enabled", f"{SSE}.keyType")
        ],
    ),
    "broker-traffic-is-encrypted": Rows(
        violating=[{CLIENT: "TLS_PLAINTEXT"}, {"kafka encryptionInfo.encryptionInTransit.inCluster": False}],
        missing=[{CLIENT: GONE}, {"kafka encryptionInfo": GONE}],
        missing_is_fine=True,
        unknown=[{CLIENT: UNKNOWN}],
    ),
    "broker-is-not-public": Rows(
        compliant=(
            {CLIENTS: {"sasl": {"scram": True}}},
            {CLIENTS: {"tls": {"certificateAuthorityArns": [UNKNOWN]}}},
            {"broker publiclyAccessible": GONE},
        ),
        violating=[
            {"broker publiclyAccessible": True},
            {f"{CLIENTS}.unauthenticated": True},
            {f"{CLIENTS}.sasl.iam": False},
            {CLIENTS: {"tls": {"certificateAuthorityArns": []}}},
            {
                "kafka brokerNodeGroupInfo": {
                    "connectivityInfo": {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}
                }
            },
        ],
        missing=[{CLIENTS: GONE}, {f"{CLIENTS}.sasl": GONE}],
        unknown=[{"broker publiclyAccessible": UNKNOWN}, {CLIENTS: UNKNOWN}],
    ),
    "subscription-is-encrypted": choices(
        {"subscription protocol": ["sqs", "email"]}, {"subscription protocol": ["http"]}
    ),
    "message-store-refuses-plain-http": Rows(
        compliant=(
            {"topic-policy": GONE, "topic policy": document(DENY)},
            {"queue-policy": GONE, "queue policy": document(QUEUE_DENY)},
            {"topic-policy policy": _denial(Action="*")},
        ),
        violating=[
            {"topic-policy policy": _denial(Effect="Allow")},
            {"topic-policy policy": _denial(Principal=ROOT)},
            {"topic-policy policy": _denial(Action="sns:Subscribe")},
            {"queue-policy policy": document(DENY)},
            {"topic-policy policy": _denial(Condition=OWN_ACCOUNT)},
            {"topic-policy policy": "not JSON"},
        ],
        missing=[{"topic-policy": GONE}, {"queue-policy": GONE}, {"queue-policy policy": GONE}],
        unknown=[
            {"topic-policy policy": UNKNOWN},
            {"queue-policy policy": {"Statement": [{**QUEUE_DENY, "Resource": UNKNOWN}]}},
        ],
    ),
    "resource-policy-names-principals": Rows(
        compliant=(
            extra(
                t.SECRET, {"policy": document(allow(Principal=ROOT, Action="secretsmanager:GetSecretValue"))}
            ),
            *(extra(type_, {name: OURS}) for type_, name in POLICIES),
            *(extra(type_, {"principal": "123456789012"}) for type_, _ in PERMISSIONS),
            *(extra(type_, {"principal": "*", tie: value}) for type_, (tie, value) in PERMISSIONS),
            {"queue-policy policy": document(allow(Principal="*", Action="sqs:*", Condition=OWN_ACCOUNT))},
        ),
        violating=[
            {"queue-policy policy": EVERYONE},
            {"repository-policy policy": EVERYONE},
            {"queue policy": EVERYONE},
            *(extra(type_, {name: EVERYONE}) for type_, name in POLICIES),
            *(extra(type_, {name: EVERYONE}) for type_, name in INLINE),
            *(extra(type_, {"principal": "*"}) for type_, _ in PERMISSIONS),
        ],
        missing=[{"repository-policy policy": GONE}, *(extra(type_) for type_, _ in POLICIES)],
        unknown=[
            {"repository-policy policy": UNKNOWN},
            {"queue policy": UNKNOWN},
            *(extra(type_, {name: UNKNOWN}) for type_, name in POLICIES),
            *(extra(type_, {"principal": UNKNOWN}) for type_, _ in PERMISSIONS),
        ],
    ),
    "image-is-not-public": Rows(
        violating=[{"launch group": "all"}, {"runbook permissions.account_ids": "All"}],
        missing=[{"launch group": GONE}, {"runbook permissions": GONE}],
        missing_is_fine=True,
        unknown=[{"launch group": UNKNOWN}, {"runbook permissions": UNKNOWN}],
    ),
}
