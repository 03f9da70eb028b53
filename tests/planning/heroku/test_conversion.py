"""The sections of a stack file that replace a Heroku app."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from blueprint.__main__ import main as blueprint
from facts import instances as instance_types
from planning import ROOT
from planning.heroku import render
from planning.heroku.tables import DYNOS, RETIRED
from settings.model import ReleaseSettings, RouteSettings, TaskRange
from tests.planning.heroku.apps import (
    FIXTURES,
    SECRET,
    converted,
    only_app,
    pasted,
    stack_text,
    texts,
    ward_rounds,
)


def test_a_minimal_stack_file_with_the_printed_sections_is_accepted() -> None:
    stack = pasted(ward_rounds())
    assert list(stack.services) == ["ward-rounds-web", "ward-rounds-worker", "ward-rounds-clock"]
    assert stack.compute is not None
    assert stack.compute.instance_type == "c5.2xlarge"


def test_the_printed_sections_are_the_converted_ones() -> None:
    conversion, stack = ward_rounds(), pasted(ward_rounds())
    assert conversion.apps == stack.apps
    assert conversion.data == stack.data
    assert conversion.edge == stack.edge
    assert conversion.compute == stack.compute


def test_the_stack_passes_before_an_image_is_pushed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("__main__.py", "Pulumi.yaml", "policy", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "Pulumi.dev.yaml").write_text(stack_text(ward_rounds(), protect=False))
    assert blueprint(["preview", "dev", "--json", "-"], tmp_path) == 0
    [preview] = json.loads(capsys.readouterr().out)["stacks"]
    assert {branch["name"] for branch in preview["tree"]} >= {"aurora", "cache", "compute", "edge", "images"}
    assert preview["verdict"]["findings"] == []


def test_the_web_process_becomes_the_service_with_a_route() -> None:
    web = only_app(ward_rounds()).processes["web"]
    assert web.route == RouteSettings(paths=("/*",))
    assert (web.port, web.cpu, web.memory_mib, web.tasks) == (8443, 2048, 2560, TaskRange(min=3, max=6))


def test_another_process_has_no_port_and_no_route() -> None:
    worker = only_app(ward_rounds()).processes["worker"]
    assert (worker.port, worker.route) == (None, None)
    assert worker.tasks == TaskRange(min=2, max=4)


def test_a_scheduler_has_one_task_and_a_note() -> None:
    conversion = ward_rounds()
    assert only_app(conversion).processes["clock"].tasks == TaskRange(min=1, max=1)
    assert "exactly one task" in texts(conversion.to_do, "process clock")


def test_a_command_can_show_that_a_process_is_a_scheduler() -> None:
    conversion = converted(
        {"formation": {"ticker": {"quantity": 2}}}, "ticker: bundle exec clockwork clock.rb\n"
    )
    assert only_app(conversion).processes["ticker"].tasks == TaskRange(min=1, max=1)


@pytest.mark.parametrize("name", ["heartbeat", "acronyms", "clockwise"])
def test_a_name_that_contains_such_a_word_within_another_is_no_scheduler(name: str) -> None:
    assert only_app(converted({"formation": {name: {"quantity": 2}}})).processes[name].tasks == TaskRange(
        min=2, max=4
    )


def test_one_web_dyno_becomes_two_tasks() -> None:
    conversion = converted(json.loads((FIXTURES / "smallest.json").read_text()))
    assert only_app(conversion).processes["web"].tasks == TaskRange(min=2, max=4)
    assert "loss of a zone" in texts(conversion.to_do, "process web")


def test_an_application_has_no_image_until_one_is_pushed() -> None:
    conversion = ward_rounds()
    assert only_app(conversion).image is None
    for name in only_app(conversion).processes:
        assert "digest" in texts(conversion.to_do, f"process {name}")
    assert not pasted(conversion).images


PROCFILE = "web: ./serve\nworker: celery --app ward worker\nrelease: ./migrate --all\n"


def test_a_process_type_is_the_entry_point_of_an_image_that_buildpacks_made() -> None:
    app = only_app(converted({}, PROCFILE))
    assert (app.processes["worker"].entry_point, app.processes["worker"].command) == (("worker",), ())
    # Such an image starts `web` by default.
    assert (app.processes["web"].entry_point, app.processes["web"].command) == ((), ())
    assert app.release == ReleaseSettings(entry_point=("launcher", "--"), command=("./migrate", "--all"))


def test_an_image_of_a_dockerfile_gets_the_command() -> None:
    app = only_app(converted({}, PROCFILE, images="dockerfile"))
    assert (app.processes["worker"].entry_point, app.processes["worker"].command) == (
        (),
        ("celery", "--app", "ward", "worker"),
    )
    assert app.processes["web"].command == ("./serve",)
    assert app.release == ReleaseSettings(command=("./migrate", "--all"))


def test_web_serves_plain_http_and_a_sidecar_terminates_tls() -> None:
    app = only_app(ward_rounds())
    assert (app.processes["web"].tls, app.processes["worker"].tls) == ("provided", "own")
    # The program sets PORT.
    assert "PORT" not in app.environment


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("postdeploy", "./load"),
        ("console", "bundle exec rails console"),
        ("rake", "bundle exec rake"),
        ("backup", "./backup"),
        ("cleaner", "bundle exec rails cache:clear"),
        ("schema", "npx prisma db push"),
        ("first", "./wait; python manage.py migrate"),
    ],
)
def test_a_process_type_whose_command_ends_is_a_task_and_no_service(name: str, command: str) -> None:
    conversion = converted({}, f"web: ./serve\n{name}: {command}\n")
    assert list(only_app(conversion).processes) == ["web"]
    assert command in texts(conversion.not_converted, f"process type {name}")


@pytest.mark.parametrize(
    "command",
    ["python manage.py migrate && celery worker", "bundle exec rails jobs:work", "./console-server"],
)
def test_a_process_type_whose_last_command_goes_on_is_a_service(command: str) -> None:
    assert list(only_app(converted({}, f"worker: {command}\n")).processes) == ["worker"]


def test_a_process_type_whose_quantity_is_given_is_a_service() -> None:
    conversion = converted({"formation": {"check": {"quantity": 1}}}, "check: ./check\n")
    assert list(only_app(conversion).processes) == ["check"]


def test_a_note_says_how_to_run_other_commands_in_an_image_that_buildpacks_made() -> None:
    conversion = converted({"scripts": {"postdeploy": "./load"}}, "web: ./serve\n")
    assert "launcher" in texts(conversion.not_converted, "buildpacks")


def test_a_number_in_a_command_is_no_secret() -> None:
    release = only_app(converted({}, "web: ./serve\nrelease: TIMEOUT=180 ./migrate\n")).release
    assert release is not None
    assert release.command == ("/bin/sh", "-c", "TIMEOUT=180 ./migrate")


def test_a_command_that_may_contain_a_secret_is_not_converted() -> None:
    conversion = converted({"formation": {"web": {}}}, f"web: TOKEN={SECRET} ./serve\n", images="dockerfile")
    assert only_app(conversion).processes["web"].command == ()
    assert SECRET not in str(conversion)


@pytest.mark.parametrize("size", [*DYNOS, *RETIRED])
def test_the_chosen_instance_holds_a_task_of_every_dyno_size(size: str) -> None:
    stack = pasted(converted({"formation": {"web": {"quantity": 2, "size": size.upper()}}}))
    assert stack.compute is not None
    task = DYNOS[RETIRED.get(size, size)]
    instance = instance_types.limits_of(stack.compute.instance_type)
    assert instance is not None
    assert instance.capacity(cpu_units=task.cpu, memory_mib=task.memory_mib, trunking=True) >= 1


def test_a_note_says_that_a_fleet_is_too_small_for_all_tasks() -> None:
    process = {"quantity": 5000, "size": "performance-l"}
    conversion = converted({"formation": {"web": process, "worker": process}})
    assert conversion.compute is not None
    assert conversion.compute.instances.max == 1000
    assert "choose a larger type" in texts(conversion.to_do, "hipaa:compute")


def test_an_assumed_quantity_has_a_note() -> None:
    conversion = converted({}, "web: ./serve\nworker: ./work\n")
    assert only_app(conversion).processes["worker"].tasks == TaskRange(min=1, max=2)
    assert "assumed" in texts(conversion.to_do, "process worker")


def test_a_process_type_of_which_heroku_runs_no_dyno_is_left_out_with_a_note() -> None:
    conversion = ward_rounds()
    assert "importer" not in str(list(only_app(conversion).processes))
    assert "left out" in texts(conversion.not_converted, "process type importer_nightly_batch")


def test_a_name_that_no_service_can_have_is_replaced_with_a_note() -> None:
    conversion = converted(
        {"formation": {"Mail_Queue-very_long_name": {"quantity": 1}, "1": {"quantity": 1}}}
    )
    assert list(only_app(conversion).processes) == ["mail-queue-very", "svc-1"]
    assert "Mail_Queue-very_long_name" in texts(conversion.to_do, "process mail-queue-very")


def test_the_name_of_the_app_leaves_room_for_the_longest_process() -> None:
    conversion = converted({"name": "A very long name!", "formation": {"importer-nightly": {}}})
    assert list(pasted(conversion).services) == ["a-very-importer-nightly"]


RELEASED: dict[str, object] = {"formation": {"worker": {}, "web": {}}}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python manage.py migrate --noinput", ("python", "manage.py", "migrate", "--noinput")),
        ("rake 'db:seed[a  b]' x", ("/bin/sh", "-c", "rake 'db:seed[a  b]' x")),
        ("./note 'two  words'", ("./note", "two  words")),
        ("./a && ./b $PORT", ("/bin/sh", "-c", "./a && ./b $PORT")),
        ("cd app", ("/bin/sh", "-c", "cd app")),
        ("./say 'never closed", ("/bin/sh", "-c", "./say 'never closed")),
        ("./migrate -v -v", ("./migrate", "-v", "-v")),
    ],
)
def test_the_release_phase_becomes_the_release_command_of_web(
    command: str, expected: tuple[str, ...]
) -> None:
    stack = pasted(converted(RELEASED, f"release: {command}\n", images="dockerfile"))
    assert {
        name: service.release.command if service.release else () for name, service in stack.services.items()
    } == {
        "app-worker": (),
        "app-web": expected,
    }


def test_without_web_the_first_process_runs_the_release_command() -> None:
    conversion = converted(
        {"formation": {"mailer": {}, "worker": {}}}, "release: ./migrate\n", images="dockerfile"
    )
    assert pasted(conversion).services["app-mailer"].release == ReleaseSettings(command=("./migrate",))


def test_a_note_says_how_to_run_the_release_command() -> None:
    text = texts(converted(RELEASED, "release: ./a && ./b\n").to_do, "release phase")
    assert "shell" in text
    assert "docs/runbooks/one-off-tasks.md" in text


@pytest.mark.parametrize(
    "command", [f"TOKEN={SECRET} ./run", f"./run && ./put --token 'x {SECRET}'", f"./run x://u:{SECRET}@h/"]
)
def test_a_release_command_that_may_contain_a_secret_is_a_note_only(command: str) -> None:
    conversion = converted(RELEASED, f"release: {command}\n")
    assert only_app(conversion).release is None
    assert "`secrets`" in texts(conversion.not_converted, "release phase")
    assert SECRET not in render(conversion)


def test_a_release_phase_without_a_service_is_a_note() -> None:
    conversion = converted({"formation": {"web": {"quantity": 0}}}, "release: ./migrate\n")
    assert "./migrate" in texts(conversion.not_converted, "release phase")


def test_the_release_phase_is_no_process() -> None:
    assert "release" not in only_app(ward_rounds()).processes


def test_an_unknown_key_has_a_note() -> None:
    conversion = converted({"healthchecks": {}}, "web: ./serve\n")
    assert texts(conversion.not_converted, "healthchecks") == "is not a key of Heroku's app.json"


@pytest.mark.parametrize(
    "command",
    [
        f"TOKEN={SECRET} ./run",
        f'./run --api-key "{SECRET}"',
        f"./run --password={SECRET}",
        f"./run postgres://user:{SECRET}@db.example.org/x",
        f"env A='{SECRET}' ./run",
    ],
)
def test_a_possible_secret_in_a_command_is_not_printed(command: str) -> None:
    assert SECRET not in render(converted({}, f"web: {command}\n"))


def test_an_app_without_processes_has_no_sections() -> None:
    conversion = converted({"formation": {"web": {"quantity": 0}}})
    assert conversion.sections == {}
    assert "hipaa:" not in render(conversion)
