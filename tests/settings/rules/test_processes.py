"""Rules on the containers and the names of processes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.settings.documents import DIGEST, Document, full_document, problem, put, read
from tests.settings.rules.test_routes import SIGN_IN

WEB = "hipaa:apps.api.processes.web"
AGENT: Document = {"image": f"registry.example.org/agent{DIGEST}", "cpu": 64, "memory_mib": 64}


@pytest.mark.parametrize("user", ["root", "0", "0:0", "root:app", "00:1", "", 1000])
def test_root_and_numbers_without_quotes_are_refused(user: object) -> None:
    assert problem(put(full_document(), f"{WEB}.user", user)).path == f"{WEB}.user"


@pytest.mark.parametrize("user", ["1000", "1000:1000", "app", "app:staff", "10", "rootless"])
def test_other_users_are_accepted(user: str) -> None:
    assert read(put(full_document(), f"{WEB}.user", user)).services["api-web"].settings.user == user


@pytest.mark.parametrize("path", ["/", "app", "/app/", "/app/../etc", "/app//tmp", "/app tmp"])
def test_a_writable_directory_is_an_absolute_path(path: str) -> None:
    document = full_document()
    document["hipaa:apps"]["api"]["processes"]["web"]["writable"] = {path: {"mib": 1}}
    assert problem(document).path.startswith(f"{WEB}.writable")


@pytest.mark.parametrize("path", ["/proc", "/sys/fs", "/dev/shm"])  # noqa: S108
def test_directories_of_the_kernel_are_refused(path: str) -> None:
    document = full_document()
    document["hipaa:apps"]["api"]["processes"]["web"]["writable"] = {path: {"mib": 1}}
    refused = problem(document)
    assert (refused.path, refused.value) == (f"{WEB}.writable", f'"{path}"')


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_directories_in_memory_leave_memory_for_the_process(first: int, second: int) -> None:
    document = full_document()
    web = document["hipaa:apps"]["api"]["processes"]["web"]
    web |= {"memory_mib": 2048, "writable": {"/a": {"mib": first}, "/b": {"mib": second}}}
    if first + second < 2048:
        assert read(document).services["api-web"].settings.writable["/a"].mib == first
    else:
        refused = problem(document)
        assert (refused.path, refused.value) == (f"{WEB}.writable", f'"{first + second} MiB"')


@pytest.mark.parametrize("name", ["api-web", "tls-proxy"])
def test_a_sidecar_has_another_name_than_the_other_containers(name: str) -> None:
    assert problem(put(full_document(), f"{WEB}.sidecars.{name}", AGENT)).path == f"{WEB}.sidecars.{name}"


def test_a_sidecar_of_a_protected_stack_has_a_digest() -> None:
    agent = {**AGENT, "image": "registry.example.org/agent:1"}
    document = put(full_document(), f"{WEB}.sidecars.agent", agent)
    assert problem(document).path == f"{WEB}.sidecars.agent.image"


def test_a_variable_of_a_sidecar_is_set_once() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:agent-AbCdEf"
    agent = {**AGENT, "environment": {"KEY": "1"}, "secrets": {"KEY": arn}}
    document = put(full_document(), f"{WEB}.sidecars.agent", agent)
    assert problem(document).path == f"{WEB}.sidecars.agent.secrets.KEY"


def test_the_size_of_a_task_includes_its_sidecars() -> None:
    settings = read(put(full_document(), f"{WEB}.sidecars.agent", AGENT))
    web = settings.services["api-web"].settings
    assert (web.sidecar_cpu, web.sidecar_mib) == (64, 64)
    large = put(full_document(), f"{WEB}.sidecars.agent", {**AGENT, "memory_mib": 1_000_000})
    assert problem(large).path == f"{WEB}.memory_mib"


def test_a_schedule_cannot_have_the_task_definition_of_a_release_or_of_a_process() -> None:
    schedule = {"cron": "rate(1 day)", "command": ["./report"]}
    document = put(full_document(), "hipaa:apps.api.release", {"command": ["./migrate"]})
    document = put(document, "hipaa:apps.api.schedules.release", schedule)
    refused = problem(document)
    assert refused.path == "hipaa:apps.api.schedules.release"
    assert "hipaa:apps.api.release also has the task definition api-web-release" in refused.allowed
    document = put(full_document(), "hipaa:apps.api.schedules.jobs", schedule)
    document = put(document, "hipaa:apps.api.processes.web-jobs", {"cpu": 128, "memory_mib": 64})
    assert problem(document).path == "hipaa:apps.api.schedules.jobs"


def test_shells_are_off_in_a_protected_stack_unless_asked_for() -> None:
    settings = read(full_document())
    assert settings.protect
    assert not settings.has_shell((settings.apps or {})["api"])
    settings = read(put(full_document(), "hipaa:apps.api.shell", True))
    assert settings.has_shell((settings.apps or {})["api"])


def _strategy(changes: Document, name: str = "web") -> Document:
    document = full_document()
    processes = document["hipaa:apps"]["api"]["processes"]
    processes[name] = {**processes.pop("web"), "deployment": {"strategy": "canary"}, **changes}
    return {**document, "hipaa:apps": {"api": {**document["hipaa:apps"]["api"], "processes": processes}}}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"route": {"paths": ["/a", "/b"]}}, "route has more than one host and path"),
        ({"scale_on": {"requests_per_task": 100}}, "scale_on.requests_per_task is set"),
        ({"route": {"paths": ["/a"], "sign_in": SIGN_IN}}, "route.sign_in is set"),
    ],
)
def test_a_canary_needs_one_rule_and_no_target_of_requests(changes: Document, reason: str) -> None:
    changes = {"scale_on": {}, **changes}
    refused = problem(_strategy(changes))
    assert (refused.path, refused.value) == (f"{WEB}.deployment.strategy", '"canary"')
    assert refused.allowed == f"rolling, because {WEB}.{reason}"


def test_a_worker_has_rolling_deployments_only() -> None:
    worker = {"cpu": 128, "memory_mib": 64, "deployment": {"strategy": "blue_green"}}
    document = put(full_document(), "hipaa:apps.api.processes.jobs", worker)
    assert problem(document).path == "hipaa:apps.api.processes.jobs.deployment.strategy"


def test_the_second_target_group_needs_room_in_the_name() -> None:
    long = "w" * 16
    document = _strategy({"scale_on": {}}, long)
    document["hipaa:apps"]["apis-1"] = document["hipaa:apps"].pop("api")
    refused = problem(document)
    assert refused.path == f"hipaa:apps.apis-1.processes.{long}.deployment.strategy"
    assert f"apis-1-{long}-2" in refused.allowed


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:secretsmanager:us-east-1:999988887777:secret:agent-AbCdEf",
        "arn:aws:s3:::bucket",
    ],
)
def test_a_secret_of_a_sidecar_is_a_secret_of_this_account(arn: str) -> None:
    document = put(full_document(), f"{WEB}.sidecars.agent", {**AGENT, "secrets": {"KEY": arn}})
    assert problem(document).path == f"{WEB}.sidecars.agent.secrets.KEY"
