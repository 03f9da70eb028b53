"""The architecture of one stack: settings → components → outputs.

Everything that differs between environments stands in `Pulumi.<stack>.yaml`; there are no branches here. Each component
takes what the ones above it made.
"""

import pulumi

import settings
from components import addressing
from components.audit import LogArchive, LogArchiveArgs
from components.encryption import Keys, KeysArgs
from components.iam import Account
from components.network import Nat, NatHost, Network, NetworkArgs

chosen = settings.load()
account = Account(id=chosen.account_id, region=chosen.region, partition=chosen.partition)

# One customer-managed key for each kind of data.
keys = Keys("keys", KeysArgs(account=account, protect=chosen.protect))

# Where every log ends up, for six years at least.
archive = LogArchive(
    "logs",
    LogArchiveArgs(
        account=account,
        kms_key_arn=keys.logs,
        retention_days=chosen.audit.retention_days,
        object_lock=chosen.audit.object_lock,
        protect=chosen.protect,
    ),
)

# The application's VPC: public, private and data tier in every zone.
network = Network(
    "app",
    NetworkArgs(
        account=account,
        plan=addressing.plan(chosen.network.cidr, chosen.network.zones),
        nat=Nat(chosen.network.nat),
        nat_instance=NatHost(
            instance_type=chosen.network.nat_instance.instance_type,
            ami=chosen.network.nat_instance.ami,
            zones=chosen.network.nat_zones,
            max_lifetime_days=chosen.network.nat_instance.max_lifetime_days,
        ),
        interface_endpoints=chosen.network.interface_endpoints,
        logs_key_arn=keys.logs,
        compute_key_arn=keys.compute,
        archive_bucket_arn=archive.bucket_arn,
        retention_days=chosen.audit.retention_days,
        protect=chosen.protect,
    ),
)

pulumi.export("vpc_id", network.vpc_id)
pulumi.export("public_subnet_ids", network.public_subnet_ids)
pulumi.export("private_subnet_ids", network.private_subnet_ids)
pulumi.export("data_subnet_ids", network.data_subnet_ids)
pulumi.export("logs_key_arn", keys.logs)
pulumi.export("data_key_arn", keys.data)
pulumi.export("compute_key_arn", keys.compute)
pulumi.export("secrets_key_arn", keys.secrets)
pulumi.export("backup_key_arn", keys.backup)
pulumi.export("archive_bucket_name", archive.bucket_name)
pulumi.export("intake_bucket_name", archive.intake_bucket_name)
