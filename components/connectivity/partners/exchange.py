"""The exchange's load balancer: a listener for each service of a partner, by which applications reach it.

Applications know a private name and an address of ours; the partner's system sees the load balancer's. Client addresses
are not preserved: that works within a VPC or a peered one only, and replies would pass the load balancer by
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html).

The security group lets in the application's private tier on the listeners' ports and lets out each target's address on its
port. It cannot tell one service of ours from another: across the gateway a range stands for them. That is done where they
leave, since a service has no rule to the exchange unless it uses partners. Port 443, to which every task may connect, is no
listener's.

A service says in the settings how its requests travel. TLS is handed on from end to end, which the listener and its targets
state by a tag, or ended here and begun anew, where AWS checks no certificate of the target
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html). Plain text, which has the
partner's tunnel alone, is stated too: the controls find it until somebody accepts it on record.

Not tried on AWS: health checks of targets behind a transit gateway or a tunnel, which AWS documents for addresses outside the
VPC (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html).

Maps to 45 CFR 164.312(e)(1) and (e)(2)(ii) (transmission security) and 164.312(b) (audit controls).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.connectivity.partners import plan
from components.connectivity.partners.alarms import EXCHANGE_REFUSED, PARTNER_UNHEALTHY
from components.shared import prefixes
from components.shared.alarms import metric_alarm
from components.shared.destination import Destination
from components.shared.load_balancer import TLS_POLICY
from components.shared.ports import HTTPS

_DRAIN_SECONDS: Final = 60
_PREFIX: Final = "prtnr-"  # of target groups' physical names, for which AWS has 32 letters


@dataclass(frozen=True, kw_only=True)
class ExchangeArgs:
    """What `Exchange` needs to know."""

    vpc_id: pulumi.Input[str]
    """The exchange's VPC."""
    cidr: IPv4Network
    """Its range."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Its subnets, one in each zone."""
    client_cidrs: Mapping[str, IPv4Network]
    """Ranges of the application's private tier, by zone."""
    services: Mapping[str, Sequence[plan.PartnerService]]
    """Services of every partner, by its name."""
    zone_id: pulumi.Input[str]
    """Private hosted zone of their names."""
    access_logs_bucket: pulumi.Input[str]
    """Name of the bucket that receives access logs; its policy must admit the logs of network load balancers."""
    protect: bool
    """Whether AWS refuses to delete the load balancer."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told of services that do not answer."""

    def __post_init__(self) -> None:
        """Refuse two listeners on one port, and one on the port that every task may connect to."""
        taken: dict[int, str] = {HTTPS: "every task's way to AWS"}
        for partner, services in self.services.items():
            for service in services:
                name = plan.host(partner, service.name)
                if service.listener in taken:
                    raise ValueError(
                        f"listener of {name} must be a port of its own, got {service.listener}, "
                        f"which is {taken[service.listener]}"
                    )
                taken[service.listener] = f"that of {name}"


