"""The files beside the sample application: pinned requirements, and settings of a stack that pass the policies."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from planning.heroku import convert, read_app
from tests.examples.running import EXAMPLE
from tests.repository import ROOT, judge, program, workspace

pytestmark = pytest.mark.skipif(not EXAMPLE.is_dir(), reason="examples/appointments has been deleted")
DIGEST = f"@sha256:{'0' * 64}"


def settings_in_the_readme() -> dict[str, Any]:
    """Return the settings of the application that README.md shows."""
    [block] = re.findall(r"```yaml\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)
    return yaml.safe_load(block)["hipaa:apps"]["ehr"]


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_the_libraries_are_pinned_with_hashes_to_the_versions_that_the_tests_use() -> None:
    text = (EXAMPLE / "requirements.txt").read_text()
    tested = pins((ROOT / "requirements-dev.txt").read_text())
    assert {"aiohttp", "psycopg", "psycopg-binary", "psycopg-pool", "redis"} <= set(pins(text))
    assert pins(text).items() <= tested.items()
    assert text.count("==") <= text.count("--hash=sha256:")
    assert not re.search(r"://|^--", text, re.MULTILINE)


def test_heroku_and_a_stack_run_the_same_commands() -> None:
    manifest, procfile = json.loads((EXAMPLE / "app.json").read_text()), (EXAMPLE / "Procfile").read_text()
    app = read_app(manifest, procfile, images="dockerfile")
    [converted] = convert(app).apps.values()
    shown = settings_in_the_readme()
    assert list(converted.uses) == shown["uses"]
    assert converted.release
    assert list(converted.release.command) == shown["release"]["command"]
    commands = {name: list(process.command) for name, process in converted.processes.items()}
    assert commands == {name: process["command"] for name, process in shown["processes"].items()}


def test_the_settings_in_the_readme_pass_the_policies_once_the_images_exist() -> None:
    document: dict[str, Any] = {
        **workspace().stack("dev").file.config,
        "hipaa:compute": {
            "instance_type": "t3.medium",
            "instances": {"min": 1, "max": 3},
            "tls_image": f"registry.example.org/haproxy{DIGEST}",
        },
        "hipaa:edge": {"domain": "dev.example.org", "zone_id": "Z0123456789ABCDEFGHIJ"},
        "hipaa:apps": {"ehr": {**settings_in_the_readme(), "image": f"registry.example.org/ehr{DIGEST}"}},
        "hipaa:data": {
            "aurora": {"engine_version": "17.9", "capacity_acu": {"min": 0, "max": 2}},
            "cache": {"engine": "valkey", "node_type": "cache.t4g.micro"},
            "backup": {"vault_lock": "none", "keep_days": 35},
        },
    }
    record = program(document, stack="dev")
    assert [f"{item.name}: {item.message}" for item in judge(record).findings] == []
    [web] = [
        json.loads(str(item.inputs["containerDefinitions"]))
        for item in record.of_type("aws:ecs/taskDefinition:TaskDefinition")
        if item.name == "ehr-web"
    ]
    variables = {item["name"]: item["value"] for item in web[0]["environment"]}
    secrets = {item["name"] for item in web[0]["secrets"]}
    assert (variables["PORT"], variables["CACHE_PREFIX"]) == ("8080", "ehr:")
    assert {"DATABASE_URL", "REDIS_URL"} <= secrets
    assert [container["name"] for container in web] == ["ehr-web", "tls-proxy"]
