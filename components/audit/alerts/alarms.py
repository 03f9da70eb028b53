"""Telling people: one topic, the alarms on the account's trail, and the findings of AWS's services."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.alerts.policies import queue_policy, topic_policy
from components.audit.alerts.rows import EventAlert, TrailAlert
from components.audit.alerts.service_events import (
    DELIVERY_STALE,
    FINDINGS,
    TRAIL_SILENT,
    UNDELIVERED,
    replication_failed,
)
from components.audit.alerts.trail_events import TRAIL_EVENTS
from components.shared import iam
from components.shared.alarms import MetricAlert, expression_alarm, metric_alarm

_FOURTEEN_DAYS: Final = 14 * 24 * 60 * 60  # the longest that SQS keeps a message


@dataclass(frozen=True, kw_only=True)
class WatchedTrail:
    """The account's trail, as far as alarms are concerned."""

    log_group_name: pulumi.Input[str]
    """The CloudWatch log group that the trail writes to."""
    log_buckets: Sequence[pulumi.Input[str]]
    """Names of the buckets that hold the logs, at least one: archive and intake."""

    def __post_init__(self) -> None:
        if not self.log_buckets:
            raise ValueError("log_buckets is (): name the buckets that hold the logs")


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """What `Alarms` needs to know."""

    account: iam.Account
    """The account and region to watch."""
    logs_key_arn: pulumi.Input[str]
    """The key of topic and queue; its policy must admit CloudWatch alarms, EventBridge and SNS."""
    emails: Sequence[str]
    """Who is told. Each address has to confirm the message that SNS sends it."""
    delivery_stream_name: pulumi.Input[str] | None = None
    """The Firehose stream that takes log events to the archive."""
    replication: Sequence[Mapping[str, pulumi.Input[str]]] = ()
    """The dimensions of the metrics of each rule of the intake's replication into the archive."""
    trail: WatchedTrail | None = None
    """The trail to watch, in the one stack that owns the account."""

    def __post_init__(self) -> None:
        doubles = {email for email in self.emails if self.emails.count(email) > 1}
        if doubles:
            raise ValueError(f"emails names {', '.join(sorted(doubles))} more than once")


class Alarms(pulumi.ComponentResource):
    """A topic that people are subscribed to, and whatever publishes to it.

    Creates in every stack an encrypted topic with its e-mail subscriptions, a dead-letter queue with an alarm on it,
    and an EventBridge rule for each row of `findings.FINDINGS`. Rules of two stacks in one account and region both
    fire: told twice is better than not at all. With a trail it adds a metric filter and an alarm for each row of
    `events.TRAIL_EVENTS`, and an alarm on the trail's silence. Messages hold no ePHI.

    Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review), 164.308(a)(6)(ii) (response and
    reporting) and 164.312(b) (audit controls).

    Outputs:
        topic_arn: The topic; publishers other than alarms and rules need a statement in its policy.
        queue_arn: The dead-letter queue.
        alarm_ids: Ids of the alarms this stack has, known before it runs.
    """

    topic_arn: pulumi.Output[str]
    queue_arn: pulumi.Output[str]
    alarm_ids: tuple[str, ...]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:Alarms", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = args.account

        topic = aws.sns.Topic(f"{name}-topic", kms_master_key_id=args.logs_key_arn, opts=child)
        queue = aws.sqs.Queue(
            f"{name}-undelivered",
            kms_master_key_id=args.logs_key_arn,
            message_retention_seconds=_FOURTEEN_DAYS,
            opts=child,
        )
        publishers = aws.sns.TopicPolicy(
            f"{name}-topic",
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: topic_policy(arn, account)),
            opts=child,
        )
        senders = aws.sqs.QueuePolicy(
            f"{name}-undelivered",
            queue_url=queue.id,
            policy=pulumi.Output.all(queue.arn, topic.arn).apply(
                lambda arns: queue_policy(arns[0], arns[1], account)
            ),
            opts=child,
        )
        admitted = pulumi.ResourceOptions(parent=self, depends_on=[publishers, senders])
        redrive = queue.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn}))
        for email in args.emails:
            aws.sns.TopicSubscription(
                f"{name}-email-{email}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                redrive_policy=redrive,
                opts=admitted,
            )
        for finding in FINDINGS:
            _forward(f"{name}-{finding.id}", finding, topic.arn, queue.arn, admitted)

        watched: dict[MetricAlert, Mapping[str, pulumi.Input[str]]] = {UNDELIVERED: {"QueueName": queue.name}}
        if args.delivery_stream_name is not None:
            watched[DELIVERY_STALE] = {"DeliveryStreamName": args.delivery_stream_name}
        for alert, dimensions in watched.items():
            metric_alarm(name, alert, dimensions=dimensions, topic_arn=topic.arn, parent=self)
        ids = [alert.id for alert in watched]
        if args.replication:
            alert = replication_failed(len(args.replication))
            rules = dict(zip(alert.metrics, args.replication, strict=True))
            expression_alarm(name, alert, dimensions=rules, topic_arn=topic.arn, parent=self)
            ids.append(alert.id)
        if args.trail:
            ids += _watch_trail(name, args.trail, topic.arn, self)

        self.topic_arn = topic.arn
        self.queue_arn = queue.arn
        self.alarm_ids = tuple(ids)
        self.register_outputs(
            {"topic_arn": self.topic_arn, "queue_arn": self.queue_arn, "alarm_ids": list(self.alarm_ids)}
        )


def _forward(
    name: str,
    finding: EventAlert,
    topic_arn: pulumi.Output[str],
    queue_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Send a service's events to the topic, as text."""
    rule = aws.cloudwatch.EventRule(
        name,
        description=finding.description,
        event_pattern=json.dumps(finding.pattern, sort_keys=True),
        opts=opts,
    )
    aws.cloudwatch.EventTarget(
        name,
        rule=rule.name,
        arn=topic_arn,
        input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
            input_paths=finding.paths, input_template=finding.template
        ),
        dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=queue_arn),
        opts=opts,
    )


def _watch_trail(
    name: str, trail: WatchedTrail, topic_arn: pulumi.Output[str], parent: pulumi.Resource
) -> tuple[str, ...]:
    """Count the calls of the table in the trail's log group, and notice when it falls silent; return the alarms' ids."""
    for event in TRAIL_EVENTS:
        aws.cloudwatch.LogMetricFilter(
            f"{name}-{event.id}",
            log_group_name=trail.log_group_name,
            pattern=_pattern(event, trail.log_buckets),
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                name=event.counted.metric, namespace=event.counted.namespace, value="1"
            ),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        metric_alarm(name, event.counted, topic_arn=topic_arn, parent=parent)
    metric_alarm(
        name,
        TRAIL_SILENT,
        dimensions={"LogGroupName": trail.log_group_name},
        topic_arn=topic_arn,
        parent=parent,
    )
    return (*(event.id for event in TRAIL_EVENTS), TRAIL_SILENT.id)


def _pattern(event: TrailAlert, buckets: Sequence[pulumi.Input[str]]) -> pulumi.Input[str]:
    return pulumi.Output.all(*buckets).apply(event.pattern_for) if event.names_buckets else event.pattern
