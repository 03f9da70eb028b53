"""Topics, queues, streams, brokers and the policies of what others may use."""

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
    document,
    extra,
    own_keys,
    resource,
    words,
)

DENY = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip
QUEUE_DENY = {**DENY, "Action": "sqs:*"}
OF_TOPIC, OF_QUEUE = {"arn": f"{t.TOPIC} topic"}, {"queueUrl": f"{t.QUEUE} queue"}
CLIENT = "kafka encryptionInfo.encryptionInTransit.clientBroker"
EVERYONE = document(allow(Principal="*", Action="sqs:SendMessage", Resource="*"))

GOOD = {
    item.name: item
    for item in (
        resource(t.TOPIC, "topic", {"kmsMasterKeyId": KEY_ARN}),
        resource(t.TOPIC_POLICY, "topic-policy", {"arn": UNKNOWN, "policy": document(DENY)}, OF_TOPIC),
        resource(t.TOPIC_SUBSCRIPTION, "subscription", {"protocol": "https"}),
        resource(t.QUEUE, "queue", {"kmsMasterKeyId": KEY_ARN}),
        resource(t.QUEUE_POLICY, "queue-policy", {"queueUrl": UNKNOWN, "policy": document(QUEUE_DENY)}, OF_QUEUE),
        resource(t.STREAM, "stream", {"encryptionType": "KMS", "kmsKeyId": KEY_ARN}, protect=True),
        resource(t.FIREHOSE, "delivery", {"serverSideEncryption": {
            "enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": KEY_ARN}}),
        resource(t.KAFKA_CLUSTER, "kafka", {"encryptionInfo": {
            "encryptionAtRestKmsKeyArn": KEY_ARN, "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True}}}),
        resource(t.BROKER, "broker", {"publiclyAccessible": False, "encryptionOptions": {"kmsKeyId": KEY_ARN}}),
        resource(t.REPOSITORY_POLICY, "repository-policy", {"policy": document(allow(Principal=ROOT, Action="ecr:*"))}),
        resource(t.AMI_LAUNCH_PERMISSION, "launch", {"accountId": "123456789012"}),
        resource(t.SSM_DOCUMENT, "runbook", {"permissions": {"type": "Share", "account_ids": "123456789012"}}),
    )
}  # fmt: skip


def _plain(**changes: Any) -> str:
    return document({**DENY, **changes})


ROWS: dict[str, Rows] = {
    "message-store-uses-own-key": own_keys(
        "topic kmsMasterKeyId", "queue kmsMasterKeyId", "stream kmsKeyId", "delivery serverSideEncryption.keyArn",
        "kafka encryptionInfo.encryptionAtRestKmsKeyArn", "broker encryptionOptions.kmsKeyId",
        compliant=[{"delivery kinesisSourceConfiguration": {}, "delivery serverSideEncryption": GONE}],
    ),
    "stream-is-encrypted": words(
        {},
        {"stream encryptionType": ["NONE"], "delivery serverSideEncryption.enabled": [False],
         "delivery serverSideEncryption.keyType": ["AWS_OWNED_CMK"]},
    ),
    "broker-traffic-is-encrypted": Rows(
        violating=[{CLIENT: "TLS_PLAINTEXT"}, {"kafka encryptionInfo.encryptionInTransit.inCluster": False}],
        missing=[{CLIENT: GONE}, {"kafka encryptionInfo": GONE}],
        missing_is_fine=True,
        unknown=[{CLIENT: UNKNOWN}],
    ),
    "broker-is-not-public": Rows(
        violating=[
            {"broker publiclyAccessible": True}, {"kafka clientAuthentication": {"unauthenticated": True}},
            {"kafka brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}}},
        ],
        missing=[{"broker publiclyAccessible": GONE}],
        missing_is_fine=True,
        unknown=[{"broker publiclyAccessible": UNKNOWN}],
    ),
    "subscription-is-encrypted": words({"subscription protocol": ["sqs", "email"]}, {"subscription protocol": ["http"]}),
    "message-store-refuses-plain-http": Rows(
        compliant=({"topic-policy": GONE, "topic policy": document(DENY)}, {"topic-policy policy": _plain(Action="*")}),
        violating=[
            {"topic-policy policy": _plain(Effect="Allow")}, {"topic-policy policy": _plain(Principal=ROOT)},
            {"topic-policy policy": _plain(Action="sns:Subscribe")}, {"queue-policy policy": document(DENY)},
            {"topic-policy policy": _plain(Condition=OWN_ACCOUNT)}, {"topic-policy policy": "not JSON"},
        ],
        missing=[{"topic-policy": GONE}, {"queue-policy": GONE}, {"queue-policy policy": GONE}],
        unknown=[{"topic-policy policy": UNKNOWN}, {"queue-policy policy": {"Statement": [{**QUEUE_DENY, "Resource": UNKNOWN}]}}],
    ),
    "resource-policy-names-principals": Rows(
        compliant=(
            extra(t.SECRET, {"policy": document(allow(Principal=ROOT, Action="secretsmanager:GetSecretValue"))}),
            extra("aws:lambda/layerVersionPermission:LayerVersionPermission", {"principal": "123456789012"}),
            {"queue-policy policy": document(allow(Principal="*", Action="sqs:*", Condition=OWN_ACCOUNT))},
        ),
        violating=[
            {"queue-policy policy": EVERYONE}, {"repository-policy policy": EVERYONE}, {"queue policy": EVERYONE},
            extra(t.BACKUP_VAULT_POLICY, {"policy": EVERYONE}), extra(t.FILE_SYSTEM_POLICY, {"policy": EVERYONE}),
            extra("aws:opensearch/domainPolicy:DomainPolicy", {"accessPolicies": EVERYONE}),
            extra(t.SEARCH_DOMAINS[0], {"accessPolicies": EVERYONE}), extra(t.ACCESS_POINT, {"policy": EVERYONE}),
            extra("aws:lambda/layerVersionPermission:LayerVersionPermission", {"principal": "*"}),
        ],
        missing=[{"repository-policy policy": GONE}],
        unknown=[{"repository-policy policy": UNKNOWN}, {"queue policy": UNKNOWN}],
    ),
    "image-is-not-public": Rows(
        violating=[{"launch group": "all"}, {"runbook permissions.account_ids": "All"}],
        missing=[{"launch group": GONE}, {"runbook permissions": GONE}],
        missing_is_fine=True,
        unknown=[{"launch group": UNKNOWN}, {"runbook permissions": UNKNOWN}],
    ),
}  # fmt: skip
