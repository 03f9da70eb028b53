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
        impact="Root is above every policy, and nobody needs it for daily work.",
        source="CloudWatch.1",
    ),
    TrailAlert(
        id="unauthorised-calls",
        pattern='{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
        summary="At least ten API calls were refused within five minutes.",
        impact="Stolen credentials are tried out before they are used; a broken deployment looks the same.",
        source="CloudWatch.2",
        threshold=10,
    ),
    TrailAlert(
        id="sign-in-without-mfa",
        pattern=(
            '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") '
            '&& ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
        ),
        summary="An IAM user signed in to the console without a second factor.",
        impact="A password alone opened the account that holds ePHI (45 CFR 164.312(d)).",
        source="CloudWatch.3",
    ),
    TrailAlert(
        id="iam-policy-change",
        pattern=_calls(
            "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy "
            "CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy "
            "AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy"
        ),
        summary="An IAM policy was made, changed, attached, detached or deleted.",
        impact="Whoever changes a policy decides who can reach ePHI (45 CFR 164.308(a)(4)).",
        source="CloudWatch.4",
    ),
    TrailAlert(
        id="trail-change",
        pattern=_calls("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
        summary="A CloudTrail trail was made, changed, deleted, started or stopped.",
        impact="Without the trail nobody can say later what happened (45 CFR 164.312(b)).",
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
        impact="What the key encrypts can't be read while it is disabled, and never again once it is deleted.",
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
        impact="One such call can open a bucket to others or let its objects expire.",
        source="CloudWatch.8",
    ),
    TrailAlert(
        id="config-change",
        pattern=_calls(
            "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
            "config",
        ),
        summary="The AWS Config recorder was stopped, or it or its delivery was changed.",
        impact="The history of every resource's settings may have a gap from then on (45 CFR 164.308(a)(8)).",
        source="CloudWatch.9",
    ),
    TrailAlert(
        id="security-group-change",
        pattern=_calls(
            "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
            "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"
        ),
        summary="A security group or one of its rules was made, changed or deleted.",
        impact="It may open a way to a database or an instance (45 CFR 164.312(e)(1)).",
        source="CloudWatch.10",
    ),
    TrailAlert(
        id="network-acl-change",
        pattern=_calls(
            "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry "
            "ReplaceNetworkAclAssociation"
        ),
        summary="A network ACL or one of its entries was made, changed or deleted.",
        impact="The ACLs are what still holds when a security group is wrong.",
        source="CloudWatch.11",
    ),
    TrailAlert(
        id="gateway-change",
        pattern=_calls(
            "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "
            "DeleteInternetGateway DetachInternetGateway"
        ),
        summary="An internet or customer gateway was made, attached, detached or deleted.",
        impact="A gateway is a new way out of the network, or the loss of one (45 CFR 164.312(e)(1)).",
        source="CloudWatch.12",
    ),
    TrailAlert(
        id="route-table-change",
        pattern=_calls(
            "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute "
            "DisassociateRouteTable"
        ),
        summary="A route or route table was made, changed or deleted.",
        impact="A route can give the data tier a way out, or ePHI a way past what inspects it.",
        source="CloudWatch.13",
    ),
    TrailAlert(
        id="vpc-change",
        pattern=_calls(
            "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "
            "DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc "
            "DisableVpcClassicLink EnableVpcClassicLink"
        ),
        summary="A VPC or a VPC peering was made, changed or deleted.",
        impact="A peering joins two networks; a VPC outside the program has none of its controls.",
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
        summary="Accounts, units or policies of the AWS organization were changed.",
        impact="Organization policies bind even administrators; a change can lift them from every account.",
        source="CIS AWS Foundations Benchmark 4.15",
    ),
    TrailAlert(
        id="archive-change",
        pattern=(
            "{($.eventSource=s3.amazonaws.com) && (<buckets>) && "
            '(($.eventName="PutBucket*") || ($.eventName="DeleteBucket*") || ($.eventName="PutObjectLock*") || '
            '($.eventName="PutObjectRetention") || ($.eventName="PutObjectLegalHold") || ($.eventName="DeleteObject*"))}'
        ),
        summary="A log bucket's policy, lock, lifecycle or other setting was changed, or a log was held or deleted.",
        impact="The log buckets are the evidence of all else; nobody changes them by hand (45 CFR 164.312(c)(1)).",
    ),
    TrailAlert(
        id="key-policy-change",
        pattern=_calls("PutKeyPolicy DisableKeyRotation", "kms"),
        summary="The policy of a KMS key was changed, or its yearly rotation switched off.",
        impact="Whoever is in a key's policy can read what it encrypts (45 CFR 164.312(a)(2)(iv)).",
    ),
    TrailAlert(
        id="log-group-change",
        pattern=_calls(
            "DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey "
            "PutLogGroupDeletionProtection",
            "logs",
        ),
        summary="A log group or stream was deleted, or its retention, key or deletion protection changed.",
        impact="Logs are kept six years by policy; this is how they get lost sooner (45 CFR 164.316(b)(2)(i)).",
    ),
    TrailAlert(
        id="detection-change",
        pattern=_calls(
            "DeleteDetector UpdateDetector DeletePublishingDestination CreateFilter UpdateFilter DisableSecurityHub "
            "BatchDisableStandards DeleteAnalyzer CreateArchiveRule DeleteConformancePack DeleteConfigRule"
        ),
        summary="GuardDuty, Security Hub, Access Analyzer or a Config rule was switched off, changed or muted.",
        impact="An intruder blinds the detectors first (45 CFR 164.308(a)(1)(ii)(D)).",
    ),
    TrailAlert(
        id="alerting-change",
        pattern=_calls(
            "DeleteAlarms DisableAlarmActions DeleteMetricFilter DisableRule DeleteRule RemoveTargets DeleteTopic "
            "Unsubscribe SetTopicAttributes"
        ),
        summary="An alarm, metric filter, event rule, topic or subscription was deleted, disabled or changed.",
        impact="The next alert may reach nobody (45 CFR 164.308(a)(6)(ii)).",
    ),
    TrailAlert(
        id="access-key-created",
        pattern=_calls("CreateAccessKey CreateUser CreateLoginProfile UpdateLoginProfile", "iam"),
        summary="An IAM user, its console password or a long-lived access key was made.",
        impact="People come in by single sign-on; such credentials are how an intruder stays (45 CFR 164.312(d)).",
    ),
    TrailAlert(
        id="secret-change",
        pattern=_calls(
            "PutResourcePolicy DeleteResourcePolicy DeleteSecret CancelRotateSecret", "secretsmanager"
        ),
        summary="Access to a secret was changed, its rotation cancelled, or it was deleted.",
        impact="The secrets open the databases (45 CFR 164.308(a)(4)).",
    ),
    TrailAlert(
        id="snapshot-shared",
        pattern=_calls(
            "ModifySnapshotAttribute ModifyImageAttribute ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute"
        ),
        summary="The sharing of a snapshot of a volume or database, or of a machine image, was changed.",
        impact="A shared snapshot carries a whole database out of the account (45 CFR 164.312(a)(1)).",
    ),
    TrailAlert(
        id="backup-change",
        pattern=_calls(
            "DeleteRecoveryPoint DisassociateRecoveryPoint UpdateRecoveryPointLifecycle DeleteBackupVault "
            "DeleteBackupVaultLockConfiguration PutBackupVaultAccessPolicy DeleteBackupVaultAccessPolicy "
            "DeleteBackupPlan DeleteBackupSelection CancelLegalHold",
            "backup",
        ),
        summary="A backup, vault, plan or legal hold was deleted, or its protection changed.",
        impact="Ransomware removes the backups before it shows itself (45 CFR 164.308(a)(7)(ii)(A)).",
    ),
    TrailAlert(
        id="shell-session",
        pattern=(
            "{(($.eventSource=ecs.amazonaws.com) && ($.eventName=ExecuteCommand)) || "
            "(($.eventSource=ssm.amazonaws.com) && ($.eventName=StartSession))}"
        ),
        summary="Somebody opened a shell in a container or on an instance.",
        impact="A shell sees whatever the application sees, ePHI included (45 CFR 164.308(a)(1)(ii)(D)).",
    ),
)
"""All kinds of API calls that raise an alarm. Those of the CIS benchmark come first."""
