"""What ECS keeps once per account and region; one stack of the account makes it."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


class EcsAccountSettings(pulumi.ComponentResource):
    """The account setting `awsvpcTrunking`: instances get room for far more tasks with an interface of their own.

    A c5.2xlarge runs 40 such tasks instead of 3. Only instances launched afterwards get it, so a cluster of the same
    stack takes this component in its `launch_after`. It is the default of every principal in the account and region.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:EcsAccountSettings", name, None, opts)
        aws.ecs.AccountSettingDefault(
            f"{name}-trunking",
            name="awsvpcTrunking",
            value="enabled",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
