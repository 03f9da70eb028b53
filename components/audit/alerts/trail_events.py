"""The API calls in the account's trail that raise alarms: a table with one row per alarm.

A pattern with the source `CloudWatch.n` is that of the Security Hub control with this number. The control fails if the
pattern has one term more or less (https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html).
These patterns also count calls that AWS refused. Thresholds above one, and rows without a source, are this project's
choice.
"""

from typing import Final

from components.audit.alerts.rows import TrailAlert


def _calls(names: str, service: str = "") -> str:
    """Return the filter pattern for API calls by their names, separated by spaces; by default those of any service."""
    calls = " || ".join(f"($.eventName={name})" for name in names.split())
    return f"{{($.eventSource={service}.amazonaws.com) && ({calls})}}" if service else f"{{{calls}}}"


TRAIL_EVENTS: Final = (
    TrailAlert(
        id="root-use",
        pattern='{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
        summary="Somebody used the root user of the account.",
        impact="No policy of the account restricts the root user, and daily work does not need it.",
        source="CloudWatch.1",
    ),
    TrailAlert(
        id="unauthorised-calls",
        pattern='{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
        summary="At least ten API calls were denied within five minutes.",
        impact="Attackers test stolen credentials with such calls. A broken deployment looks the same.",
        source="CloudWatch.2",
        threshold=10,
    ),
    TrailAlert(
        id="sign-in-without-mfa",
        pattern=(
            '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
            '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
        ),
        summary="An IAM user signed in to the console without MFA.",
        impact="A password alone gave access to an account with ePHI (45 CFR 164.312(d)).",
        source="CloudWatch.3",
    ),
    TrailAlert(
        id="iam-policy-change",
        pattern=_calls(
            "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy "
            "CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy "
            "AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy"
        ),
        summary="An IAM policy was created, changed, attached, detached or deleted.",
        impact="IAM policies determine who can access ePHI (45 CFR 164.308(a)(4)).",
        source="CloudWatch.4",
    ),
    TrailAlert(
        id="trail-change",
        pattern=_calls("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
        summary="A CloudTrail trail was created, changed, deleted, started or stopped.",
        impact="Without the trail, nobody can find out later what happened (45 CFR 164.312(b)).",
        source="CloudWatch.5",
    ),
    TrailAlert(
        id="failed-sign-ins",
        pattern='{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
        summary="At least three sign-ins to the console failed within five minutes.",
        impact="Somebody may be guessing a password (45 CFR 164.308(a)(5)(ii)(C)).",
        source="CloudWatch.6",
        threshold=3,
    ),
    TrailAlert(
        id="key-disabled-or-deleted",
        pattern=_calls("DisableKey ScheduleKeyDeletion", "kms"),
        summary="A KMS key was disabled or scheduled for deletion.",
        impact="Data under the key cannot be read while the key is disabled, and never again after it is deleted.",
        source="CloudWatch.7",
    ),
    TrailAlert(
        id="bucket-policy-change",
        pattern=_calls(
            "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication "
            "DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
            "s3",
        ),
        summary="The access, lifecycle or replication rules of an S3 bucket were changed.",
        impact="Such a change can give others access to the bucket or delete its objects.",
        source="CloudWatch.8",
    ),
    TrailAlert(
        id="config-change",
        pattern=_calls(
            "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
            "config",
        ),
        summary="The recorder of AWS Config was stopped, or the recorder or its delivery channel was changed.",
        impact="The configuration history of the account may have a gap from this time on (45 CFR 164.308(a)(8)).",
        source="CloudWatch.9",
    ),
    TrailAlert(
        id="security-group-change",
        pattern=_calls(
            "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
            "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"
        ),
        summary="A security group or one of its rules was created, changed or deleted.",
        impact="The change may allow access to a database or an instance (45 CFR 164.312(e)(1)).",
        source="CloudWatch.10",
    ),
    TrailAlert(
        id="network-acl-change",
        pattern=_calls(
            "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry "
            "ReplaceNetworkAclAssociation"
        ),
        summary="A network ACL or one of its entries was created, changed or deleted.",
        impact="Network ACLs still block traffic if a security group is wrong.",
        source="CloudWatch.11",
    ),
    TrailAlert(
        id="gateway-change",
        pattern=_calls(
            "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "
            "DeleteInternetGateway DetachInternetGateway"
        ),
        summary="An internet or customer gateway was created, attached, detached or deleted.",
        impact="A new gateway opens another path out of the network; a deleted one interrupts a connection (45 CFR 164.312(e)(1)).",
        source="CloudWatch.12",
    ),
    TrailAlert(
        id="route-table-change",
        pattern=_calls(
            "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute "
            "DisassociateRouteTable"
        ),
        summary="A route or route table was created, changed or deleted.",
        impact="A route can connect the data tier to the internet, or send traffic with ePHI over another path.",
        source="CloudWatch.13",
    ),
    TrailAlert(
        id="vpc-change",
        pattern=_calls(
            "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "
            "DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc "
            "DisableVpcClassicLink EnableVpcClassicLink"
        ),
        summary="A VPC or a VPC peering connection was created, changed or deleted.",
        impact="A peering connection joins two networks. A VPC that the program did not create has none of its controls.",
        source="CloudWatch.14",
    ),
    TrailAlert(
        id="organization-change",
        pattern=_calls(
            "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake "
            "DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType "
            "InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy "
            "UpdateOrganizationalUnit",
            "organizations",
        ),
        summary="Accounts, organizational units or policies of the AWS organization were changed.",
        impact="Organization policies also restrict administrators. A change can remove these limits from every account.",
        source="CIS AWS Foundations Benchmark 4.15",
    ),
    TrailAlert(
        id="archive-change",
        pattern=(
            "{($.eventSource=s3.amazonaws.com) && (<buckets>) && "
            '(($.eventName="PutBucket*") || ($.eventName="DeleteBucket*") || ($.eventName="PutObjectLock*") || '
            '($.eventName="PutObjectRetention") || ($.eventName="PutObjectLegalHold") || ($.eventName="DeleteObject*"))}'
        ),
        summary="A setting of a log bucket was changed, or the retention or legal hold of a log, or a log was deleted.",
        impact="The log buckets contain the evidence for investigations, and nobody changes them manually (45 CFR 164.312(c)(1)).",
    ),
    TrailAlert(
        id="key-policy-change",
        pattern=_calls("PutKeyPolicy DisableKeyRotation", "kms"),
        summary="The policy of a KMS key was changed, or its yearly rotation was turned off.",
        impact="A principal that the policy allows can read the data that the key encrypts (45 CFR 164.312(a)(2)(iv)).",
    ),
    TrailAlert(
        id="log-group-change",
        pattern=_calls(
            "DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey "
            "PutLogGroupDeletionProtection",
            "logs",
        ),
        summary="A log group or log stream was deleted, or its retention, key or deletion protection was changed.",
        impact="Logs must be kept for six years, and such a change can delete them earlier (45 CFR 164.316(b)(2)(i)).",
    ),
    TrailAlert(
        id="detection-change",
        pattern=_calls(
            "DeleteDetector UpdateDetector DeletePublishingDestination CreateFilter UpdateFilter DisableSecurityHub "
            "BatchDisableStandards DeleteAnalyzer CreateArchiveRule DeleteConformancePack DeleteConfigRule"
        ),
        summary="GuardDuty, Security Hub, Access Analyzer or an AWS Config rule was disabled, changed or muted.",
        impact="Attackers often disable detection first (45 CFR 164.308(a)(1)(ii)(D)).",
    ),
    TrailAlert(
        id="alerting-change",
        pattern=_calls(
            "DeleteAlarms DisableAlarmActions DeleteMetricFilter DisableRule DeleteRule RemoveTargets DeleteTopic "
            "Unsubscribe SetTopicAttributes"
        ),
        summary="An alarm, metric filter, event rule, topic or subscription was deleted, disabled or changed.",
        impact="The next alert may not reach anybody (45 CFR 164.308(a)(6)(ii)).",
    ),
    TrailAlert(
        id="access-key-created",
        pattern=_calls("CreateAccessKey CreateUser CreateLoginProfile UpdateLoginProfile", "iam"),
        summary="An IAM user, a console password or a long-lived access key was created.",
        impact="People use single sign-on. Attackers create such credentials to keep their access (45 CFR 164.312(d)).",
    ),
    TrailAlert(
        id="secret-change",
        pattern=_calls(
            "PutResourcePolicy DeleteResourcePolicy DeleteSecret CancelRotateSecret", "secretsmanager"
        ),
        summary="Access to a secret was changed, its rotation was cancelled, or it was deleted.",
        impact="Secrets contain the credentials of data stores (45 CFR 164.308(a)(4)).",
    ),
    TrailAlert(
        id="snapshot-shared",
        pattern=_calls(
            "ModifySnapshotAttribute ModifyImageAttribute ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute"
        ),
        summary="The sharing of a snapshot of a volume or database, or of a machine image, was changed.",
        impact="Another account can copy a whole database from a shared snapshot (45 CFR 164.312(a)(1)).",
    ),
    TrailAlert(
        id="backup-change",
        pattern=_calls(
            "DeleteRecoveryPoint DisassociateRecoveryPoint UpdateRecoveryPointLifecycle DeleteBackupVault "
            "DeleteBackupVaultLockConfiguration PutBackupVaultAccessPolicy DeleteBackupVaultAccessPolicy "
            "DeleteBackupPlan DeleteBackupSelection CancelLegalHold",
            "backup",
        ),
        summary="A backup, vault, backup plan or legal hold was deleted, or its protection was changed.",
        impact="Ransomware deletes backups before it encrypts data (45 CFR 164.308(a)(7)(ii)(A)).",
    ),
    TrailAlert(
        id="shell-session",
        pattern=(
            "{(($.eventSource=ecs.amazonaws.com) && ($.eventName=ExecuteCommand)) || "
            "(($.eventSource=ssm.amazonaws.com) && ($.eventName=StartSession))}"
        ),
        summary="Somebody opened a shell in a container or on an instance.",
        impact="A shell can access everything that the application can access, including ePHI (45 CFR 164.308(a)(1)(ii)(D)).",
    ),
)
"""All kinds of API calls that raise an alarm. Those of the CIS benchmark come first."""
