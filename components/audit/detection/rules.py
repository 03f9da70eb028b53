"""The AWS Config managed rules of the conformance pack, as one table.

Identifiers, scopes and parameters are those of AWS's sample pack "Operational Best Practices for HIPAA Security"
(https://github.com/awslabs/aws-config-rules/blob/b54d4a6c99e105c25ca46af9305770e4ba51c422/aws-config-conformance-packs/Operational-Best-Practices-for-HIPAA-Security.yaml,
CC0 1.0). The 33 rules for services that this architecture does not use are left out. AWS says that its pack is not designed
to ensure full compliance with any standard. It maps controls to rules, and this table does the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

VPC_IDS: Final = "AuthorizedVpcIds"
"""The rule parameter with the ids of the VPCs that may have an internet gateway. Its value differs by account."""


@dataclass(frozen=True, kw_only=True)
class ManagedRule:
    """One AWS Config managed rule."""

    identifier: str
    """AWS's identifier of the rule, in upper case with underscores."""
    scope: tuple[str, ...] = ()
    """Resource types whose changes trigger the rule, such as `AWS::EC2::Instance`; empty for a periodic rule."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Parameters of the rule, name to value. The defaults that the console shows do not exist in the API."""
    name: str = ""
    """Name of the rule in the account."""
    description: str = ""
    """Instruction for the person who evaluates the rule; empty if AWS Config evaluates it."""


def _rule(
    identifier: str, *scope: str, name: str = "", description: str = "", **parameters: str
) -> ManagedRule:
    """Return a rule whose name, if not given, is the identifier in lower case with hyphens."""
    return ManagedRule(
        identifier=identifier,
        scope=tuple(f"AWS::{type_}" for type_ in scope),
        parameters=parameters,
        name=name or identifier.lower().replace("_", "-"),
        description=description,
    )


