"""The dashboard graphs of a service: one for each alarm, with its threshold."""

from components.compute.service.alarms import AlarmLimits, service_alerts
from components.compute.service.dashboard import MonitoredService, service_graphs

ROUTED = MonitoredService(
    service_name="api-1", cluster_name="app", load_balancer="app/edge/1", target_groups=["targetgroup/api/1"]
)


def test_each_alarm_has_a_graph_with_its_threshold() -> None:
    graphs = service_graphs(ROUTED, region="us-east-1")
    thresholds = {graph.title: graph.threshold for graph in graphs}
    assert len(thresholds) == len(service_alerts(routed=True, limits=AlarmLimits())) == 6
    assert thresholds["latency (seconds)"] == 2


def test_a_graph_of_an_expression_hides_its_metrics_and_draws_the_result() -> None:
    (errors,) = (
        graph for graph in service_graphs(ROUTED, region="us-east-1") if graph.title.startswith("errors")
    )
    *metrics, result = errors.metrics
    assert [line[-1] for line in metrics] == [
        {"id": "errors", "stat": "Sum", "visible": False},
        {"id": "requests", "stat": "Sum", "visible": False},
    ]
    assert metrics[0][:2] == ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"]
    assert metrics[0][2:6] == ["LoadBalancer", "app/edge/1", "TargetGroup", "targetgroup/api/1"]
    assert result[0]["label"] == "service-errors"


def test_a_service_without_a_route_has_no_graphs_of_requests() -> None:
    graphs = service_graphs(MonitoredService(service_name="worker-1", cluster_name="app"), region="us-east-1")
    assert {graph.metrics[0][0] for graph in graphs} == {"ECS/ContainerInsights", "AWS/ECS"}
