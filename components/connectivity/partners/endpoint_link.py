"""A partner whose services are reached by an interface endpoint in the application's VPC.

Connections go one way, from us to them, and no range of theirs is routed. The endpoint's group lets in the groups of those
services that use partners, one by one: within a VPC rules name groups.

Until the partner accepts the endpoint, its name resolves and nothing answers. Not tried on AWS: how long a first `pulumi up`
waits for a partner that takes its time.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.312(a)(1) (access control).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.connectivity.partners import plan
from components.shared.destination import Destination


@dataclass(frozen=True, kw_only=True)
class EndpointLinkArgs:
    """What `EndpointLink` needs to know."""

    name: str
    """Name of the partner, part of its services' names."""
    partner: plan.EndpointPartner
    """The partner."""
    vpc_id: pulumi.Input[str]
    """The application's VPC."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets, in zones where the partner's service is."""
    zone_id: pulumi.Input[str]
    """Private hosted zone of its services' names."""


class EndpointLink(pulumi.ComponentResource):
    """An interface endpoint, its security group, and a name for each service behind it.

    Outputs:
        endpoint_id: The endpoint, which the partner accepts.
    """

    endpoint_id: pulumi.Output[str]
    destination: Destination
    """Where its services are, for those of ours that use them."""

    def __init__(self, name: str, args: EndpointLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:EndpointLink", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description="Endpoint of a partner's service",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=child,
        )
        endpoint = aws.ec2.VpcEndpoint(
            name,
            vpc_id=args.vpc_id,
            service_name=args.partner.service_name,
            vpc_endpoint_type="Interface",
            private_dns_enabled=False,
            subnet_ids=args.subnet_ids,
            security_group_ids=[group.id],
            tags={"Name": name},
            opts=child,
        )
        for service in args.partner.services:
            aws.route53.Record(
                f"{name}.{service}",
                zone_id=args.zone_id,
                name=plan.host(args.name, service),
                type="CNAME",
                ttl=60,
                # The first of its names answers with the addresses in every zone.
                records=[endpoint.dns_entries.apply(lambda entries: entries[0].dns_name or "")],
                opts=child,
            )
        variables = {
            key: value
            for service, port in args.partner.services.items()
            for key, value in plan.variables(args.name, service, port).items()
        }
        self.endpoint_id = endpoint.id
        self.destination = Destination(
            security_group_id=group.id,
            ports=sorted(set(args.partner.services.values())),
            environment=variables,
        )
        self.register_outputs({"endpoint_id": self.endpoint_id})
