"""Questions to the logs, ready to be asked: while they are in CloudWatch, and for as long as they are in the archive.

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
"""Days that query results are kept: they are copies, whose originals stay in the archive, and may hold health data."""

GIB: Final = 1024**3


@dataclass(frozen=True, kw_only=True)
class AuditQueriesArgs:
    """What `AuditQueries` needs to know. Queries over a log group that is not named are not made."""

    account: Account
    """The account and region of the logs."""
    database: str
    """Name of the Glue database; lower case letters, digits and underscores."""
    archive: LogArchive
    """The buckets that hold the logs; the intake also gets the access log of the results."""
    kms_key_arn: pulumi.Input[str]
    """The key of the archive, which also encrypts the results."""
    flow_log_group_name: pulumi.Input[str] | None = None
    """Log group of the flow logs."""
    dns_log_group_name: pulumi.Input[str] | None = None
    """Log group of the DNS queries."""
    shell_log_group_name: pulumi.Input[str] | None = None
    """Log group of ECS Exec sessions."""
    trail_log_group_name: pulumi.Input[str] | None = None
    """Log group of the trail; only the stack that owns the account has one, and the trail's files in its archive."""
    trail_regions: Sequence[str] = ()
    """Regions that the trail records; a must with `trail_log_group_name`."""
    data_cidrs: Sequence[IPv4Network] = ()
    """Ranges of the data tier."""
    scan_limit_gib: int = 100
    """GiB that one query may read before it is stopped; Athena's price is by what is read."""
    protect: bool
    """Whether the bucket of the results is protected from deletion, and the workgroup kept while it has a history."""

    def __post_init__(self) -> None:
        """Refuse what Athena would refuse, and a trail without regions, in which nothing would be found."""
        if not re.fullmatch(r"[a-z0-9_]{1,255}", self.database):
            raise ValueError(
                f"database may have lower case letters, digits and _ only, got {self.database!r}"
            )
        if self.scan_limit_gib < 1:
            raise ValueError(f"scan_limit_gib must be at least 1, got {self.scan_limit_gib}")
        if self.trail_log_group_name is not None and not self.trail_regions:
            raise ValueError("trail_regions must name a region where trail_log_group_name is given")


class AuditQueries(pulumi.ComponentResource):
    """Saved queries for CloudWatch Logs Insights, and an Athena workgroup with tables and queries over the archive.

    The workgroup decides where results go, how they are encrypted and how much one query may read; who uses it cannot.
    Results have a bucket of their own: the archive must hold nothing but what was delivered, and what is in it is locked
    for six years. Who may run the queries is not decided here: they need `athena:StartQueryExecution` on the workgroup,
    read access to archive, results and
    catalog, and the use of the key.

    Outputs:
        workgroup_name: Name of the Athena workgroup.
        database_name: Name of the Glue database.
        results_bucket_name: Bucket of the results.
    """

    workgroup_name: pulumi.Output[str]
    database_name: pulumi.Output[str]
    results_bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: AuditQueriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:AuditQueries", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        self._save(name, questions.TRAIL, args.trail_log_group_name)
        self._save(name, questions.flows(args.data_cidrs), args.flow_log_group_name)
        self._save(name, questions.DNS, args.dns_log_group_name)
        self._save(name, questions.SHELL, args.shell_log_group_name)

        results = SecureBucket(
            f"{name}-athena-results",
            SecureBucketArgs(
                purpose="query-results",
                classification="phi",
                kms_key_arn=args.kms_key_arn,
                access_logs=args.archive.intake,
                expire_days=RESULT_DAYS,
                # Results have names of their own, so no version is ever replaced.
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
                    output_location=results.apply(lambda bucket: f"s3://{bucket}/"),
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
        sources = [
            (tables.application_logs(), args.archive.intake_bucket_name),
            (tables.flow_logs(args.account), args.archive.bucket_name),
        ]
        if args.trail_log_group_name is not None:
            sources.append((tables.api_calls(args.account, args.trail_regions), args.archive.bucket_name))
        made = {kind.name: self._table(name, kind, database, bucket) for kind, bucket in sources}
        for title, question in questions.ATHENA.items():
            if question.table in made:
                aws.athena.NamedQuery(
                    f"{name}-{title}",
                    database=database.name,
                    workgroup=workgroup.id,
                    description=question.description,
                    query=question.sql,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[made[question.table]]),
                )

        self.workgroup_name = workgroup.name
        self.database_name = database.name
        self.results_bucket_name = results
        self.register_outputs(
            {
                "workgroup_name": self.workgroup_name,
                "database_name": self.database_name,
                "results_bucket_name": self.results_bucket_name,
            }
        )

    def _save(self, name: str, texts: Mapping[str, str], group: pulumi.Input[str] | None) -> None:
        if group is None:
            return
        for title, text in texts.items():
            aws.cloudwatch.QueryDefinition(
                f"{name}-{title}",
                query_string=text,
                log_group_names=[group],
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _table(
        self, name: str, kind: tables.LogTable, database: aws.glue.CatalogDatabase, bucket: pulumi.Output[str]
    ) -> aws.glue.CatalogTable:
        return aws.glue.CatalogTable(
            f"{name}-{kind.name.replace('_', '-')}",
            name=kind.name,
            database_name=database.name,
            description=kind.description,
            table_type="EXTERNAL_TABLE",
            parameters=bucket.apply(kind.parameters),
            partition_keys=[
                aws.glue.CatalogTablePartitionKeyArgs(name=key, type="string") for key in kind.partitions
            ],
            storage_descriptor=aws.glue.CatalogTableStorageDescriptorArgs(
                location=bucket.apply(kind.location),
                input_format=kind.input_format,
                output_format=kind.output_format,
                ser_de_info=aws.glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                    serialization_library=kind.serde, parameters=kind.serde_parameters
                ),
                columns=[
                    aws.glue.CatalogTableStorageDescriptorColumnArgs(name=column, type=type_)
                    for column, type_ in kind.columns.items()
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
