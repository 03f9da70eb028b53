"""`Rds`: one RDS instance with PostgreSQL or MySQL and, with `multi_az`, a standby in a second zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.data.dashboard import MonitoredResource
from components.data.database.alarms import LOG_METRICS, LOGGED_DEADLOCK, logged_deadlocks, rds_alerts
from components.data.database.args import DatabaseArgs
from components.data.database.bootstrap import AdministratorConnection
from components.data.database.common import (
    exported_logs,
    identifier,
    master_secret_arn,
    monitoring_role,
    security_group,
    user_arn,
)
from components.data.database.engine import LOG_EXPORTS, MASTER_USER, MYSQL_AUDIT_EVENTS, PORTS, parameters
from components.data.database.passwords import rotate_passwords
from components.shared.alarms import metric_alarm
from components.shared.destination import Destination
from components.shared.names import backup_tags
from components.shared.options import protection_option
from facts import databases

MONITORING_SECONDS: Final = 60
"""Interval of Enhanced Monitoring, in seconds."""

_DEFAULT_MEMORY_MIB: Final = 8 * 1024  # for instance classes whose memory `facts.databases` does not list


@dataclass(frozen=True, kw_only=True)
class RdsArgs(DatabaseArgs):
    """Arguments of `Rds`."""

    engine: Literal["postgres", "mysql"] = "postgres"
    """Database engine."""
    instance_class: str = "db.t4g.medium"
    """Instance class."""
    storage_gib: int = 20
    """Allocated storage, in GiB."""
    max_storage_gib: int | None = None
    """Limit of storage autoscaling, in GiB, at least 10 percent above `storage_gib`; None disables autoscaling."""
    multi_az: bool = True
    """Whether the instance has a standby in a second zone."""

    def __post_init__(self) -> None:
        """Reject combinations that AWS does not support."""
        super().__post_init__()
        if self.max_storage_gib is not None and 10 * self.max_storage_gib < 11 * self.storage_gib:
            raise ValueError(
                f"max_storage_gib must be at least a tenth more than storage_gib ({self.storage_gib}), got {self.max_storage_gib}"
            )


class Rds(pulumi.ComponentResource):
    """An encrypted RDS instance that accepts TLS connections only. Services sign in by IAM.

    Creates: an RDS instance with its subnet group, parameter group and, for MySQL, option group; a security group without
    rules; log groups; the role for Enhanced Monitoring; CloudWatch alarms and, for PostgreSQL, a metric filter that counts
    deadlocks.

    Network, encryption, retention and upgrades follow the same rules as `Aurora`.

    Maps to 45 CFR 164.312(a)(1), (a)(2)(i) and (a)(2)(iv), 164.312(b), 164.312(d), 164.312(e)(1) and
    164.308(a)(7)(ii)(A)-(B) (backup, disaster recovery).

    Outputs:
        instance_arn: ARN of the instance, for backups and runbooks.
        host: Host name that services connect to.
        secret_arn: ARN of the secret with the password of the administrator.
    """

    instance_arn: pulumi.Output[str]
    host: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    monitored_resources: list[MonitoredResource]
    """The alarms that the dashboard shows."""
    event_sources: list[pulumi.Output[str]]
    """ARN of the instance, whose RDS events raise alerts."""
    administrator_connection: AdministratorConnection
    """Connection of the administrator, for the task that creates users."""

    def __init__(self, name: str, args: RdsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:data:Rds", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        tier, port = args.tier, PORTS[args.engine]
        self._id = identifier(
            name, {"database": args.database, "engine": args.engine, "key": tier.data_key_arn}, parent=self
        )
        logs = exported_logs(
            name, args.engine, tier, folder=pulumi.Output.concat("/aws/rds/instance/", self._id), parent=self
        )
        self._group = security_group(name, "RDS instance", tier, parent=self)
        instance = self._instance(logs)
        alerts = rds_alerts(
            engine=args.engine,
            max_connections=databases.connections(
                args.engine, databases.memory_mib(args.instance_class) or _DEFAULT_MEMORY_MIB
            ),
            memory_mib=databases.memory_mib(args.instance_class),
            storage_gib=args.storage_gib,
        )
        dimensions = {"DBInstanceIdentifier": instance.identifier}
        self.monitored_resources = [MonitoredResource(alerts=alerts, dimensions=[dimensions])]
        for alert in alerts:
            metric_alarm(
                name,
                alert,
                dimensions=dimensions,
                topic_arn=tier.alarm_topic_arn,
                parent=self,
            )
        if args.engine == "postgres":
            self._count_deadlocks(logs[list(LOG_EXPORTS[args.engine]).index("postgresql")])
        self._resource_id = instance.resource_id
        self.instance_arn = instance.arn
        self.event_sources = [instance.arn]
        self.host = instance.address
        self.secret_arn = instance.master_user_secrets.apply(master_secret_arn)
        self.administrator_connection = AdministratorConnection(
            engine=args.engine,
            host=instance.address,
            port=port,
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
            after=[instance],
            parent=self,
        )
        self.monitored_resources += self._passwords.monitored
        self.register_outputs({**self.exports})

    @property
    def exports(self) -> Mapping[str, pulumi.Output[str]]:
        """Return the stack outputs, by name."""
        return {"instance_arn": self.instance_arn, "host": self.host, "secret_arn": self.secret_arn}

    @property
    def staff_destination(self) -> Destination:
        """Return the security group and port for people with their own users."""
        return Destination(security_group_id=self._group.id, ports=[PORTS[self._args.engine]])

    def destination(self, application: str) -> Destination:
        """Return the access of an application. With MySQL, its database has the name of the application.

        Raises:
            ValueError: `applications` does not contain the application.
        """
        args = self._args
        user = args.application(application).iam_login
        port = PORTS[args.engine]
        address = {
            "RDS_DATABASE": application if args.engine == "mysql" else args.database,
            "RDS_HOST": self.host,
            "RDS_PORT": str(port),
        }
        if user is None:
            return Destination(
                security_group_id=self._group.id,
                ports=[port],
                environment=address,
                secrets={"DATABASE_URL": self._passwords.urls[application]},
                rotate_days=args.rotate_days,
            )
        return Destination(
            security_group_id=self._group.id,
            ports=[port],
            database_users=[user_arn(args.tier.account, self._resource_id, user)],
            environment={**address, "RDS_USER": user},
        )

    def _instance(self, logs: Sequence[pulumi.Resource]) -> aws.rds.Instance:
        name, args, tier = self._name, self._args, self._args.tier
        subnets = aws.rds.SubnetGroup(name, subnet_ids=tier.subnet_ids, tags={"Name": name}, opts=self._child)
        group = aws.rds.ParameterGroup(
            name,
            family=databases.family(args.engine, args.engine_version),
            description="Requires TLS and turns on audit logs",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(
                    name=item.name, value=item.value, apply_method=item.apply_method
                )
                for item in parameters(args.engine, args.audit_statements)
            ],
            opts=self._child,
        )
        monitoring = monitoring_role(name, tier.account, parent=self)
        insights = databases.has_insights(args.engine, args.instance_class)
        return aws.rds.Instance(
            name,
            identifier=self._id,
            engine=args.engine,
            engine_version=args.engine_version,
            allow_major_version_upgrade=args.allow_major_upgrade,
            auto_minor_version_upgrade=False,
            instance_class=args.instance_class,
            allocated_storage=args.storage_gib,
            max_allocated_storage=args.max_storage_gib or 0,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=tier.data_key_arn,
            db_name=args.database,
            port=PORTS[args.engine],
            username=MASTER_USER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=tier.secrets_key_arn,
            iam_database_authentication_enabled=True,
            multi_az=args.multi_az,
            publicly_accessible=False,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[self._group.id],
            parameter_group_name=group.name,
            option_group_name=self._options(),
            enabled_cloudwatch_logs_exports=list(LOG_EXPORTS[args.engine]),
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=monitoring.arn,
            performance_insights_enabled=insights,
            performance_insights_kms_key_id=tier.data_key_arn if insights else None,
            backup_retention_period=args.backup_days,
            backup_window=args.backup_window,
            maintenance_window=args.maintenance_window,
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
                depends_on=[monitoring.ready, *logs],
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="120m", delete="60m"),
            ),
        )

    def _count_deadlocks(self, log: aws.cloudwatch.LogGroup) -> None:
        metric = f"{pulumi.get_stack()}-{self._name}-deadlocks"
        aws.cloudwatch.LogMetricFilter(
            f"{self._name}-deadlocks",
            log_group_name=log.name,
            pattern=LOGGED_DEADLOCK,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=LOG_METRICS, name=metric, value="1"
            ),
            opts=self._child,
        )
        metric_alarm(
            self._name,
            logged_deadlocks(metric),
            dimensions={},
            topic_arn=self._args.tier.alarm_topic_arn,
            parent=self,
        )

    def _options(self) -> pulumi.Output[str] | None:
        """Create the option group with the audit plugin of MySQL; None for PostgreSQL, whose parameters configure pgAudit."""
        args = self._args
        if args.engine != "mysql":
            return None
        group = aws.rds.OptionGroup(
            self._name,
            engine_name=args.engine,
            major_engine_version=databases.major(args.engine, args.engine_version),
            option_group_description="Turns on audit logs",
            options=[
                aws.rds.OptionGroupOptionArgs(
                    option_name="MARIADB_AUDIT_PLUGIN",
                    option_settings=[
                        aws.rds.OptionGroupOptionOptionSettingArgs(
                            name="SERVER_AUDIT_EVENTS", value=MYSQL_AUDIT_EVENTS
                        )
                    ],
                )
            ],
            # AWS does not delete an option group that a retained snapshot uses.
            skip_destroy=args.tier.protect,
            opts=self._child,
        )
        return group.name
