"""The target group and the listener rule through which the load balancer reaches a service.

Maps to 45 CFR 164.312(e)(1) (transmission security): the load balancer also uses TLS to the tasks.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import pulumi
import pulumi_aws as aws

from components.compute.service.args import ServiceArgs

_DAY_SECONDS: Final = 24 * 60 * 60


class LoadBalancerTarget(NamedTuple):
    """The target group of a service, its listener rule and the port of its tasks."""

    target_group: aws.lb.TargetGroup
    rule: aws.lb.ListenerRule
    port: int


def load_balancer_target(
    name: str, args: ServiceArgs, *, parent: pulumi.Resource
) -> LoadBalancerTarget | None:
    """Create the target group and listener rule of a service; return None if it has no route."""
    child = pulumi.ResourceOptions(parent=parent)
    route, port, edge = args.route, args.port, args.platform.edge
    if route is None or port is None or edge is None:
        return None
    group = aws.lb.TargetGroup(
        name,
        vpc_id=args.platform.vpc_id,
        target_type="ip",
        port=port,
        protocol="HTTPS",
        protocol_version="HTTP1",
        deregistration_delay=route.drain_seconds,
        slow_start=route.slow_start_seconds,
        stickiness=aws.lb.TargetGroupStickinessArgs(
            enabled=route.sticky, type="lb_cookie", cookie_duration=_DAY_SECONDS
        ),
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            enabled=True,
            protocol="HTTPS",
            port="traffic-port",
            path=route.health,
            matcher="200",
            interval=15,
            timeout=5,
            healthy_threshold=2,
            unhealthy_threshold=3,
        ),
        tags={"Name": name},
        opts=child,
    )
    rule = aws.lb.ListenerRule(
        name,
        listener_arn=edge.listener_arn,
        priority=route.priority,
        conditions=[
            aws.lb.ListenerRuleConditionArgs(
                path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=[route.path])
            )
        ],
        actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=group.arn)],
        opts=child,
    )
    return LoadBalancerTarget(group, rule, port)
