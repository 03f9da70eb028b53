"""An ECS cluster on EC2 instances in private subnets, which ECS scales by the demand of the tasks.

Instances are patched by replacement, which a schedule starts. CloudWatch Logs records the performance of every container and the commands of every
ECS Exec session.

Pulumi deletes service → association → capacity provider → Auto Scaling group → launch template → cluster. Dependencies
alone give this order. They have no cycle, because the cluster does not refer to its capacity: the association is a separate
resource (https://github.com/hashicorp/terraform-provider-aws/issues/11409).

Maps to 45 CFR 164.312(a)(1) (access control), 164.312(a)(2)(iv) (encryption), 164.312(b) (audit controls) and
164.308(a)(7)(i) (contingency plan).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.compute.cluster.fleet import (
    WARMUP_SECONDS,
    Fleet,
    instance_role,
    launch_template,
    security_group,
)
from components.compute.cluster.instance_group import instance_group
from components.compute.cluster.replacement import replace_regularly
from components.shared.iam import Account
from components.shared.logs import LogOptions, log_group

# AWS reserves these prefixes (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html).
_RESERVED_PREFIXES: Final = ("aws", "ecs", "fargate")


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Arguments of `Cluster`."""

    account: Account
    """The account and region of the cluster."""
    vpc_id: pulumi.Input[str]
    """ID of the VPC."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """IDs of the subnets of the private tier, one for each zone."""
    fleet: Fleet
    """Type, image and number of the instances."""
    compute_key_arn: pulumi.Input[str]
    """ARN of the key that encrypts volumes and ECS Exec sessions; its policy must admit the service-linked role of EC2 Auto
    Scaling."""
    logs: LogOptions
    """Key, retention and protection of the log groups."""
    protect: bool
    """Whether instances with tasks are protected from scale-in, and deletion waits until the tasks have stopped."""
    launch_after: Sequence[pulumi.Resource] = ()
    """Resources that the first instance needs: the network path to AWS services, and account settings."""

    def __post_init__(self) -> None:
        """Refuse a cluster without subnets."""
        if not self.subnet_ids:
            raise ValueError("subnet_ids must contain the subnets of the private tier, got none")


class Cluster(pulumi.ComponentResource):
    """An ECS cluster with its instances, its capacity provider and its log groups.

    Creates: an ECS cluster; log groups for ECS Exec sessions and for Container Insights; an IAM role and an instance
    profile; a security group with one outbound rule; a launch template; an Auto Scaling group, an ECS capacity provider
    and a schedule that replaces the instances, for On-Demand instances and, if the fleet has them, for Spot instances; the
    association of the capacity providers with the cluster; an IAM role of the schedules.

    Outputs:
        cluster_arn: ARN of the cluster.
        cluster_name: Name of the cluster.
        capacity_provider_name: Name of the capacity provider of the On-Demand instances, the default of the cluster.
        instance_security_group_id: Security group of the instances; it has no inbound rule.
        exec_log_group_name: Name of the log group of ECS Exec sessions.

    `cluster_arn` and `capacity_provider_name` depend on the association. A service that uses either of them is created
    after the association and deleted before it, while the cluster has capacity.
    """

    cluster_arn: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    capacity_provider_name: pulumi.Output[str]
    spot_capacity_provider_name: pulumi.Output[str] | None
    """Name of the capacity provider of the Spot instances; None without them. It depends on the association too."""
    instance_security_group_id: pulumi.Output[str]
    exec_log_group_name: pulumi.Output[str]
    exec_log_group_arn: pulumi.Output[str]
    """ARN of the log group of ECS Exec sessions, for the roles of tasks."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Cluster", name, None, opts)
        if name.lower().startswith(_RESERVED_PREFIXES):
            raise ValueError(f"name must not start with {', '.join(_RESERVED_PREFIXES)}, got {name!r}")
        child = pulumi.ResourceOptions(parent=self)

        sessions = log_group(f"{name}-exec", args.logs, kind="exec", parent=self)
        cluster = aws.ecs.Cluster(
            name,
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enhanced")],
            configuration=aws.ecs.ClusterConfigurationArgs(
                execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                    kms_key_id=args.compute_key_arn,
                    logging="OVERRIDE",
                    log_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                        cloud_watch_encryption_enabled=True, cloud_watch_log_group_name=sessions.name
                    ),
                )
            ),
            tags={"Name": name},
            opts=child,
        )
        # Container Insights writes to a log group of this name. AWS would create it without the key and six-year retention.
        performance = log_group(
            f"{name}-performance",
            args.logs,
            kind="performance",
            parent=self,
            physical_name=cluster.name.apply(
                lambda physical: f"/aws/ecs/containerinsights/{physical}/performance"
            ),
        )

        profile, attachments = instance_role(f"{name}-instance", args.account, parent=self)
        group, egress = security_group(f"{name}-instances", args.vpc_id, parent=self)
        template = launch_template(
            f"{name}-instances",
            args.fleet,
            cluster_name=cluster.name,
            group=group,
            profile=profile,
            compute_key_arn=args.compute_key_arn,
            parent=self,
        )
        groups: dict[str, aws.autoscaling.Group] = {}
        providers: dict[str, aws.ecs.CapacityProvider] = {}
        for kind in ("instances", *(["spot"] if args.fleet.max_spot_instances is not None else [])):
            groups[kind] = instance_group(
                f"{name}-{kind}",
                args.fleet,
                template=template,
                subnet_ids=args.subnet_ids,
                protect=args.protect,
                spot=kind == "spot",
                after=[*attachments, egress, performance, *args.launch_after],
                parent=self,
            )
            providers[kind] = _capacity_provider(f"{name}-{kind}", args, groups[kind], parent=self)
        replace_regularly(
            f"{name}-replacement",
            {f"{name}-{kind}": group for kind, group in groups.items()},
            args.fleet.replace,
            account=args.account,
            parent=self,
        )
        association = aws.ecs.ClusterCapacityProviders(
            name,
            cluster_name=cluster.name,
            capacity_providers=[provider.name for provider in providers.values()],
            default_capacity_provider_strategies=[
                aws.ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider=providers["instances"].name, weight=100
                )
            ],
            opts=child,
        )

        self.cluster_arn = _after(cluster.arn, association)
        self.cluster_name = cluster.name
        self.capacity_provider_name = _after(providers["instances"].name, association)
        self.spot_capacity_provider_name = (
            _after(providers["spot"].name, association) if "spot" in providers else None
        )
        self.instance_security_group_id = group.id
        self.exec_log_group_name = sessions.name
        self.exec_log_group_arn = sessions.arn
        self.register_outputs(
            {
                "cluster_arn": self.cluster_arn,
                "cluster_name": self.cluster_name,
                "capacity_provider_name": self.capacity_provider_name,
                "instance_security_group_id": self.instance_security_group_id,
                "exec_log_group_name": self.exec_log_group_name,
            }
        )


def _capacity_provider(
    name: str, args: ClusterArgs, group: aws.autoscaling.Group, *, parent: pulumi.Resource
) -> aws.ecs.CapacityProvider:
    """Create the capacity provider that scales and drains an Auto Scaling group."""
    return aws.ecs.CapacityProvider(
        name,
        auto_scaling_group_provider=aws.ecs.CapacityProviderAutoScalingGroupProviderArgs(
            auto_scaling_group_arn=group.arn,
            managed_scaling=aws.ecs.CapacityProviderAutoScalingGroupProviderManagedScalingArgs(
                status="ENABLED",
                target_capacity=args.fleet.target_capacity_percent,
                instance_warmup_period=WARMUP_SECONDS,
            ),
            managed_draining="ENABLED",
            managed_termination_protection="ENABLED" if args.protect else "DISABLED",
        ),
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _after(value: pulumi.Output[str], ready: pulumi.CustomResource) -> pulumi.Output[str]:
    """Return the value as an output that also depends on another resource."""
    return pulumi.Output.all(value, ready.id).apply(lambda values: str(values[0]))
