"""Load balancers: listeners, certificates, targets, malformed requests, access logs and firewalls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AVAILABLE, IN_TRANSIT, LOGGED, REACH
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    element_paths,
    is_unknown,
    is_unset,
    must_be_one_of,
    must_be_present,
    must_be_true,
    not_applicable,
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
    WEB_ACL_ASSOCIATION,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, is_true, peek

# Policies with TLS 1.2 and 1.3, forward secrecy and no CBC, or stricter ones, and their FIPS variants.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_TLS_POLICIES: Final = (
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
)


# Value of the tag `tls` by which a TCP listener or target group declares that client and target use TLS.
_END_TO_END: Final = "end-to-end"


def _passes_tls(resource: JudgedResource) -> bool:
    return peek(resource.props, "protocol") == "TCP" and peek(resource.props, "tags", "tls") == _END_TO_END


def _kind(balancer: JudgedResource) -> object:
    kind = peek(balancer.props, "loadBalancerType")
    return "application" if kind is MISSING else kind


@control(
    id="listener-is-encrypted",
    title="Listeners use TLS",
    description=(
        "Listeners use HTTPS or TLS. An HTTP listener only redirects to HTTPS. A TCP listener has the tag tls=end-to-end, which "
        "declares that client and target use TLS."
    ),
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Set protocol to HTTPS (TLS on a network load balancer), or redirect to HTTPS with HTTP_301.",
    types={LISTENER: ("protocol", "defaultActions", "tags")},
    sources=(
        "cdk-nag:ALBHttpToHttpsRedirection",
        "aws-config:ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK",
        "CKV_AWS_2",
        "CKV2_AWS_20",
        "CKV_AWS_378",
        "prowler:elbv2_ssl_listeners",
        "pulumi:aws-lb-listener-disallow-unencrypted-traffic",
    ),
)
def _listener(listener: JudgedResource, _config: Config) -> Iterator[str]:
    protocol = peek(listener.props, "protocol")
    if protocol == "HTTP":
        actions = list(element_paths(listener, "defaultActions"))
        if not actions:
            yield "defaultActions must redirect HTTP to HTTPS, but they are missing or not known before deployment."
        for action in actions:
            yield from _must_redirect(listener, *action)
    elif protocol not in ("HTTPS", "TLS") and not _passes_tls(listener):
        yield f"protocol must be HTTPS or TLS, but it is {format_value(protocol)}."


def _must_redirect(resource: JudgedResource, *action: str | int) -> Iterator[str]:
    yield from must_be_one_of(resource, ("redirect",), *action, "type")
    yield from must_be_one_of(resource, ("HTTPS",), *action, "redirect", "protocol")


@stack_control(
    id="listener-rule-is-encrypted",
    title="Rules of HTTP listeners redirect to HTTPS",
    description="A rule of an HTTP listener redirects to HTTPS, because it takes precedence over the default action.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation="Move the rule to the HTTPS listener, or change its action to a redirect to HTTPS.",
    types={LISTENER_RULE: ("actions", "listenerArn")},
    reads={LISTENER: ("protocol",)},
    sources=(
        "cdk-nag:ALBHttpToHttpsRedirection",
        "aws-config:ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK",
        "CKV_AWS_2",
        "CKV2_AWS_20",
    ),
    unknown="defer",
)
def _listener_rule(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for rule in graph.by_type(LISTENER_RULE):
        listeners = graph.references(rule, "listenerArn", LISTENER)
        protocols = [peek(listener.props, "protocol") for listener in listeners]
        if "HTTP" not in protocols and UNKNOWN not in protocols:
            yield rule, not_applicable("The listener of the rule uses TLS, or belongs to another program.")
        elif is_unknown(rule, "actions") or "HTTP" not in protocols:
            yield rule, deferred("actions")
        else:
            for action in element_paths(rule, "actions"):
                yield from about(rule, _must_redirect(rule, *action))


@control(
    id="listener-uses-strong-tls",
    title="Listeners use a strong TLS policy",
    description="HTTPS and TLS listeners use a security policy with TLS 1.2 or higher and forward secrecy.",
    citations=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="Set ssl_policy to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09. The default is a policy of 2016.",
    types={LISTENER: ("protocol", "sslPolicy")},
    sources=(
        "CKV_AWS_103",
        "CKV2_AWS_74",
        "pulumi:aws-lb-listener-configure-secure-tls",
        "hipaa:lb-tls-policy",
    ),
    settings={"policies": {"type": "array", "items": {"type": "string"}, "default": _TLS_POLICIES}},
)
def _tls_policy(listener: JudgedResource, config: Config) -> Iterator[str]:
    if peek(listener.props, "protocol") not in ("HTTPS", "TLS", UNKNOWN):
        yield not_applicable("The listener ends no TLS.")
    else:
        policy = peek(listener.props, "sslPolicy")
        if policy not in config["policies"]:
            yield f"sslPolicy must be a policy such as {config['policies'][0]}, but it is {format_value(policy)}."


@control(
    id="listener-has-a-certificate",
    title="Listeners have a certificate",
    description="HTTPS and TLS listeners have a certificate.",
    citations=("164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="Set certificate_arn to the ARN of the ACM certificate.",
    types={LISTENER: ("protocol", "certificateArn")},
    sources=("cdk-nag:ELBv2ACMCertificateRequired", "aws-config:ELBV2_ACM_CERTIFICATE_REQUIRED"),
    unknown="present",
)
def _certificate(listener: JudgedResource, _config: Config) -> Iterator[str]:
    if peek(listener.props, "protocol") not in ("HTTPS", "TLS", UNKNOWN):
        yield not_applicable("The listener ends no TLS.")
    else:
        yield from must_be_present(listener, "certificateArn")


@control(
    id="certificate-renews-itself",
    title="Certificates renew automatically",
    description="ACM issues every certificate and validates the domain by DNS, so that it renews without a person.",
    citations=("164.312(e)(1)",),
    severity="medium",
    pack="encryption",
    remediation="Set validation_method to DNS instead of importing a certificate.",
    types={CERTIFICATE: ("validationMethod", "certificateAuthorityArn")},
    sources=("aws-config:ACM_CERTIFICATE_EXPIRATION_CHECK", "prowler:acm_certificates_expiration_check"),
)
def _renewal(certificate: JudgedResource, _config: Config) -> Iterator[str]:
    if peek(certificate.props, "certificateAuthorityArn") is MISSING:
        yield from must_be_one_of(certificate, ("DNS",), "validationMethod")


@control(
    id="target-is-encrypted",
    title="Traffic to targets is encrypted",
    description=(
        "Target groups use HTTPS or TLS, and HTTPS for health checks. A TCP target group has the tag tls=end-to-end, which "
        "declares that client and target use TLS. If its target is an application load balancer, the health check is HTTPS."
    ),
    citations=IN_TRANSIT,
    severity="high",
    pack="encryption",
    remediation="Set protocol and the protocol of the health check to HTTPS, and terminate TLS in the container.",
    types={TARGET_GROUP: ("protocol", "targetType", "healthCheck", "tags")},
    sources=("CKV_AWS_378", "hipaa:lb-tls-policy"),
)
def _targets(group: JudgedResource, _config: Config) -> Iterator[str]:
    if peek(group.props, "targetType") == "lambda":
        yield not_applicable("The load balancer invokes a function over TLS.")
        return
    protocol = peek(group.props, "protocol")
    if protocol not in ("HTTPS", "TLS") and not _passes_tls(group):
        yield f"protocol must be HTTPS or TLS, but it is {format_value(protocol)}."
    health_protocol = peek(group.props, "healthCheck", "protocol")
    # An HTTP health check carries no patient data, but it needs an open port without TLS. If the target is an application
    # load balancer, only an HTTPS health check shows that its listener uses TLS.
    unproven = peek(group.props, "targetType") == "alb" and health_protocol != "HTTPS"
    if (protocol == "HTTPS" and health_protocol in ("HTTP", UNKNOWN)) or unproven:
        yield f"healthCheck.protocol must be HTTPS, but it is {format_value(health_protocol)}."


@control(
    id="load-balancer-refuses-odd-requests",
    title="Load balancers reject malformed requests",
    description="Application load balancers drop invalid headers and mitigate HTTP desync attacks (request smuggling).",
    citations=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(a)(2)(iv)", "164.312(e)(2)(ii)"),
    severity="medium",
    pack="encryption",
    remediation="Set drop_invalid_header_fields=True and desync_mitigation_mode to defensive or strictest.",
    types={LOAD_BALANCER: ("dropInvalidHeaderFields", "desyncMitigationMode", "loadBalancerType")},
    sources=(
        "cdk-nag:ALBHttpDropInvalidHeaderEnabled",
        "CKV_AWS_131",
        "CKV_AWS_328",
        "FSBP:ELB.12",
        "prowler:elbv2_alb_drop_invalid_header_fields_enabled",
    ),
)
def _headers(balancer: JudgedResource, _config: Config) -> Iterator[str]:
    if _kind(balancer) not in ("application", UNKNOWN):
        yield not_applicable("Only an application load balancer reads HTTP.")
        return
    yield from must_be_true(balancer, "dropInvalidHeaderFields")
    if peek(balancer.props, "desyncMitigationMode") is not MISSING:
        yield from must_be_one_of(balancer, ("defensive", "strictest"), "desyncMitigationMode")


@control(
    id="load-balancer-logs-requests",
    title="Load balancers log their requests",
    description="Application and network load balancers deliver access logs to a bucket.",
    citations=LOGGED,
    severity="high",
    pack="retention",
    remediation="Set access_logs with enabled=True and the bucket for logs.",
    types={LOAD_BALANCER: ("accessLogs", "loadBalancerType")},
    sources=(
        "cdk-nag:ELBLoggingEnabled",
        "aws-config:ELB_LOGGING_ENABLED",
        "CKV_AWS_91",
        "prowler:elbv2_logging_enabled",
        "pulumi:aws-lb-load-balancer-enable-access-logging",
    ),
)
def _access_logs(balancer: JudgedResource, _config: Config) -> Iterator[str]:
    if _kind(balancer) == "gateway":
        yield not_applicable("A gateway load balancer has no access logs.")
        return
    yield from must_be_true(balancer, "accessLogs", "enabled")
    yield from must_be_present(balancer, "accessLogs", "bucket")


@control(
    id="load-balancer-is-not-classic",
    title="No load balancer is classic",
    description="The program uses no classic load balancer, because the rules do not judge its listeners, logs and certificates.",
    citations=(*AVAILABLE, *IN_TRANSIT),
    severity="high",
    pack="baseline",
    remediation="Use aws.lb.LoadBalancer.",
    types={CLASSIC_LOAD_BALANCER: ()},
    sources=(
        "cdk-nag:ELBCrossZoneLoadBalancingEnabled",
        "aws-config:ELB_CROSS_ZONE_LOAD_BALANCING_ENABLED",
        "cdk-nag:ELBACMCertificateRequired",
        "aws-config:ELB_ACM_CERTIFICATE_REQUIRED",
        "aws-config:ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK",
        "cdk-nag:ELBTlsHttpsListenersOnly",
        "aws-config:ELB_TLS_HTTPS_LISTENERS_ONLY",
        "CKV_AWS_127",
        "CKV_AWS_376",
    ),
)
def _classic(_balancer: JudgedResource, _config: Config) -> Iterator[str]:
    yield "Load balancing must use aws.lb.LoadBalancer, but this resource is a classic load balancer."


@control(
    id="load-balancer-crosses-zones",
    title="Load balancers balance across zones",
    description="A network load balancer sends requests to targets in every zone. An application load balancer always does.",
    citations=AVAILABLE,
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Set enable_cross_zone_load_balancing=True.",
    types={LOAD_BALANCER: ("enableCrossZoneLoadBalancing", "loadBalancerType")},
    sources=("CKV_AWS_152", "cdk-nag:ELBCrossZoneLoadBalancingEnabled"),
)
def _cross_zone(balancer: JudgedResource, _config: Config) -> Iterator[str]:
    if _kind(balancer) in ("application", UNKNOWN):
        yield not_applicable("An application load balancer always balances across zones.")
    else:
        yield from must_be_true(balancer, "enableCrossZoneLoadBalancing")


@stack_control(
    id="load-balancer-has-a-firewall",
    title="Internet-facing load balancers have a firewall",
    description="An application load balancer that faces the Internet is associated with a web ACL.",
    citations=("164.308(a)(5)(ii)(B)", *REACH),
    severity="high",
    pack="isolation",
    remediation="Add aws.wafv2.WebAclAssociation with the ARN of the load balancer.",
    types={LOAD_BALANCER: ("internal", "loadBalancerType")},
    reads={WEB_ACL_ASSOCIATION: ("resourceArn",)},
    sources=("aws-config:ALB_WAF_ENABLED", "CKV2_AWS_28", "prowler:elbv2_waf_acl_attached"),
)
def _firewall(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for balancer in graph.by_type(LOAD_BALANCER):
        if _kind(balancer) in ("network", "gateway") or is_true(peek(balancer.props, "internal")):
            yield balancer, not_applicable("It does not face the Internet, or its type supports no web ACL.")
        elif not graph.referrers(balancer.urn, WEB_ACL_ASSOCIATION, "resourceArn"):
            yield balancer, "The load balancer must have a web ACL, but no association names it."


_LOAD_BALANCED: Final = ("targetGroupArns", "trafficSources", "loadBalancers")
_ATTACHMENTS: Final = (AUTOSCALING_ATTACHMENT, AUTOSCALING_TRAFFIC)


@stack_control(
    id="autoscaling-checks-health-by-load-balancer",
    title="Auto Scaling groups use the health checks of the load balancer",
    description="A group behind a load balancer replaces instances that the load balancer reports as unhealthy.",
    citations=("164.312(b)", "164.308(a)(7)(i)"),
    severity="low",
    pack="baseline",
    remediation="Set health_check_type to ELB.",
    types={AUTOSCALING_GROUP: ("healthCheckType", *_LOAD_BALANCED)},
    reads=dict.fromkeys(_ATTACHMENTS, ("autoscalingGroupName",)),
    sources=(
        "cdk-nag:AutoScalingGroupELBHealthCheckRequired",
        "aws-config:AUTOSCALING_GROUP_ELB_HEALTHCHECK_REQUIRED",
        "CKV2_AWS_15",
        "prowler:autoscaling_group_elb_health_check_enabled",
    ),
)
def _health(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for group in graph.by_type(AUTOSCALING_GROUP):
        attached = any(graph.referrers(group.urn, type_, "autoscalingGroupName") for type_ in _ATTACHMENTS)
        if not attached and all(is_unset(group, name) for name in _LOAD_BALANCED):
            yield group, not_applicable("The group is not behind a load balancer.")
        else:
            yield from about(group, must_be_one_of(group, ("ELB",), "healthCheckType"))
