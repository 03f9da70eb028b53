"""`SharedLink`: shares the transit gateway with a partner's AWS account and accepts the attachment of its VPC.

The setup has two steps, because each party works in its own account. First, this stack shares the gateway, and the partner
accepts the share and attaches a VPC. Then the id of the attachment is added to the settings, and this stack accepts the
attachment and creates the partner's route table and routes. Nothing is accepted automatically.

When the partner is removed, Pulumi deletes the acceptance, which deletes the attachment, and then the share. Only the
partner can delete an attachment that was never accepted, and AWS does not delete the gateway while one exists.

Not tested on AWS: everything that needs two accounts, e.g. how soon the partner's account sees the share.

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
    """Arguments of `SharedLink`."""

    transit: Transit
    """The transit gateway."""
    partner: plan.TransitPartner
    """The partner."""
    application_cidr: IPv4Network
    """Range of the application's VPC, which the partner must not reach."""


class SharedLink(pulumi.ComponentResource):
    """The connection of a partner whose VPC attaches to the transit gateway.

    Creates: a resource share (AWS RAM) with the transit gateway and the partner's account. With an attachment id also the
    acceptance of the attachment, and the route table and routes of `route_partner`.

    Outputs:
        share_arn: ARN of the resource share. The partner needs it to accept the share.
    """

    share_arn: pulumi.Output[str]
    table: aws.ec2transitgateway.RouteTable | None
    """Route table of the partner in the transit gateway; None without an attachment id."""

    def __init__(self, name: str, args: SharedLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:SharedLink", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Partners are not members of this AWS organization.
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
