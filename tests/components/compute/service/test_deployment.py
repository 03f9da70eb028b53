"""Deployments that move requests between two target groups."""

from collections.abc import Callable
from typing import Any

import pytest

from blueprint.record import Record
from components.compute.service.args import LoadBalancerRoute
from components.compute.service.deployment import Deployment
from components.compute.service.scaling import Scaling
from facts.listener_rules import ANY_HOST, Match
from tests.harness import statements_of, violations_of

SERVICE = "aws:ecs/service:Service"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
RULE = "aws:lb/listenerRule:ListenerRule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SCALING = Scaling(min=2, max=6)

Build = Callable[..., Record]


@pytest.fixture(scope="module")
def canary(service: Build) -> Record:
    deployment = Deployment(strategy="canary", bake_minutes=15, canary_percent=5, canary_minutes=20)
    return service(deployment=deployment, scaling=SCALING)


def test_a_rolling_deployment_has_one_target_group_and_no_further_role(service: Build) -> None:
    record = service()
    assert len(record.of_type(TARGET_GROUP)) == 1
    assert "deploymentConfiguration" not in record.one(SERVICE).inputs
    assert not [role for role in record.of_type("aws:iam/role:Role") if role.name == "api-traffic"]


def test_only_the_weights_of_the_rule_are_left_to_ecs(canary: Record) -> None:
    assert {control for control, _ in violations_of(canary)} == {"ignored-changes-spare-controls"}


def test_a_canary_moves_a_part_of_the_requests_first(canary: Record) -> None:
    assert canary.one(SERVICE).inputs["deploymentConfiguration"] == {
        "strategy": "CANARY",
        "bakeTimeInMinutes": "15",
        "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": "20"},
    }
    assert canary.one(SERVICE).custom_timeouts["update"] == f"{30 + 1 + 15 + 20}m"


def test_blue_green_moves_all_requests_at_once(service: Build) -> None:
    record = service(deployment=Deployment(strategy="blue_green", bake_minutes=0), scaling=SCALING)
    assert record.one(SERVICE).inputs["deploymentConfiguration"] == {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": "0",
    }


def test_ecs_gets_both_target_groups_the_rule_and_a_role(canary: Record) -> None:
    first, second = (canary.one(TARGET_GROUP, name) for name in ("api", "api-2"))
    rule = canary.one(RULE, f"route-{Match(ANY_HOST, '/api/*')}")
    load_balancers: Any = canary.one(SERVICE).inputs["loadBalancers"]
    [load_balancer] = load_balancers
    assert load_balancer["targetGroupArn"] == first.outputs["arn"]
    assert load_balancer["advancedConfiguration"] == {
        "alternateTargetGroupArn": second.outputs["arn"],
        "productionListenerRule": rule.outputs["arn"],
        "roleArn": canary.one("aws:iam/role:Role", "api-traffic").outputs["arn"],
    }
    same = ("port", "protocol", "healthCheck", "deregistrationDelay", "stickiness")
    assert [first.inputs[key] for key in same] == [second.inputs[key] for key in same]


def test_pulumi_leaves_the_weights_of_the_rule_to_ecs(canary: Record) -> None:
    rule = canary.one(RULE, f"route-{Match(ANY_HOST, '/api/*')}")
    actions: Any = rule.inputs["actions"]
    [action] = actions
    assert [group["weight"] for group in action["forward"]["targetGroups"]] == [100, 0]
    assert rule.ignore_changes == ("actions",)


def test_the_role_may_change_one_rule_and_two_target_groups(canary: Record) -> None:
    statements = statements_of(canary.one("aws:iam/policy:Policy", "api-traffic").inputs["policy"])
    rule = canary.one(RULE, f"route-{Match(ANY_HOST, '/api/*')}")
    groups = sorted(str(item.outputs["arn"]) for item in canary.of_type(TARGET_GROUP))
    assert statements["Move"]["Resource"] == [rule.outputs["arn"]]
    assert statements["Targets"]["Resource"] == groups
    attachment = canary.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "api-traffic")
    assert attachment.urn in canary.one(SERVICE).dependencies


def test_alarms_on_requests_watch_both_target_groups_and_roll_back(canary: Record) -> None:
    names = {item.name: item for item in canary.of_type(ALARM)}
    for alert in ("service-errors", "service-latency", "service-unhealthy"):
        for prefix, group in (("api", "api"), ("api-2", "api-2")):
            queries: Any = names[f"{prefix}-{alert}"].inputs["metricQueries"]
            suffix = canary.one(TARGET_GROUP, group).outputs["arnSuffix"]
            assert queries[0]["metric"]["dimensions"]["TargetGroup"] == suffix
    alarms: Any = canary.one(SERVICE).inputs["alarms"]
    rollback = {names[name].outputs["name"] for name in ("api-service-errors", "api-2-service-errors")}
    assert set(alarms["alarmNames"]) == rollback
    assert "api-2-service-memory" not in names


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"route": None, "port": None, "scaling": SCALING}, "requires a route with one host and path"),
        (
            {
                "route": LoadBalancerRoute(rules={Match(ANY_HOST, "/a"): 2, Match(ANY_HOST, "/b"): 3}),
                "scaling": SCALING,
            },
            "requires a route with one host and path",
        ),
        ({}, "requests_per_task requires a rolling deployment, got canary"),
    ],
)
def test_contradictions_are_refused(service: Build, overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        service(deployment=Deployment(strategy="canary"), **overrides)


@pytest.mark.parametrize("percentages", [(101, 200), (100, 100)])
def test_percentages_that_ecs_refuses_are_refused(percentages: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="min_healthy_percent must be 100 or less"):
        Deployment(min_healthy_percent=percentages[0], max_healthy_percent=percentages[1])
