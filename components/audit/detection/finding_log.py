"""The record of findings: what AWS's detection services reported, kept as long as every other log.

GuardDuty and Security Hub forget a finding after 90 days, and nobody can prove later that it was seen. Maps to
45 CFR 164.308(a)(6)(ii) (response and reporting: document incidents and their outcomes) and 164.312(b).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.logs import LogKeeping, log_group

EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws.access-analyzer": ("Access Analyzer Finding",),
    "aws.config": ("Config Rules Compliance Change",),
    "aws.guardduty": ("GuardDuty Finding",),
    "aws.health": ("AWS Health Abuse Event", "AWS Health Event"),
    "aws.inspector2": ("Inspector2 Finding",),
    "aws.securityhub": ("Security Hub Findings - Imported",),
}
"""Event source to the detail types that are recorded. Each type has one source, so one pattern can hold them all."""


@dataclass(frozen=True, kw_only=True)
class FindingLogArgs:
    """What `FindingLog` needs to know."""

    account: iam.Account
    """The account whose findings are recorded."""
    logs: LogKeeping
    """How the findings are kept."""


class FindingLog(pulumi.ComponentResource):
    """An EventBridge rule that writes every finding, of any severity, to one log group.

    It does not ask which services are on: a service that somebody turns on later is recorded from its first finding.

    Outputs:
        log_group_name: Log group of the findings.
    """

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FindingLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:FindingLog", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        group = log_group(f"{name}-findings", args.logs, kind="findings", parent=self)
        rule = aws.cloudwatch.EventRule(
            f"{name}-findings",
            description="Findings of AWS's detection services, to be kept",
            event_pattern=json.dumps(
                {"source": [*EVENTS], "detail-type": [kind for kinds in EVENTS.values() for kind in kinds]}
            ),
            opts=child,
        )
        admission = aws.cloudwatch.LogResourcePolicy(
            f"{name}-findings",
            # The group's name, because policies of one name overwrite each other.
            policy_name=group.name,
            policy_document=pulumi.Output.all(group.arn, rule.arn).apply(
                lambda arns: admission_policy(*arns)
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


def admission_policy(group_arn: str, rule_arn: str) -> str:
    """Let one EventBridge rule write to one group.

    EventBridge takes no role for a log group and needs this policy instead; the name of the group is free, only the
    console asks for `/aws/events/`. As AWS states it, the rule's ARN is a condition of writing events but not of
    making a stream (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html).
    """
    writers = iam.services("events.amazonaws.com", "delivery.logs.amazonaws.com")
    streams = [f"{group_arn}:log-stream:*"]
    return iam.document(
        iam.allow("MakeStream", actions=["logs:CreateLogStream"], resources=streams, principals=writers),
        iam.allow(
            "WriteEvents",
            actions=["logs:PutLogEvents"],
            resources=streams,
            principals=writers,
            conditions={"ArnEquals": {"aws:SourceArn": rule_arn}},
        ),
    )
