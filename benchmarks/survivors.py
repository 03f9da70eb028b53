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
_ELSEWHERE = "What another stack holds is judged there."
_LARGE_ENOUGH = "Half of what prod has, or twice, is still what the control asks for."
_MORE = "What is left out takes more stores into the plan; a tag by default of the provider is no input."
_NOT_DATA = "prod's partners know the exchange's VPC only, which holds no database; the tests of the rule lead them to one that does."
_OWN_VPC = "A VPC of our own without its table or its routes reaches nothing; partners' attachments are held to theirs."
_NO_DATA_RULE = "No control reads it: it decides how the container runs, not who reaches its data."
_WHICH = "It decides whether the control is about the resource: a bucket is a log bucket as long as its tag or a log says so."

REASONS: Final[Mapping[str, str]] = {
    # field (a pattern) and operations (divided by |) -> reason
    "backup/Plan.rules[[]] delete": "Hourly and monthly backups are more than the daily ones that are asked for, or another rule keeps as long.",
    "backup/Plan.rules[[]].copyActions delete": _REDUNDANT,
    "backup/Plan.rules[[]].lifecycle* delete": "Without a day of deletion a backup is kept for ever.",
    "backup/Plan.rules[[]].lifecycle.deleteAfter smaller": "The hourly rule may keep for less; daily and monthly ones are held to their figures.",
    "backup/Plan.rules[[]].schedule other": _REFUSED,
    **dict.fromkeys(
        (
            "backup/Selection.conditions* delete",
            "backup/Selection.conditions[[]].stringEquals[[]].value other",
            "backup/Selection.resources|backup/Selection.resources[[]] delete",
        ),
        _MORE,
    ),
    "backup/Vault.forceDestroy delete": _DEFAULT,
    "backup/*.region delete": "No control asks for a second region: a copy in another vault under its own lock is what it asks for.",
    "kms/*.region delete": "AWS refuses a vault with a key of another region.",
    **dict.fromkeys(
        (
            "backup/Vault.tags delete",
            "elasticache/ReplicationGroup.tags delete",
            "s3/Bucket.tags delete",
            "secretsmanager/Secret.tags delete",
        ),
        "The provider's default tags classify every store, and what a rule reads of tags is judged where it is.",
    ),
    **dict.fromkeys(
        (
            "ec2/DefaultRouteTable.tags delete",
            "ec2/RouteTable.tags delete",
            "ec2/SecurityGroup.tags delete",
            "ec2/Subnet.tags delete",
            "ec2/VpnConnection.tags delete",
            "ec2transitgateway/VpcAttachment*.tags delete",
            "lb/TargetGroup.tags delete",
        ),
        "A tag allows something or tells tiers apart by a second sign; without it the strictest is asked, or the first sign holds.",
    ),
    "backup/VaultLockConfiguration.changeableForDays smaller": "AWS's least is 3 days, and the lock closes sooner.",
    "ec2/Subnet.vpcId *": _REFUSED,
    "ec2/RouteTable.vpcId *": _REFUSED,
    "*/SubnetGroup.subnetIds[[]] delete": _CLOSES,
    "ec2/FlowLog.transitGatewayId other": _REDUNDANT,
    "ec2/LaunchTemplate.networkInterfaces[[]].associatePublicIpAddress flip": "The VPN server's is on by a waiver; off allows less.",
    "ec2/VpcEndpointService.allowedPrincipals* delete": _CLOSES,
    "ec2/VpnConnection.transitGatewayId *": "A connection to no gateway, or to one that is judged elsewhere, carries nothing of this one's.",
    "ec2/VpnConnection.*logGroupArn other": _ELSEWHERE,
    "ec2/VpnConnection.tunnel?Phase?DhGroupNumbers[[]] delete": _CLOSES,
    "ec2/VpnConnection.tunnel?Phase?IntegrityAlgorithms[[]] delete": _CLOSES,
    "ec2transitgateway/Route.blackhole *": "AWS refuses a route that leads nowhere; no other route of the table takes its range.",
    "ec2transitgateway/Route.destinationCidrBlock delete": _REFUSED,
    "ec2transitgateway/Route.destinationCidrBlock whole Internet": "A black hole of more closes more; the exchange's way back to us leads to no partner.",
    "ec2transitgateway/Route.transitGateway*Id *": _OWN_VPC,
    "ec2transitgateway/RouteTableAssociation.* delete|other": _OWN_VPC,
    "ec2transitgateway/RouteTablePropagation.* delete|other": _OWN_VPC,
    "ec2transitgateway/TransitGateway.autoAcceptSharedAttachments delete": _DEFAULT,
    "ec2transitgateway/VpcAttachment.vpcId *": _REFUSED,
    "efs/FileSystemPolicy.policy every action*": _NAMED,
    "elasticache/ReplicationGroup.snapshotRetentionLimit smaller": _LARGE_ENOUGH,
    "elasticache/ReplicationGroup.subnetGroupName other": _ELSEWHERE,
    "elasticache/ReplicationGroup.transitEncryptionMode delete": "The default of a new group with encryption is required.",
    "elasticache/SubnetGroup.subnetIds delete": _REFUSED,
    "rds/SubnetGroup.subnetIds delete": _REFUSED,
    "elasticache/User.accessString delete|other": "Only a user who needs no password must be off, and this is read of nobody else.",
    "elasticache/User.authenticationMode* delete|other": "The default user is switched off and may do without a password; of the others only the password counts.",
    "rds/*.dbSubnetGroupName other": _ELSEWHERE,
    "lambda/Permission.* other": _REFUSED,
    "lb/LoadBalancer.enableDeletionProtection flip": "A partner's private entry is unprotected by a waiver; on protects more.",
    "lb/LoadBalancer.loadBalancerType other": _REFUSED,
    "rds/*.enabledCloudwatchLogsExports[[]] delete": "The log of connections and queries is held; the one of upgrades tells of nobody's access.",
    "rds/*.engine other": _REFUSED,
    "rds/*.engineVersion other": "It says only that the program states the version; AWS takes its default without one.",
    "rds/*.manageMasterUserPassword *": "AWS refuses a database without a password; its key is judged while AWS manages it.",
    "rds/*.skipFinalSnapshot delete": _DEFAULT,
    "rds/*.autoMinorVersionUpgrade *": "prod states versions, which people raise: its policy configuration says so.",
    "rds/*.monitoringInterval larger": "AWS allows 60 seconds at most.",
    "rds/*.performanceInsightsEnabled *": "No control asks for it; its key is judged while it is on.",
    "rds/*.publiclyAccessible delete": _DEFAULT,
    "rds/*ParameterGroup.parameters[[]] delete": "The parameters that force TLS and log are held; the others are no control's question.",
    "rds/*ParameterGroup.parameters[[]].name delete|other": "The parameters that force TLS and log are held; the others are no control's question.",
    "secretsmanager/Secret.(protect) flip": "A deleted secret waits for 7 days at least, in which it can be rescued.",
    "secretsmanager/Secret.recoveryWindowInDays delete": _DEFAULT,
    "secretsmanager/Secret.recoveryWindowInDays smaller": _LARGE_ENOUGH,
    "secretsmanager/SecretRotation.rotationRules.automaticallyAfterDays larger": _LARGE_ENOUGH,
    "appautoscaling/Target.resourceId *": "It tells tables from services; prod has no table.",
    "athena/Workgroup.*.enforceWorkgroupConfiguration delete": _DEFAULT,
    "autoscaling/Group.healthCheckType *": "The group serves no load balancer itself; the services do.",
    "cfg/DeliveryChannel.s3BucketName other": _ELSEWHERE,
    "cloudtrail/Trail.advancedEventSelectors[[]]* delete|other": (
        "One selector of S3 objects is asked for, and another one is left; what a selector leaves out a person has to judge."
    ),
    "cloudtrail/Trail.cloudWatchLogsGroupArn other": _ELSEWHERE,
    "cloudtrail/Trail.enableLogging delete": _DEFAULT,
    "cloudtrail/Trail.includeGlobalServiceEvents delete": _DEFAULT,
    "ebs/EncryptionByDefault.enabled delete": _DEFAULT,
    "ec2/Route.destinationCidrBlock *": _REFUSED,
    "ec2/Route.natGatewayId *": "AWS refuses a route to nothing; to another gateway, the table's tier still counts.",
    "ec2/RouteTableAssociation.* delete|other": "A subnet without its table has the VPC's main one, which has no routes.",
    "ec2/Subnet.tags* delete|other": "SubnetType and tier say the same, and no subnet of a database has a way out besides.",
    "ec2/VpcEndpoint.vpcId *": "The service is none of those that the control asks for.",
    "ecr/Repository.forceDelete delete": _DEFAULT,
    "ecs/Cluster.*.cloudWatchLogGroupName other": _ELSEWHERE,
    "ecs/Service.networkConfiguration* delete": "AWS refuses the service without a network; it assigns no public address by default.",
    "ecs/TaskDefinition.containerDefinitions[[]].logConfiguration.options* delete": "ECS refuses the driver without its options.",
    "ecs/TaskDefinition.containerDefinitions[[]].privileged delete": _DEFAULT,
    "ecs/TaskDefinition.containerDefinitions[[]] delete": "ECS refuses a task without a container.",
    **{
        f"ecs/TaskDefinition.containerDefinitions[[]].{part} delete": _NO_DATA_RULE
        for part in (
            "command*",
            "cpu",
            "environment*",
            "essential",
            "image",
            "linuxParameters*",
            "memory",
            "name",
            "portMappings*",
            "secrets*",
            "stopTimeout",
        )
    },
    "ecs/TaskDefinition.taskRoleArn delete": "A task without a role may do nothing in AWS.",
    "ec2/InternetGateway.vpcId *": "A gateway without its VPC leads nowhere, and the routes to it are judged.",
    "ecs/TaskDefinition.*RoleArn other": _ELSEWHERE,
    "guardduty/Detector.enable delete": _DEFAULT,
    "lb/Listener.certificateArn other": _ELSEWHERE,
    "lb/Listener.defaultActions delete": _REFUSED,
    "lb/ListenerRule.actions delete": _REFUSED,
    "lb/ListenerRule.listenerArn *": "prod's rules belong to its HTTPS listener; a rule of no listener is refused by AWS, one of another stack's judged there.",
    "lb/LoadBalancer.accessLogs.bucket other": _ELSEWHERE,
    "lb/LoadBalancer.connectionLogs delete": "The access logs record every request; connection logs are a second record.",
    "lb/LoadBalancer.desyncMitigationMode delete": _DEFAULT,
    "lb/LoadBalancer.internal *": "A public balancer must have a firewall, and this one has; an internal one is reached by fewer.",
    "lb/LoadBalancer.loadBalancerType delete": _DEFAULT,
    "lb/TargetGroup.healthCheck delete": "A health check carries no patient data.",
    "lb/TargetGroup.healthCheck.protocol delete|other": "A health check carries no patient data.",
    "lb/TargetGroup.targetType *": "It tells functions from hosts, and only hosts are reached over the network.",
    "s3/BucketReplicationConfig.* delete|other": "The control is about buckets tagged to be replicated; the archive has its copy in prod by design.",
    "securityhub/Account.enableDefaultStandards *": "The standards are subscribed to one by one.",
    "securityhub/StandardsSubscription.standardsArn other": "Which standards suit is a person's choice.",
    "sns/TopicPolicy.policy every action*": _NAMED,
    "sns/TopicSubscription.protocol other": "Only http is plain; AWS refuses what is no protocol.",
    "sqs/QueuePolicy.policy every action*": _NAMED,
    "wafv2/WebAclLoggingConfiguration.logDestinationConfigs* other": _ELSEWHERE,
    "cloudtrail/Trail.s3BucketName *": _WHICH,
    "cloudwatch/LogGroup.logGroupClass delete": _DEFAULT,
    "cloudwatch/LogGroup.retentionInDays smaller": "Three years here and six in the archive, which takes the whole group.",
    "cloudwatch/LogSubscriptionFilter.* delete|other": "The group itself keeps six years; the archive is a second copy.",
    "ec2/DefaultNetworkAcl.defaultNetworkAclId delete|other": "prod's default ACLs have no rules, whatever they guard.",
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
    "ec2/NetworkAcl.tags* delete|other": "The tags of the subnets that it guards say too that they hold data.",
    "ec2/NetworkAcl.subnetIds* delete|other": "The tag says too that the list guards the data tier.",
    "ec2/Route.gatewayId *": "Without a gateway AWS refuses the route; to another one the table's tag still counts.",
    "ec2/Route.routeTableId *": _REFUSED,
    "ec2/Subnet.mapPublicIpOnLaunch delete": _DEFAULT,
    "ec2/VpcEndpoint.policy every *": "One condition of an endpoint policy or named resources hold; the rule asks for one of them.",
    "ec2/VpcEndpoint.serviceName *": "Another service needs a policy as well.",
    "ec2/VpcEndpoint.vpcEndpointType *": "An endpoint of another type that reaches a service of AWS needs a policy as well, and this one has it.",
    "iam/Role.assumeRolePolicy every action": "AWS allows actions of STS only in a trust policy.",
    "iam/RolePolicyAttachment.policyArn other": "A policy of another stack is judged there.",
    "kinesis/FirehoseDeliveryStream.extendedS3Configuration delete": _WHICH,
    "kms/Key.customerMasterKeySpec *": "A key of another kind encrypts no storage, and AWS cannot rotate it.",
    "kms/Key.deletionWindowInDays delete": _DEFAULT,
    "kms/Key.isEnabled delete": _DEFAULT,
    "kms/Key.policy every action*": _NAMED,
    "kms/Key.rotationPeriodInDays delete": _DEFAULT,
    "route53/ResolverQueryLogConfig.destinationArn *": _WHICH,
    "s3/Bucket.forceDestroy delete": _DEFAULT,
    "s3/Bucket.objectLockEnabled *": "Only log buckets must be locked; a waiver covers the intake, which cannot be.",
    "s3/Bucket.tags* delete|other": _WHICH,
    "s3/BucketLifecycleConfiguration.rules[[]] delete": _KEEPS,
    "s3/BucketLifecycleConfiguration.rules[[]].expiration* delete": _KEEPS,
    "s3/BucketLifecycleConfiguration.rules[[]].noncurrentVersionExpiration.noncurrentDays delete": _KEEPS,
    "s3/BucketLifecycleConfiguration.rules[[]].status delete|other|weaker value": _KEEPS,
    "s3/BucketLogging.targetBucket other": "A log bucket of another stack is judged there.",
    "s3/BucketPolicy.policy every action*": _NAMED,
    "vpc/SecurityGroupIngressRule.* delete": _REFUSED,
    "vpc/SecurityGroupIngressRule.* other|smaller|larger": _INSIDE,
}


def explanation(field: str, operation: str) -> str | None:
    """Return why a mutation of a field may survive, or None where nothing accounts for it."""
    return next((reason for entry, reason in REASONS.items() if covers(entry, field, operation)), None)


def covers(entry: str, field: str, operation: str) -> bool:
    """Tell whether an entry of the table is about a mutation."""
    fields, _, operations = entry.partition(" ")
    return any(fnmatchcase(operation, one) for one in operations.split("|")) and any(
        fnmatchcase(field, one) for one in fields.split("|")
    )
