"""The web application firewall in front of a load balancer, and its log.

Maps to 45 CFR 164.308(a)(5)(ii)(B) (protection from malicious software), 164.312(e)(1) (transmission security) and
164.312(b) (audit controls).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final, TypeAlias

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.logs import LogOptions, log_group
from components.shared.vended_logs import allow_log_delivery
from facts.quotas import WAF_RATE_LIMIT
from facts.waf_rules import MANAGED_RULES

REDACTED_HEADERS: Final = ("authorization", "cookie")
"""Headers whose values the log redacts, because they contain credentials."""

_Scope: TypeAlias = aws.wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementArgs
_Reference: TypeAlias = (
    aws.wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementIpSetReferenceStatementArgs
)
_Not: TypeAlias = aws.wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementNotStatementArgs

_PARTNER_PRIORITY: Final = len(MANAGED_RULES) + 1

WINDOW_SECONDS: Final = 300
"""Evaluation window of the rate limit; AWS offers 60, 120, 300 and 600."""


@dataclass(frozen=True, kw_only=True)
class FirewallRules:
    """Limits of a firewall, and exceptions from its rules."""

    rate_limit_per_5_min: int = 2000
    """Requests from one address in five minutes above which it is blocked, 10 to 2,000,000,000."""
    unlimited_ranges: Sequence[IPv4Network] = ()
    """Ranges without a rate limit, from /1 to /32."""
    partner_ranges: Sequence[IPv4Network] = ()
    """Ranges with a limit of their own: the addresses of the network load balancers of partners, which are in the VPC."""
    partner_rate_limit_per_5_min: int = 2000
    """Requests from one of these addresses in five minutes above which it is blocked."""
    counted_rules: Sequence[str] = ("SizeRestrictions_BODY",)
    """Managed rules that only count requests instead of blocking them.

    Without this override, `SizeRestrictions_BODY` blocks each body over 8 KB, and so every image that a patient uploads
    (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html).
    """

    def __post_init__(self) -> None:
        """Refuse a rate limit that AWS does not accept."""
        for name in ("rate_limit_per_5_min", "partner_rate_limit_per_5_min"):
            if not 10 <= getattr(self, name) <= WAF_RATE_LIMIT:
                raise ValueError(f"{name} must be 10 to {WAF_RATE_LIMIT}, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """Arguments of `Firewall`."""

    account: iam.Account
    """The account and region."""
    load_balancer_arn: pulumi.Input[str]
    """ARN of the load balancer to protect."""
    logs: LogOptions
    """Key, retention and protection of the log group."""
    rules: FirewallRules = field(default_factory=FirewallRules)
    """Limits and exceptions."""


class Firewall(pulumi.ComponentResource):
    """A web ACL for one load balancer, with a rate limit, AWS managed rule groups and an encrypted log.

    The log records each request, including those that the web ACL blocks. It redacts credentials in headers, but contains
    full URLs, so applications must not put ePHI into URLs.

    Creates: a web ACL and its association with the load balancer; IP sets for ranges with another limit or none; its logging
    configuration; a log group; the resource policy of this log group, which lets the log delivery service write to it.

    Outputs:
        web_acl_arn: ARN of the web ACL.
        log_group_name: Name of the log group.
    """

    web_acl_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    metric_name: str
    """Name of the web ACL in the dimensions of its metrics."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Firewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        acl = aws.wafv2.WebAcl(
            name,
            description="Rate limit and AWS managed rules",
            scope="REGIONAL",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[*self._rate_limits(name, args.rules), *_managed_rule_groups(args.rules.counted_rules)],
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
            ),
            opts=child,
        )
        aws.wafv2.WebAclAssociation(
            name, resource_arn=args.load_balancer_arn, web_acl_arn=acl.arn, opts=child
        )
        # AWS requires log group names with this prefix, and auto-naming starts with the logical name
        # (https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html).
        log = log_group(f"aws-waf-logs-{name}", args.logs, kind="firewall", parent=self)
        admission = allow_log_delivery(name, log, account=args.account, parent=self)
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

    def _rate_limits(self, name: str, rules: FirewallRules) -> list[aws.wafv2.WebAclRuleArgs]:
        """Return the limit for everybody else, and the limit for partners if there are any."""
        others = [*rules.unlimited_ranges, *rules.partner_ranges]
        everybody = (
            _Scope(not_statement=_Not(statement=self._from(f"{name}-others", others))) if others else None
        )
        limits = [_rate_limit("rate-limit", 0, rules.rate_limit_per_5_min, everybody)]
        if rules.partner_ranges:
            partners = self._from(f"{name}-partners", rules.partner_ranges)
            limit = rules.partner_rate_limit_per_5_min
            limits.append(_rate_limit("partner-rate-limit", _PARTNER_PRIORITY, limit, partners))
        return limits

    def _from(self, name: str, ranges: Sequence[IPv4Network]) -> _Scope:
        """Create an IP set and return the scope of requests from its addresses."""
        ip_set = aws.wafv2.IpSet(
            name,
            scope="REGIONAL",
            ip_address_version="IPV4",
            addresses=sorted({str(cidr) for cidr in ranges}),
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return _Scope(ip_set_reference_statement=_Reference(arn=ip_set.arn))


def _rate_limit(name: str, priority: int, limit: int, scope: _Scope | None) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name=name,
        priority=priority,
        action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                aggregate_key_type="IP",
                evaluation_window_sec=WINDOW_SECONDS,
                limit=limit,
                scope_down_statement=scope,
            )
        ),
        visibility_config=_visibility(name),
    )


def _visibility(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    # Samples in the console would show credentials in headers, which the log redacts.
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )


def _managed_rule_groups(counted: Sequence[str]) -> list[aws.wafv2.WebAclRuleArgs]:
    count = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
        count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
    )
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
                    rule_action_overrides=[
                        aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
                            name=rule, action_to_use=count
                        )
                        for rule in sorted(set(names) & set(counted))
                    ],
                )
            ),
            visibility_config=_visibility(group),
        )
        for priority, (group, names) in enumerate(MANAGED_RULES.items(), 1)
    ]
