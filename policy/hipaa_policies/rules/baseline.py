"""Baseline: instances that are hard to abuse, one spelling for each thing, and no control hidden from the judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hipaa_policies.aliases import TYPES
from hipaa_policies.catalog import Config, control, governed
from hipaa_policies.citations import ACCESS
from hipaa_policies.model import Resource
from hipaa_policies.requirements import lacks, must_be_empty, must_be_one_of, must_be_present, must_be_true
from hipaa_policies.tokens import (
    AUTOSCALING_GROUP,
    BUCKET,
    INSTANCE,
    KEY_POLICY,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
)
from hipaa_policies.values import MISSING, peek, shown, to_int


@control(
    id="instance-metadata-needs-a-token",
    title="Instance metadata needs a session token",
    description="Instances and launch templates require IMDSv2 and keep its answers on the host.",
    citations=ACCESS,
    severity="high",
    pack="baseline",
    remediation="Set metadata_options with http_tokens required and http_put_response_hop_limit 1.",
    types={INSTANCE: ("metadataOptions",), LAUNCH_TEMPLATE: ("metadataOptions",)},
    sources=(
        "cdk-nag:EC2IMDSv2Enabled", "aws-config:EC2_IMDSV2_CHECK", "CKV_AWS_79", "CKV_AWS_341",
        "prowler:ec2_instance_imdsv2_enabled",
    ),
    settings={"max_hop_limit": {"type": "integer", "minimum": 1, "maximum": 2, "default": 1}},
)  # fmt: skip
def _metadata(resource: Resource, config: Config) -> Iterator[str]:
    yield from must_be_one_of(resource, ("required",), "metadataOptions", "httpTokens")
    hops = peek(resource.props, "metadataOptions", "httpPutResponseHopLimit")
    most = config["max_hop_limit"]
    if (to_int(hops) or most + 1) > most:
        yield f"metadataOptions.httpPutResponseHopLimit must be at most {most}, but it is {shown(hops)}."


@control(
    id="instance-has-a-profile",
    title="Instances have an instance profile",
    description="Instances and launch templates name an instance profile, so that no credentials are stored on disk.",
    citations=(*ACCESS, "164.308(a)(3)(ii)(A)", "164.308(a)(4)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Pass iam_instance_profile.",
    types={INSTANCE: ("iamInstanceProfile",), LAUNCH_TEMPLATE: ("iamInstanceProfile",)},
    sources=(
        "cdk-nag:EC2InstanceProfileAttached", "aws-config:EC2_INSTANCE_PROFILE_ATTACHED", "CKV2_AWS_41",
        "prowler:ec2_instance_profile_attached",
    ),
    unknown="present",
)  # fmt: skip
def _profile(resource: Resource, _config: Config) -> Iterator[str]:
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
def _monitoring(resource: Resource, _config: Config) -> Iterator[str]:
    flag = ("monitoring",) if resource.type == INSTANCE else ("monitoring", "enabled")
    yield from must_be_true(resource, *flag)


@control(
    id="instance-is-in-a-vpc",
    title="Instances name their subnet",
    description="Every instance is placed in a subnet or on a network interface of the program.",
    citations=(*ACCESS, "164.312(e)(1)"),
    severity="high",
    pack="baseline",
    remediation="Pass subnet_id or a network interface.",
    types={INSTANCE: ("subnetId", "primaryNetworkInterface", "networkInterfaces")},
    sources=("cdk-nag:EC2InstancesInVPC", "aws-config:INSTANCES_IN_VPC"),
    unknown="present",
)
def _in_vpc(instance: Resource, _config: Config) -> Iterator[str]:
    if all(lacks(instance, name) for name in ("primaryNetworkInterface", "networkInterfaces")):
        yield from must_be_present(instance, "subnetId")


@control(
    id="instance-is-ebs-optimized",
    title="Instances are EBS-optimized",
    description="Instances and launch templates ask for dedicated EBS throughput, which current types always have.",
    citations=("164.308(a)(7)(i)",),
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Set ebs_optimized (the string 'true' in a launch template).",
    types={INSTANCE: ("ebsOptimized",), LAUNCH_TEMPLATE: ("ebsOptimized",)},
    sources=("cdk-nag:EC2EBSOptimizedInstance", "CKV_AWS_135"),
)
def _ebs_optimized(resource: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_true(resource, "ebsOptimized")


@control(
    id="autoscaling-uses-launch-templates",
    title="Auto Scaling groups use launch templates",
    description="There are no launch configurations, which cannot require IMDSv2 per version and are out of use.",
    citations=(*ACCESS, "164.312(e)(1)"),
    severity="high",
    pack="baseline",
    remediation="Use aws.ec2.LaunchTemplate.",
    types={LAUNCH_CONFIGURATION: (), AUTOSCALING_GROUP: ("launchConfiguration",)},
    sources=(
        "cdk-nag:AutoScalingLaunchConfigPublicIpDisabled", "aws-config:AUTOSCALING_LAUNCH_CONFIG_PUBLIC_IP_DISABLED",
        "CKV_AWS_315",
    ),
)  # fmt: skip
def _launch_templates(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == LAUNCH_CONFIGURATION:
        yield "Instances must start from a launch template, but this resource is a launch configuration."
    elif peek(resource.props, "launchConfiguration") is not MISSING:
        yield "The group must start instances from a launch template, but it names a launch configuration."


# Resource types whose settings the rules read in another place, and where they belong instead.
_UNSUPPORTED: Final = {
    "aws-native:*": "the aws provider, which the rules read",
    KEY_POLICY: "the policy of aws.kms.Key",
    "aws:ec2/defaultSubnet:DefaultSubnet": "a VPC of the program's own",
    "aws:ec2/defaultVpc:DefaultVpc": "a VPC of the program's own",
    "aws:ec2/spotFleetRequest:SpotFleetRequest": "aws.autoscaling.Group with a launch template",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "a launch template",
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": "the policy of aws.ec2.VpcEndpoint",
    "aws:s3/directoryBucket:DirectoryBucket": "aws.s3.Bucket, which can be versioned and locked",
    "aws:s3control/bucket:Bucket": "aws.s3.Bucket",
    # These make resources of other types, out of the rules' sight.
    "aws:cloudcontrol/resource:Resource": "a resource of the aws provider",
    "aws:cloudformation/stack:Stack": "resources of the aws provider",
    "aws:cloudformation/stackSet:StackSet": "resources of the aws provider",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct": "resources of the aws provider",
    # These attach what they list, beside the attachments that the rules read.
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "aws.iam.GroupPolicyAttachment",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "aws.iam.RolePolicyAttachment",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "a role in place of the user",
    **{type_: f"aws.s3.{known.rpartition(':')[2]}" for type_, known in TYPES.items() if type_.endswith("V2")},
}


@control(
    id="resource-type-is-supported",
    title="Resources are spelled the one way the rules read",
    description="No deprecated or parallel resource type sets what a control would not see.",
    citations=("164.308(a)(8)",),
    severity="high",
    pack="baseline",
    remediation="Use the resource type that the message names.",
    types=dict.fromkeys(_UNSUPPORTED, ()),
    sources=("hipaa:one-spelling",),
)
def _spelling(resource: Resource, _config: Config) -> Iterator[str]:
    type_ = resource.written or resource.type
    instead = _UNSUPPORTED.get(type_, _UNSUPPORTED["aws-native:*"])
    yield f"This setting must be made by {instead}, but {type_} is a spelling the rules do not read."


_INLINE_BUCKET_PROPERTIES: Final = (
    "accelerationStatus", "acl", "corsRules", "grants", "lifecycleRules", "logging", "objectLockConfiguration",
    "policy", "replicationConfiguration", "requestPayer", "serverSideEncryptionConfiguration", "versioning", "website",
)  # fmt: skip


@control(
    id="s3-bucket-is-set-by-own-resources",
    title="S3 buckets are configured by their own resources",
    description="No bucket uses the deprecated inline settings, which fight with the standalone resources.",
    citations=("164.308(a)(8)",),
    severity="medium",
    pack="baseline",
    remediation="Use BucketVersioning, BucketPolicy, BucketLifecycleConfiguration and the like.",
    types={BUCKET: _INLINE_BUCKET_PROPERTIES},
    sources=("hipaa:one-spelling",),
)
def _inline_bucket(bucket: Resource, _config: Config) -> Iterator[str]:
    for name in _INLINE_BUCKET_PROPERTIES:
        yield from must_be_empty(bucket, name, instead=" on the bucket but in a resource of its own")


@control(
    id="ignored-changes-spare-controls",
    title="No governed property is ignored",
    description="ignore_changes names no property that a control reads, because the old value would be judged.",
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
            "description": "Type and property, such as aws:elasticache/user:User authenticationMode, that something else changes.",
        },
    },
)
def _ignored(resource: Resource, config: Config) -> Iterator[str]:
    reads = governed().get(resource.type, frozenset())
    for path in resource.ignore_changes:
        root = re.split(r"[.\[]", path.removeprefix('["'), maxsplit=1)[0].rstrip('"]')
        accepted = f"{resource.type} {root}" in config["accepted"]
        if ((root == "*" and reads) or root in reads) and not accepted:
            yield f"ignore_changes must not name {path}, because a control reads it, but it does."
