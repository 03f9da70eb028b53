"""Rules on applications and their processes."""

from __future__ import annotations

import pytest

from settings.model import ReleaseSettings
from tests.settings.documents import (
    DIGEST,
    Document,
    full_document,
    minimal_document,
    new_warnings,
    paths,
    problem,
    problems,
    put,
    read,
)


def test_an_application_uses_only_stores_that_the_stack_has() -> None:
    document = put(full_document(), "hipaa:connectivity.vpn.access", {})
    del document["hipaa:data"]
    assert paths(document) == [
        "hipaa:apps.api.uses[0]",
        "hipaa:apps.api.uses[1]",
        "hipaa:apps.realtime.uses[0]",
        "hipaa:apps.worker.uses[0]",
        "hipaa:apps.worker.uses[1]",
    ]


def test_a_missing_store_is_reported_with_those_that_the_stack_has() -> None:
    document = full_document()
    del document["hipaa:data"]["rds"]
    refused = problem(document)
    assert refused.path == "hipaa:apps.worker.uses[1]"
    assert refused.allowed == "one of aurora, cache, partners; hipaa:data.rds is not set"


def test_a_tag_is_allowed_without_protection() -> None:
    document = minimal_document() | {"hipaa:protect": False}
    document["hipaa:compute"] = {}
    document["hipaa:apps"] = {
        "api": {
            "image": "registry.example.org/api:latest",
            "processes": {"web": {"cpu": 256, "memory_mib": 512}},
        }
    }
    assert read(document).services["api-web"].image == "registry.example.org/api:latest"


@pytest.mark.parametrize("key", ["environment", "secrets"])
def test_a_variable_of_a_used_store_cannot_be_set(key: str) -> None:
    value = {"AURORA_HOST": "arn:aws:secretsmanager:us-east-1:123456789012:secret:host"}
    refused = problem(put(full_document(), f"hipaa:apps.api.{key}", value))
    assert refused.path == f"hipaa:apps.api.{key}.AURORA_HOST"
    assert "AURORA_" in refused.allowed
    other = {"RDS_HOST": value["AURORA_HOST"]}
    assert read(put(full_document(), f"hipaa:apps.api.{key}", other))


@pytest.mark.parametrize(
    "section",
    ["hipaa:apps.api.environment", "hipaa:apps.api.processes.web.environment", "hipaa:apps.api.secrets"],
)
def test_the_program_sets_the_url_of_the_cache(section: str) -> None:
    value = {"REDIS_URL": "arn:aws:secretsmanager:us-east-1:123456789012:secret:url"}
    document = put(put(full_document(), section, value), "hipaa:apps.api.uses", ["aurora"])
    assert read(document)
    refused = problem(put(document, "hipaa:apps.api.uses", ["aurora", "cache"]))
    assert refused.path == f"{section}.REDIS_URL"
    assert refused.allowed == "no variable REDIS_URL: the program sets it for hipaa:apps.api.uses"


def test_a_variable_is_either_plain_or_secret() -> None:
    document = put(full_document(), "hipaa:apps.api.environment", {"TOKEN": "none"})
    secret = {"TOKEN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:token"}
    refused = problem(put(document, "hipaa:apps.api.secrets", secret))
    assert refused.path == "hipaa:apps.api.secrets.TOKEN"
    assert "hipaa:apps.api.environment" in refused.allowed


@pytest.mark.parametrize(("key", "most"), [("cpu", 8192), ("memory_mib", 15_308)])
def test_a_task_fits_on_an_instance(key: str, most: int) -> None:
    path = f"hipaa:apps.api.processes.web.{key}"
    assert read(put(full_document(), path, most))
    refused = problem(put(full_document(), path, most + 1))
    assert (refused.path, refused.allowed.split(",")[0]) == (path, f"at most {most}")


@pytest.mark.parametrize("name", ["public", "postgres", "dbadmin", "mysql"])
def test_an_application_with_a_database_cannot_have_the_name_of_a_database_user(name: str) -> None:
    document = full_document()
    document["hipaa:apps"][name] = document["hipaa:apps"].pop("worker")
    assert problem(document).path == f"hipaa:apps.{name}"


