"""A stack whose services have no image yet: it has repositories to push to, but no services."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from blueprint.reach.claims import claims
from blueprint.reach.network import RecordedNetwork
from blueprint.record import Record
from tests.repository import intent_of, network, program, recorded
from tests.settings.documents import full_document

REPOSITORY = "aws:ecr/repository:Repository"
SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"


PROCESS = ("command", "scale_on", "connect_port", "connects_to")
"""Settings of a process; the others in these tests are settings of its application."""
SERVICES = {"api": "api-web", "realtime": "realtime-web", "worker": "worker-jobs"}
"""The only service of each application."""


def _stack(**changes: dict[str, Any]) -> Record:
    document = full_document()
    apps = document["hipaa:apps"]
    for name, change in changes.items():
        [(process, settings)] = apps[name]["processes"].items()
        of_process = {key: value for key, value in change.items() if key in PROCESS}
        of_app = {key: value for key, value in change.items() if key not in PROCESS}
        changed = {**apps[name], **of_app, "processes": {process: {**settings, **of_process}}}
        apps[name] = {key: value for key, value in changed.items() if value is not None}
    return program(document)


@pytest.fixture(scope="module")
def names() -> set[str]:
    return set(full_document()["hipaa:apps"])


def test_without_images_there_are_repositories_but_no_services(names: set[str]) -> None:
    record = _stack(**{name: {"image": None} for name in names})
    assert {item.name for item in record.of_type(REPOSITORY)} == {f"images-{name}" for name in names}
    assert set(record.outputs["repository_urls"]) == names  # pyright: ignore[reportArgumentType]
    assert not record.of_type(SERVICE)
    # A separate image creates the users of the databases.
    assert {item.name for item in record.of_type(TASK)} <= {"aurora-bootstrap", "rds-bootstrap"}


def test_a_service_without_an_image_is_no_fault_of_the_network(names: set[str]) -> None:
    judged = claims(network(_stack(**{name: {"image": None} for name in names})))
    assert not any("Each service reaches" in item.text for item in judged)
    assert [fault for item in judged for fault in item.faults] == []


def test_a_service_with_an_image_that_the_program_lacks_is_a_fault(names: set[str]) -> None:
    first = sorted(names)[0]
    record = _stack(**{name: {"image": None} for name in names})
    config = copy.deepcopy(record.config)
    apps: Any = config["hipaa:apps"]
    apps[first]["image"] = full_document()["hipaa:apps"][first]["image"]
    faults = [fault for item in claims(RecordedNetwork(record, intent_of(config))) for fault in item.faults]
    assert faults == [f"{SERVICES[first]} is in the settings but not in the program"]


def test_a_service_with_an_image_does_not_wait_for_called_services_without_one(names: set[str]) -> None:
    first = sorted(names)[0]
    others: dict[str, dict[str, Any]] = {
        name: {"image": None, "connect_port": 9443} for name in names - {first}
    }
    record = _stack(**others, **{first: {"connects_to": sorted(SERVICES[name] for name in others)}})
    assert [item.name for item in record.of_type(SERVICE)] == [SERVICES[first]]


def test_the_images_of_prod_are_in_the_repositories_of_the_stack() -> None:
    config = recorded("prod").config
    record = program(config)
    urls = {item.name: item.outputs["repositoryUrl"] for item in record.of_type(REPOSITORY)}
    apps: Any = config["hipaa:apps"]
    compute: Any = config["hipaa:compute"]
    images = {**{name: item["image"] for name, item in apps.items()}, "tls-proxy": compute["tls_image"]}
    assert {f"images-{name}": image.partition("@")[0] for name, image in images.items()} == urls


def test_a_command_overrides_the_command_of_the_image() -> None:
    record = _stack(worker={"command": ["celery", "worker"]})
    assert '"command": ["celery", "worker"]' in str(
        record.one(TASK, "worker-jobs").inputs["containerDefinitions"]
    )


def test_a_period_has_other_bounds() -> None:
    night = {
        "start": "cron(0 1 * * ? *)",
        "end": "cron(0 7 * * ? *)",
        "min": 1,
        "max": 2,
        "timezone": "America/New_York",
    }
    record = _stack(worker={"scale_on": {"schedule": {"night": night}}})
    action = record.one(ACTION, "worker-jobs-night-start").inputs
    assert (action["schedule"], action["timezone"]) == ("cron(0 1 * * ? *)", "America/New_York")
    assert action["scalableTargetAction"] == {"minCapacity": 1, "maxCapacity": 2}


def test_release_task_arns_are_exported_by_application() -> None:
    record = _stack(worker={"release": {"command": ["./migrate"]}})
    arns: Any = record.outputs["release_task_arns"]
    assert arns["worker"] == record.one(TASK, "worker-jobs-release").outputs["arn"]