RULES: Final = (
    # Network
    _rule("VPC_DEFAULT_SECURITY_GROUP_CLOSED", "EC2::SecurityGroup"),
    _rule("VPC_FLOW_LOGS_ENABLED"),
    _rule("NO_UNRESTRICTED_ROUTE_TO_IGW", "EC2::RouteTable"),
    _rule("INTERNET_GATEWAY_AUTHORIZED_VPC_ONLY", "EC2::InternetGateway", **{VPC_IDS: ""}),
    _rule("SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED", "EC2::Subnet"),
    _rule("INCOMING_SSH_DISABLED", "EC2::SecurityGroup"),
    _rule(
        "RESTRICTED_INCOMING_TRAFFIC",
        "EC2::SecurityGroup",
        blockedPort1="20",
        blockedPort2="21",
        blockedPort3="3389",
        blockedPort4="3306",
        blockedPort5="4333",
    ),
    # HTTPS is the one port that this architecture opens to the internet.
    _rule("VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS", "EC2::SecurityGroup", authorizedTcpPorts="443"),
    _rule("AUTOSCALING_LAUNCH_CONFIG_PUBLIC_IP_DISABLED", "AutoScaling::LaunchConfiguration"),
    _rule("EC2_INSTANCE_NO_PUBLIC_IP", "EC2::Instance"),
    _rule("VPC_VPN_2_TUNNELS_UP", "EC2::VPNConnection"),
    # Compute
    _rule("INSTANCES_IN_VPC", "EC2::Instance"),
    _rule("EC2_IMDSV2_CHECK", "EC2::Instance"),
    _rule("EC2_INSTANCE_PROFILE_ATTACHED", "EC2::Instance"),
    _rule("AUTOSCALING_GROUP_ELB_HEALTHCHECK_REQUIRED", "AutoScaling::AutoScalingGroup"),
    _rule("EC2_STOPPED_INSTANCE"),
    _rule("EC2_INSTANCE_MANAGED_BY_SSM", "EC2::Instance", "SSM::ManagedInstanceInventory"),
    _rule("EC2_MANAGEDINSTANCE_ASSOCIATION_COMPLIANCE_STATUS_CHECK", "SSM::AssociationCompliance"),
    _rule("EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK", "SSM::PatchCompliance"),
    # ECS
    _rule("ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK", "ECS::TaskDefinition"),
    _rule("ECS_CONTAINERS_READONLY_ACCESS", "ECS::TaskDefinition"),
    # Storage
    _rule("EBS_IN_BACKUP_PLAN"),
    _rule("EC2_RESOURCES_PROTECTED_BY_BACKUP_PLAN", "EC2::Instance"),
    _rule("ENCRYPTED_VOLUMES", "EC2::Volume"),
    _rule("EC2_EBS_ENCRYPTION_BY_DEFAULT"),
    _rule("EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK"),
    _rule("EFS_ENCRYPTED_CHECK"),
    _rule("EFS_IN_BACKUP_PLAN"),
    # Load balancing
    _rule("ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK"),
    _rule("ELBV2_ACM_CERTIFICATE_REQUIRED"),
    _rule("ELB_DELETION_PROTECTION_ENABLED", "ElasticLoadBalancingV2::LoadBalancer"),
    _rule(
        "ELB_LOGGING_ENABLED", "ElasticLoadBalancing::LoadBalancer", "ElasticLoadBalancingV2::LoadBalancer"
    ),
    _rule("ELB_CROSS_ZONE_LOAD_BALANCING_ENABLED", "ElasticLoadBalancing::LoadBalancer"),
    _rule("ELB_ACM_CERTIFICATE_REQUIRED", "ElasticLoadBalancing::LoadBalancer"),
    _rule(
        "ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK",
        "ElasticLoadBalancing::LoadBalancer",
        predefinedPolicyName="ELBSecurityPolicy-TLS-1-2-2017-01",
    ),
    _rule("ELB_TLS_HTTPS_LISTENERS_ONLY", "ElasticLoadBalancing::LoadBalancer"),
    _rule("ALB_WAF_ENABLED", "ElasticLoadBalancingV2::LoadBalancer"),
    _rule("WAFV2_LOGGING_ENABLED"),
    _rule("ACM_CERTIFICATE_EXPIRATION_CHECK", "ACM::Certificate"),
    # Data
    _rule("RDS_STORAGE_ENCRYPTED", "RDS::DBInstance"),
    _rule("RDS_INSTANCE_PUBLIC_ACCESS_CHECK", "RDS::DBInstance"),
    _rule("DB_INSTANCE_BACKUP_ENABLED", "RDS::DBInstance"),
    _rule("RDS_IN_BACKUP_PLAN"),
    _rule("AURORA_RESOURCES_PROTECTED_BY_BACKUP_PLAN", "RDS::DBCluster"),
    _rule("RDS_CLUSTER_DELETION_PROTECTION_ENABLED", "RDS::DBCluster"),
    _rule("RDS_MULTI_AZ_SUPPORT", "RDS::DBInstance"),
    _rule("RDS_CLUSTER_MULTI_AZ_ENABLED", "RDS::DBCluster"),
    _rule("RDS_LOGGING_ENABLED", "RDS::DBInstance"),
    _rule("RDS_ENHANCED_MONITORING_ENABLED", "RDS::DBInstance"),
    _rule("RDS_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED", "RDS::DBInstance"),
    _rule("RDS_SNAPSHOT_ENCRYPTED", "RDS::DBSnapshot", "RDS::DBClusterSnapshot"),
    _rule("RDS_SNAPSHOTS_PUBLIC_PROHIBITED", "RDS::DBSnapshot", "RDS::DBClusterSnapshot"),
    _rule("ELASTICACHE_REDIS_CLUSTER_AUTOMATIC_BACKUP_CHECK"),
    # Keys
    _rule("KMS_CMK_NOT_SCHEDULED_FOR_DELETION", "KMS::Key"),
    _rule(
        "IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS",
        "IAM::Policy",
        blockedActionsPatterns="kms:*, kms:Decrypt, kms:ReEncrypt*",
    ),
    _rule(
        "IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS",
        "IAM::Group",
        "IAM::Role",
        "IAM::User",
        blockedActionsPatterns="kms:*, kms:Decrypt, kms:ReEncrypt*",
    ),
    _rule("SECRETSMANAGER_ROTATION_ENABLED_CHECK", "SecretsManager::Secret"),
    _rule("SECRETSMANAGER_USING_CMK", "SecretsManager::Secret"),
    # S3
    _rule(
        "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        BlockPublicAcls="true",
        BlockPublicPolicy="true",
        IgnorePublicAcls="true",
        RestrictPublicBuckets="true",
    ),
    _rule("S3_BUCKET_PUBLIC_READ_PROHIBITED", "S3::Bucket"),
    _rule("S3_BUCKET_PUBLIC_WRITE_PROHIBITED", "S3::Bucket"),
    _rule("S3_BUCKET_ACL_PROHIBITED", "S3::Bucket"),
    _rule("S3_BUCKET_SSL_REQUESTS_ONLY", "S3::Bucket"),
    _rule("S3_DEFAULT_ENCRYPTION_KMS", "S3::Bucket"),
    _rule("S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", "S3::Bucket"),
    _rule("S3_BUCKET_VERSIONING_ENABLED", "S3::Bucket"),
    _rule("S3_BUCKET_LOGGING_ENABLED", "S3::Bucket"),
    _rule("S3_BUCKET_REPLICATION_ENABLED", "S3::Bucket"),
    _rule("S3_BUCKET_DEFAULT_LOCK_ENABLED", "S3::Bucket"),
    _rule("S3_VERSION_LIFECYCLE_POLICY_CHECK", "S3::Bucket"),
    _rule("S3_EVENT_NOTIFICATIONS_ENABLED", "S3::Bucket"),
    # Audit
    _rule("CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED"),
    _rule("CLOUD_TRAIL_ENCRYPTION_ENABLED"),
    _rule("CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED"),
    _rule("CLOUD_TRAIL_ENABLED"),
    _rule("MULTI_REGION_CLOUD_TRAIL_ENABLED"),
    _rule("CLOUDTRAIL_S3_DATAEVENTS_ENABLED"),
    _rule(
        "CLOUDWATCH_ALARM_ACTION_CHECK",
        "CloudWatch::Alarm",
        alarmActionRequired="true",
        insufficientDataActionRequired="true",
        okActionRequired="false",
    ),
    _rule("GUARDDUTY_ENABLED_CENTRALIZED"),
    _rule("SECURITYHUB_ENABLED"),
    _rule("BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK", "Backup::BackupPlan"),
    _rule("BACKUP_RECOVERY_POINT_ENCRYPTED", "Backup::RecoveryPoint"),
    _rule("BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED", "Backup::BackupVault"),
    # Messaging
    _rule("SNS_ENCRYPTED_KMS", "SNS::Topic"),
    # IAM
    _rule("IAM_NO_INLINE_POLICY_CHECK", "IAM::User", "IAM::Role", "IAM::Group"),
    _rule("IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "IAM::Policy"),
    _rule("IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS", "IAM::Policy"),
    _rule("IAM_USER_NO_POLICIES_CHECK", "IAM::User"),
    _rule(
        "IAM_PASSWORD_POLICY",
        MaxPasswordAge="90",
        MinimumPasswordLength="14",
        PasswordReusePrevention="24",
        RequireLowercaseCharacters="true",
        RequireNumbers="true",
        RequireSymbols="true",
        RequireUppercaseCharacters="true",
    ),
    _rule("ACCESS_KEYS_ROTATED", maxAccessKeyAge="90"),
    _rule("IAM_ROOT_ACCESS_KEY_CHECK"),
    _rule("IAM_USER_MFA_ENABLED"),
    _rule("IAM_USER_UNUSED_CREDENTIALS_CHECK", maxCredentialUsageAge="90"),
    _rule("MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS"),
    _rule("ROOT_ACCOUNT_HARDWARE_MFA_ENABLED"),
    _rule("ROOT_ACCOUNT_MFA_ENABLED"),
    # Organisational processes
    _rule(
        "AWS_CONFIG_PROCESS_CHECK",
        name="annual-risk-assessment-performed",
        description="Assess the risks to ePHI at least once a year and record the result; then mark this rule as compliant.",
    ),
)
"""The rules by area. Append new rules at the end, because the order determines the pack of each rule."""
