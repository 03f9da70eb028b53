"""The public entry: a load balancer with its certificate, listeners, firewall, logs and name.

Maps to 45 CFR 164.312(e)(1) and (e)(2)(i)-(ii) (transmission security), 164.312(b) (audit controls) and
164.308(a)(7)(ii)(C) (emergency mode operation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.compute.edge.certificate import certificate
from components.compute.edge.firewall import Firewall, FirewallArgs
from components.compute.service.routing import EDGE_HEALTH
from components.shared import iam, prefixes
from components.shared.load_balancer import HEALTH_PATH, TLS_POLICY
from components.shared.logs import LogKeeping
from components.shared.names import check_name
from components.shared.ports import HTTP, HTTPS


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """What `Edge` needs to know."""

    account: iam.Account
    """The account and region."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Public subnets, one in each zone."""
    domain: str
    """Domain name, of the certificate and of the alias record."""
    zone_id: str
    """Route 53 hosted zone of the domain."""
    allowed_cidrs: Sequence[IPv4Network]
    """Ranges that may connect."""
    access_logs_bucket: pulumi.Input[str]
    """Name of the bucket that receives access and connection logs; its policy must admit Elastic Load Balancing."""
    logs: LogKeeping
    """How the firewall's log is kept."""
    protect: bool
    """Whether AWS refuses to delete the load balancer."""
    idle_timeout_seconds: int = 60
    """How long a connection may be silent, 1 to 4000: the longest of all routes, since it is one for all."""
    rate_limit_per_5_min: int = 2000
    """Requests from one address in five minutes before it is blocked."""
    shield_advanced: bool = False
    """Whether AWS Shield Advanced protects it; the account must have subscribed, for USD 3,000 a month and a year."""

    def __post_init__(self) -> None:
        """Refuse an edge that nobody may reach, a range named twice, and a timeout that AWS does not have."""
        if not self.allowed_cidrs or len(set(self.allowed_cidrs)) < len(self.allowed_cidrs):
            named = ", ".join(map(str, self.allowed_cidrs))
            raise ValueError(f"allowed_cidrs must name a range, and each once, got {named or 'none'}")
        if not 1 <= self.idle_timeout_seconds <= 4000:
            raise ValueError(f"idle_timeout_seconds must be 1 to 4000, got {self.idle_timeout_seconds}")


class Edge(pulumi.ComponentResource):
    """An internet-facing load balancer that speaks TLS only and answers 404 to what no service has a route for.

    Port 80 redirects to 443. The security group is tagged `edge=public`, the only one the Internet may reach; what leaves
    it goes to services' groups alone, by rules that each `Service` adds. Access and connection logs go to the archive's
    intake.

    Outputs:
        listener_arn: The HTTPS listener, for services' rules.
        security_group_id: Group of the load balancer.
        load_balancer_arn: ARN of the load balancer.
        load_balancer_suffix: End of that ARN, the dimension of its metrics.
        certificate_arn: The certificate, once it is valid.
        url: Where the application is reached.
    """

    listener_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    load_balancer_arn: pulumi.Output[str]
    load_balancer_suffix: pulumi.Output[str]
    certificate_arn: pulumi.Output[str]
    firewall_metric: str
    """Name of the firewall in its metrics."""
    url: str

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Edge", name, None, opts)
        check_name(name)
        child = pulumi.ResourceOptions(parent=self)

        group = self._group(name, args)
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
            # Requests that the firewall cannot judge are refused.
            enable_waf_fail_open=False,
            idle_timeout=args.idle_timeout_seconds,
            # The name waits for the bucket's policy: AWS tries to write when logs are turned on.
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
                rate_limit_per_5_min=args.rate_limit_per_5_min,
            ),
            child,
        )
        self.certificate_arn = certificate(name, args.domain, args.zone_id, self)
        listener = aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self.certificate_arn,
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
        aws.lb.ListenerRule(
            f"{name}-health",
            listener_arn=listener.arn,
            priority=EDGE_HEALTH,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=[HEALTH_PATH])
                )
            ],
            actions=[
                aws.lb.ListenerRuleActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerRuleActionFixedResponseArgs(
                        content_type="text/plain", message_body="OK", status_code="200"
                    ),
                )
            ],
            opts=child,
        )
        aws.route53.Record(
            f"{name}-alias",
            zone_id=args.zone_id,
            name=args.domain,
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True
                )
            ],
            opts=child,
        )
        if args.shield_advanced:
            aws.shield.Protection(name, resource_arn=balancer.arn, opts=child)

        self.listener_arn = listener.arn
        self.security_group_id = group.id
        self.load_balancer_arn = balancer.arn
        self.load_balancer_suffix = balancer.arn_suffix
        self.firewall_metric = firewall.metric_name
        self.url = f"https://{args.domain}"
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

    def _group(self, name: str, args: EdgeArgs) -> aws.ec2.SecurityGroup:
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
        return group
