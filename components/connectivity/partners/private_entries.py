"""`PrivateEntries`: endpoint services (AWS PrivateLink) through which partners call the stack's public load balancer.

Each partner has a separate network load balancer and endpoint service, so a partner can be rejected or removed without
effect on others. The network load balancer passes TLS through: certificate, web ACL and access log are those of the
public load balancer. The partner gets one service name, and the stack cannot open connections to the partner.

The security group has no inbound rules, so only PrivateLink traffic is allowed: AWS is configured not to apply the rules to
PrivateLink, whose client addresses the partner chooses. A list of principals limits who may request an endpoint, and each
endpoint must be accepted manually.

If the public load balancer verifies certificates of clients, it also verifies those of partners. A health check has no
certificate, so it then uses another port, on which the public load balancer asks for none and only answers `OK`.

Not tested on AWS: health checks of the public load balancer under a host name that is not in its certificate.
A network load balancer does not validate certificates
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
from components.network.groups import allow_traffic
from components.shared import prefixes
from components.shared.alarms import metric_alarm
from components.shared.load_balancer import HEALTH_PATH, TLS_POLICY
from components.shared.names import check_name
from components.shared.ports import HTTPS

_PREFIX: Final = "entry-"  # Prefix of the physical names of target groups, which have at most 32 characters.
_HEALTH_PORT: Final = (
    8443  # Port for health checks of a public load balancer that verifies certificates on 443.
)


@dataclass(frozen=True, kw_only=True)
class PrivateEntriesArgs:
    """Arguments of `PrivateEntries`."""

    partners: Mapping[str, plan.PrivateLinkPartner]
    """Partners by name."""
    edge: Edge
    """The public load balancer."""
    vpc_id: pulumi.Input[str]
    """Id of the application's VPC, which contains the public load balancer."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Ids of private subnets, one per zone."""
    access_logs_bucket: pulumi.Input[str]
    """Name of the bucket for access logs; its policy must allow the delivery of logs of network load balancers."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alarms notify."""


class PrivateEntries(pulumi.ComponentResource):
    """An endpoint service in front of the public load balancer for each PrivateLink partner.

    Creates per partner: a security group, and the rules between it and the group of the public load balancer; a network
    load balancer with a listener and a target group; a VPC endpoint service; an alarm on unhealthy targets. If the public load
    balancer verifies certificates: one more listener of it, for health checks.

    Outputs:
        service_names: Name of the endpoint service by partner. The partner needs it to create an endpoint.
    """

    service_names: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: PrivateEntriesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("hipaa:connectivity:PrivateEntries", name, None, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        if args.edge.verifies_clients:
            self._health_listener(name)
        self.service_names = {
            partner_name: self._entry(f"{name}-{partner_name}", partner)
            for partner_name, partner in args.partners.items()
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
        allow_traffic(
            name,
            source=group.id,
            target=args.edge.security_group_id,
            port=HTTPS,
            parent=self,
        )
        if args.edge.verifies_clients:
            allow_traffic(
                f"{name}-health",
                source=group.id,
                target=args.edge.security_group_id,
                port=_HEALTH_PORT,
                parent=self,
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
            # It stores no data and must be removable with its partner. AWS refuses to delete a service that has endpoints.
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
                port=str(_HEALTH_PORT) if args.edge.verifies_clients else "traffic-port",
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
            # AWS refuses a load balancer without a listener on the port, so the edge must be complete.
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

    def _health_listener(self, name: str) -> None:
        """Create a listener of the public load balancer without mutual TLS. Only the network load balancers reach its port."""
        edge = self._args.edge
        aws.lb.Listener(
            f"{name}-health",
            load_balancer_arn=edge.load_balancer_arn,
            port=_HEALTH_PORT,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=edge.certificate_arn,
            mutual_authentication=aws.lb.ListenerMutualAuthenticationArgs(mode="off"),
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                        content_type="text/plain", message_body="OK", status_code="200"
                    ),
                )
            ],
            opts=self._child,
        )
