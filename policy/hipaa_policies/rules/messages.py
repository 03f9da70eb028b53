"""Messages in topics, queues, streams and brokers: encrypted with a key of one's own, carried over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, IN_TRANSIT, REACH
from hipaa_policies.documents import WITHOUT_TLS, Statement, judge_document
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    is_unknown,
    lacks,
    must_be_one_of,
    must_be_true,
    must_name_own_key,
    must_not_be_true,
    not_applicable,
    places,
    roots,
)
from hipaa_policies.tokens import (
    BROKER,
    FIREHOSE,
    KAFKA_CLUSTER,
    QUEUE,
    QUEUE_POLICY,
    STREAM,
    TOPIC,
    TOPIC_POLICY,
    TOPIC_SUBSCRIPTION,
)
from hipaa_policies.values import MISSING, UNKNOWN, is_false, is_true, peek, shown

_OWN_KEY: Final = {
    TOPIC: ("kmsMasterKeyId",),
    QUEUE: ("kmsMasterKeyId",),
    STREAM: ("kmsKeyId",),
    FIREHOSE: ("serverSideEncryption.keyArn",),
    KAFKA_CLUSTER: ("encryptionInfo.encryptionAtRestKmsKeyArn",),
    BROKER: ("encryptionOptions.kmsKeyId",),
}
# Streams and topics that feed a delivery stream are encrypted themselves, and AWS refuses a second key there.
_FED_BY: Final = ("kinesisSourceConfiguration", "mskSourceConfiguration")


@control(
    id="message-store-uses-own-key",
    title="Messages are encrypted with a customer-managed key",
    description="Topics, queues, streams, delivery streams, Kafka clusters and brokers name a key of their own.",
    citations=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)", "164.308(a)(1)(ii)(B)", "164.314(b)(2)(i)"),
    severity="high",
    pack="encryption",
    remediation="Pass the key's ARN as kms_master_key_id, or where the message says; for a broker with use_aws_owned_key False.",
    types={**roots(_OWN_KEY), FIREHOSE: ("serverSideEncryption", *_FED_BY)},
    sources=(
        "cdk-nag:SNSEncryptedKMS", "aws-config:SNS_ENCRYPTED_KMS", "CKV_AWS_26", "CKV_AWS_27", "CKV_AWS_185", "CKV_AWS_241",
        "prowler:sns_topics_kms_encryption_at_rest_enabled", "hipaa:cmk-everywhere",
    ),
    unknown="present",
)  # fmt: skip
def _own_key(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == FIREHOSE and any(peek(resource.props, name) is not MISSING for name in _FED_BY):
        yield not_applicable("The stream that feeds it is encrypted itself.")
        return
    for place in places(_OWN_KEY, resource):
        yield from must_name_own_key(resource, *place)
    # A broker takes the key that AWS owns unless it is told not to, and the provider's default tells it to.
    if resource.type == BROKER and not is_unknown(resource, "encryptionOptions"):
        owned = peek(resource.props, "encryptionOptions", "useAwsOwnedKey")
        if not is_false(owned):
            yield f"encryptionOptions.useAwsOwnedKey must be false, but it is {shown(owned)}."


@control(
    id="stream-is-encrypted",
    title="Streams are encrypted",
    description="Data streams and delivery streams have their encryption switched on.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set encryption_type to KMS; for a delivery stream enabled=True with CUSTOMER_MANAGED_CMK.",
    types={STREAM: ("encryptionType",), FIREHOSE: ("serverSideEncryption", *_FED_BY)},
    sources=("aws-config:KINESIS_STREAM_ENCRYPTED", "CKV_AWS_43", "CKV_AWS_240", "FSBP:Kinesis.1"),
)
def _stream(stream: Resource, _config: Config) -> Iterator[str]:
    if stream.type == STREAM:
        yield from must_be_one_of(stream, ("KMS",), "encryptionType")
    elif any(peek(stream.props, name) is not MISSING for name in _FED_BY):
        yield not_applicable("The stream that feeds it is encrypted itself.")
    else:
        yield from must_be_true(stream, "serverSideEncryption", "enabled")
        yield from must_be_one_of(stream, ("CUSTOMER_MANAGED_CMK",), "serverSideEncryption", "keyType")


@control(
    id="broker-traffic-is-encrypted",
    title="Kafka brokers speak TLS only",
    description="Clients and brokers of a Kafka cluster speak TLS and nothing else.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Leave encryption_in_transit unset (TLS) or set client_broker to TLS.",
    types={KAFKA_CLUSTER: ("encryptionInfo",)},
    sources=("CKV_AWS_81", "FSBP:MSK.1"),
)
def _brokers(cluster: Resource, _config: Config) -> Iterator[str]:
    transit = ("encryptionInfo", "encryptionInTransit")
    if peek(cluster.props, *transit, "clientBroker") is not MISSING:
        yield from must_be_one_of(cluster, ("TLS",), *transit, "clientBroker")
    inside = peek(cluster.props, *transit, "inCluster")
    if inside is not MISSING:
        yield from must_be_true(cluster, *transit, "inCluster")


@control(
    id="broker-is-not-public",
    title="Brokers have no public address",
    description="Amazon MQ brokers and Kafka clusters are reached from inside a VPC only, by clients who say who they are.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Set publicly_accessible=False; for Kafka leave public access DISABLED and unauthenticated clients out, with SASL or TLS on.",
    types={BROKER: ("publiclyAccessible",), KAFKA_CLUSTER: ("brokerNodeGroupInfo", "clientAuthentication")},
    sources=("CKV_AWS_69", "CKV_AWS_291", "FSBP:MQ.5", "FSBP:MSK.4"),
)
def _public(broker: Resource, _config: Config) -> Iterator[str]:
    if broker.type == BROKER:
        yield from must_not_be_true(broker, "publiclyAccessible")
        return
    access = ("brokerNodeGroupInfo", "connectivityInfo", "publicAccess", "type")
    if peek(broker.props, *access) is not MISSING:
        yield from must_be_one_of(broker, ("DISABLED",), *access)
    clients = ("clientAuthentication",)
    yield from must_not_be_true(broker, *clients, "unauthenticated")
    # Where no way is on, clients need not say who they are.
    by_name = any(is_true(peek(broker.props, *clients, "sasl", way)) for way in ("iam", "scram"))
    if not by_name and lacks(broker, *clients, "tls", "certificateAuthorityArns"):
        yield "clientAuthentication must let clients in by SASL or TLS, but neither is on."


@control(
    id="subscription-is-encrypted",
    title="Subscriptions are not over plain HTTP",
    description="No subscription of a topic delivers by http.",
    citations=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="Use https.",
    types={TOPIC_SUBSCRIPTION: ("protocol",)},
    sources=("hipaa:sns-https-subscriptions", "prowler:sns_subscription_not_using_http_endpoints"),
)
def _subscription(subscription: Resource, _config: Config) -> Iterator[str]:
    protocol = peek(subscription.props, "protocol")
    if protocol in (MISSING, UNKNOWN, "http"):
        found = (
            "http"
            if protocol == "http"
            else "missing"
            if protocol is MISSING
            else "not known before deployment"
        )
        yield f"protocol must be another than http, but it is {found}."


_POLICIES: Final = {TOPIC: (TOPIC_POLICY, "arn"), QUEUE: (QUEUE_POLICY, "queueUrl")}


@stack_control(
    id="message-store-refuses-plain-http",
    title="Topics and queues refuse requests without TLS",
    description="Every topic's and queue's policy denies publishing and sending when aws:SecureTransport is false.",
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Add a policy statement: Deny, Principal *, sns:Publish or sqs:*, if aws:SecureTransport is false.",
    types={TOPIC: ("policy",), QUEUE: ("policy",)},
    reads={TOPIC_POLICY: ("arn", "policy"), QUEUE_POLICY: ("queueUrl", "policy")},
    sources=("hipaa:sns-https-subscriptions", "prowler:sqs_queues_not_publicly_accessible"),
    unknown="defer",
)  # fmt: skip
def _plain_http(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for store in graph.by_type(TOPIC, QUEUE):
        type_, property_ = _POLICIES[store.type]
        policies = [*graph.referrers(store.urn, type_, property_)]
        if peek(store.props, "policy") is not MISSING:
            policies.append(store)
        if not policies:
            yield store, "The policy must deny requests without TLS, but there is no policy."
        action = "sns:Publish" if store.type == TOPIC else "sqs:SendMessage"

        def look(statements: tuple[Statement, ...], action: str = action) -> Iterator[str]:
            if not any(_denies(statement, action) for statement in statements):
                yield f"policy must deny everyone {action} without TLS, but no statement does."

        for policy in policies:
            yield from ((store, sentence) for sentence in judge_document(policy, "policy", look))


def _denies(statement: Statement, action: str) -> bool:
    denies = statement.effect == "Deny" and statement.everyone and not statement.inverted
    return denies and statement.permits(action) and statement.conditions == WITHOUT_TLS
