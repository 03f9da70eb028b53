"""An Aurora global database: a second cluster in another region, with a replication lag of about a second.

Maps to 45 CFR 164.308(a)(7)(ii)(B)-(C) (disaster recovery, emergency mode operation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from components.data.dashboard import MonitoredResource
from components.data.database.alarms import REGION_LAG
from components.data.database.common import MonitoringRole
from components.data.database.engine import LOG_EXPORTS, Parameter
from components.data.tier import DataTier
from components.shared.alarms import metric_alarm
from components.shared.logs import log_group
from components.shared.names import BACKUP_TAG
from components.shared.options import protection_option


@dataclass(frozen=True, kw_only=True)
class SecondRegion:
    """Existing network, keys and alarm topic in another region."""

    region: str
    """Name of the region."""
    kms_key_arn: str
    """KMS key in that region that encrypts stored data."""
    logs_key_arn: str
    """KMS key in that region that encrypts logs."""
    subnet_ids: Sequence[str]
    """Ids of isolated subnets in at least two zones."""
    security_group_ids: Sequence[str]
    """Ids of the security groups of the second cluster."""
    alarm_topic_arn: str
    """SNS topic in that region for the alarm on replication lag. An alarm cannot notify a topic in another region."""

    def __post_init__(self) -> None:
        """Reject fewer than two subnets, and keys or a topic of another region."""
        if len(self.subnet_ids) < 2:
            raise ValueError(
                f"subnet_ids must be of two zones or more, got {', '.join(self.subnet_ids) or 'none'}"
            )
        for field, service, kind in (
            ("kms_key_arn", "kms", "a KMS key"),
            ("logs_key_arn", "kms", "a KMS key"),
            ("alarm_topic_arn", "sns", "an SNS topic"),
        ):
            arn: str = getattr(self, field)
            if arn.split(":")[2:4] != [service, self.region]:
                raise ValueError(f"{field} must be {kind} in {self.region}, got {arn!r}")


def second_region_cluster(
    name: str,
    tier: DataTier,
    second: SecondRegion,
    *,
    physical_name: pulumi.Output[str],
    primary: aws.rds.Cluster,
    after: Sequence[pulumi.Resource],
    engine: str,
    engine_version: str,
    family: str,
    parameters: Sequence[Parameter],
    instance_class: str,
    capacity: aws.rds.ClusterServerlessv2ScalingConfigurationArgs | None,
    backup_days: int,
    monitoring: MonitoringRole,
    monitoring_seconds: int,
    parent: pulumi.Resource,
) -> MonitoredResource:
    """Create a global database from the first cluster, and a second cluster with one reader.

    The first cluster is the source of the global database, so a stack can add and remove the second region without a
    replacement of the first cluster.

    Args:
        name: Logical name of the first cluster.
        tier: Logs and protection of the data stores.
        second: Network, keys and alarm topic in the second region.
        physical_name: Identifier of the first cluster; the other identifiers begin with it.
        primary: The first cluster.
        after: The instances of the first cluster, which must exist first.
        engine: Engine of both clusters.
        engine_version: Engine version of both clusters.
        family: Parameter group family.
        parameters: Engine parameters.
        instance_class: Class of the reader.
        capacity: Capacity range of Serverless v2; None for other instance classes.
        backup_days: Point-in-time recovery window, in days.
        monitoring: The role for Enhanced Monitoring.
        monitoring_seconds: Interval of Enhanced Monitoring, in seconds.
        parent: The component of the first cluster.

    Returns:
        The alarm on replication lag, for the dashboard.
    """
    region = second.region
    child = pulumi.ResourceOptions(parent=parent)
    global_cluster = aws.rds.GlobalCluster(
        f"{name}-global",
        global_cluster_identifier=pulumi.Output.concat(physical_name, "-global"),
        source_db_cluster_identifier=primary.arn,
        # Lets Pulumi remove the first cluster from the global database. A protected stack must give up its protection first.
        force_destroy=not tier.protect,
        deletion_protection=tier.protect,
        opts=pulumi.ResourceOptions(
            parent=parent, protect=protection_option(tier.protect), depends_on=list(after)
        ),
    )
    second_name = f"{name}-second"
    identifier = pulumi.Output.concat(physical_name, "-second")
    logs = [
        log_group(
            f"{second_name}-{export}",
            # Not sent to the archive: a subscription filter cannot send to a delivery stream in another region.
            replace(tier.logs.without_delivery, key_arn=second.logs_key_arn),
            kind="database",
            parent=parent,
            physical_name=pulumi.Output.concat("/aws/rds/cluster/", identifier, "/", export),
            region=region,
        )
        for export in LOG_EXPORTS[engine]
    ]
    subnets = aws.rds.SubnetGroup(
        second_name, region=region, subnet_ids=list(second.subnet_ids), tags={"Name": second_name}, opts=child
    )
    group = aws.rds.ClusterParameterGroup(
        second_name,
        region=region,
        family=family,
        description="Forces TLS and records who does what",
        parameters=[
            aws.rds.ClusterParameterGroupParameterArgs(
                name=item.name, value=item.value, apply_method=item.apply_method
            )
            for item in parameters
        ],
        opts=child,
    )
    cluster = aws.rds.Cluster(
        second_name,
        region=region,
        cluster_identifier=identifier,
        global_cluster_identifier=global_cluster.id,
        engine=engine,
        engine_version=engine_version,
        db_subnet_group_name=subnets.name,
        vpc_security_group_ids=list(second.security_group_ids),
        db_cluster_parameter_group_name=group.name,
        storage_encrypted=True,
        kms_key_id=second.kms_key_arn,
        iam_database_authentication_enabled=True,
        serverlessv2_scaling_configuration=capacity,
        backup_retention_period=backup_days,
        copy_tags_to_snapshot=True,
        delete_automated_backups=not tier.protect,
        enabled_cloudwatch_logs_exports=list(LOG_EXPORTS[engine]),
        deletion_protection=tier.protect,
        skip_final_snapshot=not tier.protect,
        final_snapshot_identifier=pulumi.Output.concat(identifier, "-final") if tier.protect else None,
        apply_immediately=True,
        tags={"Name": second_name, **BACKUP_TAG},
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=protection_option(tier.protect),
            # AWS sets this property, and a failover changes it.
            ignore_changes=["replicationSourceIdentifier"],
            depends_on=logs,
            custom_timeouts=pulumi.CustomTimeouts(create="120m", update="120m", delete="60m"),
        ),
    )
    aws.rds.ClusterInstance(
        second_name,
        region=region,
        cluster_identifier=cluster.id,
        engine=aws.rds.EngineType.AURORA_POSTGRESQL,
        instance_class=instance_class,
        db_subnet_group_name=subnets.name,
        publicly_accessible=False,
        auto_minor_version_upgrade=False,
        copy_tags_to_snapshot=True,
        monitoring_interval=monitoring_seconds,
        monitoring_role_arn=monitoring.arn,
        performance_insights_enabled=True,
        performance_insights_kms_key_id=second.kms_key_arn,
        apply_immediately=True,
        tags={"Name": second_name},
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=protection_option(tier.protect),
            depends_on=[monitoring.ready],
            custom_timeouts=pulumi.CustomTimeouts(create="90m", update="90m", delete="90m"),
        ),
    )
    dimensions = {"DBClusterIdentifier": cluster.cluster_identifier}
    metric_alarm(
        second_name,
        REGION_LAG,
        dimensions=dimensions,
        topic_arn=second.alarm_topic_arn,
        parent=parent,
        region=region,
    )
    return MonitoredResource(alerts=[REGION_LAG], dimensions=[dimensions], region=region)
