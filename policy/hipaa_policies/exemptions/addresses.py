"""Launch templates of a server that replaces itself and gives itself an Elastic IP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Exemption
from hipaa_policies.documents import PolicyStatement
from hipaa_policies.exemptions import rights
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import deferred, element_paths, merge_tables
from hipaa_policies.rules.security_groups import ADMIN_PORTS, OPENING_TYPES, opened_ports, openings
from hipaa_policies.tokens import (
    AUTOSCALING_GROUP,
    ELASTIC_IP,
    INGRESS_RULE,
    INSTANCE,
    INSTANCE_PROFILE,
    LAUNCH_TEMPLATE,
    ROLE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
)
from hipaa_policies.values import UNKNOWN, is_internet, items, peek, to_int

_ASSOCIATE: Final = "ec2:AssociateAddress"
_TARGETS: Final = (":instance/", ":network-interface/")
"""Parts of the ARNs of what an Elastic IP may be associated with."""

SELF_REPLACING: Final = Exemption(
    text=(
        "A launch template may assign a public address if only Auto Scaling groups with a maximum size of one use it, and "
        "its instance associates an Elastic IP of the stack: the new instance reaches the API of EC2 only with a public "
        "address, which EC2 releases when the Elastic IP is associated. The role of the instance may associate Elastic IPs of "
        "the stack and no others. The security groups of the interface are in the stack, and each of their rules for the "
        "Internet opens one port, which is not a port of administration or of a database."
    ),
    sources=(
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html",
    ),
)
READS: Final = merge_tables(
    {
        AUTOSCALING_GROUP: ("launchTemplate", "mixedInstancesPolicy", "maxSize"),
        INSTANCE: ("launchTemplate",),
        INSTANCE_PROFILE: ("role",),
        ELASTIC_IP: (),
        INGRESS_RULE: ("securityGroupId",),
        SECURITY_GROUP_RULE: ("securityGroupId",),
    },
    OPENING_TYPES,
    rights.READS,
)
TYPES: Final = {LAUNCH_TEMPLATE: ("iamInstanceProfile",)}


def unmet(graph: Graph, template: JudgedResource) -> Iterator[str]:
    """Yield the unmet conditions of a launch template that assigns a public address."""
    yield from _unmet_by_groups(graph, template)
    yield from _unmet_by_role(graph, template)
    yield from _unmet_by_rules(graph, template)


def _unmet_by_groups(graph: Graph, template: JudgedResource) -> Iterator[str]:
    groups = [
        group
        for property_ in ("launchTemplate", "mixedInstancesPolicy")
        for group in graph.referrers(template.urn, AUTOSCALING_GROUP, property_)
    ]
    if not groups:
        yield "an Auto Scaling group must use the launch template, but none does."
    for group in groups:
        if to_int(peek(group.props, "maxSize")) != 1:
            yield f"the Auto Scaling group {group.name} must have a maximum size of 1, but it does not."
    for instance in graph.referrers(template.urn, INSTANCE, "launchTemplate"):
        yield f"only Auto Scaling groups may use the launch template, but the instance {instance.name} uses it."


def _unmet_by_role(graph: Graph, template: JudgedResource) -> Iterator[str]:
    profiles = graph.references(template, "iamInstanceProfile", INSTANCE_PROFILE)
    roles = [role for profile in profiles for role in graph.references(profile, "role", ROLE)]
    if len(roles) != 1:
        yield "the role of the instance must be in the stack, but it is not."
        return
    granted = rights.rights(graph, roles[0])
    for arn in granted.elsewhere:
        if ":iam::aws:policy/" not in arn:
            yield f"every policy of the role must be in the stack or a policy of AWS, but {arn} is neither."
    associating = [item for item in granted.statements if item.allows and _permits(item)]
    allocations = {peek(item.props, "id") for item in graph.by_type(ELASTIC_IP)}
    named = [resource for item in associating for resource in item.resources]
    if not granted.complete:
        yield deferred("policy")
    elif not any(_allocation(resource) in allocations for resource in named):
        yield f"the role must be allowed {_ASSOCIATE} for an Elastic IP of the stack, but it is not."
    for statement in associating:
        wide = [
            resource
            for resource in statement.resources
            if _allocation(resource) not in allocations and not any(part in resource for part in _TARGETS)
        ]
        if wide or statement.negated_elements:
            yield f"the role may associate only Elastic IPs of the stack, but {statement.label} allows others."


def _permits(statement: PolicyStatement) -> bool:
    return statement.permits(_ASSOCIATE) or "NotAction" in statement.negated_elements


def _allocation(arn: str) -> str:
    """Return the allocation id in the ARN of an Elastic IP; empty for any other ARN."""
    return arn.partition(":elastic-ip/")[2]


def _unmet_by_rules(graph: Graph, template: JudgedResource) -> Iterator[str]:
    groups = graph.references(template, "networkInterfaces", SECURITY_GROUP)
    listed = [
        group
        for interface in element_paths(template, "networkInterfaces")
        for group in items(template.props, *interface, "securityGroups")
    ]
    if not listed or len(listed) != len(groups):
        yield "the security groups of the interface must be in the stack, but they are not."
    for group in groups:
        for rule in (
            group,
            *graph.referrers(group.urn, INGRESS_RULE, "securityGroupId"),
            *graph.referrers(group.urn, SECURITY_GROUP_RULE, "securityGroupId"),
        ):
            yield from _wide_openings(rule)


def _wide_openings(rule: JudgedResource) -> Iterator[str]:
    for path, block in openings(rule):
        opened = opened_ports(rule, path)
        if block is UNKNOWN:
            yield f"the rule {rule.name} must have a plain CIDR block, but it is not known before deployment."
        elif is_internet(block) and (opened is None or len(opened) != 1 or opened[0] in ADMIN_PORTS):
            yield (
                f"a rule for the Internet must open one port, not one of administration or of a database, but {rule.name} "
                "does not."
            )
