"""Web ACLs of AWS WAF: logs and rules."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import LOGGED
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import about, must_be_true, must_not_be_empty
from hipaa_policies.tokens import WEB_ACL, WEB_ACL_LOGGING
from hipaa_policies.values import MISSING, format_value, is_list, peek


@stack_control(
    id="firewall-logs-requests",
    title="Firewalls log their decisions",
    description="Every web ACL has a logging configuration with a destination.",
    citations=LOGGED,
    severity="high",
    pack="retention",
    remediation="Add aws.wafv2.WebAclLoggingConfiguration with the ARN of the web ACL.",
    types={WEB_ACL: ()},
    reads={WEB_ACL_LOGGING: ("resourceArn", "logDestinationConfigs")},
    sources=(
        "cdk-nag:WAFv2LoggingEnabled",
        "aws-config:WAFV2_LOGGING_ENABLED",
        "CKV2_AWS_31",
        "prowler:wafv2_webacl_logging_enabled",
    ),
    unknown="present",
)
def _firewall_logs(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for acl in graph.by_type(WEB_ACL):
        settings = graph.referrers(acl.urn, WEB_ACL_LOGGING, "resourceArn")
        if not settings:
            yield acl, "The web ACL must log its decisions, but no logging configuration names it."
        for setting in settings:
            yield from about(acl, must_not_be_empty(setting, "logDestinationConfigs"))


@control(
    id="firewall-has-rules",
    title="Firewalls have rules",
    description="Every web ACL has at least one rule and publishes metrics.",
    citations=("164.308(a)(5)(ii)(B)",),
    severity="medium",
    pack="baseline",
    remediation="Add rules, such as managed rule groups of AWS, and set cloudwatch_metrics_enabled=True.",
    types={WEB_ACL: ("rules", "ruleJson", "visibilityConfig")},
    sources=("CKV_AWS_175", "CKV_AWS_192", "hipaa:waf-has-rules"),
)
def _rules(acl: JudgedResource, _config: Config) -> Iterator[str]:
    rules, document = peek(acl.props, "rules"), peek(acl.props, "ruleJson")
    if document in (MISSING, "") and (not is_list(rules) or not len(rules)):
        actual = "empty" if is_list(rules) else format_value(rules)
        yield f"rules must contain at least one rule, but it is {actual}."
    yield from must_be_true(acl, "visibilityConfig", "cloudwatchMetricsEnabled")
