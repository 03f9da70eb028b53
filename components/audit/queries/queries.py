"""Saved queries for investigations: over the log groups in CloudWatch Logs, and over the archive with Athena.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review), 164.308(a)(6)(ii) (response and reporting) and
164.312(b) (audit controls).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.archive.archive import LogArchive
from components.audit.queries import questions, tables
from components.shared.bucket import SecureBucket, SecureBucketArgs
from components.shared.iam import Account

RESULT_DAYS: Final = 30
"""Days that query results are kept. They are copies of logs that stay in the archive, and may contain health data."""

GIB: Final = 1024**3


@dataclass(frozen=True, kw_only=True)
class AuditQueriesArgs:
    """Arguments of `AuditQueries`. Queries over a log group are created only if the name of the group is given."""

    account: Account
    """The account and region of the logs."""
    database: str
    """Name of the Glue database: 1 to 255 lower case letters, digits and underscores."""
    archive: LogArchive
    """The log archive; its intake also receives the access log of the results bucket."""
    kms_key_arn: pulumi.Input[str]
    """ARN of the archive's KMS key, which also encrypts the results."""
    flow_log_group_name: pulumi.Input[str] | None = None
    """Name of the log group of the VPC flow logs."""
    dns_log_group_name: pulumi.Input[str] | None = None
    """Name of the log group of the DNS queries."""
    shell_log_group_name: pulumi.Input[str] | None = None
    """Name of the log group of ECS Exec sessions."""
    trail_log_group_name: pulumi.Input[str] | None = None
    """Name of the log group of the trail. Only the stack that owns the account has one; its archive holds the trail's files."""
    trail_regions: Sequence[str] = ()
    """Regions that the trail records; required with `trail_log_group_name`."""
    data_cidrs: Sequence[IPv4Network] = ()
    """CIDR blocks of the data tier."""
    scan_limit_gib: int = 100
    """GiB that one query may read before Athena stops it; Athena charges for the data that a query reads."""
    protect: bool
    """Whether Pulumi refuses to delete the results bucket, and AWS refuses to delete a workgroup with a query history."""

    def __post_init__(self) -> None:
        """Validate the database name, the scan limit and the regions.

        Raises:
            ValueError: Athena would refuse the database name or the limit, or the trail has no regions, so that its table
                would be empty.
        """
        if not re.fullmatch(r"[a-z0-9_]{1,255}", self.database):
            raise ValueError(
                f"database must have 1 to 255 lower case letters, digits or underscores, got {self.database!r}"
            )
        if self.scan_limit_gib < 1:
            raise ValueError(f"scan_limit_gib must be at least 1, got {self.scan_limit_gib}")
        if self.trail_log_group_name is not None and not self.trail_regions:
            raise ValueError("trail_regions must name at least one region if trail_log_group_name is set")


