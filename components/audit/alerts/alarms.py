"""The SNS topic for alerts, and the CloudWatch alarms and EventBridge rules that publish to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.alerts.policies import queue_policy, topic_policy
from components.audit.alerts.resource_events import (
    BACKUP_FAILED,
    CLUSTER_EVENTS,
    DATABASE_EVENT,
    KEY_LIFECYCLE,
)
from components.audit.alerts.rows import EventAlert, TrailAlert
from components.audit.alerts.service_events import (
    ACCOUNT_EVENTS,
    DELIVERY_STALE,
    TRAIL_SILENT,
    UNDELIVERED,
    replication_failed,
)
from components.audit.alerts.trail_events import TRAIL_EVENTS
from components.shared import iam
from components.shared.alarms import MetricAlert, expression_alarm, metric_alarm

_FOURTEEN_DAYS: Final = 14 * 24 * 60 * 60  # in seconds; the longest retention that SQS offers


@dataclass(frozen=True, kw_only=True)
class MonitoredTrail:
    """The log group and the log buckets of the account's trail, on which alarms are created."""

    log_group_name: pulumi.Input[str]
    """Name of the CloudWatch log group that the trail writes to."""
    log_buckets: Sequence[pulumi.Input[str]]
    """Names of the buckets that hold the logs, at least one: the archive and the intake."""

    def __post_init__(self) -> None:
        if not self.log_buckets:
            raise ValueError("log_buckets must name at least one bucket, such as the archive, got none")


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """Arguments of `Alarms`."""

    account: iam.Account
    """The account and region of the alarms."""
    logs_key_arn: pulumi.Input[str]
    """ARN of the KMS key of topic and queue; its policy must admit CloudWatch alarms, EventBridge and SNS."""
    emails: Sequence[str]
    """E-mail addresses that receive the alerts. Each recipient must confirm the subscription that SNS offers by e-mail."""
    region_events: bool = True
    """Whether the topic receives the events of the whole account and region: findings of GuardDuty and Security Hub, and
    problems of AWS services. Of several stacks in one account and region, only the owner needs them."""
    key_arns: Sequence[pulumi.Input[str]] = ()
    """ARNs of the KMS keys whose rotation and deletion raise alerts."""
    delivery_stream_name: pulumi.Input[str] | None = None
    """Name of the Firehose stream that delivers log events to the archive; without a name it gets no alarm."""
    replication: Sequence[Mapping[str, pulumi.Input[str]]] = ()
    """Metric dimensions (name to value) of each rule that replicates the intake into the archive."""
    trail: MonitoredTrail | None = None
    """The trail to watch; only the stack that owns the account has one."""

    def __post_init__(self) -> None:
        duplicates = {email for email in self.emails if self.emails.count(email) > 1}
        if duplicates:
            raise ValueError(
                f"emails names {', '.join(sorted(duplicates))} more than once: list each address once"
            )


