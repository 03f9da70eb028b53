"""The web application firewall in front of a load balancer, and its log.

Maps to 45 CFR 164.308(a)(5)(ii)(B) (protection from malicious software), 164.312(e)(1) (transmission security) and
164.312(b) (audit controls).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.logs import LogKeeping, log_group
from components.shared.vended_logs import admit_delivery

RULE_GROUPS: Final = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
"""AWS's rule groups, in the order they are asked; 1,125 capacity units of 1,500 that cost nothing extra
(https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html).
"""

REDACTED_HEADERS: Final = ("authorization", "cookie")
"""Headers whose values never reach the log: they are credentials."""

WINDOW_SECONDS: Final = 300
"""The window of the rate limit; AWS has 60, 120, 300 and 600."""


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What `Firewall` needs to know."""

    account: iam.Account
    """The account and region."""
    load_balancer_arn: pulumi.Input[str]
    """What it stands in front of."""
    logs: LogKeeping
    """How the log is kept."""
    rate_limit_per_5_min: int = 2000
    """Requests from one address in five minutes before it is blocked, 10 to 2,000,000,000."""
    counted_rules: Sequence[str] = ("SizeRestrictions_BODY",)
    """Rules of the common group that count and do not block.

    The default blocks every body over 8 KB, that is every image that a patient uploads
    (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html).
    """

    def __post_init__(self) -> None:
        """Refuse a limit that AWS does not have."""
        if not 10 <= self.rate_limit_per_5_min <= 2_000_000_000:
            raise ValueError(
                f"rate_limit_per_5_min must be 10 to 2000000000, got {self.rate_limit_per_5_min}"
            )


class Firewall(pulumi.ComponentResource):
    """A web ACL with a rate limit and AWS's rule groups, on one load balancer, with an encrypted log of six years.

    Every request is logged, since the log is the record of who was refused. Credentials in headers are redacted; a URL is
    logged whole, so applications keep ePHI out of it.

    Outputs:
        web_acl_arn: ARN of the web ACL.
        log_group_name: Name of the log.
    """

    web_acl_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    metric_name: str
    """Name of the web ACL in its metrics."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Firewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        acl = aws.wafv2.WebAcl(
            name,
            description="Rate limit and AWS managed rules",
            scope="REGIONAL",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[_rate_limit(args.rate_limit_per_5_min), *_groups(args.counted_rules)],
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
            ),
            opts=child,
        )
        aws.wafv2.WebAclAssociation(
            name, resource_arn=args.load_balancer_arn, web_acl_arn=acl.arn, opts=child
        )
        # The logical name begins so because the physical one, made from it, must
        # (https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html).
        log = log_group(f"aws-waf-logs-{name}", args.logs, kind="firewall", parent=self)
        admission = admit_delivery(name, [log], account=args.account, parent=self)
        aws.wafv2.WebAclLoggingConfiguration(
            name,
            resource_arn=acl.arn,
            log_destination_configs=[log.arn],
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(
                        name=header
                    )
                )
                for header in REDACTED_HEADERS
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[admission]),
        )

        self.web_acl_arn = acl.arn
        self.metric_name = name
        self.log_group_name = log.name
        self.register_outputs({"web_acl_arn": self.web_acl_arn, "log_group_name": self.log_group_name})


def _visibility(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    # A sample shows whole requests, headers too, in the console; the log has them redacted.
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )


def _rate_limit(limit: int) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name="rate-limit",
        priority=0,
        action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                aggregate_key_type="IP", evaluation_window_sec=WINDOW_SECONDS, limit=limit
            )
        ),
        visibility_config=_visibility("rate-limit"),
    )


def _groups(counted: Sequence[str]) -> list[aws.wafv2.WebAclRuleArgs]:
    count = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
        count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
    )
    overrides = [
        aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
            name=rule, action_to_use=count
        )
        for rule in sorted(counted)
    ]
    return [
        aws.wafv2.WebAclRuleArgs(
            name=group,
            priority=priority,
            override_action=aws.wafv2.WebAclRuleOverrideActionArgs(
                none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()
            ),
            statement=aws.wafv2.WebAclRuleStatementArgs(
                managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                    vendor_name="AWS",
                    name=group,
                    rule_action_overrides=overrides if group == "AWSManagedRulesCommonRuleSet" else None,
                )
            ),
            visibility_config=_visibility(group),
        )
        for priority, group in enumerate(RULE_GROUPS, 1)
    ]
