"""Findings of another region, sent to the log and the alerts of the stack's region.

Maps to 45 CFR 164.308(a)(6)(ii) (response and reporting) and 164.312(b) (audit controls).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.audit.detection.finding_log import EVENTS
from components.shared import iam


@dataclass(frozen=True, kw_only=True)
class FindingForwardArgs:
    """Arguments of `FindingForward`."""

    account: iam.Account
    """The account, and the region that receives the findings."""
    region: str
    """The region whose findings are forwarded."""


class FindingForward(pulumi.ComponentResource):
    """An EventBridge rule in one region that sends every finding to the default event bus of another region.

    The rules of the receiving region then treat the findings as their own: `FindingLog` keeps them, and the alerts report
    them (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html).

    Creates: an EventBridge rule with its target in `region`; the IAM role with which the rule sends events, its policy and
    the attachment.
    """

    def __init__(
        self, name: str, args: FindingForwardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:audit:FindingForward", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bus = args.account.arn("events", "event-bus/default")

        role = aws.iam.Role(
            f"{name}-forward",
            description=f"Lets EventBridge send the findings of {args.region} to {args.account.region}",
            assume_role_policy=iam.assume_role("events.amazonaws.com", account=args.account),
            opts=child,
        )
        policy = aws.iam.Policy(
            f"{name}-forward",
            description="Send events to the default event bus of one region",
            policy=iam.document(iam.allow("Forward", actions=["events:PutEvents"], resources=[bus])),
            opts=child,
        )
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-forward", role=role.name, policy_arn=policy.arn, opts=child
        )
        rule = aws.cloudwatch.EventRule(
            f"{name}-forward",
            description=f"Sends the findings of the detection services to {args.account.region}",
            # The region of the event excludes findings that another region has forwarded here.
            event_pattern=json.dumps(
                {
                    "source": [*EVENTS],
                    "detail-type": [kind for kinds in EVENTS.values() for kind in kinds],
                    "region": [args.region],
                }
            ),
            region=args.region,
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-forward",
            rule=rule.name,
            arn=bus,
            role_arn=role.arn,
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment]),
        )
        self.register_outputs({})
