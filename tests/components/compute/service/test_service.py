"""A service: TLS to its tasks, scaling, rollback, alarms, and connections to its declared destinations only."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from components.compute.service.alarms import AlarmLimits
from components.compute.service.args import LoadBalancerRoute, ServiceArgs, ServiceConnect, TargetHealthCheck
from components.compute.service.jobs import Command, Job
from components.compute.service.rollback import fail_if_rolled_back
from components.compute.service.scaling import Scaling
from components.shared.destination import Destination
from facts.listener_rules import ANY_HOST, Match
from tests.harness import statements_of, violations_of

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
RULE = "aws:lb/listenerRule:ListenerRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
POLICY = "aws:iam/policy:Policy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
SCALED = "aws:appautoscaling/target:Target"
SCHEDULE = "aws:scheduler/schedule:Schedule"

DATABASE = Destination(
    security_group_id="sg-database",
    ports=[5432],
    database_users=["arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/api"],
)
CREDENTIAL_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-AbCdEf"


@pytest.fixture(scope="module")
def record(service: Callable[..., Record]) -> Record:
    return service()


@pytest.fixture(scope="module")
def rich(service: Callable[..., Record]) -> Record:
    """A service with every optional argument."""
    return service(
        route=LoadBalancerRoute(
            rules={Match("app.example.org", "/chat/*"): 7, Match("app.example.org", "/chat"): 9},
            protocol="http2",
            health=TargetHealthCheck(path="/alive", codes="200-399", grace_seconds=300),
            sticky=True,
            drain_seconds=3600,
            slow_start_seconds=0,
        ),
        uses={"aurora": DATABASE},
        secrets={"TOKEN": CREDENTIAL_ARN},
        release=Command(command=["/app", "migrate"]),
        schedules={"report": Job(cron="cron(0 6 * * ? *)", command=["/app", "report"])},
        service_connect=ServiceConnect(
            namespace_arn="arn:aws:servicediscovery:us-east-1:111122223333:namespace/ns-1",
            port=8080,
        ),
    )


@pytest.fixture(scope="module")
def plain(worker: Callable[..., Record]) -> Record:
    return worker()


@pytest.fixture(scope="module")
def service_pair(pair: Callable[[], Record]) -> Record:
    return pair()


def ecs_service(record: Record, name: str = "api") -> Resource:
    return record.one(SERVICE, name)


def alarms(record: Record) -> dict[str, Resource]:
    return {alarm.name: alarm for alarm in record.of_type(ALARM)}


def rules(record: Record, type_: str, group: str) -> set[tuple[object, object]]:
    """Return the peer (security group or range) and the port of each rule of a security group."""
    return {
        (rule.inputs.get("referencedSecurityGroupId") or rule.inputs.get("cidrIpv4"), rule.inputs["fromPort"])
        for rule in record.of_type(type_)
        if rule.inputs["securityGroupId"] == group
    }


def group_id(record: Record, name: str) -> str:
    return str(record.one(GROUP, name).outputs["id"])


@pytest.mark.parametrize("kind", ["record", "rich", "plain"])
def test_a_service_has_no_policy_violation(kind: str, request: pytest.FixtureRequest) -> None:
    assert violations_of(request.getfixturevalue(kind)) == set()


def test_a_first_preview_has_the_same_resources_as_the_deployment(
    service: Callable[..., Record], record: Record
) -> None:
    assert {item.urn for item in service(known=False).resources} == {item.urn for item in record.resources}


def test_tasks_run_on_ec2_with_their_own_network_interface(record: Record) -> None:
    task = record.one(TASK).inputs
    assert task["requiresCompatibilities"] == ["EC2"]
    assert task["networkMode"] == "awsvpc"
    assert (task["cpu"], task["memory"]) == ("512", "1024")


def test_the_task_role_differs_from_the_execution_role(record: Record) -> None:
    task = record.one(TASK)
    assert task.inputs["taskRoleArn"] != task.inputs["executionRoleArn"]


def test_only_tasks_of_this_account_may_assume_the_roles(record: Record) -> None:
    roles = [role for role in record.of_type("aws:iam/role:Role") if role.name.startswith("api")]
    assert len(roles) >= 2
    for role in roles:
        (statement,) = json.loads(str(role.inputs["assumeRolePolicy"]))["Statement"]
        assert "111122223333" in json.dumps(statement["Condition"])


def test_the_load_balancer_uses_https_to_the_container(record: Record) -> None:
    group: Any = record.one(TARGET_GROUP).inputs
    assert (group["protocol"], group["port"], group["targetType"]) == ("HTTPS", 8443, "ip")
    assert (group["healthCheck"]["protocol"], group["healthCheck"]["path"]) == ("HTTPS", "/healthz")


def test_the_listener_rule_forwards_the_path_to_the_service(record: Record) -> None:
    rule: Any = record.one(RULE, "route-*/api/*").inputs
    assert rule["conditions"] == [{"pathPattern": {"values": ["/api/*"]}}]
    assert rule["priority"] == 100
    assert rule["actions"][0]["targetGroupArn"] == record.one(TARGET_GROUP).outputs["arn"]


def test_each_host_and_path_has_a_rule_that_no_other_service_can_have(rich: Record) -> None:
    rules = [item for item in rich.of_type(RULE) if item.name.startswith("route-")]
    assert {
        (*(value["values"][0] for condition in rule.inputs["conditions"] for value in condition.values()),): (
            rule.inputs["priority"]
        )
        for rule in rules
    } == {("app.example.org", "/chat/*"): 7, ("app.example.org", "/chat"): 9}
    assert {rule.parent for rule in rules} == {rich.one("hipaa:compute:Edge").urn}


def test_the_health_check_follows_the_route(record: Record, rich: Record) -> None:
    check: Any = rich.one(TARGET_GROUP).inputs["healthCheck"]
    assert (check["path"], check["matcher"]) == ("/alive", "200-399")
    assert ecs_service(rich).inputs["healthCheckGracePeriodSeconds"] == 300
    assert rich.one(TARGET_GROUP).inputs["slowStart"] == 0
    assert [item.one(TARGET_GROUP).inputs["protocolVersion"] for item in (record, rich)] == ["HTTP1", "HTTP2"]


def test_a_sticky_route_with_a_long_drain_period_extends_the_delete_timeout(rich: Record) -> None:
    group: Any = rich.one(TARGET_GROUP).inputs
    assert group["stickiness"]["enabled"] is True
    assert group["deregistrationDelay"] == 3600
    assert ecs_service(rich).custom_timeouts["delete"] == "66m"


def test_security_group_rules_connect_the_edge_and_the_service(record: Record) -> None:
    edge, own = group_id(record, "edge"), group_id(record, "api")
    assert rules(record, EGRESS, edge) == {(own, 8443)}
    assert rules(record, INGRESS, own) == {(edge, 8443)}


def test_a_service_without_destinations_may_only_connect_to_aws_services(plain: Record) -> None:
    own = group_id(plain, "worker")
    assert rules(plain, EGRESS, own) == {("0.0.0.0/0", 443)}
    assert rules(plain, INGRESS, own) == set()


def test_a_destination_has_rules_on_both_security_groups(rich: Record) -> None:
    own = group_id(rich, "api")
    assert ("sg-database", 5432) in rules(rich, EGRESS, own)
    assert rules(rich, INGRESS, "sg-database") == {(own, 5432)}


def test_the_task_role_may_sign_in_to_the_database(rich: Record) -> None:
    statements = statements_of(rich.one(POLICY, "api-task").inputs["policy"])
    assert statements["Databases"]["Resource"] == list(DATABASE.database_users)


def test_deployments_roll_back_automatically_on_failed_tasks_and_alarms(record: Record) -> None:
    service: Any = ecs_service(record).inputs
    assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service["alarms"]["rollback"] is True
    alarm_names = {alarm.outputs["name"] for name, alarm in alarms(record).items() if name.endswith("errors")}
    assert set(service["alarms"]["alarmNames"]) == alarm_names


def test_a_worker_has_no_rollback_alarms_and_no_load_balancer(plain: Record) -> None:
    service = ecs_service(plain, "worker").inputs
    assert "alarms" not in service
    assert "loadBalancers" not in service


def test_tasks_are_spread_over_zones_and_then_packed_by_memory(record: Record) -> None:
    assert ecs_service(record).inputs["orderedPlacementStrategies"] == [
        {"type": "spread", "field": "attribute:ecs.availability-zone"},
        {"type": "binpack", "field": "memory"},
    ]
    assert ecs_service(record).inputs["availabilityZoneRebalancing"] == "ENABLED"


def test_the_capacity_provider_can_change_without_a_deployment_at_every_update(record: Record) -> None:
    assert ecs_service(record).inputs["forceNewDeployment"] is True
    assert "triggers" not in ecs_service(record).inputs


def test_the_fewest_tasks_run_on_demand_and_the_others_on_spot_instances(
    record: Record, spot_worker: Callable[..., Record]
) -> None:
    assert ecs_service(record).inputs["capacityProviderStrategies"] == [
        {"capacityProvider": "app-capacity", "weight": 1}
    ]
    assert ecs_service(spot_worker(), "worker").inputs["capacityProviderStrategies"] == [
        {"capacityProvider": "app-capacity", "base": 2, "weight": 0},
        {"capacityProvider": "app-spot", "weight": 1},
    ]


def test_a_job_of_a_process_on_spot_instances_runs_on_demand(spot_worker: Callable[..., Record]) -> None:
    record = spot_worker(schedules={"report": Job(cron="cron(0 6 * * ? *)", command=["/app", "report"])})
    target: Any = record.one(SCHEDULE).inputs["target"]
    assert target["ecsParameters"]["capacityProviderStrategies"] == [
        {"capacityProvider": "app-capacity", "weight": 1}
    ]


def test_tasks_have_no_public_address(record: Record) -> None:
    network: Any = ecs_service(record).inputs["networkConfiguration"]
    assert network["assignPublicIp"] is False
    assert network["subnets"] == ["subnet-3", "subnet-4"]


def test_pulumi_ignores_changes_of_the_desired_count(record: Record) -> None:
    assert ecs_service(record).ignore_changes == ("desiredCount",)


def test_the_service_is_deleted_before_its_policies_rules_and_route(record: Record) -> None:
    own = [item for item in record.of_type(INGRESS, EGRESS) if not item.name.startswith("edge-")]
    attachments = [item for item in record.of_type(ATTACHMENT) if item.name.startswith("api")]
    needed = {item.urn for item in (*attachments, record.one(RULE, "route-*/api/*"), *own)}
    assert needed <= set(ecs_service(record).dependencies)


def test_latency_rolls_back_only_if_asked_for(service: Callable[..., Record]) -> None:
    record = service(limits=AlarmLimits(latency_rolls_back=True))
    assert len(ecs_service(record).inputs["alarms"]["alarmNames"]) == 2  # pyright: ignore


def test_a_deployment_waits_for_a_steady_state(record: Record) -> None:
    assert ecs_service(record).inputs["waitForSteadyState"] is True


def test_the_release_command_has_its_own_task_definition(rich: Record) -> None:
    (container,) = json.loads(str(rich.one(TASK, "api-release").inputs["containerDefinitions"]))
    assert container["command"] == ["/app", "migrate"]
    assert rich.one(TASK, "api-release").inputs["family"] == "hipaa-dev-api-release"


def test_a_job_has_its_own_task_definition_without_ports(rich: Record) -> None:
    target: Any = rich.one(SCHEDULE, "api-report").inputs["target"]
    definition = rich.one(TASK, "api-report")
    assert "input" not in target
    assert target["ecsParameters"]["taskDefinitionArn"] == definition.outputs["arn"]
    (container,) = json.loads(str(definition.inputs["containerDefinitions"]))
    assert (container["command"], container["portMappings"]) == (["/app", "report"], [])


def test_the_scheduler_may_start_tasks_only_in_this_cluster(rich: Record) -> None:
    statements = statements_of(rich.one(POLICY, "api-scheduler").inputs["policy"])
    assert statements["Start"]["Condition"] == {
        "ArnEquals": {"ecs:cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/app"}
    }
    assert len(statements["PassRoles"]["Resource"]) == 2


def test_the_proxy_adds_cpu_and_memory_to_the_task_but_not_to_the_release_task(rich: Record) -> None:
    assert (rich.one(TASK, "api").inputs["cpu"], rich.one(TASK, "api").inputs["memory"]) == ("768", "1088")
    assert rich.one(TASK, "api-release").inputs["memory"] == "1024"


def test_each_alarm_notifies_the_topic_and_names_its_runbook(record: Record) -> None:
    alarms_by_name = alarms(record)
    assert set(alarms_by_name) == {
        f"api-service-{alert}"
        for alert in ("errors", "latency", "unhealthy", "short-of-tasks", "pending", "memory")
    }
    for name, alarm in alarms_by_name.items():
        anchor = name.removeprefix("api-")
        assert str(alarm.inputs["alarmDescription"]).endswith(f"docs/runbooks/alarm-fired.md#{anchor}")
        assert alarm.inputs["alarmActions"] == ["arn:aws:sns:us-east-1:111122223333:alerts"]


def test_a_worker_has_only_the_alarms_on_its_tasks(plain: Record) -> None:
    assert set(alarms(plain)) == {
        "worker-service-short-of-tasks",
        "worker-service-pending",
        "worker-service-memory",
    }


def test_an_alarm_has_the_dimensions_of_its_service(record: Record) -> None:
    queries: Any = alarms(record)["api-service-memory"].inputs["metricQueries"]
    assert queries[0]["metric"]["dimensions"] == {
        "ClusterName": "app",
        "ServiceName": ecs_service(record).outputs["name"],
    }


def test_an_archived_log_is_kept_for_its_hot_days_and_masked(archived: Record) -> None:
    group = archived.one("aws:cloudwatch/logGroup:LogGroup", "worker")
    assert group.inputs["retentionInDays"] == 90
    assert archived.one("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter").parent == group.urn
    assert archived.one("aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy").parent == group.urn


def test_a_log_without_an_archive_is_kept_for_six_years(plain: Record) -> None:
    assert plain.one("aws:cloudwatch/logGroup:LogGroup", "worker").inputs["retentionInDays"] == 2192


def test_admit_creates_rules_on_both_security_groups(service_pair: Record) -> None:
    api, worker = group_id(service_pair, "api"), group_id(service_pair, "worker")
    assert rules(service_pair, INGRESS, api) >= {(worker, 8443)}
    assert (api, 8443) in rules(service_pair, EGRESS, worker)


@settings(max_examples=5)
@given(
    name=st.from_regex(r"[a-z][a-z0-9-]{0,14}[a-z0-9]", fullmatch=True),
    bounds=st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted),
)
def test_scaling_bounds_apply_and_any_short_name_is_accepted(
    worker: Callable[..., Record], name: str, bounds: list[int]
) -> None:
    minimum, maximum = bounds
    record = worker(name=name, scaling=Scaling(min=minimum, max=maximum))
    scaled = record.one(SCALED).inputs
    assert (scaled["minCapacity"], scaled["maxCapacity"]) == (minimum, maximum)
    assert len(ecs_service(record, name).name) <= 24


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"route": LoadBalancerRoute(rules={Match(ANY_HOST, "/api/*"): 2}), "port": None},
            "route \\*/api/\\* requires port",
        ),
        ({"route": None}, "requests_per_task"),
    ],
)
def test_contradictory_service_arguments_are_refused_by_name(
    arguments: Callable[..., ServiceArgs], overrides: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        arguments(**overrides)


@pytest.mark.parametrize(("dry_run", "running"), [(False, "api:2"), (True, "api:1")])
def test_a_running_deployment_succeeds_and_a_preview_never_fails(
    monkeypatch: pytest.MonkeyPatch, dry_run: bool, running: str
) -> None:
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: dry_run)
    assert fail_if_rolled_back("api", running, "api:2") == "api"


def test_a_rolled_back_deployment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    with pytest.raises(pulumi.RunError, match="api was rolled back: it runs api:1 and not api:2"):
        fail_if_rolled_back("api", "api:1", "api:2")


def test_previous_task_definition_revisions_are_kept_for_a_rollback(record: Record) -> None:
    assert record.one(TASK).inputs["skipDestroy"] is True


@pytest.mark.parametrize("bounds", [(3, 2), (-1, 2)])
def test_a_min_that_is_negative_or_above_max_is_refused(bounds: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="min and max"):
        Scaling(min=bounds[0], max=bounds[1])
