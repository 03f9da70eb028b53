"""The log of findings: reports of AWS's detection services, kept as long as every other log.

GuardDuty and Security Hub delete a finding after 90 days. Without this log nobody could prove later that it was reported.
Maps to 45 CFR 164.308(a)(6)(ii) (response and reporting: document incidents and their outcomes) and 164.312(b).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.logs import LogOptions, log_group

EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws.access-analyzer": ("Access Analyzer Finding",),
    "aws.config": ("Config Rules Compliance Change",),
    "aws.guardduty": ("GuardDuty Finding",),
    "aws.health": ("AWS Health Abuse Event", "AWS Health Event"),
    "aws.inspector2": ("Inspector2 Finding",),
    "aws.securityhub": ("Security Hub Findings - Imported",),
}
"""Event source to the detail types that are recorded. Each type has only one source, so one event pattern covers all."""


@dataclass(frozen=True, kw_only=True)
class FindingLogArgs:
    """Arguments of `FindingLog`."""

    account: iam.Account
    """The account whose findings are recorded."""
    logs: LogOptions
    """Key, retention and protection of the log group."""


class FindingLog(pulumi.ComponentResource):
    """An EventBridge rule that writes every finding, of any severity, to one log group.

    Creates: a CloudWatch log group; an EventBridge rule with this group as its target; the CloudWatch Logs resource policy
    that admits the rule. The rule covers all services in `EVENTS`, so that a service that is enabled later is recorded
    from its first finding.

    Outputs:
        log_group_name: Name of the log group of the findings.
    """

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FindingLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:FindingLog", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        group = log_group(f"{name}-findings", args.logs, kind="findings", parent=self)
        rule = aws.cloudwatch.EventRule(
            f"{name}-findings",
            description="Sends the findings of the detection services to a log group",
            event_pattern=json.dumps(
                {"source": [*EVENTS], "detail-type": [kind for kinds in EVENTS.values() for kind in kinds]}
            ),
            opts=child,
        )
        admission = aws.cloudwatch.LogResourcePolicy(
            f"{name}-findings",
            # A policy of the account, because AWS documents no policy on the log group for EventBridge. It is named after the
            # group, because policies with the same name overwrite each other.
            policy_name=group.name,
            policy_document=pulumi.Output.all(group.arn, rule.arn).apply(
                lambda arns: log_group_policy(*arns)
            ),
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-findings",
            rule=rule.name,
            arn=group.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[admission]),
        )

        self.log_group_name = group.name
        self.register_outputs({"log_group_name": self.log_group_name})


def log_group_policy(group_arn: str, rule_arn: str) -> str:
    """Return the resource policy that lets one EventBridge rule write to one log group.

    EventBridge cannot use a role for a log group and needs this policy instead. The log group may have any name; only the
    console requires the prefix `/aws/events/`. On AWS's page the ARN of the rule is a condition for writing events, but
    not for creating a stream (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html).
    """
    writers = iam.services("events.amazonaws.com", "delivery.logs.amazonaws.com")
    streams = [f"{group_arn}:log-stream:*"]
    return iam.document(
        iam.allow("CreateStream", actions=["logs:CreateLogStream"], resources=streams, principals=writers),
        iam.allow(
            "WriteEvents",
            actions=["logs:PutLogEvents"],
            resources=streams,
            principals=writers,
            conditions={"ArnEquals": {"aws:SourceArn": rule_arn}},
        ),
    )
