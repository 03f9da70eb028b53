"""The target group and the listener rules through which the load balancer reaches a service.

Maps to 45 CFR 164.312(e)(1) (transmission security): the load balancer also uses TLS to the tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import pulumi
import pulumi_aws as aws

from components.compute.service.args import LoadBalancerRoute, ServiceArgs
from components.compute.service.platform import Platform
from components.compute.service.sign_in import sign_in_action
from facts.listener_rules import ANY_HOST, Match

_DAY_SECONDS: Final = 24 * 60 * 60


class LoadBalancerTarget(NamedTuple):
    """The target groups of a service, its listener rules and the port of its tasks."""

    groups: Sequence[aws.lb.TargetGroup]
    """One group; two if ECS moves requests between them."""
    rules: Sequence[aws.lb.ListenerRule]
    port: int


def load_balancer_target(
    name: str, args: ServiceArgs, *, parent: pulumi.Resource
) -> LoadBalancerTarget | None:
    """Create the target groups and listener rules of a service; return None if it has no route.

    Each host and path has a rule of its own. The rules are children of the load balancer and have the names of what they
    match, so that a path can move from one service to another: a new rule could not have the priority of the old one.
    """
    route, port, edge = args.route, args.port, args.platform.edge
    if route is None or port is None or edge is None:
        return None
    moves = args.deployment.moves_requests
    names = [name, f"{name}-2"] if moves else [name]
    groups = [_target_group(item, args.platform, route, port, parent=parent) for item in names]
    before = [sign_in_action(route.sign_in, parent=parent)] if route.sign_in else []
    rules = [
        aws.lb.ListenerRule(
            f"route-{match}",
            listener_arn=edge.listener_arn,
            priority=priority,
            conditions=_conditions(match),
            actions=[*before, _forward(groups)],
            # ECS moves requests by changing the weights.
            opts=pulumi.ResourceOptions(parent=edge, ignore_changes=["actions"] if moves else None),
        )
        for match, priority in route.rules.items()
    ]
    return LoadBalancerTarget(groups, rules, port)


def _target_group(
    name: str, platform: Platform, route: LoadBalancerRoute, port: int, *, parent: pulumi.Resource
) -> aws.lb.TargetGroup:
    return aws.lb.TargetGroup(
        name,
        vpc_id=platform.vpc_id,
        target_type="ip",
        port=port,
        protocol="HTTPS",
        protocol_version=route.protocol.upper(),
        deregistration_delay=route.drain_seconds,
        slow_start=route.slow_start_seconds,
        stickiness=aws.lb.TargetGroupStickinessArgs(
            enabled=route.sticky, type="lb_cookie", cookie_duration=_DAY_SECONDS
        ),
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            enabled=True,
            protocol="HTTPS",
            port="traffic-port",
            path=route.health.path,
            matcher=route.health.codes,
            interval=15,
            timeout=5,
            healthy_threshold=2,
            unhealthy_threshold=3,
        ),
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _forward(groups: Sequence[aws.lb.TargetGroup]) -> aws.lb.ListenerRuleActionArgs:
    """Return the action that forwards requests to the first target group."""
    if len(groups) == 1:
        return aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=groups[0].arn)
    weights = [100, *(0 for _ in groups[1:])]
    return aws.lb.ListenerRuleActionArgs(
        type="forward",
        forward=aws.lb.ListenerRuleActionForwardArgs(
            target_groups=[
                aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=group.arn, weight=weight)
                for group, weight in zip(groups, weights, strict=True)
            ]
        ),
    )


def _conditions(match: Match) -> list[aws.lb.ListenerRuleConditionArgs]:
    path = aws.lb.ListenerRuleConditionArgs(
        path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=[match.path])
    )
    host = aws.lb.ListenerRuleConditionArgs(
        host_header=aws.lb.ListenerRuleConditionHostHeaderArgs(values=[match.host])
    )
    return [path] if match.host == ANY_HOST else [host, path]
