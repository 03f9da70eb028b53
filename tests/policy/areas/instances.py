"""Instances, launch templates, Auto Scaling groups and volumes."""

from collections.abc import Iterator

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    CLASSIFIED,
    GONE,
    KEY_ARN,
    Rows,
    extra,
    resource,
)


def good_resources() -> Iterator[JudgedResource]:
    """Yield a program that every control accepts, with ids unknown as at a first preview."""
    options = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
    yield resource(
        t.LAUNCH_TEMPLATE,
        "template",
        {
            "metadataOptions": options,
            "monitoring": {"enabled": True},
            "ebsOptimized": "true",
            "iamInstanceProfile": {"arn": UNKNOWN},
            "networkInterfaces": [{"deviceIndex": 0, "associatePublicIpAddress": "false"}],
            "blockDeviceMappings": [
                {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": KEY_ARN}},
                {"deviceName": "/dev/sdb", "virtualName": "ephemeral0"},
            ],
        },
    )
    yield resource(
        t.INSTANCE,
        "instance",
        {
            "subnetId": UNKNOWN,
            "associatePublicIpAddress": False,
            "metadataOptions": options,
            "monitoring": True,
            "ebsOptimized": True,
            "iamInstanceProfile": UNKNOWN,
            "rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY_ARN},
            "ebsBlockDevices": [{"deviceName": "/dev/sdf", "encrypted": True, "kmsKeyId": KEY_ARN}],
        },
    )
    yield resource(
        t.VOLUME,
        "volume",
        {"encrypted": True, "kmsKeyId": KEY_ARN, "tags": {"backup": "vault", **CLASSIFIED}},
        protect=True,
    )
    yield resource(t.AUTOSCALING_GROUP, "hosts", {"launchTemplate": {"id": UNKNOWN}})


GOOD = {item.name: item for item in good_resources()}


TEMPLATE_DISK = "template blockDeviceMappings.0.ebs"

ROWS: dict[str, Rows] = {
    "ebs-volume-is-encrypted": Rows(
        violating=[
            {"volume encrypted": False},
            {"instance rootBlockDevice.encrypted": False},
            {"instance ebsBlockDevices.0.encrypted": False},
            {f"{TEMPLATE_DISK}.encrypted": "false"},
            {"template blockDeviceMappings": []},
            {"template blockDeviceMappings": {"ebs": {"encrypted": "false"}}},
        ],
        missing=[
            {"volume encrypted": GONE},
            {"instance rootBlockDevice": GONE},
            {TEMPLATE_DISK: GONE},
            {"template blockDeviceMappings": GONE},
        ],
        unknown=[
            {"volume encrypted": UNKNOWN},
            {f"{TEMPLATE_DISK}.encrypted": UNKNOWN},
            {"template blockDeviceMappings": UNKNOWN},
            {"instance rootBlockDevice": UNKNOWN},
        ],
    ),
    "ebs-volume-uses-own-key": Rows(
        violating=[{"volume kmsKeyId": "alias/aws/ebs"}, {f"{TEMPLATE_DISK}.kmsKeyId": ""}],
        missing=[
            {"volume kmsKeyId": GONE},
            {"instance rootBlockDevice.kmsKeyId": GONE},
            {f"{TEMPLATE_DISK}.kmsKeyId": GONE},
        ],
        unknown=[{"volume kmsKeyId": UNKNOWN}, {f"{TEMPLATE_DISK}.kmsKeyId": UNKNOWN}],
    ),
    "instance-has-no-public-address": Rows(
        violating=[
            {"instance associatePublicIpAddress": True},
            {"template networkInterfaces.0.associatePublicIpAddress": "true"},
        ],
        missing=[{"instance associatePublicIpAddress": GONE, "template networkInterfaces": GONE}],
        missing_is_fine=True,
        unknown=[
            {"instance associatePublicIpAddress": UNKNOWN},
            {"template networkInterfaces": UNKNOWN},
            {"template networkInterfaces.0.associatePublicIpAddress": UNKNOWN},
        ],
    ),
    "instance-metadata-needs-a-token": Rows(
        violating=[
            {"template metadataOptions.httpTokens": "optional"},
            {"instance metadataOptions.httpTokens": "optional"},
            {"template metadataOptions.httpPutResponseHopLimit": 2},
        ],
        missing=[
            {"template metadataOptions": GONE},
            {"instance metadataOptions.httpPutResponseHopLimit": GONE},
        ],
        unknown=[{"template metadataOptions": UNKNOWN}, {"instance metadataOptions.httpTokens": UNKNOWN}],
    ),
    "instance-has-a-profile": Rows(
        compliant=(
            {"template iamInstanceProfile": {"name": "x"}},
            {
                "template iamInstanceProfile": {"arn": "arn:aws:iam::123456789012:instance-profile/x"},
                "instance iamInstanceProfile": "x",
            },
        ),
        violating=[{"instance iamInstanceProfile": ""}],
        missing=[{"instance iamInstanceProfile": GONE}, {"template iamInstanceProfile": GONE}],
        unknown=[{"instance iamInstanceProfile": UNKNOWN}, {"template iamInstanceProfile": UNKNOWN}],
    ),
    "instance-is-monitored-in-detail": Rows(
        violating=[{"instance monitoring": False}, {"template monitoring.enabled": False}],
        missing=[{"instance monitoring": GONE}, {"template monitoring": GONE}],
        unknown=[{"instance monitoring": UNKNOWN}, {"template monitoring": UNKNOWN}],
    ),
    "instance-is-in-a-vpc": Rows(
        compliant=(
            {"instance subnetId": GONE, "instance primaryNetworkInterface": {"networkInterfaceId": UNKNOWN}},
            {
                "instance subnetId": GONE,
                "instance networkInterfaces": [{"networkInterfaceId": UNKNOWN, "deviceIndex": 0}],
            },
        ),
        violating=[{"instance subnetId": ""}, {"instance subnetId": GONE, "instance networkInterfaces": []}],
        missing=[{"instance subnetId": GONE}],
        unknown=[{"instance subnetId": UNKNOWN}],
    ),
    "instance-is-ebs-optimized": Rows(
        violating=[{"instance ebsOptimized": False}, {"template ebsOptimized": "false"}],
        missing=[{"template ebsOptimized": GONE}],
        unknown=[{"template ebsOptimized": UNKNOWN}],
    ),
    "autoscaling-uses-launch-templates": Rows(
        violating=[
            extra(t.LAUNCH_CONFIGURATION, {"imageId": "ami-1"}),
            {"hosts launchConfiguration": "lc-1"},
        ],
        missing=[{"hosts launchConfiguration": GONE}],
        missing_is_fine=True,
        unknown=[{"hosts launchConfiguration": UNKNOWN}],
    ),
    "ignored-changes-spare-controls": Rows(
        compliant=({"hosts": {"ignore_changes": ("desiredCapacity",)}},),
        violating=[
            {"template": {"ignore_changes": ("blockDeviceMappings[0].ebs.encrypted",)}},
            {"template": {"ignore_changes": ("metadataOptions.httpTokens",)}},
        ],
        missing=[{"template": {"ignore_changes": ()}}],
        missing_is_fine=True,
        unknown=[
            {
                "template metadataOptions": UNKNOWN,
                "template": {"ignore_changes": ("metadataOptions.httpTokens",)},
            }
        ],
    ),
}
