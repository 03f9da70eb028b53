"""`EndpointLink`: an interface endpoint in the application's VPC, for a partner that offers an endpoint service.

Connections go only from the application to the partner, and no range of the partner is routed. `Service` adds one rule to
the security group of the endpoint for each service that uses partners, and the rule names the group of that service.

Until the partner accepts the endpoint, its names resolve but connections fail. Not tested on AWS: how long the first
`pulumi up` waits if the partner does not accept the endpoint soon.

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
    """Arguments of `EndpointLink`."""

    name: str
    """Name of the partner; part of the host names of its services."""
    partner: plan.EndpointPartner
    """The partner."""
    vpc_id: pulumi.Input[str]
    """Id of the application's VPC."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Ids of private subnets, in zones that the partner's endpoint service supports."""
    zone_id: pulumi.Input[str]
    """Id of the private hosted zone for the names of partners' services."""


class EndpointLink(pulumi.ComponentResource):
    """An interface endpoint to the endpoint service of a partner, with a private DNS name for each service behind it.

    Creates: a security group without rules; an interface VPC endpoint; a Route 53 CNAME record per service.

    Outputs:
        endpoint_id: Id of the endpoint. The partner needs it to accept the endpoint.
    """

    endpoint_id: pulumi.Output[str]
    destination: Destination
    """Security group, ports and environment variables for services that use this partner."""

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
                name=plan.service_host(args.name, service),
                type="CNAME",
                ttl=60,
                # The first DNS name of an endpoint resolves to its addresses in all zones.
                records=[endpoint.dns_entries.apply(lambda entries: entries[0].dns_name or "")],
                opts=child,
            )
        variables = {
            key: value
            for service, port in args.partner.services.items()
            for key, value in plan.service_variables(args.name, service, port).items()
        }
        self.endpoint_id = endpoint.id
        self.destination = Destination(
            security_group_id=group.id,
            ports=sorted(set(args.partner.services.values())),
            environment=variables,
        )
        self.register_outputs({"endpoint_id": self.endpoint_id})
