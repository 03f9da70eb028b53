"""ECS settings that exist once for each account and region; one stack of the account creates them."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


class EcsAccountSettings(pulumi.ComponentResource):
    """The ECS account setting `awsvpcTrunking`, which lets an instance run more tasks in the network mode `awsvpc`.

    A c5.2xlarge runs 40 such tasks instead of 3. The setting is the default for every principal in the account and
    region. It applies only to instances that are launched afterwards, so a cluster of the same stack must list this
    component in `launch_after`
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html).

    Creates: the default of the ECS account setting.
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
