"""Topics, queues, streams and brokers: encryption at rest, TLS, public access and subscriptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, IN_TRANSIT, REACH
from hipaa_policies.documents import WITHOUT_TLS, PolicyStatement, judge_document
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    is_unknown,
    is_unset,
    must_be_one_of,
    must_be_true,
    must_name_own_key,
    must_not_be_true,
    not_applicable,
    property_paths,
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
from hipaa_policies.values import MISSING, UNKNOWN, format_value, is_false, is_true, peek

_OWN_KEY: Final = {
    TOPIC: ("kmsMasterKeyId",),
    QUEUE: ("kmsMasterKeyId",),
    STREAM: ("kmsKeyId",),
    FIREHOSE: ("serverSideEncryption.keyArn",),
    KAFKA_CLUSTER: ("encryptionInfo.encryptionAtRestKmsKeyArn",),
    BROKER: ("encryptionOptions.kmsKeyId",),
}
# Sources of a delivery stream that are encrypted themselves; AWS rejects a key on the delivery stream then.
_SOURCES: Final = ("kinesisSourceConfiguration", "mskSourceConfiguration")


@control(
    id="message-store-uses-own-key",
    title="Messages are encrypted with a customer-managed key",
    description="Topics, queues, streams, delivery streams, Kafka clusters and brokers use a customer-managed key.",
    citations=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)", "164.308(a)(1)(ii)(B)", "164.314(b)(2)(i)"),
    severity="high",
    pack="encryption",
    remediation=(
        "Set the property that the message names to the ARN of the key. For a broker, also set use_aws_owned_key to False."
    ),
    types={**roots(_OWN_KEY), FIREHOSE: ("serverSideEncryption", *_SOURCES)},
    sources=(
        "cdk-nag:SNSEncryptedKMS",
        "aws-config:SNS_ENCRYPTED_KMS",
        "CKV_AWS_26",
        "CKV_AWS_27",
        "CKV_AWS_185",
        "CKV_AWS_241",
        "prowler:sns_topics_kms_encryption_at_rest_enabled",
        "hipaa:cmk-everywhere",
    ),
    unknown="present",
)
def _own_key(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == FIREHOSE and any(peek(resource.props, name) is not MISSING for name in _SOURCES):
        yield not_applicable("The source of the delivery stream is encrypted.")
        return
    for path in property_paths(_OWN_KEY, resource):
        yield from must_name_own_key(resource, *path)
    # By default a broker uses a key that AWS owns, even if another key is named.
    if resource.type == BROKER and not is_unknown(resource, "encryptionOptions"):
        owned = peek(resource.props, "encryptionOptions", "useAwsOwnedKey")
        if not is_false(owned):
            yield f"encryptionOptions.useAwsOwnedKey must be false, but it is {format_value(owned)}."


@control(
    id="stream-is-encrypted",
    title="Streams are encrypted",
    description="Data streams and delivery streams are encrypted.",
    citations=AT_REST,
    severity="critical",
    pack="encryption",
    remediation="Set encryption_type to KMS. For a delivery stream, set enabled=True and key_type to CUSTOMER_MANAGED_CMK.",
    types={STREAM: ("encryptionType",), FIREHOSE: ("serverSideEncryption", *_SOURCES)},
    sources=("aws-config:KINESIS_STREAM_ENCRYPTED", "CKV_AWS_43", "CKV_AWS_240", "FSBP:Kinesis.1"),
)
def _stream(stream: JudgedResource, _config: Config) -> Iterator[str]:
    if stream.type == STREAM:
        yield from must_be_one_of(stream, ("KMS",), "encryptionType")
    elif any(peek(stream.props, name) is not MISSING for name in _SOURCES):
        yield not_applicable("The source of the delivery stream is encrypted.")
    else:
        yield from must_be_true(stream, "serverSideEncryption", "enabled")
        yield from must_be_one_of(stream, ("CUSTOMER_MANAGED_CMK",), "serverSideEncryption", "keyType")


@control(
    id="broker-traffic-is-encrypted",
    title="Kafka brokers accept only TLS",
    description="Clients and brokers of a Kafka cluster communicate only over TLS.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Leave encryption_in_transit unset, or set client_broker to TLS.",
    types={KAFKA_CLUSTER: ("encryptionInfo",)},
    sources=("CKV_AWS_81", "FSBP:MSK.1"),
)
def _brokers(cluster: JudgedResource, _config: Config) -> Iterator[str]:
    transit = ("encryptionInfo", "encryptionInTransit")
    if peek(cluster.props, *transit, "clientBroker") is not MISSING:
        yield from must_be_one_of(cluster, ("TLS",), *transit, "clientBroker")
    inside = peek(cluster.props, *transit, "inCluster")
    if inside is not MISSING:
        yield from must_be_true(cluster, *transit, "inCluster")


@control(
    id="broker-is-not-public",
    title="Brokers are private and authenticate their clients",
    description="Amazon MQ brokers and Kafka clusters are reachable only from a VPC. Kafka clusters authenticate their clients.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation=(
        "Set publicly_accessible=False. For Kafka, leave public access DISABLED, disable unauthenticated access, and enable SASL "
        "or TLS authentication."
    ),
    types={BROKER: ("publiclyAccessible",), KAFKA_CLUSTER: ("brokerNodeGroupInfo", "clientAuthentication")},
    sources=("CKV_AWS_69", "CKV_AWS_291", "FSBP:MQ.5", "FSBP:MSK.4"),
)
def _public(broker: JudgedResource, _config: Config) -> Iterator[str]:
    if broker.type == BROKER:
        yield from must_not_be_true(broker, "publiclyAccessible")
        return
    access = ("brokerNodeGroupInfo", "connectivityInfo", "publicAccess", "type")
    if peek(broker.props, *access) is not MISSING:
        yield from must_be_one_of(broker, ("DISABLED",), *access)
    clients = ("clientAuthentication",)
    yield from must_not_be_true(broker, *clients, "unauthenticated")
    # Without any method Kafka accepts unauthenticated clients.
    sasl = any(is_true(peek(broker.props, *clients, "sasl", method)) for method in ("iam", "scram"))
    if not sasl and is_unset(broker, *clients, "tls", "certificateAuthorityArns"):
        yield "clientAuthentication must enable SASL or TLS, but neither is enabled."


@control(
    id="subscription-is-encrypted",
    title="Subscriptions do not use HTTP without TLS",
    description="No subscription of a topic has the protocol http.",
    citations=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="Set protocol to https.",
    types={TOPIC_SUBSCRIPTION: ("protocol",)},
    sources=("hipaa:sns-https-subscriptions", "prowler:sns_subscription_not_using_http_endpoints"),
)
def _subscription(subscription: JudgedResource, _config: Config) -> Iterator[str]:
    protocol = peek(subscription.props, "protocol")
    if protocol in (MISSING, UNKNOWN, "http"):
        actual = "http" if protocol == "http" else format_value(protocol)
        yield f"protocol must not be http, but it is {actual}."


_POLICIES: Final = {TOPIC: (TOPIC_POLICY, "arn"), QUEUE: (QUEUE_POLICY, "queueUrl")}


@stack_control(
    id="message-store-refuses-plain-http",
    title="Topics and queues refuse requests without TLS",
    description="The policy of every topic and queue denies publishing or sending if aws:SecureTransport is false.",
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Add a statement to the policy: Deny, Principal *, Action sns:Publish or sqs:*, with the condition that "
    "aws:SecureTransport is false.",
    types={TOPIC: ("policy",), QUEUE: ("policy",)},
    reads={TOPIC_POLICY: ("arn", "policy"), QUEUE_POLICY: ("queueUrl", "policy")},
    sources=("hipaa:sns-https-subscriptions", "prowler:sqs_queues_not_publicly_accessible"),
    unknown="defer",
)
def _plain_http(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for store in graph.by_type(TOPIC, QUEUE):
        type_, property_ = _POLICIES[store.type]
        policies = [*graph.referrers(store.urn, type_, property_)]
        if peek(store.props, "policy") is not MISSING:
            policies.append(store)
        if not policies:
            yield store, "The policy must deny requests without TLS, but there is no policy."
        action = "sns:Publish" if store.type == TOPIC else "sqs:SendMessage"

        def missing_denial(statements: tuple[PolicyStatement, ...], action: str = action) -> Iterator[str]:
            if not any(_denies(statement, action) for statement in statements):
                yield f"policy must deny {action} without TLS to everyone, but no statement does."

        for policy in policies:
            yield from about(store, judge_document(policy, "policy", missing_denial))


def _denies(statement: PolicyStatement, action: str) -> bool:
    denies = statement.effect == "Deny" and statement.applies_to_everyone and not statement.negated_elements
    return denies and statement.permits(action) and statement.conditions == WITHOUT_TLS
