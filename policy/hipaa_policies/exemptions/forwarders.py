"""Internal network load balancers that only forward to an application load balancer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Exemption
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import element_paths
from hipaa_policies.tokens import LISTENER, LOAD_BALANCER, TARGET_GROUP, TARGET_GROUP_ATTACHMENT
from hipaa_policies.values import MISSING, is_true, peek

FORWARDER: Final = Exemption(
    text=(
        "An internal network load balancer needs no deletion protection if each of its listeners only forwards to one target "
        "group of type alb, whose targets are load balancers of the stack with deletion protection. It stores no data, and "
        "must be removable together with the connection that it serves."
    ),
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html",
    ),
)
READS: Final = {
    LISTENER: ("loadBalancerArn", "defaultActions"),
    TARGET_GROUP: ("targetType",),
    TARGET_GROUP_ATTACHMENT: ("targetGroupArn", "targetId"),
}


def may_forward(balancer: JudgedResource) -> bool:
    """Return whether a load balancer is internal and of the type that can have a load balancer as its target."""
    return (
        balancer.type == LOAD_BALANCER
        and peek(balancer.props, "loadBalancerType") == "network"
        and peek(balancer.props, "internal") is True
    )


def unmet(graph: Graph, balancer: JudgedResource) -> Iterator[str]:
    """Yield the unmet conditions of a load balancer that may forward to another one."""
    listeners = graph.referrers(balancer.urn, LISTENER, "loadBalancerArn")
    if not listeners:
        yield "the load balancer must have a listener, but it has none."
    for listener in listeners:
        groups = graph.references(listener, "defaultActions", TARGET_GROUP)
        if len(groups) != 1 or not _forwards_once(listener):
            yield f"the listener {listener.name} must forward to one target group of the stack and do nothing else, but it does not."
        for group in groups:
            yield from _unprotected_targets(graph, group)


def _forwards_once(listener: JudgedResource) -> bool:
    actions = list(element_paths(listener, "defaultActions"))
    return len(actions) == 1 and (
        peek(listener.props, *actions[0], "type") == "forward"
        and peek(listener.props, *actions[0], "targetGroupArn") is not MISSING
        and peek(listener.props, *actions[0], "forward") is MISSING
    )


def _unprotected_targets(graph: Graph, group: JudgedResource) -> Iterator[str]:
    if peek(group.props, "targetType") != "alb":
        yield f"the target group {group.name} must have the type alb, but it does not."
    attachments = graph.referrers(group.urn, TARGET_GROUP_ATTACHMENT, "targetGroupArn")
    if not attachments:
        yield f"the target group {group.name} must have a load balancer as its target, but it has no target."
    for attachment in attachments:
        targets = graph.references(attachment, "targetId", LOAD_BALANCER)
        if not targets:
            yield f"the target {attachment.name} must be a load balancer of the stack, but it is not."
        for target in targets:
            if not is_true(peek(target.props, "enableDeletionProtection")):
                yield f"the load balancer {target.name} must have deletion protection, but it does not."
