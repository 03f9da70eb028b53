"""Baseline: settings of instances, supported resource types, and inputs that no control may miss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hipaa_policies.aliases import TYPES
from hipaa_policies.catalog import Config, control, properties_read
from hipaa_policies.citations import ACCESS
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import is_unset, must_be_empty, must_be_one_of, must_be_present, must_be_true
from hipaa_policies.tokens import (
    AUTOSCALING_GROUP,
    BUCKET,
    INSTANCE,
    KEY_POLICY,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
)
from hipaa_policies.values import MISSING, format_value, peek, to_int


@control(
    id="instance-metadata-needs-a-token",
    title="Instance metadata requires a session token",
    description="Instances and launch templates require IMDSv2, and its responses do not leave the host (hop limit 1).",
    citations=ACCESS,
    severity="high",
    pack="baseline",
    remediation="Set metadata_options: http_tokens to required, and http_put_response_hop_limit to 1.",
    types={INSTANCE: ("metadataOptions",), LAUNCH_TEMPLATE: ("metadataOptions",)},
    sources=(
        "cdk-nag:EC2IMDSv2Enabled",
        "aws-config:EC2_IMDSV2_CHECK",
        "CKV_AWS_79",
        "CKV_AWS_341",
        "prowler:ec2_instance_imdsv2_enabled",
    ),
    settings={"max_hop_limit": {"type": "integer", "minimum": 1, "maximum": 2, "default": 1}},
)
def _metadata(resource: JudgedResource, config: Config) -> Iterator[str]:
    yield from must_be_one_of(resource, ("required",), "metadataOptions", "httpTokens")
    hops = peek(resource.props, "metadataOptions", "httpPutResponseHopLimit")
    maximum = config["max_hop_limit"]
    if (to_int(hops) or maximum + 1) > maximum:
        yield f"metadataOptions.httpPutResponseHopLimit must be at most {maximum}, but it is {format_value(hops)}."


@control(
    id="instance-has-a-profile",
    title="Instances have an instance profile",
    description="Instances and launch templates name an instance profile, so that no credentials are stored on disk.",
    citations=(*ACCESS, "164.308(a)(3)(ii)(A)", "164.308(a)(4)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Set iam_instance_profile.",
    types={INSTANCE: ("iamInstanceProfile",), LAUNCH_TEMPLATE: ("iamInstanceProfile",)},
    sources=(
        "cdk-nag:EC2InstanceProfileAttached",
        "aws-config:EC2_INSTANCE_PROFILE_ATTACHED",
        "CKV2_AWS_41",
        "prowler:ec2_instance_profile_attached",
    ),
    unknown="present",
)
def _profile(resource: JudgedResource, _config: Config) -> Iterator[str]:
    by_name = (
        resource.type == LAUNCH_TEMPLATE and peek(resource.props, "iamInstanceProfile", "name") is not MISSING
    )
    if not by_name:
        arn = ("iamInstanceProfile", "arn") if resource.type == LAUNCH_TEMPLATE else ("iamInstanceProfile",)
        yield from must_be_present(resource, *arn)


@control(
    id="instance-is-monitored-in-detail",
    title="Instances report metrics every minute",
    description="Instances and launch templates have detailed monitoring.",
    citations=("164.312(b)",),
    severity="low",
    pack="baseline",
    remediation="Set monitoring to true.",
    types={INSTANCE: ("monitoring",), LAUNCH_TEMPLATE: ("monitoring",)},
    sources=("cdk-nag:EC2InstanceDetailedMonitoringEnabled", "CKV_AWS_126"),
)
def _monitoring(resource: JudgedResource, _config: Config) -> Iterator[str]:
    flag = ("monitoring",) if resource.type == INSTANCE else ("monitoring", "enabled")
    yield from must_be_true(resource, *flag)


@control(
    id="instance-is-in-a-vpc",
    title="Instances are in a subnet of the program",
    description="Every instance names a subnet or a network interface.",
    citations=(*ACCESS, "164.312(e)(1)"),
    severity="high",
    pack="baseline",
    remediation="Set subnet_id or a network interface.",
    types={INSTANCE: ("subnetId", "primaryNetworkInterface", "networkInterfaces")},
    sources=("cdk-nag:EC2InstancesInVPC", "aws-config:INSTANCES_IN_VPC"),
    unknown="present",
)
def _in_vpc(instance: JudgedResource, _config: Config) -> Iterator[str]:
    if all(is_unset(instance, name) for name in ("primaryNetworkInterface", "networkInterfaces")):
        yield from must_be_present(instance, "subnetId")


@control(
    id="instance-is-ebs-optimized",
    title="Instances are EBS-optimized",
    description="Instances and launch templates request dedicated EBS throughput. Current instance types always have it.",
    citations=("164.308(a)(7)(i)",),
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Set ebs_optimized to true. In a launch template it is the text 'true'.",
    types={INSTANCE: ("ebsOptimized",), LAUNCH_TEMPLATE: ("ebsOptimized",)},
    sources=("cdk-nag:EC2EBSOptimizedInstance", "CKV_AWS_135"),
)
def _ebs_optimized(resource: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_true(resource, "ebsOptimized")


@control(
    id="autoscaling-uses-launch-templates",
    title="Auto Scaling groups use launch templates",
    description="No Auto Scaling group uses a launch configuration, because AWS replaced launch configurations with launch templates.",
    citations=(*ACCESS, "164.312(e)(1)"),
    severity="high",
    pack="baseline",
    remediation="Use aws.ec2.LaunchTemplate.",
    types={LAUNCH_CONFIGURATION: (), AUTOSCALING_GROUP: ("launchConfiguration",)},
    sources=(
        "cdk-nag:AutoScalingLaunchConfigPublicIpDisabled",
        "aws-config:AUTOSCALING_LAUNCH_CONFIG_PUBLIC_IP_DISABLED",
        "CKV_AWS_315",
    ),
)
def _launch_templates(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == LAUNCH_CONFIGURATION:
        yield "Instances must start from a launch template, but this resource is a launch configuration."
    elif peek(resource.props, "launchConfiguration") is not MISSING:
        yield "The group must start instances from a launch template, but it names a launch configuration."


# Resource types that the rules do not read, each with the resource or setting to use instead.
_UNSUPPORTED: Final = {
    "aws-native:*": "the aws provider, which the rules read",
    KEY_POLICY: "the policy of aws.kms.Key",
    "aws:ec2/defaultSubnet:DefaultSubnet": "a VPC that the program creates",
    "aws:ec2/defaultVpc:DefaultVpc": "a VPC that the program creates",
    "aws:ec2/spotFleetRequest:SpotFleetRequest": "aws.autoscaling.Group with a launch template",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "a launch template",
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": "the policy of aws.ec2.VpcEndpoint",
    "aws:s3/directoryBucket:DirectoryBucket": "aws.s3.Bucket, which can be versioned and locked",
    "aws:s3control/bucket:Bucket": "aws.s3.Bucket",
    # These create resources of other types, which the rules cannot see.
    "aws:cloudcontrol/resource:Resource": "a resource of the aws provider",
    "aws:cloudformation/stack:Stack": "resources of the aws provider",
    "aws:cloudformation/stackSet:StackSet": "resources of the aws provider",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct": "resources of the aws provider",
    # These attach policies in addition to the attachments that the rules read.
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "aws.iam.GroupPolicyAttachment",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "aws.iam.RolePolicyAttachment",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "a role instead of the user",
    **{
        type_: f"aws.s3.{canonical.rpartition(':')[2]}"
        for type_, canonical in TYPES.items()
        if type_.endswith("V2")
    },
}


@control(
    id="resource-type-is-supported",
    title="Resource types are known to the rules",
    description="No resource has a deprecated or alternative type whose settings the controls do not read.",
    citations=("164.308(a)(8)",),
    severity="high",
    pack="baseline",
    remediation="Use the resource type that the message names.",
    types=dict.fromkeys(_UNSUPPORTED, ()),
    sources=("hipaa:one-spelling",),
)
def _spelling(resource: JudgedResource, _config: Config) -> Iterator[str]:
    type_ = resource.original_type or resource.type
    instead = _UNSUPPORTED.get(type_, _UNSUPPORTED["aws-native:*"])
    yield f"This setting must be made with {instead}, but the rules do not read {type_}."


_INLINE_BUCKET_PROPERTIES: Final = (
    "accelerationStatus",
    "acl",
    "corsRules",
    "grants",
    "lifecycleRules",
    "logging",
    "objectLockConfiguration",
    "policy",
    "replicationConfiguration",
    "requestPayer",
    "serverSideEncryptionConfiguration",
    "versioning",
    "website",
)


@control(
    id="s3-bucket-is-set-by-own-resources",
    title="S3 buckets are configured by separate resources",
    description="No bucket uses the deprecated inline settings, because they conflict with the separate resources.",
    citations=("164.308(a)(8)",),
    severity="medium",
    pack="baseline",
    remediation="Use BucketVersioning, BucketPolicy, BucketLifecycleConfiguration and the other resources for buckets.",
    types={BUCKET: _INLINE_BUCKET_PROPERTIES},
    sources=("hipaa:one-spelling",),
)
def _inline_bucket(bucket: JudgedResource, _config: Config) -> Iterator[str]:
    for name in _INLINE_BUCKET_PROPERTIES:
        yield from must_be_empty(bucket, name, instead=" on the bucket but in a separate resource")


@control(
    id="ignored-changes-spare-controls",
    title="No governed property is ignored",
    description="ignore_changes names no property that a control reads, because the deployed value could differ from the judged one.",
    citations=("164.308(a)(8)",),
    severity="high",
    pack="baseline",
    remediation="Remove the property from ignore_changes.",
    types={"aws:*": ()},
    sources=("hipaa:no-ignored-controls",),
    settings={
        "accepted": {
            "type": "array",
            "items": {"type": "string"},
            "default": (),
            "description": "Accepted type and property, such as aws:elasticache/user:User authenticationMode.",
        },
    },
)
def _ignored(resource: JudgedResource, config: Config) -> Iterator[str]:
    reads = properties_read().get(resource.type, frozenset())
    for path in resource.ignore_changes:
        root = re.split(r"[.\[]", path.removeprefix('["'), maxsplit=1)[0].rstrip('"]')
        accepted = f"{resource.type} {root}" in config["accepted"]
        if ((root == "*" and reads) or root in reads) and not accepted:
            yield f"ignore_changes must not name {path}, because a control reads it, but it does."
