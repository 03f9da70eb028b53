"""Load balancers: TLS on both sides, strict about headers, logged, behind a firewall where the Internet comes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AVAILABLE, IN_TRANSIT, LOGGED, REACH
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    deferred,
    is_unknown,
    lacks,
    must_be_filled,
    must_be_one_of,
    must_be_present,
    must_be_true,
    not_applicable,
    positions,
)
from hipaa_policies.tokens import (
    AUTOSCALING_ATTACHMENT,
    AUTOSCALING_GROUP,
    AUTOSCALING_TRAFFIC,
    CERTIFICATE,
    CLASSIC_LOAD_BALANCER,
    LISTENER,
    LISTENER_RULE,
    LOAD_BALANCER,
    TARGET_GROUP,
    WEB_ACL,
    WEB_ACL_ASSOCIATION,
    WEB_ACL_LOGGING,
)
from hipaa_policies.values import MISSING, UNKNOWN, is_list, is_true, peek, shown

# TLS 1.2 and 1.3 with forward secrecy and no CBC, or stricter, and the same by FIPS 140 modules.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_TLS_POLICIES: Final = (
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
)  # fmt: skip


# What a TCP listener and its targets say of themselves by a tag: they pass on TLS that both ends speak.
_END_TO_END: Final = "end-to-end"


def _passes_tls(resource: Resource) -> bool:
    return peek(resource.props, "protocol") == "TCP" and peek(resource.props, "tags", "tls") == _END_TO_END


def _kind(balancer: Resource) -> object:
    kind = peek(balancer.props, "loadBalancerType")
    return "application" if kind is MISSING else kind


@control(
    id="listener-is-encrypted",
    title="Listeners speak TLS",
    description=(
        "A listener speaks HTTPS or TLS; one for HTTP only sends clients on to HTTPS, and one for TCP states by its tag "
        "tls=end-to-end that it passes on TLS which the two ends speak."
    ),
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Set protocol to HTTPS (TLS on a network load balancer), or redirect with HTTP_301 to HTTPS.",
    types={LISTENER: ("protocol", "defaultActions", "tags")},
    sources=(
        "cdk-nag:ALBHttpToHttpsRedirection", "aws-config:ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK", "CKV_AWS_2", "CKV2_AWS_20",
        "CKV_AWS_378", "prowler:elbv2_ssl_listeners", "pulumi:aws-lb-listener-disallow-unencrypted-traffic",
    ),
)  # fmt: skip
def _listener(listener: Resource, _config: Config) -> Iterator[str]:
    protocol = peek(listener.props, "protocol")
    if protocol == "HTTP":
        actions = list(positions(listener, "defaultActions"))
        if not actions:
            yield "defaultActions must redirect HTTP to HTTPS, but they are missing or not known before deployment."
        for action in actions:
            yield from _redirects(listener, *action)
    elif protocol not in ("HTTPS", "TLS") and not _passes_tls(listener):
        yield f"protocol must be HTTPS or TLS, but it is {shown(protocol)}."


def _redirects(resource: Resource, *action: str | int) -> Iterator[str]:
    yield from must_be_one_of(resource, ("redirect",), *action, "type")
    yield from must_be_one_of(resource, ("HTTPS",), *action, "redirect", "protocol")


@stack_control(
    id="listener-rule-is-encrypted",
    title="Rules of plain listeners send on to HTTPS",
    description="A rule of a listener for HTTP sends clients on to HTTPS, as the listener itself must: it takes requests before it.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Move the rule to the HTTPS listener, or make its action a redirect to HTTPS.",
    types={LISTENER_RULE: ("actions", "listenerArn")},
    reads={LISTENER: ("protocol",)},
    sources=(
        "cdk-nag:ALBHttpToHttpsRedirection", "aws-config:ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK", "CKV_AWS_2", "CKV2_AWS_20",
    ),
    unknown="defer",
)  # fmt: skip
def _listener_rule(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for rule in graph.by_type(LISTENER_RULE):
        listeners = graph.references(rule, "listenerArn", LISTENER)
        protocols = [peek(listener.props, "protocol") for listener in listeners]
        if "HTTP" not in protocols and UNKNOWN not in protocols:
            yield rule, not_applicable("Its listener speaks TLS, or belongs to another program.")
        elif is_unknown(rule, "actions") or "HTTP" not in protocols:
            yield rule, deferred("actions")
        else:
            for action in positions(rule, "actions"):
                yield from ((rule, sentence) for sentence in _redirects(rule, *action))


@control(
    id="listener-uses-strong-tls",
    title="Listeners use a strong TLS policy",
    description="HTTPS and TLS listeners name a security policy of TLS 1.2 or higher with forward secrecy.",
    citations=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="Set ssl_policy to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09; unset means one of 2016.",
    types={LISTENER: ("protocol", "sslPolicy")},
    sources=(
        "CKV_AWS_103",
        "CKV2_AWS_74",
        "pulumi:aws-lb-listener-configure-secure-tls",
        "hipaa:lb-tls-policy",
    ),
    settings={"policies": {"type": "array", "items": {"type": "string"}, "default": _TLS_POLICIES}},
)
def _tls_policy(listener: Resource, config: Config) -> Iterator[str]:
    if peek(listener.props, "protocol") not in ("HTTPS", "TLS", UNKNOWN):
        yield not_applicable("The listener ends no TLS.")
    else:
        policy = peek(listener.props, "sslPolicy")
        if policy not in config["policies"]:
            yield f"sslPolicy must be a policy such as {config['policies'][0]}, but it is {shown(policy)}."


@control(
    id="listener-has-a-certificate",
    title="Listeners have a certificate",
    description="HTTPS and TLS listeners name a certificate.",
    citations=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="Pass the ACM certificate's ARN as certificate_arn.",
    types={LISTENER: ("protocol", "certificateArn")},
    sources=("cdk-nag:ELBv2ACMCertificateRequired", "aws-config:ELBV2_ACM_CERTIFICATE_REQUIRED"),
    unknown="present",
)
def _certificate(listener: Resource, _config: Config) -> Iterator[str]:
    if peek(listener.props, "protocol") not in ("HTTPS", "TLS", UNKNOWN):
        yield not_applicable("The listener ends no TLS.")
    else:
        yield from must_be_present(listener, "certificateArn")


@control(
    id="certificate-renews-itself",
    title="Certificates renew themselves",
    description="ACM issues every certificate and proves the domain by DNS, so that no expiry waits for a person.",
    citations=("164.312(e)(1)",),
    severity="medium",
    pack="encryption",
    remediation="Set validation_method to DNS instead of importing a certificate.",
    types={CERTIFICATE: ("validationMethod", "certificateAuthorityArn")},
    sources=("aws-config:ACM_CERTIFICATE_EXPIRATION_CHECK", "prowler:acm_certificates_expiration_check"),
)
def _renewal(certificate: Resource, _config: Config) -> Iterator[str]:
    if peek(certificate.props, "certificateAuthorityArn") is MISSING:
        yield from must_be_one_of(certificate, ("DNS",), "validationMethod")


@control(
    id="target-is-encrypted",
    title="Traffic to targets is encrypted",
    description=(
        "Target groups speak HTTPS or TLS to what is behind them, and check its health over HTTPS. One for TCP states by its "
        "tag tls=end-to-end that it passes on TLS; if an application load balancer is behind it, its check must be over HTTPS."
    ),
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Set protocol and the health check's protocol to HTTPS, and end TLS in the container.",
    types={TARGET_GROUP: ("protocol", "targetType", "healthCheck", "tags")},
    sources=("CKV_AWS_378", "hipaa:lb-tls-policy"),
)
def _targets(group: Resource, _config: Config) -> Iterator[str]:
    if peek(group.props, "targetType") == "lambda":
        yield not_applicable("A function is called over TLS.")
        return
    protocol = peek(group.props, "protocol")
    if protocol not in ("HTTPS", "TLS") and not _passes_tls(group):
        yield f"protocol must be HTTPS or TLS, but it is {shown(protocol)}."
    checked = peek(group.props, "healthCheck", "protocol")
    # Unset, the check of an application load balancer's group is over HTTP; it carries no patient data but shows a plain port.
    # One of an application load balancer as the target shows what its listener speaks.
    unseen = peek(group.props, "targetType") == "alb" and checked != "HTTPS"
    if (protocol == "HTTPS" and checked in ("HTTP", UNKNOWN)) or unseen:
        found = shown(checked)
        yield f"healthCheck.protocol must be HTTPS, but it is {found}."


@control(
    id="load-balancer-refuses-odd-requests",
    title="Load balancers refuse malformed requests",
    description="Application load balancers drop invalid headers and do not pass on requests that smuggle others.",
    citations=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    severity="medium",
    pack="encryption",
    remediation="Set drop_invalid_header_fields=True and desync_mitigation_mode to defensive or strictest.",
    types={LOAD_BALANCER: ("dropInvalidHeaderFields", "desyncMitigationMode", "loadBalancerType")},
    sources=(
        "cdk-nag:ALBHttpDropInvalidHeaderEnabled", "CKV_AWS_131", "CKV_AWS_328", "FSBP:ELB.12",
        "prowler:elbv2_alb_drop_invalid_header_fields_enabled",
    ),
)  # fmt: skip
def _headers(balancer: Resource, _config: Config) -> Iterator[str]:
    if _kind(balancer) not in ("application", UNKNOWN):
        yield not_applicable("It reads no HTTP.")
        return
    yield from must_be_true(balancer, "dropInvalidHeaderFields")
    if peek(balancer.props, "desyncMitigationMode") is not MISSING:
        yield from must_be_one_of(balancer, ("defensive", "strictest"), "desyncMitigationMode")


@control(
    id="load-balancer-logs-requests",
    title="Load balancers log their requests",
    description="Application and network load balancers write access logs to a bucket.",
    citations=LOGGED,
    severity="high",
    pack="retention",
    remediation="Set access_logs with enabled=True and the log intake bucket.",
    types={LOAD_BALANCER: ("accessLogs", "loadBalancerType")},
    sources=(
        "cdk-nag:ELBLoggingEnabled", "aws-config:ELB_LOGGING_ENABLED", "CKV_AWS_91", "prowler:elbv2_logging_enabled",
        "pulumi:aws-lb-load-balancer-enable-access-logging",
    ),
)  # fmt: skip
def _access_logs(balancer: Resource, _config: Config) -> Iterator[str]:
    if _kind(balancer) == "gateway":
        yield not_applicable("A gateway load balancer has no access logs.")
        return
    yield from must_be_true(balancer, "accessLogs", "enabled")
    yield from must_be_present(balancer, "accessLogs", "bucket")


@control(
    id="load-balancer-is-not-classic",
    title="No classic load balancers",
    description="Classic load balancers are out of use: their listeners, logs and certificates are not judged.",
    citations=(*AVAILABLE, *IN_TRANSIT),
    severity="high",
    pack="baseline",
    remediation="Use aws.lb.LoadBalancer.",
    types={CLASSIC_LOAD_BALANCER: ()},
    sources=(
        "cdk-nag:ELBCrossZoneLoadBalancingEnabled", "aws-config:ELB_CROSS_ZONE_LOAD_BALANCING_ENABLED",
        "cdk-nag:ELBACMCertificateRequired", "aws-config:ELB_ACM_CERTIFICATE_REQUIRED",
        "aws-config:ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK", "cdk-nag:ELBTlsHttpsListenersOnly",
        "aws-config:ELB_TLS_HTTPS_LISTENERS_ONLY", "CKV_AWS_127", "CKV_AWS_376",
    ),
)  # fmt: skip
def _classic(_balancer: Resource, _config: Config) -> Iterator[str]:
    yield "Load balancing must use aws.lb.LoadBalancer, but this resource is a classic load balancer."


@control(
    id="load-balancer-crosses-zones",
    title="Load balancers spread over zones",
    description="A network load balancer sends requests to targets in every zone, as an application one always does.",
    citations=AVAILABLE,
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Set enable_cross_zone_load_balancing=True.",
    types={LOAD_BALANCER: ("enableCrossZoneLoadBalancing", "loadBalancerType")},
    sources=("CKV_AWS_152", "cdk-nag:ELBCrossZoneLoadBalancingEnabled"),
)
def _cross_zone(balancer: Resource, _config: Config) -> Iterator[str]:
    if _kind(balancer) in ("application", UNKNOWN):
        yield not_applicable("An application load balancer always does.")
    else:
        yield from must_be_true(balancer, "enableCrossZoneLoadBalancing")


@stack_control(
    id="load-balancer-has-a-firewall",
    title="Internet-facing load balancers have a firewall",
    description="An application load balancer that faces the Internet is associated with a web ACL.",
    citations=("164.308(a)(5)(ii)(B)", *REACH),
    severity="high",
    pack="isolation",
    remediation="Add aws.wafv2.WebAclAssociation with the load balancer's ARN.",
    types={LOAD_BALANCER: ("internal", "loadBalancerType")},
    reads={WEB_ACL_ASSOCIATION: ("resourceArn",)},
    sources=("aws-config:ALB_WAF_ENABLED", "CKV2_AWS_28", "prowler:elbv2_waf_acl_attached"),
)
def _firewall(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for balancer in graph.by_type(LOAD_BALANCER):
        if _kind(balancer) in ("network", "gateway") or is_true(peek(balancer.props, "internal")):
            yield balancer, not_applicable("It does not face the Internet, or takes no firewall.")
        elif not graph.referrers(balancer.urn, WEB_ACL_ASSOCIATION, "resourceArn"):
            yield balancer, "The load balancer must have a web ACL, but no association names it."


@stack_control(
    id="firewall-logs-requests",
    title="Firewalls log their decisions",
    description="Every web ACL has a logging configuration with a destination.",
    citations=LOGGED,
    severity="high",
    pack="retention",
    remediation="Add aws.wafv2.WebAclLoggingConfiguration with the web ACL's ARN.",
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
def _firewall_logs(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for acl in graph.by_type(WEB_ACL):
        settings = graph.referrers(acl.urn, WEB_ACL_LOGGING, "resourceArn")
        if not settings:
            yield acl, "The web ACL must log its decisions, but no logging configuration names it."
        for setting in settings:
            yield from ((acl, sentence) for sentence in must_be_filled(setting, "logDestinationConfigs"))


@control(
    id="firewall-has-rules",
    title="Firewalls have rules",
    description="A web ACL holds one rule at least and reports its metrics.",
    citations=("164.308(a)(5)(ii)(B)",),
    severity="medium",
    pack="baseline",
    remediation="Add rules, such as AWS's managed rule groups, and set cloudwatch_metrics_enabled=True.",
    types={WEB_ACL: ("rules", "ruleJson", "visibilityConfig")},
    sources=("CKV_AWS_175", "CKV_AWS_192", "hipaa:waf-has-rules"),
)
def _rules(acl: Resource, _config: Config) -> Iterator[str]:
    rules, document = peek(acl.props, "rules"), peek(acl.props, "ruleJson")
    if document in (MISSING, "") and (not is_list(rules) or not len(rules)):
        found = "empty" if is_list(rules) else shown(rules)
        yield f"rules must hold one rule at least, but it is {found}."
    yield from must_be_true(acl, "visibilityConfig", "cloudwatchMetricsEnabled")


_BEHIND: Final = ("targetGroupArns", "trafficSources", "loadBalancers")
_ATTACHMENTS: Final = (AUTOSCALING_ATTACHMENT, AUTOSCALING_TRAFFIC)


@stack_control(
    id="autoscaling-checks-health-by-load-balancer",
    title="Auto Scaling groups heed the load balancer",
    description="A group behind a load balancer replaces instances that the load balancer finds unhealthy.",
    citations=("164.312(b)", "164.308(a)(7)(i)"),
    severity="low",
    pack="baseline",
    remediation="Set health_check_type to ELB.",
    types={AUTOSCALING_GROUP: ("healthCheckType", *_BEHIND)},
    reads=dict.fromkeys(_ATTACHMENTS, ("autoscalingGroupName",)),
    sources=(
        "cdk-nag:AutoScalingGroupELBHealthCheckRequired", "aws-config:AUTOSCALING_GROUP_ELB_HEALTHCHECK_REQUIRED",
        "CKV2_AWS_15", "prowler:autoscaling_group_elb_health_check_enabled",
    ),
)  # fmt: skip
def _health(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for group in graph.by_type(AUTOSCALING_GROUP):
        attached = any(graph.referrers(group.urn, type_, "autoscalingGroupName") for type_ in _ATTACHMENTS)
        if not attached and all(lacks(group, name) for name in _BEHIND):
            yield group, not_applicable("No load balancer sends it requests.")
        else:
            yield from ((group, sentence) for sentence in must_be_one_of(group, ("ELB",), "healthCheckType"))
