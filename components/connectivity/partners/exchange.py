"""`Exchange`: an internal network load balancer with one listener for each service of a partner.

Applications connect to a private DNS name that resolves to the load balancer. The partner's system sees the addresses of
the load balancer. Client addresses are not preserved: AWS supports that only for targets in the same or a peered VPC, and
replies would bypass the load balancer
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html).

The security group allows inbound traffic from the application's private tier on the ports of the listeners, and outbound
traffic to the address and port of each target. It cannot distinguish services of the application, because rules across the
transit gateway name ranges, not groups. The security groups of the services do that: only a service that uses partners has
an egress rule to the exchange. No listener may use port 443, because every task has an egress rule for that port.

The settings define how each service handles TLS. Either TLS passes through to the target, which a tag on the listener and
the target group declares; or the load balancer terminates TLS and opens a new TLS connection, for which AWS does not
validate the certificate of the target
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html). Or the service uses plain
text, which only the tunnel of the partner encrypts. A tag declares plain text too, and the controls report it until a waiver
accepts it.

Not tested on AWS: health checks of targets behind a transit gateway or a tunnel. AWS documents them for addresses outside
the VPC (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html).

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
_PREFIX: Final = "prtnr-"  # Prefix of the physical names of target groups, which have at most 32 characters.


@dataclass(frozen=True, kw_only=True)
class ExchangeArgs:
    """Arguments of `Exchange`."""

    vpc_id: pulumi.Input[str]
    """Id of the exchange's VPC."""
    cidr: IPv4Network
    """Range of the exchange's VPC."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Ids of the subnets of the exchange's VPC, one per zone."""
    client_cidrs: Mapping[str, IPv4Network]
    """Ranges of the application's private tier, by zone."""
    services: Mapping[str, Sequence[plan.PartnerService]]
    """Services by the name of their partner."""
    zone_id: pulumi.Input[str]
    """Id of the private hosted zone for the names of partners' services."""
    access_logs_bucket: pulumi.Input[str]
    """Name of the bucket for access logs; its policy must allow the delivery of logs of network load balancers."""
    protect: bool
    """Whether deletion protection of the load balancer is on."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alarms notify."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for two listeners on one port, and for a listener on 443, which every task may connect to."""
        users: dict[int, str] = {HTTPS: "every task, for AWS APIs"}
        for partner, services in self.services.items():
            for service in services:
                name = plan.service_host(partner, service.name)
                if service.listener in users:
                    raise ValueError(
                        f"listener of {name} must be an unused port, got {service.listener}, "
                        f"which is used by {users[service.listener]}"
                    )
                users[service.listener] = name


class Exchange(pulumi.ComponentResource):
    """An internal network load balancer in the exchange's VPC, through which services reach the systems of partners.

    Creates: a security group and its rules; a network load balancer; an alarm on connections that its security group
    refused. For each service of a partner also a target group with its targets, a listener, a Route 53 alias record and an
    alarm on unhealthy targets.

    Outputs:
        security_group_id: Id of the security group of the load balancer.
        load_balancer_arn: ARN of the load balancer.
    """

    security_group_id: pulumi.Output[str]
    load_balancer_arn: pulumi.Output[str]
    destination: Destination | None
    """Range, ports and environment variables for services that use partners; None if there are no listeners."""

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
            # A network load balancer that is created without a security group can never get one.
            security_groups=[self._group.id],
            enforce_security_group_inbound_rules_on_private_link_traffic="on",
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.protect,
            # AWS logs only TLS listeners; the flow logs contain the other connections.
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
        target_ports: set[tuple[IPv4Address, int]] = set()
        for partner, services in args.services.items():
            for service in services:
                self._service(partner, service)
                variables |= plan.service_variables(partner, service.name, service.listener)
                ports.append(service.listener)
                target_ports |= {(target, service.port) for target in service.targets}
        self._rules(ports, target_ports)

        self.security_group_id = self._group.id
        self.load_balancer_arn = self._balancer.arn
        self.destination = (
            Destination(cidrs=[args.cidr], ports=sorted(ports), environment=variables) if ports else None
        )
        self.register_outputs(
            {"security_group_id": self.security_group_id, "load_balancer_arn": self.load_balancer_arn}
        )

    def _rules(self, ports: Sequence[int], target_ports: Set[tuple[IPv4Address, int]]) -> None:
        """Allow the application to reach the listeners, and the load balancer to reach the targets.

        A security group refuses duplicate rules, so a rule is named after its content: two services that need the same rule
        share it, and the rule stays if a different service needs it later.

        Args:
            ports: Ports of the listeners.
            target_ports: Address and port of each target.
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
        for target, port in sorted(target_ports):
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

    def _service(self, partner: str, service: plan.PartnerService) -> None:
        """Create the resources of one service. All names except that of the listener consist of service and partner."""
        key = plan.service_key(partner, service.name)
        name = f"{self._name}-{key}"
        ends_tls = service.tls == "terminate"
        tags = {"Name": key, "Partner": partner, **plan.TLS_TAGS.get(service.tls, {})}
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
                # Required for an address outside the VPC.
                availability_zone="all",
                opts=self._child,
            )
        # A port has only one listener, so the name is the port: a service that replaces another one takes over its listener.
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
            name=plan.service_host(partner, service.name),
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
