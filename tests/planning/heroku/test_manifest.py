"""The file `heroku.yml`."""

from __future__ import annotations

import pytest

from planning.heroku import HerokuError, read_app
from settings.model import ReleaseSettings
from tests.planning.heroku.apps import converted, only_app, texts

HEROKU_YML = """
setup:
  addons: [{plan: heroku-postgresql:standard-2, as: DATABASE}, papertrail]
  config: {WORKERS: 4, DEBUG: false}
build:
  docker:
    web: Dockerfile
    mailer: mailer/Dockerfile
release:
  image: web
  command: [./migrate --all, ./warm]
run:
  worker: {image: web, command: [./work]}
  web: ./serve --port $PORT
"""


def test_the_processes_have_the_commands_of_run() -> None:
    app = only_app(converted({}, "web: ./other\nclock: ./clock\n", HEROKU_YML))
    assert {name: process.command for name, process in app.processes.items()} == {
        "mailer": (),
        "worker": ("./work",),
        "web": ("/bin/sh", "-c", "./serve --port $PORT"),
    }
    assert [process.entry_point for process in app.processes.values()] == [(), (), ()]


def test_a_release_command_runs_in_the_image_that_it_names() -> None:
    release = only_app(converted({}, None, HEROKU_YML)).release
    assert release == ReleaseSettings(command=("/bin/sh", "-c", "./migrate --all && ./warm"), process="web")


def test_a_process_with_another_image_has_a_note() -> None:
    conversion = converted({}, None, HEROKU_YML)
    assert "push its image" in texts(conversion.to_do, "process mailer")
    assert "of the application" in texts(conversion.to_do, "process worker")


def test_the_add_ons_and_config_vars_of_setup_are_those_of_the_app() -> None:
    document = {"addons": ["heroku-postgresql:premium-4"], "env": {"WORKERS": "8"}}
    conversion = converted(document, None, HEROKU_YML)
    assert conversion.data is not None
    assert conversion.data.aurora is not None
    # app.json wins.
    assert conversion.data.aurora.capacity_acu.max == 16
    assert conversion.variables.environment == {"WORKERS": "8", "DEBUG": "false"}
    assert texts(conversion.not_converted, "add-on papertrail").startswith("logs")


def test_without_a_dockerfile_buildpacks_make_the_images() -> None:
    app = only_app(converted({}, None, "build: {languages: [go]}\nrun: {web: ./serve, worker: ./work}\n"))
    assert app.processes["worker"].entry_point == ("worker",)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("run: [", "(file)"),
        ("- web", "(file)"),
        ("rum: {web: ./serve}", "rum"),
        ("run: {web: 4}", "run.web"),
        ("run: {web: ./serve}\nbuild: 4", "build"),
        ("run: {web: ./serve, a-b: ./x, a_b: ./y}", "formation.a_b"),
        ("run: {web: ./serve}\nsetup: {addons: [7]}", "setup.addons[0]"),
        ("run: {web: ./serve}\nsetup: {config: {a b: x}}", 'setup.config."a b"'),
    ],
)
def test_a_mistake_is_reported_by_its_path(text: str, path: str) -> None:
    with pytest.raises(HerokuError) as caught:
        read_app({"formation": {"web": {}}} if "a_b" not in text else {}, None, text)
    assert [(problem.file, problem.path) for problem in caught.value.problems] == [("heroku.yml", path)]
