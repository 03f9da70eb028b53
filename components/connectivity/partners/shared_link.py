"""A partner whose own VPC attaches to the transit gateway: a share, and what follows once they have attached.

Two steps, since each side acts in its own account. First the gateway is shared with the partner's account; the partner
accepts the share and attaches a VPC. Then the attachment's id goes into the settings: it is accepted here, gets the
partner's table and the routes. Nothing is accepted by itself.

When the partner goes, deleting the acceptance deletes the attachment, and then the share ends. An attachment that waits
unaccepted is the partner's to delete; AWS keeps the gateway as long as there is one.

Not tried on AWS: anything that takes two accounts, such as how soon a share is known to the one that it is with.

Maps to 45 CFR 164.312(e)(1) (transmission security) and 164.308(b)(1) (business associates, whose accounts these are).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.connectivity.partners import plan
from components.connectivity.partners.routed import route_partner
from components.connectivity.partners.transit import Transit


@dataclass(frozen=True, kw_only=True)
class SharedLinkArgs:
    """What `SharedLink` needs to know."""

    transit: Transit
    """The gateway."""
    partner: plan.TransitPartner
    """The partner."""
    application_cidr: IPv4Network
    """Range of the application's VPC, closed to the partner."""


class SharedLink(pulumi.ComponentResource):
    """A share of the gateway with one account and, once there is an attachment, its acceptance, table and routes.

    Outputs:
        share_arn: The share, which the partner accepts.
    """

    share_arn: pulumi.Output[str]
    table: aws.ec2transitgateway.RouteTable | None
    """The partner's table in the gateway; none before they have attached."""

    def __init__(self, name: str, args: SharedLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:SharedLink", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Partners are no members of our organization.
        share = aws.ram.ResourceShare(name, allow_external_principals=True, tags={"Name": name}, opts=child)
        shared = aws.ram.ResourceAssociation(
            name,
            resource_arn=args.transit.transit_gateway_arn,
            resource_share_arn=share.arn,
            opts=child,
        )
        invited = aws.ram.PrincipalAssociation(
            name, principal=args.partner.account, resource_share_arn=share.arn, opts=child
        )
        self.table = None
        if args.partner.attachment_id is not None:
            accepter = aws.ec2transitgateway.VpcAttachmentAccepter(
                name,
                transit_gateway_attachment_id=args.partner.attachment_id,
                transit_gateway_default_route_table_association=False,
                transit_gateway_default_route_table_propagation=False,
                tags={"Name": name},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[shared, invited]),
            )
            self.table = route_partner(
                name,
                transit=args.transit,
                attachment_id=accepter.transit_gateway_attachment_id,
                cidrs=args.partner.cidrs,
                application_cidr=args.application_cidr,
                after=[accepter],
                parent=self,
            )
        self.share_arn = share.arn
        self.register_outputs({"share_arn": self.share_arn})