class Exchange(pulumi.ComponentResource):
    """An internal network load balancer in a VPC of its own, with a listener, targets and a name for each service.

    Outputs:
        security_group_id: Group of the load balancer.
        load_balancer_arn: ARN of the load balancer.
    """

    security_group_id: pulumi.Output[str]
    load_balancer_arn: pulumi.Output[str]
    destination: Destination | None
    """Where all services are, for those of ours that use them; none without any."""

    def __init__(self, name: str, args: ExchangeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:Exchange", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._group = aws.ec2.SecurityGroup(
            name,
            description="Load balancer of the partner exchange",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=self._child,
        )
        self._balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="network",
            internal=True,
            ip_address_type="ipv4",
            subnets=args.subnet_ids,
            # A load balancer that is made without a group can never have one.
            security_groups=[self._group.id],
            enforce_security_group_inbound_rules_on_private_link_traffic="on",
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.protect,
            # Of TLS listeners only; the flow logs have the rest.
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                enabled=True,
                bucket=args.access_logs_bucket,
                prefix=prefixes.NETWORK_LOAD_BALANCER_ACCESS,
            ),
            opts=self._child,
        )
        metric_alarm(
            name,
            EXCHANGE_REFUSED,
            dimensions={"LoadBalancer": self._balancer.arn_suffix},
            topic_arn=args.alarm_topic_arn,
            parent=self,
        )
        variables: dict[str, str] = {}
        ports: list[int] = []
        ends: set[tuple[IPv4Address, int]] = set()
        for partner, services in args.services.items():
            for service in services:
                self._serve(partner, service)
                variables |= plan.variables(partner, service.name, service.listener)
                ports.append(service.listener)
                ends |= {(target, service.port) for target in service.targets}
        self._open(ports, ends)

        self.security_group_id = self._group.id
        self.load_balancer_arn = self._balancer.arn
        self.destination = (
            Destination(cidrs=[args.cidr], ports=sorted(ports), environment=variables) if ports else None
        )
        self.register_outputs(
            {"security_group_id": self.security_group_id, "load_balancer_arn": self.load_balancer_arn}
        )

    def _open(self, ports: Sequence[int], ends: Set[tuple[IPv4Address, int]]) -> None:
        """Let the application in and the load balancer out.

        The rules are named after what they say: AWS has each rule once, so one that two services share is made once, and
        one that passes from a service to another stays.
        """
        for port in ports:
            for zone, cidr in self._args.client_cidrs.items():
                aws.vpc.SecurityGroupIngressRule(
                    f"{self._name}-{port}-from-{zone}",
                    security_group_id=self._group.id,
                    description="From the application's private tier",
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    cidr_ipv4=str(cidr),
                    opts=self._child,
                )
        for target, port in sorted(ends):
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-to-{target}-{port}",
                security_group_id=self._group.id,
                description="To a system of a partner",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=f"{target}/32",
                opts=self._child,
            )

    def _serve(self, partner: str, service: plan.PartnerService) -> None:
        """Make everything of one service, named after it and its partner alone."""
        key = plan.key(partner, service.name)
        name = f"{self._name}-{key}"
        ends_tls = service.tls == "terminate"
        tags = {"Name": key, "Partner": partner, **plan.STATED.get(service.tls, {})}
        group = aws.lb.TargetGroup(
            name,
            name_prefix=_PREFIX,
            vpc_id=self._args.vpc_id,
            target_type="ip",
            port=service.port,
            protocol="TLS" if ends_tls else "TCP",
            preserve_client_ip="false",
            deregistration_delay=_DRAIN_SECONDS,
            connection_termination=True,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="TCP",
                port="traffic-port",
                interval=30,
                timeout=10,
                healthy_threshold=2,
                unhealthy_threshold=2,
            ),
            tags=tags,
            opts=self._child,
        )
        for target in service.targets:
            aws.lb.TargetGroupAttachment(
                f"{name}-{target}",
                target_group_arn=group.arn,
                target_id=str(target),
                port=service.port,
                # What an address outside the VPC asks for.
                availability_zone="all",
                opts=self._child,
            )
        # Named after its port, of which there is one: a service that takes another's place takes its listener over.
        aws.lb.Listener(
            f"{self._name}-{service.listener}",
            load_balancer_arn=self._balancer.arn,
            port=service.listener,
            protocol="TLS" if ends_tls else "TCP",
            ssl_policy=TLS_POLICY if ends_tls else None,
            certificate_arn=service.certificate_arn,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=group.arn)],
            tags=tags,
            opts=self._child,
        )
        aws.route53.Record(
            name,
            zone_id=self._args.zone_id,
            name=plan.host(partner, service.name),
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=self._balancer.dns_name, zone_id=self._balancer.zone_id, evaluate_target_health=False
                )
            ],
            opts=self._child,
        )
        metric_alarm(
            name,
            PARTNER_UNHEALTHY,
            dimensions={
                "LoadBalancer": self._balancer.arn_suffix,
                "TargetGroup": group.arn_suffix,
            },
            topic_arn=self._args.alarm_topic_arn,
            parent=self,
        )
