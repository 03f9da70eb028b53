"""IAM role of the VPN server: Elastic IP, file system, secrets, logs, metrics, self-replacement and Systems Manager.

Maps to 45 CFR 164.308(a)(4)(ii)(B) (access authorization).
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.connectivity.vpn.host import NAMESPACE, SERVER_TAG
from components.shared import iam
from components.shared.file_system import ACCESS_POINT, CLIENT_ACTIONS
from components.shared.instances import MANAGED_BY_SSM


def server_role(
    name: str,
    account: iam.Account,
    *,
    allocation_id: pulumi.Input[str],
    file_system_arn: pulumi.Input[str],
    access_point_arn: pulumi.Input[str],
    log_group_arns: Sequence[pulumi.Input[str]],
    secret_arns: Sequence[pulumi.Input[str]],
    secrets_key_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, aws.iam.InstanceProfile, Sequence[pulumi.Resource]]:
    """Create the role, its policy and the instance profile.

    Returns:
        The role, the instance profile, and the policy attachments that must exist before an instance starts.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description="VPN server: address, file system, secrets, logs, health checks and Systems Manager",
        assume_role_policy=iam.assume_role("ec2.amazonaws.com", account=account),
        opts=child,
    )
    document = pulumi.Output.all(
        allocation=allocation_id,
        files=file_system_arn,
        point=access_point_arn,
        logs=list(log_group_arns),
        secrets=list(secret_arns),
        key=secrets_key_arn,
    ).apply(
        lambda values: permissions(
            account,
            allocation_id=values["allocation"],
            file_system_arn=values["files"],
            access_point_arn=values["point"],
            log_group_arns=values["logs"],
            secret_arns=values["secrets"],
            secrets_key_arn=values["key"],
        )
    )
    policy = aws.iam.Policy(name, description="Permissions of the VPN server", policy=document, opts=child)
    rights = {"own": policy.arn, "ssm": account.managed_policy(MANAGED_BY_SSM)}
    attachments = [
        aws.iam.RolePolicyAttachment(f"{name}-{purpose}", role=role.name, policy_arn=arn, opts=child)
        for purpose, arn in rights.items()
    ]
    return role, aws.iam.InstanceProfile(name, role=role.name, opts=child), attachments


def permissions(
    account: iam.Account,
    *,
    allocation_id: str,
    file_system_arn: str,
    access_point_arn: str,
    log_group_arns: Sequence[str],
    secret_arns: Sequence[str],
    secrets_key_arn: str,
) -> str:
    """Return the policy document of the role.

    The server may associate its Elastic IP with itself, set the health of its instance, mount its file system through its
    access point, read its secrets, write to its log groups, and publish metrics in its namespace.
    """
    tagged = {"StringEquals": {f"aws:ResourceTag/{SERVER_TAG}": allocation_id}}
    via = f"secretsmanager.{account.region}.amazonaws.com"
    return iam.document(
        iam.allow(
            "Address",
            actions=["ec2:AssociateAddress"],
            resources=[account.arn("ec2", f"elastic-ip/{allocation_id}")],
        ),
        iam.allow(
            "AddressToItself",
            actions=["ec2:AssociateAddress"],
            resources=[account.arn("ec2", "instance/*"), account.arn("ec2", "network-interface/*")],
            conditions=tagged,
        ),
        iam.allow(
            "Replacement",
            actions=["autoscaling:SetInstanceHealth"],
            resources=[account.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")],
            conditions=tagged,
        ),
        iam.allow(
            "State",
            actions=CLIENT_ACTIONS,
            resources=[file_system_arn],
            conditions={"StringEquals": {ACCESS_POINT: access_point_arn}},
        ),
        iam.allow("Secrets", actions=["secretsmanager:GetSecretValue"], resources=secret_arns),
        iam.allow(
            "SecretsKey",
            actions=["kms:Decrypt"],
            resources=[secrets_key_arn],
            conditions={"StringEquals": {"kms:ViaService": via}},
        ),
        iam.allow(
            "Logs",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[f"{arn}:*" for arn in log_group_arns],
        ),
        # CloudWatch metrics have no ARN.
        iam.allow(
            "Health",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        ),
    )
