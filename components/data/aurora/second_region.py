"""A global database: a second Aurora cluster in another region, some second behind the first.

Maps to 45 CFR 164.308(a)(7)(ii)(B)-(C) (disaster recovery, emergency mode operation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from components.data.dashboard import Watched
from components.data.database.alarms import REGION_LAG
from components.data.database.common import MonitoringRole
from components.data.database.engine import EXPORTS, Parameter
from components.data.tier import DataTier
from components.shared.alarms import metric_alarm
from components.shared.logs import log_group
from components.shared.names import BACKED_UP
from components.shared.options import guard


@dataclass(frozen=True, kw_only=True)
class SecondRegion:
    """Network and keys of another region, which are there already."""

    region: str
    """The region."""
    kms_key_arn: str
    """Key of that region that encrypts what is stored."""
    logs_key_arn: str
    """Key of that region that encrypts logs."""
    subnet_ids: Sequence[str]
    """Isolated subnets, in two zones or more."""
    security_group_ids: Sequence[str]
    """Security groups of the second cluster."""
    alarm_topic_arn: str
    """Topic of that region, which is told when the cluster falls behind: an alarm reaches no topic of another region."""

    def __post_init__(self) -> None:
        """Refuse a network that AWS would refuse, and keys or a topic of another region."""
        if len(self.subnet_ids) < 2:
            raise ValueError(f"subnet_ids must be of two zones or more, got {', '.join(self.subnet_ids)}")
        for field, service, kind in (
            ("kms_key_arn", "kms", "a KMS key"),
            ("logs_key_arn", "kms", "a KMS key"),
            ("alarm_topic_arn", "sns", "an SNS topic"),
        ):
            arn: str = getattr(self, field)
            if arn.split(":")[2:4] != [service, self.region]:
                raise ValueError(f"{field} must be {kind} in {self.region}, got {arn!r}")


def second_cluster(
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
) -> Watched:
    """Make the global database around the first cluster, and a second cluster with one reader; return its graphs.

    The first cluster is named as the source, so that a stack can get and lose its second region without losing the first.
    """
    region = second.region
    here = pulumi.ResourceOptions(parent=parent)
    whole = aws.rds.GlobalCluster(
        f"{name}-global",
        global_cluster_identifier=pulumi.Output.concat(physical_name, "-global"),
        source_db_cluster_identifier=primary.arn,
        # Without it the first cluster could not leave. A protected stack gives up its protection first, as for every store.
        force_destroy=not tier.protect,
        deletion_protection=tier.protect,
        opts=pulumi.ResourceOptions(parent=parent, protect=guard(tier.protect), depends_on=list(after)),
    )
    second_name = f"{name}-second"
    identifier = pulumi.Output.concat(physical_name, "-second")
    logs = [
        log_group(
            f"{second_name}-{export}",
            # A subscription filter reaches no delivery stream of another region.
            replace(tier.logs.in_cloudwatch, key_arn=second.logs_key_arn),
            kind="database",
            parent=parent,
            physical_name=pulumi.Output.concat("/aws/rds/cluster/", identifier, "/", export),
            region=region,
        )
        for export in EXPORTS[engine]
    ]
    subnets = aws.rds.SubnetGroup(
        second_name, region=region, subnet_ids=list(second.subnet_ids), tags={"Name": second_name}, opts=here
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
        opts=here,
    )
    cluster = aws.rds.Cluster(
        second_name,
        region=region,
        cluster_identifier=identifier,
        global_cluster_identifier=whole.id,
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
        enabled_cloudwatch_logs_exports=list(EXPORTS[engine]),
        deletion_protection=tier.protect,
        skip_final_snapshot=not tier.protect,
        final_snapshot_identifier=pulumi.Output.concat(identifier, "-final") if tier.protect else None,
        apply_immediately=True,
        tags={"Name": second_name, **BACKED_UP},
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=guard(tier.protect),
            # AWS sets it, and it changes sides in a failover.
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
            protect=guard(tier.protect),
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
    return Watched(alerts=[REGION_LAG], dimensions=[dimensions], region=region)
