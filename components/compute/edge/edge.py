"""The public entry: a load balancer with its certificate, listeners, firewall, logs and domain.

Maps to 45 CFR 164.312(e)(1) and (e)(2)(i)-(ii) (transmission security), 164.312(b) (audit controls) and
164.308(a)(7)(ii)(C) (emergency mode operation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import TypeAlias

import pulumi
import pulumi_aws as aws

from components.compute.edge.domains import Domain, certificate, dns_records
from components.compute.edge.firewall import Firewall, FirewallArgs, FirewallRules
from components.compute.edge.mutual_tls import MutualTls, mutual_authentication
from components.shared import iam, prefixes
from components.shared.load_balancer import HEALTH_PATH, TLS_POLICY
from components.shared.logs import LogOptions
from components.shared.names import check_name
from components.shared.ports import ANYWHERE, HTTP, HTTPS
from facts.listener_rules import EDGE_HEALTH, MAINTENANCE, redirect_priorities

Condition: TypeAlias = aws.lb.ListenerRuleConditionArgs
Action: TypeAlias = aws.lb.ListenerRuleActionArgs


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """Arguments of `Edge`."""

    account: iam.Account
    """The account and region."""
    vpc_id: pulumi.Input[str]
    """ID of the VPC."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """IDs of the public subnets, one in each zone."""
    domains: Sequence[Domain]
    """Domain names of the certificate and the DNS records: at least one, and each once."""
    allowed_cidrs: Sequence[IPv4Network]
    """IPv4 ranges that may connect: at least one, and each once."""
    access_logs_bucket: pulumi.Input[str]
    """Name of the bucket that receives access and connection logs.

    Its policy must allow Elastic Load Balancing to write. The name must depend on that policy, because AWS writes to the
    bucket as soon as logging is turned on.
    """
    logs: LogOptions
    """Key, retention and protection of the log of the firewall."""
    protect: bool
    """Whether AWS refuses to delete the load balancer."""
    idle_timeout_seconds: int = 60
    """Seconds that a connection may be idle, 1 to 4000. All routes share it, so use the longest that any route needs."""
    maintenance: str | None = None
    """Text, or HTML that starts with `<`, with which the load balancer answers every request; at most 1024 characters."""
    mutual_tls: MutualTls | None = None
    """What the load balancer does with certificates of clients; None if it does not ask for them."""
    signs_in: bool = False
    """Whether a route signs in users, for which the load balancer calls an identity provider on the internet."""
    firewall: FirewallRules = field(default_factory=FirewallRules)
    """Limits and exceptions of the firewall."""

    def __post_init__(self) -> None:
        """Refuse an edge without names or ranges, a repeated one, and a timeout that AWS does not accept."""
        names = [domain.name for domain in self.domains]
        if not names or len(set(names)) < len(names):
            raise ValueError(
                f"domains must contain at least one name, and each name once, got {', '.join(names) or 'none'}"
            )
        if not self.allowed_cidrs or len(set(self.allowed_cidrs)) < len(self.allowed_cidrs):
            ranges = ", ".join(map(str, self.allowed_cidrs))
            raise ValueError(
                f"allowed_cidrs must contain at least one range, and each range once, got {ranges or 'none'}"
            )
        if not 1 <= self.idle_timeout_seconds <= 4000:
            raise ValueError(f"idle_timeout_seconds must be 1 to 4000, got {self.idle_timeout_seconds}")


class Edge(pulumi.ComponentResource):
    """An internet-facing load balancer that accepts HTTPS only and answers 404 to paths without a route.

    Port 80 redirects to 443. The security group has the tag `edge=public`, without which the policies report a group that
    accepts connections from the Internet. Its outbound rules lead to the security groups of services only; each `Service` adds its own rule.
    If routes sign in users, one more rule leads to port 443 of every address, because identity providers have no fixed addresses.

    Creates: an Application Load Balancer; an HTTPS listener with rules for health checks, maintenance and redirects, and an HTTP listener;
    a trust store, if certificates of clients are verified; a security group with its inbound rules; an ACM certificate with its
    validation records; DNS records; the web ACL of `Firewall`.

    Outputs:
        listener_arn: ARN of the HTTPS listener, for the rules of services.
        security_group_id: Security group of the load balancer.
        load_balancer_arn: ARN of the load balancer.
        load_balancer_suffix: ARN suffix of the load balancer, the dimension of its metrics.
        certificate_arn: ARN of the certificate, available once ACM has issued it.
        url: HTTPS URL of the first domain name.
    """

    listener_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    load_balancer_arn: pulumi.Output[str]
    load_balancer_suffix: pulumi.Output[str]
    certificate_arn: pulumi.Output[str]
    firewall_metric: str
    """Name of the web ACL in the dimensions of its metrics."""
    url: str
    verifies_clients: bool
    """Whether the HTTPS listener refuses clients without a valid certificate."""

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Edge", name, None, opts)
        check_name(name)
        child = pulumi.ResourceOptions(parent=self)

        group = self._security_group(name, args)
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="application",
            internal=False,
            ip_address_type="ipv4",
            subnets=args.subnet_ids,
            security_groups=[group.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=args.protect,
            # The load balancer rejects requests that the firewall cannot inspect.
            enable_waf_fail_open=False,
            idle_timeout=args.idle_timeout_seconds,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                enabled=True, bucket=args.access_logs_bucket, prefix=prefixes.LOAD_BALANCER_ACCESS
            ),
            connection_logs=aws.lb.LoadBalancerConnectionLogsArgs(
                enabled=True,
                bucket=args.access_logs_bucket,
                prefix=prefixes.LOAD_BALANCER_CONNECTIONS,
            ),
            opts=child,
        )
        firewall = Firewall(
            f"{name}-waf",
            FirewallArgs(
                account=args.account,
                load_balancer_arn=balancer.arn,
                logs=args.logs,
                rules=args.firewall,
            ),
            child,
        )
        self.certificate_arn = certificate(name, args.domains, parent=self)
        listener = aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self.certificate_arn,
            mutual_authentication=mutual_authentication(name, args.mutual_tls, parent=self),
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                        content_type="text/plain", message_body="Not found", status_code="404"
                    ),
                )
            ],
            routing_http_response_strict_transport_security_header_value="max-age=31536000",
            routing_http_response_x_content_type_options_header_value="nosniff",
            routing_http_response_server_enabled=False,
            opts=child,
        )
        aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                        protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
                    ),
                )
            ],
            opts=child,
        )
        self._rules(name, args, listener)
        dns_records(name, args.domains, balancer, parent=self)

        self.listener_arn = listener.arn
        self.security_group_id = group.id
        self.load_balancer_arn = balancer.arn
        self.load_balancer_suffix = balancer.arn_suffix
        self.firewall_metric = firewall.metric_name
        self.verifies_clients = args.mutual_tls is not None and args.mutual_tls.verifies
        self.url = f"https://{args.domains[0].name}"
        self.register_outputs(
            {
                "listener_arn": self.listener_arn,
                "security_group_id": self.security_group_id,
                "load_balancer_arn": self.load_balancer_arn,
                "load_balancer_suffix": self.load_balancer_suffix,
                "certificate_arn": self.certificate_arn,
                "url": self.url,
            }
        )

    def _rules(self, name: str, args: EdgeArgs, listener: aws.lb.Listener) -> None:
        """Create the listener rules that answer requests without a service."""

        def rule(suffix: str, priority: int, condition: Condition, action: Action) -> None:
            aws.lb.ListenerRule(
                f"{name}-{suffix}",
                listener_arn=listener.arn,
                priority=priority,
                conditions=[condition],
                actions=[action],
                opts=pulumi.ResourceOptions(parent=self),
            )

        rule("health", EDGE_HEALTH, _path(HEALTH_PATH), _answer("200", "OK"))
        if args.maintenance is not None:
            rule("maintenance", MAINTENANCE, _path("/*"), _answer("503", args.maintenance))
        redirects = {domain.name: domain.redirect_to for domain in args.domains if domain.redirect_to}
        for host, priority in redirect_priorities(redirects).items():
            condition = Condition(host_header=aws.lb.ListenerRuleConditionHostHeaderArgs(values=[host]))
            redirect = aws.lb.ListenerRuleActionRedirectArgs(
                host=redirects[host], protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
            )
            rule(f"redirect-{host}", priority, condition, Action(type="redirect", redirect=redirect))

    def _security_group(self, name: str, args: EdgeArgs) -> aws.ec2.SecurityGroup:
        """Create the security group of the load balancer, with its rules for clients and for identity providers."""
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description="Public load balancer",
            vpc_id=args.vpc_id,
            tags={"Name": name, "edge": "public"},
            opts=child,
        )
        for scheme, port in {"http": HTTP, "https": HTTPS}.items():
            for cidr in args.allowed_cidrs:
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-{scheme}-{cidr}",
                    security_group_id=group.id,
                    description="Redirect to HTTPS" if port == HTTP else "HTTPS",
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    cidr_ipv4=str(cidr),
                    opts=child,
                )
        if args.signs_in:
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-sign-in",
                security_group_id=group.id,
                description="HTTPS to identity providers",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                cidr_ipv4=ANYWHERE,
                opts=child,
            )
        return group


def _path(pattern: str) -> Condition:
    return Condition(path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=[pattern]))


def _answer(status: str, body: str) -> Action:
    response = aws.lb.ListenerRuleActionFixedResponseArgs(
        content_type="text/html" if body.startswith("<") else "text/plain",
        message_body=body,
        status_code=status,
    )
    return Action(type="fixed-response", fixed_response=response)
