"""Delivery of log events to the archive, so that CloudWatch Logs need keep only a short, searchable copy of them.

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
from components.shared.logs import LogOptions, log_group
from components.shared.options import protection_option
from components.shared.vended_logs import allow_log_delivery

BUFFER_SECONDS: Final = 300
"""Longest time in seconds for which Firehose buffers events; AWS allows 0 to 900."""

BUFFER_MIB: Final = 64
"""MiB of events after which Firehose writes an object; AWS allows 1 to 128. Athena reads few large objects faster than many
small ones."""


@dataclass(frozen=True, kw_only=True)
class LogDeliveryArgs:
    """Arguments of `LogDelivery`."""

    account: iam.Account
    """The account and region of the log groups and of the archive."""
    logs_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the stream, its objects and the log groups that this component creates."""
    archive: LogArchive
    """The archive whose intake receives the events."""
    protect: bool
    """Whether Pulumi refuses to delete the stream and the log groups that this component creates."""


class LogDelivery(pulumi.ComponentResource):
    """A Firehose stream from CloudWatch Logs to the archive, and the masking of sensitive data in log groups.

    Creates: a Firehose stream; an IAM role with which Firehose writes to the intake, and one with which CloudWatch Logs
    sends events to Firehose; a log group for delivery errors; a log group for reports of masked data, with the resource
    policy that admits these reports. The function `log_group` calls `subscribe` for each log group that is
    archived, and `mask_sensitive_data` for log groups that applications write to.

    Firehose decompresses the records of CloudWatch Logs with its built-in processors
    (https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html) and writes one JSON document per line: a
    batch of events with the names of their log group and stream. Firehose could also write the bare messages
    (`CloudWatchLogProcessing`), but they would lack the time and origin of each event. Objects are stored under
    `application-logs/` by the day of their delivery, in UTC.

    Firehose writes to the intake, and S3 replicates every object into the locked archive. S3 requires a checksum header
    for uploads to a bucket with a default Object Lock retention
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-put-object), and no page
    of AWS says that Firehose sends one. Firehose discards events that it cannot deliver within 24 hours
    (https://docs.aws.amazon.com/firehose/latest/dev/retry.html).

    Outputs:
        stream_arn: ARN of the Firehose stream.
        stream_name: Name of the Firehose stream, which is the dimension of its metrics.
        findings_group_name: Name of the log group that reports which data was masked in which log group.
    """

    retention_days: int
    """Days that the archive keeps the events."""
    stream_arn: pulumi.Output[str]
    stream_name: pulumi.Output[str]
    findings_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: LogDeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:LogDelivery", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.retention_days = args.archive.retention_days
        self._account = args.account

        # These two log groups are not archived: CloudWatch Logs keeps them for the whole period.
        logs = LogOptions(key_arn=args.logs_key_arn, days=self.retention_days, protect=args.protect)
        errors = log_group(f"{name}-errors", logs, kind="delivery-errors", parent=self)
        error_stream = aws.cloudwatch.LogStream(f"{name}-errors", log_group_name=errors.name, opts=child)
        write_role, write_attachment = self._role(
            f"{name}-write",
            "Lets Firehose write to the archive's intake",
            policies.firehose_trust_policy(args.account),
            pulumi.Output.all(args.archive.intake_bucket_arn, args.logs_key_arn, errors.arn).apply(
                lambda arns: policies.firehose_write_policy(*arns, account=args.account)
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
                role_arn=write_role.arn,
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
            # Protected, because events in its buffer are lost when it is deleted.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[write_attachment, args.archive],
                protect=protection_option(args.protect),
            ),
        )
        self._send_role, self._send_attachment = self._role(
            f"{name}-send",
            "Lets CloudWatch Logs send events to Firehose",
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
            iam.assume_role(
                "logs.amazonaws.com", account=args.account, source_arn=args.account.arn("logs", "*")
            ),
            pulumi.Output.all(stream.arn, args.logs_key_arn).apply(
                lambda arns: policies.subscription_policy(*arns, account=args.account)
            ),
        )

        findings = log_group(f"{name}-findings", logs, kind="masked-data", parent=self)
        self._findings_policy = allow_log_delivery(
            f"{name}-findings", findings, account=args.account, parent=self
        )

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
        """Send every new event of a log group to the archive. AWS allows two such filters for each log group.

        Args:
            group: The log group, which becomes the parent of the filter.
            name: Logical name of the filter.
        """
        return aws.cloudwatch.LogSubscriptionFilter(
            name,
            log_group=group.name,
            destination_arn=self.stream_arn,
            role_arn=self._send_role.arn,
            filter_pattern="",
            # Not retained with the log group, because stream and role are deleted with the stack.
            opts=pulumi.ResourceOptions(
                parent=group, depends_on=[self._send_attachment], retain_on_delete=False
            ),
        )

    def mask_sensitive_data(
        self, group: aws.cloudwatch.LogGroup, name: str
    ) -> aws.cloudwatch.LogDataProtectionPolicy:
        """Mask credentials and identifiers in the new events of a log group, and report each finding.

        Events that leave the group are masked for good, also in the archive. In the group itself, principals with the
        permission `logs:Unmask` can read the original
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html).

        Args:
            group: The log group, which becomes the parent of the policy.
            name: Logical name of the data protection policy.
        """
        return aws.cloudwatch.LogDataProtectionPolicy(
            name,
            log_group_name=group.name,
            policy_document=self.findings_group_name.apply(
                lambda findings: masking.protection_policy(findings, self._account.partition)
            ),
            opts=pulumi.ResourceOptions(parent=group, depends_on=[self._findings_policy]),
        )

    def _role(
        self, name: str, description: str, trust: str, permissions: pulumi.Output[str]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
        """Create a role with one customer managed policy; return the role and the attachment of the policy."""
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(name, description=description, assume_role_policy=trust, opts=child)
        policy = aws.iam.Policy(name, description=description, policy=permissions, opts=child)
        attachment = aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
        return role, attachment


def _processing() -> aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationArgs:
    """Return the processors that decompress each record and end it with a line break."""
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
