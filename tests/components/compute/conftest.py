"""Fixtures that record a load balancer and the services behind it."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record
from components.compute.daemon import Daemon, DaemonArgs
from components.compute.edge.domains import Domain
from components.compute.edge.edge import Edge, EdgeArgs
from components.compute.service.application import Application, ApplicationArgs
from components.compute.service.args import LoadBalancerRoute, ServiceArgs
from components.compute.service.platform import Platform
from components.compute.service.scaling import Scaling
from components.compute.service.service import Service
from components.compute.service.wiring import allow_client_traffic
from components.shared.containers import Container
from components.shared.logs import LogOptions
from facts.listener_rules import ANY_HOST, Match
from tests.harness import ACCOUNT, KEY, evaluate, log_archive, log_delivery

LOGS = LogOptions(key_arn=KEY, days=2192, protect=False)
IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/api@sha256:{'0' * 64}"

Build = Callable[..., Record]


def _edge(**overrides: Any) -> Edge:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1", "subnet-2"],
        "domains": [Domain(name="app.example.org", zone_id="Z0123456789")],
        "allowed_cidrs": [IPv4Network("0.0.0.0/0")],
        "access_logs_bucket": "intake",
        "logs": LOGS,
        "protect": False,
    }
    return Edge("edge", EdgeArgs(**{**values, **overrides}))


def _platform(edge: Edge | None, spot: str | None = None) -> Platform:
    return Platform(
        account=ACCOUNT,
        vpc_id="vpc-1",
        subnet_ids=["subnet-3", "subnet-4"],
        cluster_arn=ACCOUNT.arn("ecs", "cluster/app"),
        cluster_name="app",
        capacity_provider="app-capacity",
        spot_capacity_provider=spot,
        exec_log_group_arn=ACCOUNT.arn("logs", "log-group:exec"),
        compute_key_arn=KEY,
        secrets_key_arn=KEY,
        logs=LOGS,
        alarm_topic_arn=ACCOUNT.arn("sns", "alerts"),
        edge=edge,
    )


def _arguments(platform: Platform, app: str = "api", **overrides: Any) -> ServiceArgs:
    options = overrides.pop("application_options", {})
    values: dict[str, Any] = {
        "platform": platform,
        "application": Application(
            app, ApplicationArgs(platform=platform, uses=overrides.get("uses", {}).values(), **options)
        ),
        "container": Container(name="api", image=IMAGE, cpu=512, memory_mib=1024),
        "scaling": Scaling(min=2, max=6, requests_per_task=500),
        "port": 8443,
        "route": LoadBalancerRoute(rules={Match(ANY_HOST, "/api/*"): 100}),
    }
    return ServiceArgs(**{**values, **overrides})


@pytest.fixture(scope="session")
def edge() -> Build:
    """Return a function that records a load balancer named `edge`, with some arguments replaced."""
    return lambda *, known=True, **overrides: evaluate(lambda: _edge(**overrides), known)


@pytest.fixture(scope="session")
def service() -> Build:
    """Return a function that records a service named `api` behind the load balancer, with some arguments replaced."""
    return lambda *, known=True, **overrides: evaluate(
        lambda: Service("api", _arguments(_platform(_edge()), **overrides)), known
    )


@pytest.fixture(scope="session")
def worker() -> Build:
    """Return a function that records a service `worker` without a route, in a stack without a load balancer."""
    without_route = {"port": None, "route": None, "scaling": Scaling(min=1, max=2)}
    return lambda *, known=True, name="worker", **overrides: evaluate(
        lambda: Service(name, _arguments(_platform(None), **{**without_route, **overrides})), known
    )


@pytest.fixture(scope="session")
def spot_worker() -> Build:
    """Return a function that records a worker on Spot instances, with some arguments replaced."""
    without_route = {"port": None, "route": None, "scaling": Scaling(min=2, max=9), "spot": True}
    return lambda **overrides: evaluate(
        lambda: Service("worker", _arguments(_platform(None, "app-spot"), **{**without_route, **overrides}))
    )


@pytest.fixture(scope="session")
def daemon() -> Build:
    """Return a function that records a daemon `daemon-hosts`, with some values of its container replaced."""
    container = Container(name="hosts", image=IMAGE, cpu=64, memory_mib=128, user="65533:65533")
    return lambda *, known=True, **overrides: evaluate(
        lambda: Daemon(
            "daemon-hosts",
            DaemonArgs(platform=_platform(None), container=replace(container, **overrides)),
        ),
        known,
    )


@pytest.fixture(scope="session")
def pair() -> Callable[[], Record]:
    """Return a function that records a worker which may call the service behind the load balancer."""

    def program() -> None:
        platform = _platform(_edge())
        api = Service("api", _arguments(platform))
        caller = Service(
            "worker", _arguments(platform, "worker", port=None, route=None, scaling=Scaling(min=1, max=2))
        )
        allow_client_traffic(
            "api",
            "worker",
            client_group_id=caller.security_group_id,
            tasks_group_id=api.security_group_id,
            port=8443,
            parent=api,
        )

    return lambda: evaluate(program)


@pytest.fixture(scope="session")
def archived() -> Record:
    """The record of a worker whose log CloudWatch keeps for 90 days and the archive for six years."""

    def program() -> None:
        logs = replace(LOGS, delivery=log_delivery(log_archive()), hot_days=90)
        platform = replace(_platform(None), logs=logs)
        Service("worker", _arguments(platform, port=None, route=None, scaling=Scaling(min=1, max=2)))

    return evaluate(program)


@pytest.fixture(scope="session")
def arguments() -> Build:
    """Return a function that only builds the arguments of a service in a stack without a load balancer."""
    return lambda *, known=True, **overrides: evaluate(
        lambda: _arguments(_platform(None), **overrides), known
    )
