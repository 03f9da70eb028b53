"""An internal network load balancer that forwards to a protected application load balancer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.exemptions.cases import Exempted
from tests.policy.program import GONE, Edits, resource

ENTRY, GROUP, EDGE = f"{t.LOAD_BALANCER} entry", f"{t.TARGET_GROUP} group", f"{t.LOAD_BALANCER} edge"
FORWARD: dict[str, Any] = {"type": "forward", "targetGroupArn": UNKNOWN}


def listener(name: str, *actions: dict[str, Any], group: str = GROUP) -> JudgedResource:
    return resource(
        t.LISTENER,
        name,
        {"loadBalancerArn": UNKNOWN, "defaultActions": list(actions)},
        {"loadBalancerArn": ENTRY, "defaultActions": group},
    )


def target(name: str, target_id: str = EDGE) -> JudgedResource:
    props = {"targetGroupArn": UNKNOWN, "targetId": UNKNOWN}
    return resource(t.TARGET_GROUP_ATTACHMENT, name, props, {"targetGroupArn": GROUP, "targetId": target_id})


def good_resources() -> Iterator[JudgedResource]:
    entry = {"loadBalancerType": "network", "internal": True, "enableDeletionProtection": False}
    yield resource(t.LOAD_BALANCER, "entry", entry)
    yield resource(
        t.LOAD_BALANCER, "edge", {"loadBalancerType": "application", "enableDeletionProtection": True}
    )
    yield resource(t.TARGET_GROUP, "group", {"targetType": "alb"})
    yield listener("listener", FORWARD)
    yield target("target")


GOOD = {item.name: item for item in good_resources()}
OTHER_BALANCER = resource(t.LOAD_BALANCER, "weak", {"loadBalancerType": "application"})
ONE_GROUP = (
    "For the exemption, the listener {} must forward to one target group of the stack and do nothing else"
)
LISTENER = ONE_GROUP.format("listener")
TWO_GROUPS = {"targetGroups": [{"arn": UNKNOWN}, {"arn": UNKNOWN}]}
UNPROTECTED = "the load balancer edge must have deletion protection"
REFUSED: tuple[tuple[Edits, str], ...] = (
    ({"listener": GONE}, "For the exemption, the load balancer must have a listener, but it has none."),
    ({"listener": listener("listener", FORWARD, group=EDGE)}, LISTENER),
    ({"listener": listener("listener", {"type": "redirect"})}, LISTENER),
    ({"listener": listener("listener", {**FORWARD, "type": "authenticate-oidc"})}, LISTENER),
    ({"listener": listener("listener", {"type": "forward"})}, LISTENER),
    ({"listener": listener("listener", {**FORWARD, "forward": TWO_GROUPS})}, LISTENER),
    ({"listener": listener("listener", FORWARD, FORWARD)}, LISTENER),
    ({"listener": listener("listener")}, LISTENER),
    ({"listener defaultActions": UNKNOWN}, LISTENER),
    ({"second": listener("second", {"type": "redirect"})}, ONE_GROUP.format("second")),
    ({"group targetType": "ip"}, "For the exemption, the target group group must have the type alb"),
    ({"group targetType": GONE}, "For the exemption, the target group group must have the type alb"),
    ({"group targetType": UNKNOWN}, "For the exemption, the target group group must have the type alb"),
    ({"target": GONE}, "the target group group must have a load balancer as its target"),
    ({"target": target("target", GROUP)}, "the target target must be a load balancer of the stack"),
    ({"edge enableDeletionProtection": False}, UNPROTECTED),
    ({"edge enableDeletionProtection": GONE}, UNPROTECTED),
    ({"edge enableDeletionProtection": UNKNOWN}, UNPROTECTED),
    (
        {"weak": OTHER_BALANCER, "second": target("second", f"{t.LOAD_BALANCER} weak")},
        "the load balancer weak must have deletion protection",
    ),
)

EXEMPTED = (
    Exempted(
        control="stateful-resource-is-protected",
        subject="entry",
        good=GOOD,
        refused=REFUSED,
        also=(
            {"entry enableDeletionProtection": GONE},
            {"second": listener("second", FORWARD)},
            {"second": target("second")},
        ),
        ordinary=(
            {"entry internal": False},
            {"entry internal": GONE},
            {"entry internal": UNKNOWN},
            {"entry loadBalancerType": "application"},
            {"entry loadBalancerType": GONE},
            {"entry loadBalancerType": UNKNOWN},
            {"entry enableDeletionProtection": UNKNOWN},
        ),
    ),
)
