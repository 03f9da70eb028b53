"""Rules on container services."""

from __future__ import annotations

import pytest

from tests.settings.documents import (
    DIGEST,
    Document,
    full_document,
    minimal_document,
    new_warnings,
    paths,
    problem,
    put,
    read,
)


def test_a_service_uses_only_stores_that_the_stack_has() -> None:
    document = put(full_document(), "hipaa:connectivity.vpn.access", {})
    del document["hipaa:data"]
    assert paths(document) == [
        "hipaa:services.api.uses[0]",
        "hipaa:services.api.uses[1]",
        "hipaa:services.realtime.uses[0]",
        "hipaa:services.worker.uses[0]",
        "hipaa:services.worker.uses[1]",
    ]


def test_a_missing_store_is_reported_with_those_that_the_stack_has() -> None:
    document = full_document()
    del document["hipaa:data"]["rds"]
    refused = problem(document)
    assert refused.path == "hipaa:services.worker.uses[1]"
    assert refused.allowed == "one of aurora, cache, partners; hipaa:data.rds is not set"


def test_a_route_requires_the_public_entry() -> None:
    document = full_document()
    del document["hipaa:edge"]
    assert paths(document) == [
        "hipaa:services.api.route",
        "hipaa:services.realtime.route",
        "hipaa:connectivity.partners.county.mode",
    ]


def test_a_path_has_as_many_wildcards_as_aws_accepts() -> None:
    path = "hipaa:services.api.route.path"
    assert read(put(full_document(), path, "/*/*/*/*/?"))
    assert problem(put(full_document(), path, "/*/*/*/*/??")).path == path


def test_scaling_on_requests_requires_a_route() -> None:
    path = "hipaa:services.worker.scale_on"
    refused = problem(put(full_document(), path, {"requests_per_task": 100}))
    assert refused.path == f"{path}.requests_per_task"
    assert refused.allowed == "requests_per_task requires hipaa:services.worker.route"


def test_a_tag_is_allowed_without_protection() -> None:
    document = minimal_document() | {"hipaa:protect": False}
    document["hipaa:compute"] = {}
    document["hipaa:services"] = {
        "api": {"image": "registry.example.org/api:latest", "cpu": 256, "memory_mib": 512}
    }
    services = read(document).services
    assert services is not None
    assert services["api"].image == "registry.example.org/api:latest"


@pytest.mark.parametrize("key", ["environment", "secrets"])
def test_a_variable_of_a_used_store_cannot_be_set(key: str) -> None:
    value = {"AURORA_HOST": "arn:aws:secretsmanager:us-east-1:123456789012:secret:host"}
    refused = problem(put(full_document(), f"hipaa:services.api.{key}", value))
    assert refused.path == f"hipaa:services.api.{key}.AURORA_HOST"
    assert "AURORA_" in refused.allowed
    other = {"RDS_HOST": value["AURORA_HOST"]}
    assert read(put(full_document(), f"hipaa:services.api.{key}", other))


def test_a_variable_is_either_plain_or_secret() -> None:
    document = put(full_document(), "hipaa:services.api.environment", {"TOKEN": "none"})
    secret = {"TOKEN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:token"}
    refused = problem(put(document, "hipaa:services.api.secrets", secret))
    assert refused.path == "hipaa:services.api.secrets.TOKEN"
    assert "hipaa:services.api.environment" in refused.allowed


@pytest.mark.parametrize(("key", "most"), [("cpu", 8192), ("memory_mib", 15_308)])
def test_a_task_fits_on_an_instance(key: str, most: int) -> None:
    path = f"hipaa:services.api.{key}"
    assert read(put(full_document(), path, most))
    refused = problem(put(full_document(), path, most + 1))
    assert (refused.path, refused.allowed.split(",")[0]) == (path, f"at most {most}")


@pytest.mark.parametrize("name", ["public", "postgres", "dbadmin", "mysql"])
def test_a_service_with_a_database_cannot_have_the_name_of_a_database_user(name: str) -> None:
    document = full_document()
    document["hipaa:services"][name] = document["hipaa:services"].pop("worker")
    assert problem(document).path == f"hipaa:services.{name}"


def test_services_require_a_cluster() -> None:
    document = full_document()
    for service in document["hipaa:services"].values():
        service |= {"uses": [], "connects_to": []}
    del document["hipaa:compute"], document["hipaa:connectivity"], document["hipaa:data"]
    refused = problem(document)
    assert (refused.path, refused.allowed) == (
        "hipaa:services",
        "services require hipaa:compute, which runs them",
    )


TLS_IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/hipaa-prod/tls-proxy{DIGEST}"


def _provided(**changes: object) -> Document:
    """Return a document whose service `realtime` has the sidecar, with other values of the service."""
    document = put(full_document(), "hipaa:compute.tls_image", TLS_IMAGE)
    document["hipaa:services"]["realtime"] |= {"tls": "provided", **changes}
    return document


