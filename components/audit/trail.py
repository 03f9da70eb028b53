"""The CloudTrail trail of the account: the caller, time, origin and result of each call of the AWS API.

Maps to 45 CFR 164.312(b) (audit controls), 164.308(a)(1)(ii)(D) (information system activity review) and
164.312(c)(2) (log file validation shows whether a record was altered).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.audit.archive.archive import LogArchive
from components.shared import iam
from components.shared.logs import LogOptions, log_group
from components.shared.names import TRAIL_NAME
from components.shared.options import protection_option

_OBJECT: Final = "AWS::S3::Object"


@dataclass(frozen=True, kw_only=True)
class AccountTrailArgs:
    """Arguments of `AccountTrail`."""

    account: iam.Account
    """The account to record, and the home region of the trail."""
    archive: LogArchive
    """The archive that receives the log files. The trail depends on all its resources, because AWS refuses a trail whose
    bucket does not admit it."""
    logs: LogOptions
    """Key of log files and log group; retention and protection of the log group. With `protect`, AWS keeps the trail when the
    stack is destroyed."""


class AccountTrail(pulumi.ComponentResource):
    """A CloudTrail trail of all regions, written to the archive and to CloudWatch Logs.

    Creates: a trail with log file validation, event selectors and Insights; a CloudWatch log group; the IAM role with which
    CloudTrail writes to this group.

    The trail records every management event, read and write, without exceptions. These include the use of KMS keys and
    secrets, because `Decrypt`, `GenerateDataKey` and `GetSecretValue` are management events. It also records access to
    objects in S3 (see `event_selectors`), and unusual rates of calls and errors (Insights).

    The trail has a fixed name, so that the policies of key and bucket can admit only this trail before it exists.

    Outputs:
        trail_arn: ARN of the trail.
        log_group_name: Name of the log group that receives the events, for queries and alarms.
    """

    trail_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: AccountTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:AccountTrail", name, None, opts)
        # A retained trail continues to write to its log group, which is retained as well.
        retained = pulumi.ResourceOptions(parent=self, retain_on_delete=protection_option(args.logs.protect))

        events = log_group(f"{name}-events", args.logs, kind="trail", parent=self)
        role = aws.iam.Role(
            f"{name}-delivery",
            description="Lets CloudTrail write to its log group",
            assume_role_policy=iam.assume_role("cloudtrail.amazonaws.com", account=args.account),
            opts=retained,
        )
        policy = aws.iam.Policy(
            f"{name}-delivery",
            description="Write access to the trail's streams of one log group",
            policy=events.arn.apply(lambda arn: trail_writer_policy(arn, args.account)),
            opts=retained,
        )
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-delivery", role=role.name, policy_arn=policy.arn, opts=retained
        )
        trail = aws.cloudtrail.Trail(
            f"{name}-trail",
            name=TRAIL_NAME,
            s3_bucket_name=args.archive.bucket_name,
            kms_key_id=args.logs.key_arn,
            enable_logging=True,
            enable_log_file_validation=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            cloud_watch_logs_group_arn=events.arn.apply(lambda arn: f"{arn}:*"),
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=event_selectors(args.archive.bucket_arn, args.archive.intake_bucket_arn),
            insight_selectors=[
                aws.cloudtrail.TrailInsightSelectorArgs(insight_type=kind)
                for kind in ("ApiCallRateInsight", "ApiErrorRateInsight")
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[args.archive, attachment],
                protect=protection_option(args.logs.protect),
                retain_on_delete=protection_option(args.logs.protect),
            ),
        )

        self.trail_arn = trail.arn
        self.log_group_name = events.name
        self.register_outputs({"trail_arn": self.trail_arn, "log_group_name": self.log_group_name})


def event_selectors(
    archive_arn: pulumi.Input[str], intake_arn: pulumi.Input[str]
) -> list[aws.cloudtrail.TrailAdvancedEventSelectorArgs]:
    """Return selectors for all management events and for all access to objects in S3, except the delivery of logs.

    If the delivery of logs was recorded, each log file would cause an event in the next log file, without end. AWS
    therefore advises to exclude the bucket of the trail
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html). These selectors exclude only
    `PutObject` in the log buckets, so that the trail still records who reads, deletes or unlocks a log. Buckets that are
    created later are recorded from their first object.

    Args:
        archive_arn: ARN of the archive bucket.
        intake_arn: ARN of the intake bucket.
    """
    log_objects = [pulumi.Output.concat(arn, "/") for arn in (archive_arn, intake_arn)]
    return [
        _selector("Management events", _field("eventCategory", equals=["Management"])),
        _selector(
            "Objects outside the log buckets",
            _field("eventCategory", equals=["Data"]),
            _field("resources.type", equals=[_OBJECT]),
            _field("resources.ARN", not_starts_withs=log_objects),
        ),
        _selector(
            "Objects in the log buckets",
            _field("eventCategory", equals=["Data"]),
            _field("resources.type", equals=[_OBJECT]),
            _field("resources.ARN", starts_withs=log_objects),
            _field("eventName", not_equals=["PutObject"]),
        ),
    ]


def _field(name: str, **operator: list[Any]) -> aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs:
    return aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs(field=name, **operator)


def _selector(
    name: str, *fields: aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs
) -> aws.cloudtrail.TrailAdvancedEventSelectorArgs:
    return aws.cloudtrail.TrailAdvancedEventSelectorArgs(name=name, field_selectors=list(fields))


def trail_writer_policy(group_arn: str, account: iam.Account) -> str:
    """Return the permissions of CloudTrail: write to the streams of this trail in one log group.

    They are those of AWS's page
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html). The name
    of such a stream starts with account, service and region.
    """
    return iam.document(
        iam.allow(
            "Write",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{group_arn}:log-stream:{account.id}_CloudTrail_{account.region}*"],
        )
    )