class AuditQueries(pulumi.ComponentResource):
    """Saved queries for CloudWatch Logs Insights, and an Athena workgroup with tables and queries over the archive.

    Creates: CloudWatch Logs query definitions; an Athena workgroup and its named queries; a Glue database with one table
    for each kind of log; an S3 bucket for query results (`SecureBucket`).

    The workgroup determines the location and encryption of results and the scan limit, and its users cannot override
    them. Results have a separate bucket, because the archive holds only delivered logs and locks them for six years. This
    component grants no access: a person who runs the queries needs `athena:StartQueryExecution` on the workgroup, read
    access to the archive, the results and the Glue catalog, and use of the key.

    Outputs:
        workgroup_name: Name of the Athena workgroup.
        database_name: Name of the Glue database.
        results_bucket_name: Name of the bucket of query results.
    """

    workgroup_name: pulumi.Output[str]
    database_name: pulumi.Output[str]
    results_bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: AuditQueriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:AuditQueries", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        self._insights_queries(name, questions.TRAIL, args.trail_log_group_name)
        self._insights_queries(name, questions.flows(args.data_cidrs), args.flow_log_group_name)
        self._insights_queries(name, questions.DNS, args.dns_log_group_name)
        self._insights_queries(name, questions.SHELL, args.shell_log_group_name)

        results_bucket = SecureBucket(
            f"{name}-athena-results",
            SecureBucketArgs(
                purpose="query-results",
                classification="phi",
                kms_key_arn=args.kms_key_arn,
                access_logs=args.archive.intake,
                expire_days=RESULT_DAYS,
                # Each result has a unique name, so no version is ever replaced.
                expire_versions_days=1,
                protect=args.protect,
            ),
            child,
        ).bucket_name
        workgroup = aws.athena.Workgroup(
            f"{name}-workgroup",
            description="Queries over the log archive",
            force_destroy=not args.protect,
            configuration=aws.athena.WorkgroupConfigurationArgs(
                enforce_workgroup_configuration=True,
                publish_cloudwatch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=args.scan_limit_gib * GIB,
                engine_version=aws.athena.WorkgroupConfigurationEngineVersionArgs(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
                    output_location=results_bucket.apply(lambda bucket: f"s3://{bucket}/"),
                    expected_bucket_owner=args.account.id,
                    encryption_configuration=aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs(
                        encryption_option="SSE_KMS", kms_key_arn=args.kms_key_arn
                    ),
                ),
            ),
            opts=child,
        )
        database = aws.glue.CatalogDatabase(
            f"{name}-archive", name=args.database, description="Tables over the log archive", opts=child
        )
        tables_and_buckets = [
            (tables.application_logs(), args.archive.intake_bucket_name),
            (tables.flow_logs(args.account), args.archive.bucket_name),
        ]
        if args.trail_log_group_name is not None:
            tables_and_buckets.append(
                (tables.api_calls(args.account, args.trail_regions), args.archive.bucket_name)
            )
        glue_tables = {
            table.name: self._glue_table(name, table, database, bucket)
            for table, bucket in tables_and_buckets
        }
        for title, question in questions.ATHENA.items():
            if question.table in glue_tables:
                aws.athena.NamedQuery(
                    f"{name}-{title}",
                    database=database.name,
                    workgroup=workgroup.id,
                    description=question.description,
                    query=question.sql,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[glue_tables[question.table]]),
                )

        self.workgroup_name = workgroup.name
        self.database_name = database.name
        self.results_bucket_name = results_bucket
        self.register_outputs(
            {
                "workgroup_name": self.workgroup_name,
                "database_name": self.database_name,
                "results_bucket_name": self.results_bucket_name,
            }
        )

    def _insights_queries(
        self, name: str, queries: Mapping[str, str], group_name: pulumi.Input[str] | None
    ) -> None:
        """Create Logs Insights queries (title to text) over one log group, or none without a group."""
        if group_name is None:
            return
        for title, query in queries.items():
            aws.cloudwatch.QueryDefinition(
                f"{name}-{title}",
                query_string=query,
                log_group_names=[group_name],
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _glue_table(
        self,
        name: str,
        table: tables.LogTable,
        database: aws.glue.CatalogDatabase,
        bucket_name: pulumi.Output[str],
    ) -> aws.glue.CatalogTable:
        return aws.glue.CatalogTable(
            f"{name}-{table.name.replace('_', '-')}",
            name=table.name,
            database_name=database.name,
            description=table.description,
            table_type="EXTERNAL_TABLE",
            parameters=bucket_name.apply(table.parameters),
            partition_keys=[
                aws.glue.CatalogTablePartitionKeyArgs(name=key, type="string") for key in table.partitions
            ],
            storage_descriptor=aws.glue.CatalogTableStorageDescriptorArgs(
                location=bucket_name.apply(table.location),
                input_format=table.input_format,
                output_format=table.output_format,
                ser_de_info=aws.glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                    serialization_library=table.serde, parameters=table.serde_parameters
                ),
                columns=[
                    aws.glue.CatalogTableStorageDescriptorColumnArgs(name=column, type=type_)
                    for column, type_ in table.columns.items()
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
