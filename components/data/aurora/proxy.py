"""RDS Proxy: connections that are shared and kept through a failover, by IAM from end to end.

Maps to 45 CFR 164.312(d) (person or entity authentication) and 164.312(e)(1) (transmission security).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.database.common import database_log, security_group, user_arn
from components.data.tier import DataTier
from components.network.groups import join
from components.shared import iam

_IDLE_SECONDS: Final = 1800
_BORROW_SECONDS: Final = 30
_MOST_PERCENT: Final = 90  # of the database's connections: the rest is for administrators


class DatabaseProxy:
    """A proxy before an Aurora cluster, which signs in by IAM itself: no password is kept for it anywhere.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-iam-setup.html
    """

    security_group_id: pulumi.Output[str]
    host: pulumi.Output[str]
    reader_host: pulumi.Output[str] | None
    """Host for reading only; None without readers."""
    resource_id: pulumi.Output[str]
    """What IAM policies call it: `prx-…`."""

    def __init__(
        self,
        name: str,
        tier: DataTier,
        *,
        physical_name: pulumi.Output[str],
        cluster: aws.rds.Cluster,
        instances: Sequence[pulumi.Resource],
        database_group_id: pulumi.Input[str],
        port: int,
        users: Sequence[str],
        readers: bool,
        parent: pulumi.Resource,
    ) -> None:
        """Make the proxy.

        Args:
            name: Logical name of the database.
            tier: Where it runs: in the data tier, as the database does.
            physical_name: Name of the proxy, which fixes that of its log.
            cluster: What it connects to.
            instances: Its instances, which must be there first.
            database_group_id: The database's security group.
            port: The engine's port.
            users: Database users that it lets in.
            readers: Whether there are readers.
            parent: The component it belongs to.
        """
        child = pulumi.ResourceOptions(parent=parent)
        proxy_name = f"{name}-proxy"
        log = database_log(proxy_name, tier, pulumi.Output.concat("/aws/rds/proxy/", physical_name), parent)
        group = security_group(proxy_name, "Proxy of a database", tier, parent)
        rules = join(
            f"{proxy_name}-to-{name}-{port}",
            source=group.id,
            target=database_group_id,
            port=port,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        role = aws.iam.Role(
            proxy_name,
            description="Lets RDS Proxy sign in to a database",
            assume_role_policy=iam.assume_role("rds.amazonaws.com", account=tier.account),
            opts=child,
        )
        named = [user_arn(tier.account, cluster.cluster_resource_id, user) for user in users]
        policy = aws.iam.Policy(
            proxy_name,
            description="Sign in as the users of named services",
            policy=pulumi.Output.all(*named).apply(
                lambda arns: iam.document(iam.allow("SignIn", actions=["rds-db:connect"], resources=arns))
            ),
            opts=child,
        )
        allowed = aws.iam.RolePolicyAttachment(proxy_name, role=role.name, policy_arn=policy.arn, opts=child)
        proxy = aws.rds.Proxy(
            proxy_name,
            name=physical_name,
            engine_family="POSTGRESQL",
            role_arn=role.arn,
            vpc_subnet_ids=tier.subnet_ids,
            vpc_security_group_ids=[group.id],
            default_auth_scheme="IAM_AUTH",
            require_tls=True,
            # It would log the text of statements.
            debug_logging=False,
            idle_client_timeout=_IDLE_SECONDS,
            tags={"Name": proxy_name},
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[log, allowed, *rules]),
        )
        group_of_targets = aws.rds.ProxyDefaultTargetGroup(
            proxy_name,
            db_proxy_name=proxy.name,
            connection_pool_config=aws.rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
                connection_borrow_timeout=_BORROW_SECONDS, max_connections_percent=_MOST_PERCENT
            ),
            opts=child,
        )
        aws.rds.ProxyTarget(
            proxy_name,
            db_proxy_name=proxy.name,
            target_group_name=group_of_targets.name,
            db_cluster_identifier=cluster.cluster_identifier,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(instances)),
        )
        self.reader_host = None
        if readers:
            reading = aws.rds.ProxyEndpoint(
                f"{proxy_name}-readers",
                db_proxy_name=proxy.name,
                db_proxy_endpoint_name=pulumi.Output.concat(physical_name, "-readers"),
                target_role="READ_ONLY",
                vpc_subnet_ids=tier.subnet_ids,
                vpc_security_group_ids=[group.id],
                opts=child,
            )
            self.reader_host = reading.endpoint
        self.security_group_id = group.id
        self.host = proxy.endpoint
        self.resource_id = proxy.arn.apply(lambda arn: arn.rsplit(":", 1)[-1])