def test_a_sidecar_terminates_tls_on_the_ports_of_a_service() -> None:
    services = read(_provided(connect_port=9443)).services
    assert services is not None
    assert services["realtime"].tls == "provided"
    assert {service.tls for name, service in services.items() if name != "realtime"} == {"own"}


@pytest.mark.parametrize("key", ["port", "connect_port"])
def test_a_port_of_the_sidecar_is_not_the_port_of_its_application(key: str) -> None:
    refused = problem(_provided(**{key: 8080}))
    assert refused.path == f"hipaa:services.realtime.{key}"
    assert refused.allowed.startswith("another port, such as 8443")


@pytest.mark.parametrize("key", ["port", "connect_port"])
def test_a_port_of_the_sidecar_needs_no_capability(key: str) -> None:
    assert read(_provided(**{key: 1024}))
    refused = problem(_provided(**{key: 443}))
    assert refused.path == f"hipaa:services.realtime.{key}"
    assert refused.allowed.startswith("a port from 1024")


def test_a_sidecar_requires_a_port() -> None:
    document = put(full_document(), "hipaa:compute.tls_image", TLS_IMAGE)
    refused = problem(put(document, "hipaa:services.worker.tls", "provided"))
    assert (refused.path, refused.allowed) == (
        "hipaa:services.worker.tls",
        "own, because hipaa:services.worker.port is not set",
    )
    assert read(
        put(
            _provided(),
            "hipaa:services.worker",
            {**document["hipaa:services"]["worker"], "connect_port": 9443},
        )
    )


def test_a_sidecar_requires_its_image_once_the_service_has_one() -> None:
    document = put(full_document(), "hipaa:services.realtime.tls", "provided")
    refused = problem(document)
    assert (refused.path, refused.allowed) == (
        "hipaa:services.realtime.tls",
        "provided requires hipaa:compute.tls_image",
    )
    del document["hipaa:services"]["realtime"]["image"]
    assert read(document)


def test_the_image_of_the_sidecar_has_a_digest_in_every_stack() -> None:
    document = minimal_document() | {"hipaa:protect": False}
    document["hipaa:compute"] = {"tls_image": "registry.example.org/haproxy:3.4"}
    refused = problem(document)
    assert refused.path == "hipaa:compute.tls_image"
    assert "digest" in refused.allowed


@pytest.mark.parametrize("key", ["environment", "secrets"])
@pytest.mark.parametrize("name", ["api", "worker"])
def test_the_program_sets_port(name: str, key: str) -> None:
    value = {"PORT": "arn:aws:secretsmanager:us-east-1:123456789012:secret:port"}
    refused = problem(put(full_document(), f"hipaa:services.{name}.{key}", value))
    assert refused.path == f"hipaa:services.{name}.{key}.PORT"
    assert refused.allowed.startswith("no variable PORT")


def test_no_service_has_the_name_of_the_sidecar() -> None:
    document = full_document()
    document["hipaa:services"]["tls-proxy"] = {**document["hipaa:services"].pop("worker"), "uses": []}
    assert problem(document).path == "hipaa:services.tls-proxy"


@pytest.mark.parametrize(("key", "most"), [("cpu", 8192 - 128), ("memory_mib", 15_308 - 128)])
def test_a_task_with_its_sidecar_fits_on_an_instance(key: str, most: int) -> None:
    assert read(_provided(**{key: most}))
    refused = problem(_provided(**{key: most + 1}))
    assert (refused.path, refused.allowed.split(",")[0]) == (
        f"hipaa:services.realtime.{key}",
        f"at most {most}",
    )


def test_services_without_an_image_are_a_warning() -> None:
    document = full_document()
    del document["hipaa:services"]["worker"]["image"]
    [warning] = new_warnings(document, full_document())
    assert "worker have no image" in warning


@pytest.mark.parametrize(
    ("path", "value", "needed"),
    [
        ("hipaa:compute.instances", {"min": 3, "max": 24}, 25),
        ("hipaa:services.worker.cpu", 8192, 54),
        ("hipaa:services.api.scale_on", {"schedule": {"day": {"cron": "rate(1 day)", "min": 1, "max": 1000}}}, 151),
    ],
)  # fmt: skip
def test_a_fleet_that_cannot_hold_all_tasks_is_a_warning(path: str, value: object, needed: int) -> None:
    [warning] = new_warnings(put(full_document(), path, value), full_document())
    assert f"the services need at least {needed} instances of c5.2xlarge" in warning


def test_a_fleet_of_a_type_that_is_not_in_the_table_is_not_judged() -> None:
    document = put(
        full_document(), "hipaa:compute", {"instance_type": "c5n.large", "instances": {"min": 1, "max": 1}}
    )
    assert new_warnings(document, full_document()) == []
