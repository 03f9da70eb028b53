"""Partners that reach the public entry by AWS PrivateLink: a private door to the same load balancer.

Each has a network load balancer and an endpoint service of its own, so that one can be refused or removed without a word to
the others. It passes TLS on untouched, and certificate, firewall and access log stay those of the public entry. The partner
sees one name, and nothing of ours can open a connection towards it.

The group's inbound rules are not applied to PrivateLink, whose clients have addresses of the partner's own choosing; since
it has none, nothing else comes in. Who may ask is a list of principals, and who may come in is accepted by hand.

Not tried on AWS: the load balancer's health check of the public entry by a host name that its certificate does not have.
A network load balancer does not look at certificates
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html).

Maps to 45 CFR 164.312(e)(1) (transmission security), 164.312(a)(1) and 164.308(a)(4)(ii)(B) (access).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.edge.edge import Edge
from components.connectivity.partners import plan
from components.connectivity.partners.alarms import PRIVATE_ENTRY_UNHEALTHY
from components.network.groups import join
from components.shared import prefixes
from components.shared.alarms import metric_alarm
from components.shared.load_balancer import HEALTH_PATH
from components.shared.names import check_name
from components.shared.ports import HTTPS

_PREFIX: Final = "entry-"  # of target groups' physical names, for which AWS has 32 letters


@dataclass(frozen=True, kw_only=True)
class PrivateEntriesArgs:
    """What `PrivateEntries` needs to know."""

    partners: Mapping[str, plan.PrivateLinkPartner]
    """Partners by name."""
    edge: Edge
    """The public entry."""
    vpc_id: pulumi.Input[str]
    """The application's VPC, which the public entry is in."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets, one in each zone."""
    access_logs_bucket: pulumi.Input[str]
    """Name of the bucket that receives access logs; its policy must admit the logs of network load balancers."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told of an entry that does not answer."""


class PrivateEntries(pulumi.ComponentResource):
    """A private entry for each partner that comes by PrivateLink.

    Outputs:
        service_names: Name of the endpoint service by partner: what to tell them.
    """

    service_names: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: PrivateEntriesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:connectivity:PrivateEntries", name, None, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        self.service_names = {
            partner: self._entry(f"{name}-{partner}", found) for partner, found in args.partners.items()
        }
        self.register_outputs({"service_names": self.service_names})

    def _entry(self, name: str, partner: plan.PrivateLinkPartner) -> pulumi.Output[str]:
        check_name(name)
        args = self._args
        group = aws.ec2.SecurityGroup(
            name,
            description="Private entry of a partner",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=self._child,
        )
        join(
            name,
            source=group.id,
            target=args.edge.security_group_id,
            port=HTTPS,
            opts=self._child,
        )
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="network",
            internal=True,
            ip_address_type="ipv4",
            subnets=args.subnet_ids,
            security_groups=[group.id],
            enforce_security_group_inbound_rules_on_private_link_traffic="off",
            enable_cross_zone_load_balancing=True,
            # It holds nothing, and goes with its partner's block; the service refuses to go before its last endpoint.
            enable_deletion_protection=False,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                enabled=True,
                bucket=args.access_logs_bucket,
                prefix=prefixes.NETWORK_LOAD_BALANCER_ACCESS,
            ),
            opts=self._child,
        )
        targets = aws.lb.TargetGroup(
            name,
            name_prefix=_PREFIX,
            vpc_id=args.vpc_id,
            target_type="alb",
            port=HTTPS,
            protocol="TCP",
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTPS",
                port="traffic-port",
                path=HEALTH_PATH,
                matcher="200",
                interval=30,
                timeout=10,
                healthy_threshold=2,
                unhealthy_threshold=2,
            ),
            tags={"Name": name, **plan.END_TO_END},
            opts=self._child,
        )
        aws.lb.TargetGroupAttachment(
            name,
            target_group_arn=targets.arn,
            target_id=args.edge.load_balancer_arn,
            port=HTTPS,
            # AWS refuses a load balancer that has no listener on the port yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.edge]),
        )
        aws.lb.Listener(
            name,
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="TCP",
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)],
            tags={"Name": name, **plan.END_TO_END},
            opts=self._child,
        )
        service = aws.ec2.VpcEndpointService(
            name,
            acceptance_required=True,
            allowed_principals=partner.principals,
            network_load_balancer_arns=[balancer.arn],
            supported_ip_address_types=["ipv4"],
            tags={"Name": name},
            opts=self._child,
        )
        metric_alarm(
            name,
            PRIVATE_ENTRY_UNHEALTHY,
            dimensions={"LoadBalancer": balancer.arn_suffix, "TargetGroup": targets.arn_suffix},
            topic_arn=args.alarm_topic_arn,
            parent=self,
        )
        return service.service_name
