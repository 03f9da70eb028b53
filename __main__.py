"""The Pulumi program: reads the settings of a stack, creates its components and exports its outputs.

`Pulumi.<stack>.yaml` contains all differences between environments. The modules in `stack/` create the components of each
area. An area uses only the components of the areas before it.
"""

import pulumi

from components.audit import AuditQueries, AuditQueriesArgs
from settings import load
from stack.containers import create_containers
from stack.data import create_stores
from stack.foundation import create_foundation
from stack.partners import connect_partners
from stack.staff import create_staff_vpn

settings = load()

# KMS keys, log archive, network, CloudTrail and detection services of the account, alarms.
base = create_foundation(settings)

# Aurora, RDS, ElastiCache and their backups, in the data tier, which has no route out of the VPC.
stores = create_stores(base)

# Connections to the systems of partners.
partners = connect_partners(base)

# ECS services on EC2 behind the load balancer.
containers = create_containers(base, stores, partners)

# OpenVPN Access Server for staff.
create_staff_vpn(base, stores, containers)

# Saved queries that answer the questions of an audit.
queries = AuditQueries(
    "queries",
    AuditQueriesArgs(
        account=base.account,
        database=f"hipaa_{settings.environment.replace('-', '_')}",
        archive=base.archive,
        kms_key_arn=base.keys.logs,
        flow_log_group_name=base.network.flow_log_group_name,
        dns_log_group_name=base.network.dns_log_group_name,
        shell_log_group_name=containers.cluster and containers.cluster.exec_log_group_name,
        trail_log_group_name=base.trail and base.trail.log_group_name,
        trail_regions=settings.partition_regions,
        data_cidrs=list(base.address_plan.ranges("data").values()),
        protect=settings.protect,
    ),
)

pulumi.export("vpc_id", base.network.vpc_id)
pulumi.export("public_subnet_ids", base.network.subnet_ids("public"))
pulumi.export("private_subnet_ids", base.network.subnet_ids("private"))
pulumi.export("data_subnet_ids", base.network.subnet_ids("data"))
pulumi.export("logs_key_arn", base.keys.logs)
pulumi.export("data_key_arn", base.keys.data)
pulumi.export("compute_key_arn", base.keys.compute)
pulumi.export("secrets_key_arn", base.keys.secrets)
pulumi.export("backup_key_arn", base.keys.backup)
pulumi.export("archive_bucket_name", base.archive.bucket_name)
pulumi.export("intake_bucket_name", base.archive.intake_bucket_name)
pulumi.export("alerts_topic_arn", base.alerts.topic_arn)
pulumi.export("alerts_queue_arn", base.alerts.queue_arn)
pulumi.export("flow_log_group_name", base.network.flow_log_group_name)
pulumi.export("dns_log_group_name", base.network.dns_log_group_name)
pulumi.export("athena_workgroup_name", queries.workgroup_name)
pulumi.export("athena_database_name", queries.database_name)
