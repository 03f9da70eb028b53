"""The policies of the alert topic and of its dead-letter queue. This module creates no resources."""

from __future__ import annotations

from components.shared import iam


def topic_policy(topic_arn: str, account: iam.Account) -> str:
    """Return the topic's policy: the account's alarms and EventBridge may publish, over TLS only.

    The statement for EventBridge has no condition, because EventBridge does not support conditions in a topic's policy
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
    """Return the queue's policy: the topic and the account's rules may send undelivered messages, over TLS only.

    The statements are those of AWS's pages on topics
    (https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html) and on rules
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
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
