"""Reasons why no control has to report a mutant: it protects as much as the original, or AWS or another check stops it."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

_DEFAULT = "The provider's default satisfies the control."
_REFUSED = "AWS rejects the change, so it opens nothing."
_CLOSES = "Without this entry less is allowed."
_KEEPS = "Without it nothing expires."
_REDUNDANT = (
    "Another resource of prod still satisfies the control. The tests of the rule remove that resource too."
)
_INSIDE = "The rule admits the VPC or a security group. The controls limit ports and groups only for rules that admit the Internet."
_NAMED = (
    "The principals are still named and belong to the account. No control judges which actions they need."
)
_ELSEWHERE = "A resource of another stack is judged in that stack."
_LARGE_ENOUGH = "Half or twice the value of prod still satisfies the control."
_MORE = (
    "Without this condition the selection covers more stores. Default tags of the provider are not inputs."
)
_NOT_DATA = "The partners of prod reach only the VPC of the exchange, which has no database. The tests of the rule route them to a VPC with a database."
_OWN_VPC = "A VPC of this program without its route table or routes reaches nothing. Attachments of partners must keep theirs."
_NO_DATA_RULE = "No control reads it. It decides how the container runs and not who can reach its data."
_OF_ANOTHER = (
    "It decides only whether an exemption covers a resource, and the exempt resource of prod is another one."
)
_WHICH = "It decides whether the control applies to the resource. A bucket is a log bucket if its tag says so or if a log is delivered to it."

REASONS: Final[Mapping[str, str]] = {
    # "field operations" -> reason. Both parts are patterns; | separates alternatives.
    "backup/Plan.rules[[]] delete": "The control requires daily backups only. Hourly and monthly backups exceed it, or another rule keeps backups as long.",
    "backup/Plan.rules[[]].copyActions delete": _REDUNDANT,
    "backup/Plan.rules[[]].lifecycle* delete": "A backup without a deletion date is kept forever.",
    "backup/Plan.rules[[]].lifecycle.deleteAfter smaller": "The hourly rule may keep backups for a shorter time. Daily and monthly rules must keep the required time.",
    "backup/Plan.rules[[]].schedule other": _REFUSED,
    **dict.fromkeys(
        (
            "backup/Selection.condition*[!e] delete",
            "backup/Selection.resources|backup/Selection.resources[[]] delete",
        ),
        _MORE,
    ),
    "backup/Vault.forceDestroy delete": _DEFAULT,
    "backup/*.region delete": "The control requires a copy in another vault with its own lock. It does not require a second region.",
    "kms/*.region delete": "AWS rejects a vault whose key is in another region.",
    "cfg/Recorder.recordingGroup.includeGlobalResourceTypes *": _REDUNDANT,
    "cfg/RecorderStatus.region delete": "AWS rejects the status of a recorder that is in another region.",
    "cloudwatch/Event*.region delete": "AWS rejects a target whose rule is in another region.",
    "guardduty/DetectorFeature.region delete": "AWS rejects a feature of a detector that is in another region.",
    **dict.fromkeys(
        (
            "backup/Vault.tags delete",
            "elasticache/ReplicationGroup.tags delete",
            "s3/Bucket.tags delete",
            "secretsmanager/Secret.tags delete",
        ),
        "The default tags of the provider classify every store. The other tags that a rule reads are judged separately.",
    ),
    **dict.fromkeys(
        (
            "ec2/Subnet.tags delete",
            "ec2/VpnConnection.tags delete",
            "ec2transitgateway/VpcAttachment*.tags delete",
        ),
        "The tag allows an exception, or it names the tier a second time. Without it the strictest rule applies, or the first tag still names the tier.",
    ),
    "backup/VaultLockConfiguration.changeableForDays smaller": "AWS requires at least 3 days, and with a smaller value the lock takes effect sooner.",
    "ec2/Subnet.vpcId *": _REFUSED,
    "ec2/RouteTable.vpcId *": _REFUSED,
    "*/SubnetGroup.subnetIds[[]] delete": _CLOSES,
    "ec2/FlowLog.transitGatewayId other": _REDUNDANT,
    "ec2/LaunchTemplate.networkInterfaces[[]].associatePublicIpAddress flip": "The public address of the VPN server is exempt. Without it less is reachable.",
    "ec2/VpcEndpointService.allowedPrincipals* delete": _CLOSES,
    "ec2/VpnConnection.transitGatewayId *": "A connection to no gateway, or to a gateway of another stack, carries no traffic of this transit gateway.",
    "ec2/VpnConnection.*logGroupArn other": _ELSEWHERE,
    "ec2/VpnConnection.tunnel?Phase?DhGroupNumbers[[]] delete": _CLOSES,
    "ec2/VpnConnection.tunnel?Phase?IntegrityAlgorithms[[]] delete": _CLOSES,
    "ec2transitgateway/Route.blackhole *": "AWS rejects a route without a target, and no other route of the table covers its range.",
    "ec2transitgateway/Route.destinationCidrBlock delete": _REFUSED,
    "ec2transitgateway/Route.destinationCidrBlock whole Internet": "A larger blackhole route drops more traffic. The return route of the exchange leads to no partner.",
    "ec2transitgateway/Route.transitGateway*Id *": _OWN_VPC,
    "ec2transitgateway/RouteTableAssociation.* delete|other": _OWN_VPC,
    "ec2transitgateway/RouteTablePropagation.* delete|other": _OWN_VPC,
    "ec2transitgateway/TransitGateway.autoAcceptSharedAttachments delete": _DEFAULT,
    "ec2transitgateway/VpcAttachment.vpcId *": _REFUSED,
    "efs/FileSystemPolicy.policy every action*": _NAMED,
    "elasticache/ReplicationGroup.subnetGroupName other": _ELSEWHERE,
    "elasticache/ReplicationGroup.transitEncryptionMode delete": "The default of a new replication group with encryption in transit is `required`.",
    "elasticache/SubnetGroup.subnetIds delete": _REFUSED,
    "rds/SubnetGroup.subnetIds delete": _REFUSED,
    "elasticache/User.accessString delete|other": "The control reads this only of users without a password, who must be disabled.",
    "elasticache/User.authenticationMode* delete|other": "The default user is disabled and needs no password. For other users the control requires only the password.",
    "rds/*.dbSubnetGroupName other": _ELSEWHERE,
    "lambda/Permission.sourceAccount other": _REFUSED,
    "lb/LoadBalancer.enableDeletionProtection delete|flip": "The private entry of a partner is exempt. Without the value it is off as before, and with the value on the entry is protected better.",
    "lb/Listener.loadBalancerArn *": _OF_ANOTHER,
    "lb/TargetGroupAttachment.targetGroupArn *": _OF_ANOTHER,
    "autoscaling/Group.launchTemplate delete": _OF_ANOTHER,
    "cloudwatch/MetricAlarm.alarmActions[[]] other": _ELSEWHERE,
    "cloudwatch/MetricAlarm.dimensions delete": _OF_ANOTHER,
    "cloudwatch/MetricAlarm.threshold smaller": "The threshold is 0, and half of it is 0.",
    "iam/InstanceProfile.role *": _OF_ANOTHER,
    "iam/RolePolicyAttachment.role *": _OF_ANOTHER,
    "kinesis/FirehoseDeliveryStream.extendedS3Configuration.bucketArn delete": _REFUSED,
    "kinesis/FirehoseDeliveryStream.extendedS3Configuration.bucketArn other": _ELSEWHERE,
    "secretsmanager/SecretRotation.rotationLambdaArn *": _REDUNDANT,
    "lb/LoadBalancer.loadBalancerType other": _REFUSED,
    "rds/*.enabledCloudwatchLogsExports[[]] delete": "The control requires the log of connections and queries. The upgrade log records no access.",
    "rds/*.engine other": _REFUSED,
    "rds/*.engineVersion other": "The control only checks that the program states a version.",
    "rds/*.manageMasterUserPassword *": "AWS rejects a database without a password. The key is judged if AWS manages the password.",
    "rds/*.skipFinalSnapshot delete": _DEFAULT,
    "rds/*.monitoringInterval larger": "AWS allows at most 60 seconds.",
    "rds/*.performanceInsightsEnabled *": "No control requires it. Its key is judged if it is on.",
    "rds/*.publiclyAccessible delete": _DEFAULT,
    "rds/*ParameterGroup.parameters[[]] delete": "The controls read only the parameters that require TLS and logging.",
    "rds/*ParameterGroup.parameters[[]].name delete|other": "The controls read only the parameters that require TLS and logging.",
    "secretsmanager/Secret.(protect) flip": "A deleted secret can be restored for at least 7 days.",
    "secretsmanager/Secret.recoveryWindowInDays delete": _DEFAULT,
    "secretsmanager/Secret.recoveryWindowInDays smaller": _LARGE_ENOUGH,
    "appautoscaling/Target.resourceId *": "It distinguishes tables from services, and prod has no table.",
    "athena/Workgroup.*.enforceWorkgroupConfiguration delete": _DEFAULT,
    "cfg/DeliveryChannel.s3BucketName other": _ELSEWHERE,
    "cloudtrail/Trail.advancedEventSelectors[[]]* delete|other": (
        "The control requires one selector for S3 objects, and another one remains. A person has to judge what a selector excludes."
    ),
    "cloudtrail/Trail.cloudWatchLogsGroupArn other": _ELSEWHERE,
    "cloudtrail/Trail.enableLogging delete": _DEFAULT,
    "cloudtrail/Trail.includeGlobalServiceEvents delete": _DEFAULT,
    "ebs/EncryptionByDefault.enabled delete": _DEFAULT,
    "ec2/Route.destinationCidrBlock delete|other": _REFUSED,
    "ec2/Route.natGatewayId *": "AWS rejects a route without a target. For another gateway the tier of the table still decides.",
    "ec2/RouteTableAssociation.* delete|other": "A subnet without a table uses the main table of the VPC, which has no routes.",
    "ec2/Subnet.tags* delete|other": "`SubnetType` and `Tier` say the same, and no database subnet has a route to the Internet.",
    "ec2/VpcEndpoint.vpcId *": "The control does not require an endpoint for this service.",
    "ecr/Repository.forceDelete delete": _DEFAULT,
    "ecs/Cluster.*.cloudWatchLogGroupName other": _ELSEWHERE,
    "ecs/Service.networkConfiguration* delete": "AWS rejects the service without a network configuration. By default it assigns no public address.",
    "ecs/TaskDefinition.containerDefinitions[[]].logConfiguration.options* delete": "ECS rejects the log driver without its options.",
    "ecs/TaskDefinition.containerDefinitions[[]].privileged delete": _DEFAULT,
    "ecs/TaskDefinition.containerDefinitions[[]] delete": "ECS rejects a task without a container.",
    **{
        f"ecs/TaskDefinition.containerDefinitions[[]].{part} delete": _NO_DATA_RULE
        for part in (
            "command*",
            "cpu",
            "dependsOn*",
            "environment*",
            "essential",
            "image",
            "linuxParameters*",
            "memory",
            "name",
            "portMappings*",
            "secrets*",
            "stopTimeout",
            "ulimits*",
        )
    },
    "ecs/TaskDefinition.taskRoleArn delete": "A task without a role has no permissions in AWS.",
    "ec2/InternetGateway.vpcId *": "A gateway without a VPC carries no traffic, and the routes to it are judged.",
    "ecs/TaskDefinition.*RoleArn other": _ELSEWHERE,
    "guardduty/Detector.enable delete": _DEFAULT,
    "lb/Listener.certificateArn other": _ELSEWHERE,
    "lb/Listener.defaultActions delete": _REFUSED,
    "lb/ListenerRule.actions delete": _REFUSED,
    "lb/ListenerRule.listenerArn *": "The rules of prod belong to its HTTPS listener. AWS rejects a rule without a listener, and a listener of another stack is judged in that stack.",
    "lb/LoadBalancer.accessLogs.bucket other": _ELSEWHERE,
    "lb/LoadBalancer.connectionLogs delete": "The access logs record every request. Connection logs are a second record.",
    "lb/LoadBalancer.desyncMitigationMode delete": _DEFAULT,
    "lb/LoadBalancer.internal *": "A public load balancer must have a firewall, and this one has. An internal one is less reachable.",
    "lb/LoadBalancer.loadBalancerType delete": _DEFAULT,
    "lb/TargetGroup.healthCheck delete": "A health check carries no patient data.",
    "lb/TargetGroup.healthCheck.protocol delete|other": "A health check carries no patient data.",
    "lb/TargetGroup.targetType *": "It distinguishes functions from hosts, and only hosts are reached over the network.",
    "s3/BucketReplicationConfig.rules[[]].filter* delete": "Without the filter the rule replicates every object.",
    "securityhub/Account.enableDefaultStandards *": "The program subscribes to each standard separately.",
    "securityhub/StandardsSubscription.standardsArn other": "A person chooses the standards.",
    "sns/TopicPolicy.policy every action*": _NAMED,
    "sns/TopicSubscription.protocol other": "Only `http` is unencrypted, and AWS rejects an unknown protocol.",
    "sqs/QueuePolicy.policy every action*": _NAMED,
    "wafv2/WebAclLoggingConfiguration.logDestinationConfigs* other": _ELSEWHERE,
    "cloudtrail/Trail.s3BucketName *": _WHICH,
    "cloudwatch/LogGroup.logGroupClass delete": _DEFAULT,
    "cloudwatch/LogSubscriptionFilter.* delete|other": "The log group itself keeps six years. The archive is a second copy.",
    "ec2/DefaultNetworkAcl.defaultNetworkAclId delete|other": "The default ACLs of prod have no rules, whichever subnets they guard.",
    "ec2/DefaultRouteTable.routes delete": _CLOSES,
    "ec2/FlowLog.logDestination other": _REDUNDANT,
    "ec2/FlowLog.logDestinationType delete": "The provider's default is `cloud-watch-logs`, and AWS rejects another type for this destination.",
    "ec2/FlowLog.vpcId *": _REDUNDANT,
    "ec2/LaunchTemplate.iamInstanceProfile.arn other": "A profile of another stack satisfies the control.",
    "ec2/LaunchTemplate.networkInterfaces|*.networkInterfaces[[]]|*.associatePublicIpAddress delete": "Without it the subnet decides, and no subnet assigns public addresses.",
    "ec2/NetworkAcl.*gress delete": _CLOSES,
    "ec2/NetworkAcl.*gress[[]] delete": _CLOSES,
    "ec2/NetworkAcl.*gress[[]].action *": "Only `allow` and `deny` exist, and the original value is `allow`.",
    "ec2/NetworkAcl.*gress[[]].cidrBlock delete": _REFUSED,
    "ec2/NetworkAcl.tags* delete|other": "The tags of the guarded subnets also name the data tier.",
    "ec2/NetworkAcl.subnetIds* delete|other": "The tag of the ACL also names the data tier.",
    "ec2/Route.gatewayId *": "AWS rejects a route without a target. For another gateway the tag of the table still decides.",
    "ec2/Route.routeTableId *": _REFUSED,
    "ec2/Subnet.mapPublicIpOnLaunch delete": _DEFAULT,
    "ec2/VpcEndpoint.policy every *": "The control requires one condition or named resources, and the endpoint policy still has one of them.",
    "ec2/VpcEndpoint.serviceName *": "An endpoint for another service needs a policy too.",
    "ec2/VpcEndpoint.vpcEndpointType *": "An endpoint of another type for an AWS service needs a policy too, and this one has a policy.",
    "iam/Role.assumeRolePolicy every action": "AWS allows only STS actions in a trust policy.",
    "iam/RolePolicyAttachment.policyArn other": "A policy of another stack is judged in that stack.",
    "kinesis/FirehoseDeliveryStream.extendedS3Configuration delete": _WHICH,
    "kms/Key.customerMasterKeySpec *": "A key of another type encrypts no storage, and AWS cannot rotate it.",
    "kms/Key.deletionWindowInDays delete": _DEFAULT,
    "kms/Key.isEnabled delete": _DEFAULT,
    "kms/Key.policy every action*": _NAMED,
    "kms/Key.rotationPeriodInDays delete": _DEFAULT,
    "route53/ResolverQueryLogConfig.destinationArn *": _WHICH,
    "s3/Bucket.forceDestroy delete": _DEFAULT,
    "s3/Bucket.objectLockEnabled *": "Only log buckets must be locked. The intake bucket, which cannot be locked, is exempt.",
    "s3/Bucket.tags* delete|other": _WHICH,
    "s3/BucketLifecycleConfiguration.rules[[]] delete": _KEEPS,
    "s3/BucketLifecycleConfiguration.rules[[]].expiration* delete": _KEEPS,
    "s3/BucketLifecycleConfiguration.rules[[]].noncurrentVersionExpiration.noncurrentDays delete": _KEEPS,
    "s3/BucketLifecycleConfiguration.rules[[]].status delete|other|weaker value": _KEEPS,
    "s3/BucketLogging.targetBucket other": "A log bucket of another stack is judged in that stack.",
    "s3/BucketPolicy.policy every action*": _NAMED,
    "vpc/SecurityGroupIngressRule.* delete": _REFUSED,
    "vpc/SecurityGroupIngressRule.* other|smaller|larger": _INSIDE,
}


def explanation(field: str, operation: str) -> str | None:
    """Return the reason why a mutant of a field may survive; None if the table has no reason."""
    return next((reason for entry, reason in REASONS.items() if covers(entry, field, operation)), None)


def covers(entry: str, field: str, operation: str) -> bool:
    """Return whether an entry of the table covers an operation on a field."""
    fields, _, operations = entry.partition(" ")
    return any(fnmatchcase(operation, one) for one in operations.split("|")) and any(
        fnmatchcase(field, one) for one in fields.split("|")
    )
