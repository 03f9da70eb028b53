"""From log groups to the archive: what lets CloudWatch keep a short, searchable copy of an application's log.

Maps to 45 CFR 164.312(b) (audit controls), 164.316(b)(2)(i) (six years, kept by this project's policy) and
164.308(a)(1)(ii)(D) (information system activity review).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.archive.archive import LogArchive
from components.audit.delivery import masking, policies
from components.shared import iam, prefixes
from components.shared.logs import LogKeeping, log_group
from components.shared.options import guard
from components.shared.vended_logs import admit_delivery

BUFFER_SECONDS: Final = 300
"""How long events wait for others at most; AWS has 0 to 900."""

BUFFER_MIB: Final = 64
"""How many MiB of events make an object; AWS has 1 to 128, and Athena reads few large objects faster than many small."""


@dataclass(frozen=True, kw_only=True)
class LogDeliveryArgs:
    """What `LogDelivery` needs to know."""

    account: iam.Account
    """The account and region of log groups and bucket."""
    logs_key_arn: pulumi.Input[str]
    """The key that encrypts the stream, its objects and its log groups."""
    archive: LogArchive
    """Where events are kept: in its intake."""
    protect: bool
    """Whether the stream and the delivery's own log groups are protected from deletion."""


class LogDelivery(pulumi.ComponentResource):
    """A Firehose stream from CloudWatch Logs to the archive, and the masking of what must not be in a log.

    Firehose unpacks what CloudWatch Logs sends, by processors of its own
    (https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html), and writes one JSON document a line: a
    batch of events with the names of their log group and stream. It could write the bare messages
    (`CloudWatchLogProcessing`), but a line without time and origin is no record. Objects lie under `application-logs/` by
    the day of delivery, in UTC.

    It writes into the intake, from where S3 replicates every object into the archive and under its lock. S3 requires a
    checksum header of whoever uploads to a bucket with a default Object Lock retention
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-put-object), and no page
    of AWS says that Firehose sends one; what it cannot deliver is lost after 24 hours
    (https://docs.aws.amazon.com/firehose/latest/dev/retry.html).

    `log_group` calls `subscribe`, and `shield` for log groups that applications write to.

    Outputs:
        stream_arn: ARN of the Firehose stream.
        stream_name: Name of the Firehose stream, the dimension of its metrics.
        findings_group_name: Log group that tells what was masked, and where.
    """

    retention_days: int
    """Days that the archive keeps what it is given."""
    stream_arn: pulumi.Output[str]
    stream_name: pulumi.Output[str]
    findings_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: LogDeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:LogDelivery", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.retention_days = args.archive.retention_days
        self._account = args.account

        # Its own log groups are not delivered.
        logs = LogKeeping(key_arn=args.logs_key_arn, days=self.retention_days, protect=args.protect)
        errors = log_group(f"{name}-errors", logs, kind="delivery-errors", parent=self)
        error_stream = aws.cloudwatch.LogStream(f"{name}-errors", log_group_name=errors.name, opts=child)
        writer, may_write = self._role(
            f"{name}-write",
            "Lets Firehose write to the archive's intake",
            policies.trust(args.account),
            pulumi.Output.all(args.archive.intake_bucket_arn, args.logs_key_arn, errors.arn).apply(
                lambda arns: policies.write(*arns, account=args.account)
            ),
        )
        stream = aws.kinesis.FirehoseDeliveryStream(
            f"{name}-stream",
            destination="extended_s3",
            server_side_encryption=aws.kinesis.FirehoseDeliveryStreamServerSideEncryptionArgs(
                enabled=True, key_type="CUSTOMER_MANAGED_CMK", key_arn=args.logs_key_arn
            ),
            extended_s3_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgs(
                bucket_arn=args.archive.intake_bucket_arn,
                role_arn=writer.arn,
                kms_key_arn=args.logs_key_arn,
                prefix=f"{prefixes.APPLICATION_LOGS}!{{timestamp:yyyy/MM/dd}}/",
                error_output_prefix=(
                    f"{prefixes.APPLICATION_LOG_ERRORS}!{{firehose:error-output-type}}/!{{timestamp:yyyy/MM/dd}}/"
                ),
                buffering_interval=BUFFER_SECONDS,
                buffering_size=BUFFER_MIB,
                compression_format="GZIP",
                cloudwatch_logging_options=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationCloudwatchLoggingOptionsArgs(
                    enabled=True, log_group_name=errors.name, log_stream_name=error_stream.name
                ),
                processing_configuration=_processing(),
            ),
            # Whatever waits in it is lost with it.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[may_write, args.archive], protect=guard(args.protect)
            ),
        )
        self._sender, self._may_send = self._role(
            f"{name}-send",
            "Lets CloudWatch Logs send events to Firehose",
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
            iam.assume_role(
                "logs.amazonaws.com", account=args.account, source_arn=args.account.arn("logs", "*")
            ),
            pulumi.Output.all(stream.arn, args.logs_key_arn).apply(
                lambda arns: policies.send(*arns, account=args.account)
            ),
        )

        findings = log_group(f"{name}-findings", logs, kind="masked-data", parent=self)
        self._admission = admit_delivery(f"{name}-findings", [findings], account=args.account, parent=self)

        self.stream_arn = stream.arn
        self.stream_name = stream.name
        self.findings_group_name = findings.name
        self.register_outputs(
            {
                "stream_arn": self.stream_arn,
                "stream_name": self.stream_name,
                "findings_group_name": self.findings_group_name,
            }
        )

    def subscribe(self, group: aws.cloudwatch.LogGroup, name: str) -> aws.cloudwatch.LogSubscriptionFilter:
        """Send every event of a log group to the archive from now on; a group has room for two such filters."""
        return aws.cloudwatch.LogSubscriptionFilter(
            name,
            log_group=group.name,
            destination_arn=self.stream_arn,
            role_arn=self._sender.arn,
            filter_pattern="",
            # The group may outlive its stack, stream and role do not.
            opts=pulumi.ResourceOptions(parent=group, depends_on=[self._may_send], retain_on_delete=False),
        )

    def shield(self, group: aws.cloudwatch.LogGroup, name: str) -> aws.cloudwatch.LogDataProtectionPolicy:
        """Mask credentials and identifiers in a log group's new events, and report each finding.

        They are masked wherever events leave the group, so in the archive too, for good; in the group whoever has
        `logs:Unmask` can read them
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html).
        """
        return aws.cloudwatch.LogDataProtectionPolicy(
            name,
            log_group_name=group.name,
            policy_document=self.findings_group_name.apply(
                lambda findings: masking.protection_policy(findings, self._account.partition)
            ),
            opts=pulumi.ResourceOptions(parent=group, depends_on=[self._admission]),
        )

    def _role(
        self, name: str, description: str, trust: str, permissions: pulumi.Output[str]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(name, description=description, assume_role_policy=trust, opts=child)
        policy = aws.iam.Policy(name, description=description, policy=permissions, opts=child)
        attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
        return role, attachment


def _processing() -> aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationArgs:
    """Unpack each record and end it with a line break."""
    processor = aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorArgs
    gzip = aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorParameterArgs(
        parameter_name="CompressionFormat", parameter_value="GZIP"
    )
    return aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationArgs(
        enabled=True,
        processors=[
            processor(type="Decompression", parameters=[gzip]),
            processor(type="AppendDelimiterToRecord"),
        ],
    )