def test_applications_require_a_cluster() -> None:
    document = full_document()
    for app in document["hipaa:apps"].values():
        app["uses"] = []
    del document["hipaa:compute"], document["hipaa:connectivity"], document["hipaa:data"]
    refused = problem(document)
    assert (refused.path, refused.allowed) == (
        "hipaa:apps",
        "applications require hipaa:compute, which runs them",
    )


def test_processes_without_an_image_are_a_warning() -> None:
    document = full_document()
    del document["hipaa:apps"]["worker"]["image"]
    [warning] = new_warnings(document, full_document())
    assert warning.startswith("hipaa:apps.worker.processes.jobs: no image")


@pytest.mark.parametrize(
    ("path", "value", "needed"),
    [
        ("hipaa:compute.instances", {"min": 3, "max": 24}, 25),
        ("hipaa:apps.worker.processes.jobs.cpu", 8192, 54),
        ("hipaa:apps.api.processes.web.scale_on", {"schedule": {"day": {"start": "cron(0 8 * * ? *)", "end": "cron(0 18 * * ? *)", "min": 1, "max": 1000}}}, 151),
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


def test_an_application_has_a_process() -> None:
    document = put(full_document(), "hipaa:apps.api.processes", {})
    assert [(item.path, item.allowed) for item in problems(document)] == [
        ("hipaa:apps.api.processes", "at least one process")
    ]


def test_processes_share_what_belongs_to_the_application() -> None:
    document = put(full_document(), "hipaa:apps.api.processes.jobs", {"cpu": 256, "memory_mib": 512})
    document = put(document, "hipaa:apps.api.environment", {"A": "1", "B": "1"})
    document = put(document, "hipaa:apps.api.processes.jobs.environment", {"B": "2"})
    services = read(document).services
    web, jobs = services["api-web"], services["api-jobs"]
    assert (web.image, web.uses) == (jobs.image, jobs.uses)
    assert (dict(web.environment), dict(jobs.environment)) == ({"A": "1", "B": "1"}, {"A": "1", "B": "2"})


def test_releases_and_schedules_run_as_the_first_process_unless_one_is_named() -> None:
    document = put(full_document(), "hipaa:apps.api.processes.jobs", {"cpu": 256, "memory_mib": 512})
    document = put(document, "hipaa:apps.api.release", {"command": ["./migrate"]})
    nightly = {"cron": "rate(1 day)", "command": ["./report"], "process": "jobs"}
    document = put(document, "hipaa:apps.api.schedules", {"nightly": nightly})
    services = read(document).services
    assert services["api-web"].release == ReleaseSettings(command=("./migrate",))
    assert services["api-jobs"].release is None
    assert ([*services["api-web"].schedules], [*services["api-jobs"].schedules]) == ([], ["nightly"])


@pytest.mark.parametrize("key", ["release", "schedules.nightly"])
def test_a_task_of_a_process_that_does_not_exist_is_refused(key: str) -> None:
    task = {"cron": "rate(1 day)"} if key != "release" else {}
    refused = problem(
        put(full_document(), f"hipaa:apps.api.{key}", {"command": ["./x"], "process": "wep", **task})
    )
    assert (refused.path, refused.allowed) == (
        f"hipaa:apps.api.{key}.process",
        "a process of hipaa:apps.api: web",
    )
    assert refused.hint == "did you mean web?"


def test_two_processes_with_one_service_name_are_refused() -> None:
    process = {"cpu": 256, "memory_mib": 512}
    document = put(full_document(), "hipaa:apps.aa", {"processes": {"bb-cc": process}})
    document = put(document, "hipaa:apps.aa-bb", {"processes": {"cc": process}})
    refused = problem(document)
    assert refused.path == "hipaa:apps.aa-bb.processes.cc"
    assert (
        refused.allowed == "another name: hipaa:apps.aa.processes.bb-cc also has the task definition aa-bb-cc"
    )


@pytest.mark.parametrize(("app", "process", "fits"), [("a" * 16, "b" * 7, True), ("a" * 16, "b" * 8, False)])
def test_the_name_of_a_service_fits_a_target_group(app: str, process: str, fits: bool) -> None:
    size = {"cpu": 256, "memory_mib": 512}
    document = put(full_document(), f"hipaa:apps.{app}", {"processes": {process: size}})
    assert (
        bool(read(document).services)
        if fits
        else problem(document).path == f"hipaa:apps.{app}.processes.{process}"
    )


TLS_IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/hipaa-prod/tls-proxy{DIGEST}"


def _provided(**changes: object) -> Document:
    """Return a document whose process `realtime-web` has the sidecar, with other values of the process."""
    document = put(full_document(), "hipaa:compute.tls_image", TLS_IMAGE)
    document["hipaa:apps"]["realtime"]["processes"]["web"] |= {"tls": "provided", **changes}
    return document


def test_a_sidecar_terminates_tls_on_the_ports_of_a_process() -> None:
    services = read(_provided(connect_port=9443)).services
    assert services["realtime-web"].settings.tls == "provided"
    assert {service.settings.tls for name, service in services.items() if name != "realtime-web"} == {"own"}


@pytest.mark.parametrize("key", ["port", "connect_port"])
def test_a_port_of_the_sidecar_is_not_the_port_of_its_application(key: str) -> None:
    refused = problem(_provided(**{key: 8080}))
    assert refused.path == f"hipaa:apps.realtime.processes.web.{key}"
    assert refused.allowed.startswith("another port, such as 8443")


@pytest.mark.parametrize("key", ["port", "connect_port"])
def test_a_port_of_the_sidecar_needs_no_capability(key: str) -> None:
    assert read(_provided(**{key: 1024}))
    refused = problem(_provided(**{key: 443}))
    assert refused.path == f"hipaa:apps.realtime.processes.web.{key}"
    assert refused.allowed.startswith("a port from 1024")


def test_a_sidecar_requires_a_port() -> None:
    document = put(full_document(), "hipaa:compute.tls_image", TLS_IMAGE)
    refused = problem(put(document, "hipaa:apps.worker.processes.jobs.tls", "provided"))
    assert (refused.path, refused.allowed) == (
        "hipaa:apps.worker.processes.jobs.tls",
        "own, because hipaa:apps.worker.processes.jobs.port is not set",
    )
    assert read(
        put(
            _provided(),
            "hipaa:apps.worker.processes.jobs",
            {**document["hipaa:apps"]["worker"]["processes"]["jobs"], "connect_port": 9443},
        )
    )


def test_a_sidecar_requires_its_image_once_the_process_has_one() -> None:
    document = put(full_document(), "hipaa:apps.realtime.processes.web.tls", "provided")
    refused = problem(document)
    assert (refused.path, refused.allowed) == (
        "hipaa:apps.realtime.processes.web.tls",
        "provided requires hipaa:compute.tls_image",
    )
    del document["hipaa:apps"]["realtime"]["image"]
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
    refused = problem(put(full_document(), f"hipaa:apps.{name}.{key}", value))
    assert refused.path == f"hipaa:apps.{name}.{key}.PORT"
    assert refused.allowed.startswith("no variable PORT")


def test_no_application_has_the_name_of_the_sidecar() -> None:
    document = full_document()
    document["hipaa:apps"]["tls-proxy"] = {**document["hipaa:apps"].pop("worker"), "uses": []}
    assert problem(document).path == "hipaa:apps.tls-proxy"


@pytest.mark.parametrize(("key", "most"), [("cpu", 8192 - 128), ("memory_mib", 15_308 - 128)])
def test_a_task_with_its_sidecar_fits_on_an_instance(key: str, most: int) -> None:
    assert read(_provided(**{key: most}))
    refused = problem(_provided(**{key: most + 1}))
    assert (refused.path, refused.allowed.split(",")[0]) == (
        f"hipaa:apps.realtime.processes.web.{key}",
        f"at most {most}",
    )
