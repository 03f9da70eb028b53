"""Who may publish alerts, and who may leave those that could not be delivered. No resources."""

from __future__ import annotations

from components.shared import iam


def topic_policy(topic_arn: str, account: iam.Account) -> str:
    """Let the account's alarms and EventBridge publish, over TLS only.

    EventBridge takes no condition in a topic's policy
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions).
    """
    return iam.document(
        iam.allow(
            "Alarms",
            actions=["sns:Publish"],
            resources=[topic_arn],
            principals=iam.services("cloudwatch.amazonaws.com"),
            conditions={
                "StringEquals": {"aws:SourceAccount": account.id},
                "ArnLike": {"aws:SourceArn": account.arn("cloudwatch", "alarm:*")},
            },
        ),
        iam.allow(
            "Rules",
            actions=["sns:Publish"],
            resources=[topic_arn],
            principals=iam.services("events.amazonaws.com"),
        ),
        iam.deny(
            "TlsOnly",
            actions=["sns:Publish"],
            resources=[topic_arn],
            principals=iam.EVERYONE,
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )


def queue_policy(queue_arn: str, topic_arn: str, account: iam.Account) -> str:
    """Let the topic and the account's rules leave what they could not deliver, over TLS only.

    As AWS states it for topics (https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html) and for
    rules (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
    """
    return iam.document(
        iam.allow(
            "Topic",
            actions=["sqs:SendMessage"],
            resources=[queue_arn],
            principals=iam.services("sns.amazonaws.com"),
            conditions={"ArnEquals": {"aws:SourceArn": topic_arn}},
        ),
        iam.allow(
            "Rules",
            actions=["sqs:SendMessage"],
            resources=[queue_arn],
            principals=iam.services("events.amazonaws.com"),
            conditions={
                "StringEquals": {"aws:SourceAccount": account.id},
                "ArnLike": {"aws:SourceArn": account.arn("events", "rule/*")},
            },
        ),
        iam.deny(
            "TlsOnly",
            actions=["sqs:*"],
            resources=[queue_arn],
            principals=iam.EVERYONE,
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
