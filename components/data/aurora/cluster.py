"""`Aurora`: an Aurora PostgreSQL cluster with its instances and optional proxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.aurora.args import AuroraArgs
from components.data.aurora.proxy import DatabaseProxy, database_proxy
from components.data.aurora.readers import InstancePlacement, placements, scale_readers
from components.data.dashboard import MonitoredResource
from components.data.database.alarms import aurora_alerts
from components.data.database.bootstrap import AdministratorConnection
from components.data.database.common import (
    exported_logs,
    identifier,
    master_secret_arn,
    monitoring_role,
    security_group,
    user_arn,
)
from components.data.database.engine import LOG_EXPORTS, MASTER_USER, PORTS, parameters
from components.data.database.identity import iam_logins
from components.data.database.passwords import rotate_passwords
from components.shared.alarms import metric_alarm
from components.shared.destination import Destination
from components.shared.names import backup_tags
from components.shared.options import protection_option
from facts import databases

ENGINE: Final = "aurora-postgresql"
_PORT: Final = PORTS[ENGINE]
SERVERLESS: Final = "db.serverless"
MONITORING_SECONDS: Final = 60
"""Interval of Enhanced Monitoring, in seconds."""

_GIB_IN_MIB: Final = 1024
_DEFAULT_MEMORY_MIB: Final = (
    8 * _GIB_IN_MIB
)  # for instance classes whose memory `facts.databases` does not list


class Aurora(pulumi.ComponentResource):
    """An encrypted Aurora PostgreSQL cluster that accepts TLS connections only. Services sign in by IAM.

    Creates: an Aurora cluster with its subnet group and parameter group; its instances; a security group without rules; log
    groups; the role for Enhanced Monitoring; CloudWatch alarms; if the arguments ask for them, reader autoscaling and
    an RDS Proxy.

    The cluster is in the isolated subnets of the data tier. Only the services that use it get security group rules. The log
    groups exist before the cluster and use the retention of `tier.logs`. Storage, Performance Insights and the secret of the
    administrator are encrypted under keys of this stack. The cluster can be restored to any point in the last `backup_days`
    days; a protected stack also keeps a final snapshot. AWS does not upgrade minor versions; only a change of
    `engine_version` does. Changes apply during the deployment, not in the maintenance window.

    Maps to 45 CFR 164.312(a)(1), (a)(2)(i) and (a)(2)(iv), 164.312(b), 164.312(d), 164.312(e)(1) and
    164.308(a)(7)(ii)(A)-(B) (backup, disaster recovery).

    Outputs:
        cluster_arn: ARN of the cluster, for backups and runbooks.
        host: Host name for writes: the proxy if there is one, otherwise the cluster endpoint.
        reader_host: Host name for reads; the same as `host` without readers.
        secret_arn: ARN of the secret with the password of the administrator.
    """

    cluster_arn: pulumi.Output[str]
    host: pulumi.Output[str]
    reader_host: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    monitored_resources: list[MonitoredResource]
    """The alarms that the dashboard shows."""
    event_sources: list[pulumi.Output[str]]
    """ARNs of the cluster, its instances and its proxy, whose RDS events raise alerts."""
    administrator_connection: AdministratorConnection
    """Connection of the administrator, for the task that creates users."""

    def __init__(self, name: str, args: AuroraArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Aurora", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        tier = args.tier
        self._id = identifier(name, {"database": args.database, "key": tier.data_key_arn}, parent=self)
        self._logs = exported_logs(
            name, ENGINE, tier, folder=pulumi.Output.concat("/aws/rds/cluster/", self._id), parent=self
        )
        self._group = security_group(name, "Aurora cluster", tier, parent=self)
        self._subnets = aws.rds.SubnetGroup(
            name, subnet_ids=tier.subnet_ids, tags={"Name": name}, opts=self._child
        )
        self._monitoring = monitoring_role(name, tier.account, parent=self)
        cluster = self._cluster()
        first, *others = placements(tier.zones, args.readers.min)
        writer = self._instance(cluster, first)
        instances = [writer, *(self._instance(cluster, item, after=writer) for item in others)]
        if args.readers.max > args.readers.min:
            scale_readers(
                name,
                args.readers,
                cluster_identifier=cluster.cluster_identifier,
                parent=self,
                after=instances,
            )
        proxy = self._proxy(cluster, instances)
        self.monitored_resources = [self._watch(cluster)]
        self._resource_id = proxy.resource_id if proxy else cluster.cluster_resource_id
        self._entrance_group_id = proxy.security_group_id if proxy else self._group.id
        self.cluster_arn = cluster.arn
        self.event_sources = [cluster.arn, *(item.arn for item in instances), *([proxy.arn] if proxy else [])]
        self.host = proxy.host if proxy else cluster.endpoint
        direct = self._direct_reader_host = cluster.reader_endpoint if args.readers.max else cluster.endpoint
        self.reader_host = (proxy.reader_host or proxy.host) if proxy else direct
        self.secret_arn = cluster.master_user_secrets.apply(master_secret_arn)
        self.administrator_connection = AdministratorConnection(
            engine=ENGINE,
            host=cluster.endpoint,
            port=_PORT,
            database=args.database,
            security_group_id=self._group.id,
            secret_arn=self.secret_arn,
        )
        self._passwords = rotate_passwords(
            name,
            tier=tier,
            target=self.administrator_connection,
            applications=args.applications,
            rotate_days=args.rotate_days,
            database_id=self._id,
            after=[writer],
            parent=self,
        )
        self.monitored_resources += self._passwords.monitored
        self.register_outputs({**self.exports})

    @property
    def exports(self) -> Mapping[str, pulumi.Output[str]]:
        """Return the stack outputs, by name."""
        return {
            "cluster_arn": self.cluster_arn,
            "host": self.host,
            "reader_host": self.reader_host,
            "secret_arn": self.secret_arn,
        }

    @property
    def staff_destination(self) -> Destination:
        """Return the security group and port for people with their own users: those of the proxy if there is one."""
        return Destination(security_group_id=self._entrance_group_id, ports=[_PORT])

    def destination(self, application: str) -> Destination:
        """Return the access of an application: security group, environment variables, and a database user or a secret.

        Raises:
            ValueError: `applications` does not contain the application.
        """
        user = self._args.application(application).iam_login
        if user is None:
            # The proxy signs in by IAM only, so these applications connect to the cluster.
            return Destination(
                security_group_id=self._group.id,
                ports=[_PORT],
                environment={
                    "AURORA_DATABASE": self._args.database,
                    "AURORA_HOST": self.administrator_connection.host,
                    "AURORA_PORT": str(_PORT),
                    "AURORA_READER_HOST": self._direct_reader_host,
                },
                secrets={"DATABASE_URL": self._passwords.urls[application]},
                rotate_days=self._args.rotate_days,
            )
        return Destination(
            security_group_id=self._entrance_group_id,
            ports=[_PORT],
            database_users=[user_arn(self._args.tier.account, self._resource_id, user)],
            environment={
                "AURORA_DATABASE": self._args.database,
                "AURORA_HOST": self.host,
                "AURORA_PORT": str(_PORT),
                "AURORA_READER_HOST": self.reader_host,
                "AURORA_USER": user,
            },
        )

    def _scaling(self) -> aws.rds.ClusterServerlessv2ScalingConfigurationArgs | None:
        capacity = self._args.capacity
        if self._args.instance_class is not None:
            return None
        return aws.rds.ClusterServerlessv2ScalingConfigurationArgs(
            min_capacity=capacity.min,
            max_capacity=capacity.max,
            # AWS accepts this setting only if the minimum capacity is 0.
            seconds_until_auto_pause=None if capacity.min else capacity.pause_after_seconds,
        )

    def _cluster(self) -> aws.rds.Cluster:
        name, args, tier = self._name, self._args, self._args.tier
        group = aws.rds.ClusterParameterGroup(
            name,
            family=databases.family(ENGINE, args.engine_version),
            description="Requires TLS and turns on audit logs",
            parameters=[
                aws.rds.ClusterParameterGroupParameterArgs(
                    name=item.name, value=item.value, apply_method=item.apply_method
                )
                for item in parameters(ENGINE, args.audit_statements)
            ],
            opts=self._child,
        )
        return aws.rds.Cluster(
            name,
            cluster_identifier=self._id,
            engine=ENGINE,
            engine_mode="provisioned",  # also the mode of Serverless v2
            engine_version=args.engine_version,
            allow_major_version_upgrade=args.allow_major_upgrade,
            database_name=args.database,
            port=_PORT,
            master_username=MASTER_USER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=tier.secrets_key_arn,
            serverlessv2_scaling_configuration=self._scaling(),
            db_subnet_group_name=self._subnets.name,
            vpc_security_group_ids=[self._group.id],
            db_cluster_parameter_group_name=group.name,
            storage_encrypted=True,
            kms_key_id=tier.data_key_arn,
            iam_database_authentication_enabled=True,
            enabled_cloudwatch_logs_exports=list(LOG_EXPORTS[ENGINE]),
            backup_retention_period=args.backup_days,
            preferred_backup_window=args.backup_window,
            preferred_maintenance_window=args.maintenance_window,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not tier.protect,
            deletion_protection=tier.protect,
            skip_final_snapshot=not tier.protect,
            final_snapshot_identifier=pulumi.Output.concat(self._id, "-final") if tier.protect else None,
            apply_immediately=True,
            tags={"Name": name, **backup_tags()},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=protection_option(tier.protect),
                depends_on=self._logs,
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="120m", delete="60m"),
            ),
        )

    def _instance(
        self, cluster: aws.rds.Cluster, placement: InstancePlacement, after: pulumi.Resource | None = None
    ) -> aws.rds.ClusterInstance:
        """Create one instance. The first instance becomes the writer, so the others depend on it (`after`)."""
        args, tier = self._args, self._args.tier
        name = f"{self._name}-{placement.key}"
        return aws.rds.ClusterInstance(
            name,
            cluster_identifier=cluster.id,
            engine=aws.rds.EngineType.AURORA_POSTGRESQL,
            instance_class=args.instance_class or SERVERLESS,
            availability_zone=placement.zone,
            promotion_tier=placement.tier,
            db_subnet_group_name=self._subnets.name,
            publicly_accessible=False,
            auto_minor_version_upgrade=False,
            preferred_maintenance_window=args.maintenance_window,
            copy_tags_to_snapshot=True,
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=self._monitoring.arn,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=tier.data_key_arn,
            apply_immediately=True,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=protection_option(tier.protect),
                depends_on=[self._monitoring.ready, *([after] if after else [])],
                custom_timeouts=pulumi.CustomTimeouts(create="90m", update="90m", delete="90m"),
            ),
        )

    def _proxy(self, cluster: aws.rds.Cluster, instances: Sequence[pulumi.Resource]) -> DatabaseProxy | None:
        args = self._args
        if not args.proxy:
            return None
        return database_proxy(
            self._name,
            args.tier,
            physical_name=self._id,
            cluster=cluster,
            instances=instances,
            database_group_id=self._group.id,
            port=_PORT,
            users=iam_logins(args.applications),
            readers=bool(args.readers.max),
            parent=self,
        )

    def _watch(self, cluster: aws.rds.Cluster) -> MonitoredResource:
        args, capacity = self._args, self._args.capacity
        if args.instance_class is None:
            memory_mib = int(capacity.max * databases.ACU_GIB * _GIB_IN_MIB)
            max_connections = databases.serverless_connections(capacity.min, capacity.max)
        else:
            memory_mib = databases.memory_mib(args.instance_class)
            max_connections = databases.connections(ENGINE, memory_mib or _DEFAULT_MEMORY_MIB)
        alerts = aurora_alerts(
            max_connections=max_connections,
            memory_mib=memory_mib,
            serverless=args.instance_class is None,
            readers=bool(args.readers.max),
        )
        dimensions = {"DBClusterIdentifier": cluster.cluster_identifier}
        for alert in alerts:
            metric_alarm(
                self._name,
                alert,
                dimensions=dimensions,
                topic_arn=args.tier.alarm_topic_arn,
                parent=self,
            )
        return MonitoredResource(alerts=alerts, dimensions=[dimensions])
