"""RDS Proxy for Aurora: it pools connections, keeps them during a failover and uses IAM authentication on both sides.

Maps to 45 CFR 164.312(d) (person or entity authentication) and 164.312(e)(1) (transmission security).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.data.database.common import database_log, security_group, user_arn
from components.data.tier import DataTier
from components.network.groups import allow_traffic
from components.shared import iam

_IDLE_SECONDS: Final = 1800
_BORROW_SECONDS: Final = 30
_MAX_CONNECTIONS_PERCENT: Final = 90  # of the connections of the database; administrators need the rest


@dataclass(frozen=True, kw_only=True)
class DatabaseProxy:
    """An RDS Proxy for an Aurora cluster."""

    security_group_id: pulumi.Output[str]
    """Id of its security group."""
    host: pulumi.Output[str]
    """Host name for reads and writes."""
    reader_host: pulumi.Output[str] | None
    """Host name of the read-only endpoint; None without readers."""
    arn: pulumi.Output[str]
    """ARN of the proxy."""
    resource_id: pulumi.Output[str]
    """Id of the proxy in IAM policies: `prx-…`."""


def database_proxy(
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
) -> DatabaseProxy:
    """Create a proxy that signs in to the cluster by IAM, so it has no secret with a password.

    Creates: a proxy with its target group, target and, for readers, a read-only endpoint; a security group with rules to the
    cluster; a log group; an IAM role and policy.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-iam-setup.html

    Args:
        name: Logical name of the database.
        tier: The data tier, which contains the database and the proxy.
        physical_name: Name of the proxy; the name of its log group contains it.
        cluster: The cluster that the proxy connects to.
        instances: The instances of the cluster, which must exist first.
        database_group_id: Id of the security group of the database.
        port: Port of the engine.
        users: Database users that the proxy can sign in as.
        readers: Whether the cluster has readers.
        parent: The component of the cluster.
    """
    child = pulumi.ResourceOptions(parent=parent)
    proxy_name = f"{name}-proxy"
    log = database_log(
        proxy_name, tier, parent=parent, physical_name=pulumi.Output.concat("/aws/rds/proxy/", physical_name)
    )
    group = security_group(proxy_name, "Proxy of a database", tier, parent=parent)
    rules = allow_traffic(
        f"{proxy_name}-to-{name}-{port}",
        source=group.id,
        target=database_group_id,
        port=port,
        parent=parent,
    )
    role = aws.iam.Role(
        proxy_name,
        description="Lets RDS Proxy sign in to a database",
        assume_role_policy=iam.assume_role("rds.amazonaws.com", account=tier.account),
        opts=child,
    )
    user_arns = [user_arn(tier.account, cluster.cluster_resource_id, user) for user in users]
    policy = aws.iam.Policy(
        proxy_name,
        description="Sign in as the users of named services",
        policy=pulumi.Output.all(*user_arns).apply(
            lambda arns: iam.document(iam.allow("SignIn", actions=["rds-db:connect"], resources=arns))
        ),
        opts=child,
    )
    attachment = aws.iam.RolePolicyAttachment(proxy_name, role=role.name, policy_arn=policy.arn, opts=child)
    proxy = aws.rds.Proxy(
        proxy_name,
        name=physical_name,
        engine_family="POSTGRESQL",
        role_arn=role.arn,
        vpc_subnet_ids=tier.subnet_ids,
        vpc_security_group_ids=[group.id],
        default_auth_scheme="IAM_AUTH",
        require_tls=True,
        # Debug logs would contain the text of statements.
        debug_logging=False,
        idle_client_timeout=_IDLE_SECONDS,
        tags={"Name": proxy_name},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[log, attachment, *rules]),
    )
    target_group = aws.rds.ProxyDefaultTargetGroup(
        proxy_name,
        db_proxy_name=proxy.name,
        connection_pool_config=aws.rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
            connection_borrow_timeout=_BORROW_SECONDS, max_connections_percent=_MAX_CONNECTIONS_PERCENT
        ),
        opts=child,
    )
    aws.rds.ProxyTarget(
        proxy_name,
        db_proxy_name=proxy.name,
        target_group_name=target_group.name,
        db_cluster_identifier=cluster.cluster_identifier,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(instances)),
    )
    reader_host = None
    if readers:
        read_endpoint = aws.rds.ProxyEndpoint(
            f"{proxy_name}-readers",
            db_proxy_name=proxy.name,
            db_proxy_endpoint_name=pulumi.Output.concat(physical_name, "-readers"),
            target_role="READ_ONLY",
            vpc_subnet_ids=tier.subnet_ids,
            vpc_security_group_ids=[group.id],
            opts=child,
        )
        reader_host = read_endpoint.endpoint
    return DatabaseProxy(
        security_group_id=group.id,
        host=proxy.endpoint,
        reader_host=reader_host,
        arn=proxy.arn,
        resource_id=proxy.arn.apply(lambda arn: arn.rsplit(":", 1)[-1]),
    )
