"""Why a mutant that no control reports is no worse than what it replaces, or who else notices it."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

_DEFAULT = "The provider's default is what the control asks for."
_REFUSED = "AWS refuses it; nothing is left open."
_CLOSES = "What is left out allows less."
_KEEPS = "Without it nothing expires."
_REDUNDANT = "Something else in prod still satisfies the control; the tests of the rule take that away too."
_INSIDE = (
    "The rule lets in the VPC or a security group; ports and groups are limited where the Internet is let in."
)
_NAMED = "The principals stay named and tied to the account; which of its actions they need is no control's question."
_WHICH = "It decides whether the control is about the resource: a bucket is a log bucket as long as its tag or a log says so."

_REASONS: Final[Mapping[str, str]] = {
    # field operation (patterns) -> reason
    "cloudtrail/Trail.s3BucketName *": _WHICH,
    "cloudwatch/LogGroup.logGroupClass delete": _DEFAULT,
    "cloudwatch/LogGroup.retentionInDays smaller": "Three years here and six in the archive, which takes the whole group.",
    "cloudwatch/LogSubscriptionFilter.*": "The group itself keeps six years; the archive is a second copy.",
    "ec2/DefaultRouteTable.routes delete": _CLOSES,
    "ec2/FlowLog.logDestination other": _REDUNDANT,
    "ec2/FlowLog.logDestinationType delete": "The provider's default is cloud-watch-logs, and the other kind is refused by AWS.",
    "ec2/FlowLog.vpcId *": _REDUNDANT,
    "ec2/LaunchTemplate.iamInstanceProfile.arn other": "A profile of another stack is a profile.",
    "ec2/LaunchTemplate.networkInterfaces* delete": "The subnet decides then, and no subnet assigns public addresses.",
    "ec2/NetworkAcl.*gress delete": _CLOSES,
    "ec2/NetworkAcl.*gress[[]] delete": _CLOSES,
    "ec2/NetworkAcl.*gress[[]].action *": "Only allow and deny exist, and allow is what was judged.",
    "ec2/NetworkAcl.*gress[[]].cidrBlock delete": _REFUSED,
    "ec2/NetworkAcl.subnetIds*": "The tag says too that the list guards the data tier.",
    "ec2/Route.gatewayId *": "Without a gateway AWS refuses the route; to another one the table's tag still counts.",
    "ec2/Route.routeTableId *": _REFUSED,
    "ec2/Subnet.mapPublicIpOnLaunch delete": _DEFAULT,
    "ec2/VpcEndpoint.policy every *": "One condition of an endpoint policy or named resources hold; the rule asks for one of them.",
    "ec2/VpcEndpoint.serviceName *": "Another service needs a policy as well.",
    "ec2/VpcEndpoint.vpcEndpointType *": "Every type but one needs a policy as well, and AWS has no other.",
    "iam/Role.assumeRolePolicy every action": "AWS allows actions of STS only in a trust policy.",
    "iam/RolePolicyAttachment.policyArn other": "A policy of another stack is judged there.",
    "kinesis/FirehoseDeliveryStream.*": _WHICH,
    "kms/Key.customerMasterKeySpec *": "A key of another kind encrypts no storage, and AWS cannot rotate it.",
    "kms/Key.deletionWindowInDays delete": _DEFAULT,
    "kms/Key.isEnabled delete": _DEFAULT,
    "kms/Key.keyUsage *": "A key of another kind encrypts no storage, and AWS cannot rotate it.",
    "kms/Key.policy every action*": _NAMED,
    "kms/Key.rotationPeriodInDays delete": _DEFAULT,
    "route53/ResolverQueryLogConfig.destinationArn *": _WHICH,
    "s3/Bucket.forceDestroy delete": _DEFAULT,
    "s3/Bucket.objectLockEnabled *": "Only log buckets must be locked; a waiver covers the intake, which cannot be.",
    "s3/Bucket.tags*": _WHICH,
    "s3/BucketLifecycleConfiguration.*": _KEEPS,
    "s3/BucketLogging.targetBucket other": "A log bucket of another stack is judged there.",
    "s3/BucketPolicy.policy every action*": _NAMED,
    "vpc/SecurityGroupIngressRule.* delete": _REFUSED,
    "vpc/SecurityGroupIngressRule.*": _INSIDE,
}

_CLAIMS: Final[Mapping[str, str]] = {
    # control: type property (patterns) -> reason
    "log-group-keeps-six-years: *:BucketLifecycleConfiguration *": "prod's groups keep six years themselves.",
    "s3-log-bucket-keeps-six-years: *:BucketLifecycleConfiguration bucket": _KEEPS,
    "internet-route-only-in-public-tables: *:DefaultRouteTable routes": "prod's default table has no routes.",
    "data-tier-acl-is-closed-to-the-internet: *:NetworkAcl subnetIds": "The tag says too that the list guards the data tier.",
    "vpc-endpoint-has-a-policy: *:VpcEndpoint vpcEndpointType": "It takes gateway load balancers out, of which prod has none.",
}


def explanation(field: str, operation: str) -> str | None:
    """Return why a mutation of a field may survive, or None where nothing accounts for it."""
    return _found(_REASONS, f"{field} {operation}")


def claim_explanation(claim: str) -> str | None:
    """Return why no mutant of a claimed field makes its control report, or None where nothing accounts for it."""
    return _found(_CLAIMS, claim)


def _found(table: Mapping[str, str], text: str) -> str | None:
    return next((reason for pattern, reason in table.items() if fnmatchcase(text, pattern)), None)