class Alarms(pulumi.ComponentResource):
    """An SNS topic for alerts with its e-mail subscriptions, and the alarms and event rules that publish to it.

    Creates: an encrypted SNS topic with its policy and e-mail subscriptions; an encrypted SQS dead-letter queue with its
    policy and an alarm; with `region_events` an EventBridge rule for each row of `service_events.ACCOUNT_EVENTS`; with
    `key_arns` an EventBridge rule on these keys; with `delivery_stream_name` an alarm on the Firehose stream; with
    `replication` one alarm on all replication rules; with `trail` a metric filter and an alarm for each row of
    `trail_events.TRAIL_EVENTS`, and an alarm for an hour without events of the trail. `watch_cluster`, `watch_databases`
    and `watch_backups` create the rules on resources that a stack creates later.

    Several stacks can share an account and region. A rule on resources of a stack matches the events of these resources only.
    Events of the whole account and region raise alerts only in the stack with `region_events`. Messages contain no ePHI.

    Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review), 164.308(a)(6)(ii) (response and
    reporting) and 164.312(b) (audit controls).

    Outputs:
        topic_arn: ARN of the topic. Its policy admits CloudWatch alarms and EventBridge rules, and no other publisher.
        queue_arn: ARN of the dead-letter queue.
        alarm_ids: Ids of the alarms of this component: plain strings, which previews know.
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
        topic_access = aws.sns.TopicPolicy(
            f"{name}-topic",
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: topic_policy(arn, account)),
            opts=child,
        )
        queue_access = aws.sqs.QueuePolicy(
            f"{name}-undelivered",
            queue_url=queue.id,
            policy=pulumi.Output.all(queue.arn, topic.arn).apply(
                lambda arns: queue_policy(arns[0], arns[1], account)
            ),
            opts=child,
        )
        after_policies = pulumi.ResourceOptions(parent=self, depends_on=[topic_access, queue_access])
        redrive = queue.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn}))
        for email in args.emails:
            aws.sns.TopicSubscription(
                f"{name}-email-{email}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                redrive_policy=redrive,
                opts=after_policies,
            )
        dimensions_by_alert: dict[MetricAlert, Mapping[str, pulumi.Input[str]]] = {
            UNDELIVERED: {"QueueName": queue.name}
        }
        if args.delivery_stream_name is not None:
            dimensions_by_alert[DELIVERY_STALE] = {"DeliveryStreamName": args.delivery_stream_name}
        for alert, dimensions in dimensions_by_alert.items():
            metric_alarm(name, alert, dimensions=dimensions, topic_arn=topic.arn, parent=self)
        alarm_ids = [alert.id for alert in dimensions_by_alert]
        if args.replication:
            alert = replication_failed(len(args.replication))
            dimensions_by_metric = dict(zip(alert.metrics, args.replication, strict=True))
            expression_alarm(name, alert, dimensions=dimensions_by_metric, topic_arn=topic.arn, parent=self)
            alarm_ids.append(alert.id)
        if args.trail:
            alarm_ids += _watch_trail(name, args.trail, topic.arn, parent=self)

        self._name = name
        self._after = after_policies
        self.topic_arn = topic.arn
        self.queue_arn = queue.arn
        self.alarm_ids = tuple(alarm_ids)
        for event_alert in ACCOUNT_EVENTS if args.region_events else ():
            self._publish(event_alert)
        if args.key_arns:
            self._publish(KEY_LIFECYCLE, args.key_arns)
        self.register_outputs(
            {"topic_arn": self.topic_arn, "queue_arn": self.queue_arn, "alarm_ids": list(self.alarm_ids)}
        )

    def watch_cluster(self, cluster_arn: pulumi.Input[str]) -> None:
        """Send an alert when a deployment or task of an ECS cluster fails."""
        for alert in CLUSTER_EVENTS:
            self._publish(alert, [cluster_arn])

    def watch_databases(self, arns: Sequence[pulumi.Input[str]]) -> None:
        """Send an alert when a database fails over, fails, runs low on storage or is deleted.

        Args:
            arns: ARNs of the clusters, instances and proxies of RDS, at least one.
        """
        self._publish(DATABASE_EVENT, arns)

    def watch_backups(self, vault_arn: pulumi.Input[str], restore_role_arn: pulumi.Input[str]) -> None:
        """Send an alert when a job of AWS Backup fails, expires or is aborted.

        Args:
            vault_arn: ARN of the vault of backup jobs, and the source of copy jobs.
            restore_role_arn: ARN of the role of restore jobs.
        """
        self._publish(BACKUP_FAILED, [vault_arn, restore_role_arn])

    def _publish(self, alert: EventAlert, arns: Sequence[pulumi.Input[str]] = ()) -> None:
        """Create a rule that sends the events of an alert to the topic as text, and undelivered ones to the queue."""
        name = f"{self._name}-{alert.id}"
        rule = aws.cloudwatch.EventRule(
            name,
            description=alert.description,
            event_pattern=pulumi.Output.all(*arns).apply(alert.pattern_for) if arns else alert.pattern_for(),
            opts=self._after,
        )
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            arn=self.topic_arn,
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths=alert.paths, input_template=alert.template
            ),
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=self.queue_arn),
            opts=self._after,
        )


def _watch_trail(
    name: str, trail: MonitoredTrail, topic_arn: pulumi.Output[str], *, parent: pulumi.Resource
) -> tuple[str, ...]:
    """Create the metric filters and alarms on the trail's log group, and return the ids of the alarms."""
    for alert in TRAIL_EVENTS:
        aws.cloudwatch.LogMetricFilter(
            f"{name}-{alert.id}",
            log_group_name=trail.log_group_name,
            pattern=_pattern(alert, trail.log_buckets),
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                name=alert.metric_alert.metric, namespace=alert.metric_alert.namespace, value="1"
            ),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        metric_alarm(name, alert.metric_alert, topic_arn=topic_arn, parent=parent)
    metric_alarm(
        name,
        TRAIL_SILENT,
        dimensions={"LogGroupName": trail.log_group_name},
        topic_arn=topic_arn,
        parent=parent,
    )
    return (*(alert.id for alert in TRAIL_EVENTS), TRAIL_SILENT.id)


def _pattern(alert: TrailAlert, buckets: Sequence[pulumi.Input[str]]) -> pulumi.Input[str]:
    return pulumi.Output.all(*buckets).apply(alert.pattern_for) if alert.names_buckets else alert.pattern
