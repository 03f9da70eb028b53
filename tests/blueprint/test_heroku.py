"""What a Heroku app becomes, and what of it is refused or named as having no place."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import settings
from blueprint import ROOT, heroku
from blueprint.heroku import HerokuError, Move, convert, decode, render
from blueprint.heroku_tables import ADDONS as KNOWN_ADDONS
from blueprint.heroku_tables import CACHES, DYNOS, POSTGRES, RETIRED
from blueprint.preview import look
from blueprint.stacks import StackFile
from facts import instances as instance_types

FIXTURES = Path(__file__).parent / "fixtures" / "heroku"
HIDDEN = "made-up-value-nobody-may-see"
STACK: dict[str, object] = {
    "aws:region": "us-east-1",
    "hipaa:environment": "dev",
    "hipaa:account": "111122223333",
    "hipaa:protect": True,
    "hipaa:network": {"cidr": "10.10.0.0/16"},
    "hipaa:audit": {},
}


def moved(document: object, procfile: str | None = None) -> Move:
    return convert(document, procfile)


def ward_rounds() -> Move:
    return convert(decode((FIXTURES / "app.json").read_text()), (FIXTURES / "Procfile").read_text())


def pasted(move: Move) -> settings.Settings:
    """Read the printed sections as a person would who pastes them under `config:`."""
    stack = yaml.safe_dump({"config": STACK}, indent=2)
    document = yaml.safe_load(stack + render(move))
    return settings.parse(document["config"], file="Pulumi.dev.yaml")


def services(move: Move) -> dict[str, Any]:
    found = move.config["hipaa:services"]
    assert isinstance(found, dict)
    return found


def problems(document: object, procfile: str | None = None) -> dict[str, str]:
    with pytest.raises(HerokuError) as caught:
        convert(document, procfile)
    return {problem.path: problem.allowed for problem in caught.value.problems}


def subjects(notes: tuple[heroku.Note, ...]) -> list[str]:
    return [note.subject for note in notes]


def test_printed_sections_are_accepted_in_a_minimal_stack_file():
    stack = pasted(ward_rounds())
    assert stack.services is not None
    assert list(stack.services) == ["web", "worker", "clock"]
    assert stack.compute is not None
    assert stack.compute.instance_type == "c5.2xlarge"


def test_what_printed_sections_build_passes_before_an_image_is_pushed():
    stack = yaml.safe_dump({"config": {**STACK, "hipaa:protect": False}}, indent=2)
    config = yaml.safe_load(stack + render(ward_rounds()))["config"]
    file = StackFile(project="hipaa", stack="dev", path=ROOT / "Pulumi.dev.yaml", config=config)
    shown = look(file, settings.parse(config, file="Pulumi.dev.yaml"), ROOT)
    assert {branch.name for branch in shown.tree} >= {"aurora", "cache", "compute", "edge", "images"}
    assert [finding.message for finding in shown.verdict.findings] == []
    assert [fault for item in shown.reachability for fault in item.faults] == []
    assert shown.unproven == {}


def test_the_web_process_becomes_the_routed_service():
    web = services(ward_rounds())["web"]
    assert web["route"] == {"path": "/*", "health": "/healthz"}
    assert (web["port"], web["cpu"], web["memory_mib"], web["tasks"]) == (
        8443,
        2048,
        2560,
        {"min": 3, "max": 6},
    )


def test_a_worker_has_no_port_and_no_route():
    worker = services(ward_rounds())["worker"]
    assert {"port", "route"} & worker.keys() == set()
    assert worker["tasks"] == {"min": 2, "max": 4}


def test_a_clock_is_one_task_with_a_note():
    move = ward_rounds()
    assert services(move)["clock"]["tasks"] == {"min": 1, "max": 1}
    assert any("one task only" in note.text for note in move.notes if note.subject == "service clock")


def test_a_clock_is_known_by_its_command_too():
    move = moved({"formation": {"ticker": {"quantity": 2}}}, "ticker: bundle exec clockwork clock.rb\n")
    assert services(move)["ticker"]["tasks"] == {"min": 1, "max": 1}


@pytest.mark.parametrize("name", ["heartbeat", "acronyms", "clockwise"])
def test_a_name_that_only_contains_such_a_word_is_no_clock(name: str):
    assert services(moved({"formation": {name: {"quantity": 2}}}))[name]["tasks"] == {"min": 2, "max": 4}


def test_one_web_dyno_becomes_two_tasks():
    move = convert(decode((FIXTURES / "smallest.json").read_text()))
    assert services(move)["web"]["tasks"] == {"min": 2, "max": 4}
    assert any("loss of a zone" in note.text for note in move.notes)


def test_images_are_left_out_until_they_are_pushed_with_a_note():
    move = ward_rounds()
    for name, service in services(move).items():
        assert "image" not in service
        assert any("digest" in note.text for note in move.notes if note.subject == f"service {name}")
    assert not pasted(move).images


def test_process_types_that_share_an_image_keep_their_commands_and_web_its_port():
    found = services(ward_rounds())
    assert found["worker"]["command"] == ["celery", "--app", "ward", "worker"]
    assert found["web"]["command"] == ["/bin/sh", "-c", "gunicorn ward.wsgi --bind 0.0.0.0:$PORT"]
    assert found["web"]["environment"] == {"PORT": str(found["web"]["port"])}
    assert "environment" not in found["worker"]


def test_a_command_that_may_hold_a_secret_is_not_written():
    move = moved({"formation": {"web": {}}}, "web: TOKEN=made-up-value ./serve\n")
    assert "command" not in services(move)["web"]
    assert "made-up-value" not in str(move)


@pytest.mark.parametrize("size", [*DYNOS, *RETIRED])
def test_every_dyno_size_becomes_a_task_that_the_chosen_instance_holds(size: str):
    move = moved({"formation": {"web": {"quantity": 2, "size": size.upper()}}})
    stack = pasted(move)
    assert stack.compute is not None
    dyno = DYNOS[RETIRED.get(size, size)]
    kind = instance_types.limits_of(stack.compute.instance_type)
    assert kind is not None
    assert kind.capacity(cpu_units=dyno.cpu, memory_mib=dyno.memory_mib, trunking=True) >= 1


def test_add_ons_become_stores_that_every_service_uses():
    move = ward_rounds()
    assert move.config["hipaa:data"] == {"aurora": {"engine_version": "15.18"}, "cache": {"engine": "valkey"}}
    assert all(service["uses"] == ["aurora", "cache"] for service in services(move).values())


def test_add_ons_without_a_place_say_what_to_look_at():
    told = {note.subject: note.text for note in ward_rounds().not_mapped}
    assert "log group" in told["add-on papertrail"]
    assert "`schedules` of a service" in told["add-on scheduler"]
    assert "BAA" in told["add-on sendgrid"]
    assert "BAA" in told["add-on made-up-addon"]
    assert "add-on heroku-postgresql" not in told


RELEASED = {"formation": {"worker": {}, "web": {}}}


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
def test_the_release_phase_becomes_the_release_command_of_web(command: str, expected: tuple[str, ...]):
    stack = pasted(moved(RELEASED, f"release: {command}\n"))
    assert stack.services is not None
    assert {name: service.release_command for name, service in stack.services.items()} == {
        "worker": (),
        "web": expected,
    }


def test_without_web_the_first_service_has_the_release_command():
    move = moved({"formation": {"mailer": {}, "worker": {}}}, "release: ./migrate\n")
    assert services(move)["mailer"]["release_command"] == ["./migrate"]


def test_a_release_command_comes_with_a_note_of_how_it_is_run():
    move = moved(RELEASED, "release: ./a && ./b\n")
    told = {note.subject: note.text for note in move.notes}["release phase"]
    assert "shell" in told
    assert "docs/runbooks/one-off-tasks.md" in told


@pytest.mark.parametrize(
    "command", [f"TOKEN={HIDDEN} ./run", f"./run && ./put --token 'x {HIDDEN}'", f"./run x://u:{HIDDEN}@h/"]
)
def test_a_release_command_that_may_hold_a_secret_is_a_note_only(command: str):
    move = moved(RELEASED, f"release: {command}\n")
    assert "release_command" not in services(move)["web"]
    assert "`secrets`" in {note.subject: note.text for note in move.not_mapped}["release phase"]
    assert HIDDEN not in render(move)


def test_a_release_phase_without_a_service_is_a_note():
    move = moved({"formation": {"web": {"quantity": 0}}}, "release: ./migrate\n")
    assert "release phase" in subjects(move.not_mapped)


def test_the_release_phase_is_no_service():
    assert "release" not in services(ward_rounds())


def test_a_process_type_that_heroku_does_not_run_is_left_out_and_named():
    assert "process type importer_nightly_batch" in subjects(ward_rounds().not_mapped)


def test_config_vars_are_sorted_by_where_they_come_from():
    move = ward_rounds()
    assert move.secrets == ("SECRET_KEY", "REGION_NAME")
    assert move.from_addons == ("DATABASE_URL", "REDIS_URL", "REPORTING_URL", "SENDGRID_API_KEY")
    assert move.from_heroku == ("HEROKU_APP_NAME",)


def test_no_value_of_a_config_var_is_printed():
    assert HIDDEN not in render(ward_rounds())


@pytest.mark.parametrize(
    "command",
    [
        f"TOKEN={HIDDEN} ./run",
        f'./run --api-key "{HIDDEN}"',
        f"./run --password={HIDDEN}",
        f"./run postgres://user:{HIDDEN}@db.example.org/x",
        f"env A='{HIDDEN}' ./run",
    ],
)
def test_what_looks_like_a_secret_in_a_command_is_not_printed(command: str):
    assert HIDDEN not in render(moved({}, f"web: {command}\n"))


def test_a_quantity_that_is_not_given_is_assumed_with_a_note():
    move = moved({}, "web: ./serve\nworker: ./work\n")
    assert services(move)["worker"]["tasks"] == {"min": 1, "max": 2}
    assert any("assumed" in note.text for note in move.notes if note.subject == "service worker")


def test_names_that_no_service_can_have_are_changed_with_a_note():
    move = moved({"formation": {"Mail_Queue-very_long_name": {"quantity": 1}, "1": {"quantity": 1}}})
    assert list(services(move)) == ["mail-queue-very", "svc-1"]
    assert any("Mail_Queue-very_long_name" in note.text for note in move.notes)


def test_names_that_would_become_one_are_refused():
    assert list(problems({"formation": {"a_b": {}, "a-b": {}}})) == ["formation.a-b"]


def test_every_mistake_is_told_at_once():
    assert set(problems(json.loads((FIXTURES / "wrong.json").read_text()), "web ./serve\n")) == {
        "formation.web.quantity",
        "formation.web.size",
        "formation.web.sise",
        'formation."my worker"',
        "formation.worker",
        "addons[0]",
        "addons[2].plan",
        "env.API_TOKEN",
        'env."not a name"',
        "stack",
        "line 1",
    }


def test_a_mistake_names_file_key_value_and_what_is_allowed():
    with pytest.raises(HerokuError) as caught:
        moved({"formation": {"web": {"size": "performence-m"}}})
    text = str(caught.value)
    assert "app.json: 1 entry to correct" in text
    assert 'found    "performence-m"' in text
    assert "did you mean performance-m?" in text


def test_a_mistake_in_a_config_var_does_not_show_its_value():
    with pytest.raises(HerokuError) as caught:
        moved({"formation": {"web": {}}, "env": {"API_TOKEN": 12345678, "no name": HIDDEN, "LIST": [HIDDEN]}})
    assert "12345678" not in str(caught.value)
    assert HIDDEN not in str(caught.value)


def test_a_misspelt_key_is_refused_with_the_nearest():
    assert list(problems({"formatoin": {}, "addons": []}, "web: ./serve\n")) == ["formatoin"]


def test_a_foreign_key_is_named_as_not_mapped():
    assert "healthchecks" in subjects(moved({"healthchecks": {}}, "web: ./serve\n").not_mapped)


def test_an_app_that_runs_nothing_is_refused():
    assert list(problems({"name": "empty"})) == ["formation"]


@pytest.mark.parametrize("text", ["", "{", "[1,", '{"a": 1 "b": 2}', "\ufeff\x00", "[" * 100_000])
def test_text_that_is_no_json_is_refused(text: str):
    with pytest.raises(HerokuError):
        decode(text)


def test_a_key_given_twice_is_refused():
    with pytest.raises(HerokuError, match="each key once"):
        decode('{"env": {}, "env": {}}')


def run(*paths: Path) -> int:
    parser = argparse.ArgumentParser()
    heroku.add_parser(parser.add_subparsers())
    options = parser.parse_args(["heroku", *map(str, paths)])
    return heroku.run(options.app_json, options.procfile)


def test_the_command_reads_the_procfile_beside_the_manifest(capsys: pytest.CaptureFixture[str]):
    assert run(FIXTURES / "app.json") == 0
    assert "command: [celery, --app, ward, worker]" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_file_that_cannot_be_read_is_one_clear_error(name: str, capsys: pytest.CaptureFixture[str]):
    assert run(FIXTURES / name) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "a file that can be read" in captured.err


def test_both_files_are_named_where_both_are_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "Procfile").write_text("nothing here\n")
    (tmp_path / "app.json").write_text((FIXTURES / "wrong.json").read_text())
    assert run(tmp_path / "app.json") == 2
    error = capsys.readouterr().err
    assert "app.json: 10 entries to correct" in error
    assert "Procfile: 1 entry to correct" in error


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["web", "worker", "clock", "release", "Mail_Queue", "x", "a_very_long_process_type"]
) | st.text(max_size=6)


def mostly(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(strategy, strategy, strategy, ANYTHING)


FORMATIONS = st.dictionaries(
    NAMES,
    mostly(
        st.fixed_dictionaries(
            {},
            optional={
                "quantity": mostly(st.integers(0, 5000)),
                "size": mostly(st.sampled_from([*DYNOS, "free", "Standard-1X"])),
            },
        )
    ),
    max_size=4,
)
ADDON_NAMES = st.sampled_from(
    [*KNOWN_ADDONS, *POSTGRES, *CACHES, "heroku-postgresql:premium-0", "other:plan"]
)
ADDONS = st.lists(
    mostly(
        ADDON_NAMES
        | st.fixed_dictionaries(
            {"plan": ADDON_NAMES},
            optional={"as": st.sampled_from(["MAIN", "cache"]), "options": st.just({"version": "14"})},
        )
    ),
    max_size=4,
)
APPS = st.fixed_dictionaries(
    {},
    optional={
        "formation": mostly(FORMATIONS),
        "addons": mostly(ADDONS),
        "env": mostly(
            st.dictionaries(
                st.sampled_from(["A", "DATABASE_URL", "b c"]), mostly(st.text(max_size=5)), max_size=3
            )
        ),
        "scripts": mostly(st.just({"postdeploy": "true"})),
        "stack": mostly(st.just("heroku-24")),
        "environments": mostly(st.just({"test": {}})),
        "buildpacks": mostly(st.just([{"url": "heroku/go"}])),
        "other": ANYTHING,
    },
)
PROCFILES = st.none() | st.lists(
    st.sampled_from(
        [
            "web: ./serve",
            "worker: ./work",
            "release: ./migrate",
            "release: ./a & ./b",
            "# nothing",
            "",
            "no colon",
        ]
    )
    | st.text(max_size=12),
    max_size=4,
).map("\n".join)


def moved_or_refused(document: object, procfile: str | None) -> Move | HerokuError:
    try:
        return convert(document, procfile)
    except HerokuError as error:
        return error


@given(APPS | ANYTHING, PROCFILES)
@hypothesis_settings(max_examples=120, deadline=None)
def test_any_app_becomes_settings_that_are_accepted_or_is_refused_with_named_problems(
    document: object, procfile: str | None
):
    result = moved_or_refused(document, procfile)
    if isinstance(result, Move):
        assert pasted(result).environment == "dev"
    else:
        assert all(problem.path and problem.value and problem.allowed for problem in result.problems)
        assert str(result).encode("utf-8")
