"""The AWS managed rule groups that protect the load balancer, and the names of their rules; read in November 2026.

Sources: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html,
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-use-case.html and
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-ip-rep.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _each(rule: str, *parts: str) -> tuple[str, ...]:
    """Return the names of a rule for each part of a request that it inspects."""
    return tuple(f"{rule}_{part}" for part in parts)


MANAGED_RULES: Final[Mapping[str, tuple[str, ...]]] = {
    "AWSManagedRulesAmazonIpReputationList": (
        "AWSManagedIPReputationList",
        "AWSManagedReconnaissanceList",
        "AWSManagedIPDDoSList",
    ),
    "AWSManagedRulesCommonRuleSet": (
        "NoUserAgent_HEADER",
        "UserAgent_BadBots_HEADER",
        *_each("SizeRestrictions", "QUERYSTRING", "Cookie_HEADER", "BODY", "URIPATH"),
        *_each("EC2MetaDataSSRF", "BODY", "COOKIE", "URIPATH", "QUERYARGUMENTS"),
        *_each("GenericLFI", "QUERYARGUMENTS", "URIPATH", "BODY"),
        *_each("RestrictedExtensions", "URIPATH", "QUERYARGUMENTS"),
        *_each("GenericRFI", "QUERYARGUMENTS", "BODY", "URIPATH"),
        *_each("CrossSiteScripting", "COOKIE", "QUERYARGUMENTS", "BODY", "URIPATH"),
    ),
    "AWSManagedRulesKnownBadInputsRuleSet": (
        *_each("JavaDeserializationRCE", "HEADER", "BODY", "URIPATH", "QUERYSTRING"),
        "Host_localhost_HEADER",
        "PROPFIND_METHOD",
        "ExploitablePaths_URIPATH",
        *_each("Log4JRCE", "HEADER", "QUERYSTRING", "BODY", "URIPATH"),
        "ReactJSRCE_BODY",
    ),
    "AWSManagedRulesSQLiRuleSet": (
        *_each("SQLi", "QUERYARGUMENTS", "BODY", "COOKIE", "URIPATH"),
        *_each("SQLiExtendedPatterns", "QUERYARGUMENTS", "BODY", "HEADER", "URIPATH"),
    ),
}
"""Names of the rules by rule group, in the order of evaluation. The groups use 1,125 capacity units of the 1,500 without extra
cost."""
