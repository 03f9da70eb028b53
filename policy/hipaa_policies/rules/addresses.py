"""Public addresses of instances and launch templates."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control
from hipaa_policies.citations import REACH
from hipaa_policies.exemptions import addresses
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    element_paths,
    merge_tables,
    must_be_plain,
    must_not_be_true,
    unless_exempt,
)
from hipaa_policies.tokens import INSTANCE, LAUNCH_TEMPLATE
from hipaa_policies.values import is_true, peek


def _assigning(template: JudgedResource) -> Iterator[tuple[str | int, ...]]:
    """Yield the network interfaces of a launch template that get a public address; the whole stack decides on them."""
    for interface in element_paths(template, "networkInterfaces"):
        if is_true(peek(template.props, *interface, "associatePublicIpAddress")):
            yield interface


def _assigning_templates(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for template in graph.by_type(LAUNCH_TEMPLATE):
        violations = [
            message
            for interface in _assigning(template)
            for message in must_not_be_true(template, *interface, "associatePublicIpAddress")
        ]
        yield from about(template, unless_exempt(violations, addresses.unmet(graph, template)))


@control(
    id="instance-has-no-public-address",
    title="Instances have no public address",
    description="Instances and launch templates do not request a public address.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Leave associate_public_ip_address unset or false. Use an Elastic IP for a NAT instance.",
    types=merge_tables(
        {INSTANCE: ("associatePublicIpAddress",), LAUNCH_TEMPLATE: ("networkInterfaces",)}, addresses.TYPES
    ),
    reads=addresses.READS,
    sources=(
        "cdk-nag:EC2InstanceNoPublicIp",
        "aws-config:EC2_INSTANCE_NO_PUBLIC_IP",
        "CKV_AWS_88",
        "cdk-nag:AutoScalingLaunchConfigPublicIpDisabled",
        "prowler:ec2_instance_public_ip",
    ),
    exemption=addresses.SELF_REPLACING,
    stack_check=_assigning_templates,
)
def _instance_address(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == INSTANCE:
        yield from must_not_be_true(resource, "associatePublicIpAddress")
        return
    yield from must_be_plain(resource, "networkInterfaces")
    judged_with_stack = list(_assigning(resource))
    for interface in element_paths(resource, "networkInterfaces"):
        if interface not in judged_with_stack:
            yield from must_not_be_true(resource, *interface, "associatePublicIpAddress")
