"""Any Pulumi program can be recorded and judged: the example of blueprint/README.md, and programs of other forms."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from blueprint.__main__ import main
from blueprint.record import Record
from blueprint.recorder import RecordError, evaluate
from blueprint.values import Secret
from blueprint.verdict import judge
from blueprint.workspace import Workspace, WorkspaceError
from tests.repository import ROOT

README = (ROOT / "blueprint" / "README.md").read_text()
BLOCK = re.compile(r"(?:`(?P<file>[\w.]+)`\n\n)?```(?P<language>\w+)\n(?P<content>.*?)```", re.DOTALL)
BLOCKS = [match.groupdict() for match in BLOCK.finditer(README)]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect what a failing program leaves: the SDK's coroutines warn when they are collected unawaited."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        gc.collect()


def write_example(folder: Path) -> None:
    """Write the files of the README's example."""
    for block in BLOCKS:
        if block["file"]:
            (folder / block["file"]).write_text(block["content"])


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """The example's folder."""
    write_example(tmp_path)
    return tmp_path


@pytest.fixture
def in_clinic(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(clinic)
    return clinic


def with_intent(clinic: Path) -> None:
    [settings] = [block["content"] for block in BLOCKS if "hooks =" in block["content"]]
    (clinic / "pyproject.toml").write_text(settings + (clinic / "pyproject.toml").read_text())


def command(folder: Path, *arguments: str) -> str:
    """Run `python -m blueprint` in a folder, in which Python then finds the module of the hooks; return the output."""
    done = subprocess.run(
        [sys.executable, "-m", "blueprint", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return " ".join(done.stdout.split())


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def quoted() -> Iterator[str]:
    """Yield every line of output that the README quotes."""
    for line in BLOCK.sub("", README).splitlines():
        if line.startswith("    ") and not line.startswith("    p"):
            yield line.strip()


def test_the_example_is_judged_in_its_own_folder(in_clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview"]) == 1
    out = shown(capsys)
    assert "Pulumi.prod.yaml · prod · account 123456789012 · us-east-1" in out
    assert "high log-group-keeps-six-years cloudwatch/LogGroup requests" in out
    assert "retentionInDays must be at least 2192, but it is 30." in out
    assert "log of requests: no store keeps it for 2192 days, the longest is 30" in out
    assert "proven The model follows everything that may carry traffic." in out
    assert "clinic 10.0.0.0/24 us-east-1a public 251 internet gateway" in out


def test_questions_about_its_network_are_answered(
    in_clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reach", "prod", "internet", "web:443", "--expect", "yes"]) == 0
    assert main(["reach", "prod", "internet", "patients"]) == 0
    assert "internet → patients: no stopped: internet gateway clinic has no public address for it" in shown(
        capsys
    )


def test_with_an_intent_its_network_is_judged(clinic: Path) -> None:
    with_intent(clinic)
    preview = command(clinic, "preview")
    assert (
        "not proven Only the load balancer accepts connections from the internet. "
        "patients's security group allows tcp 5432 in from the internet (1.0.0.0) by database" in preview
    )
    answer = command(clinic, "reach", "prod", "internet", "patients")
    assert [line for line in quoted() if " ".join(line.split()) not in preview + answer] == []


def test_its_record_can_be_used_from_python(in_clinic: Path) -> None:
    [script] = [block["content"] for block in BLOCKS if "evaluate(" in block["content"]]
    names: dict[str, object] = {}
    exec(script, names)  # noqa: S102, the README's own example
    assert isinstance(names["record"], Record)
    assert names["bucket_names"] == []
    findings = names["findings"]
    assert isinstance(findings, list)
    assert any("retentionInDays must be at least 2192" in item for item in findings)


def test_its_pages_are_written(in_clinic: Path) -> None:
    assert main(["docs"]) == 0
    assert main(["docs", "--check"]) == 0
    assert {path.name for path in (in_clinic / "docs").rglob("*.*")} == {"prod.md", "prod-network.svg"}


def test_a_lookup_without_an_answer_is_named(in_clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (in_clinic / "pyproject.toml").unlink()
    assert main(["preview"]) == 3
    assert "aws:index/getAvailabilityZones:getAvailabilityZones" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            'hooks = "nowhere:HOOKS"',
            "hooks: nowhere:HOOKS: No module named 'nowhere'; write module:name, and run `python -m blueprint` in the folder",
        ),
        ('hooks = "json:dumps"', "json:dumps is not a blueprint.workspace.Hooks"),
        ('waiver = "waivers.yaml"', "unknown key waiver; known are hooks, policy-config, waivers"),
        ('waivers = "nowhere.yaml"', "tool.pulumi-blueprint.waivers: there is no file nowhere.yaml"),
        ("hooks = ", "pyproject.toml: Invalid value"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.pulumi-blueprint]\n{settings}\n")
    with pytest.raises(WorkspaceError, match=re.escape(message)):
        Workspace.at(tmp_path)


# Programs of other forms.

WEST = """
import pulumi
import pulumi_aws as aws
import wiring

west = aws.Provider("west", region="us-west-2")
aws.s3.Bucket("copies", opts=pulumi.ResourceOptions(provider=west))
base = pulumi.StackReference("organization/base/prod")
aws.ssm.Parameter("vpc", type="String", value=base.get_output("vpc_id"))
aws.ssm.Parameter("key", type="SecureString", value=wiring.KEY)
"""
WIRING = """
import pathlib
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
KEY = config.require_secret("key")


def tagged(args):
    return pulumi.ResourceTransformResult({**args.props, "tags": {"owner": config.require("owner")}}, args.opts)


pulumi.runtime.register_resource_transform(tagged)
aws.sqs.Queue("jobs", name=pathlib.Path("name.txt").read_text())
"""
STACK_FILE = "config:\n  other:key: {secure: v1:abc}\n  other:owner: OWNER\n"


@pytest.fixture
def other(tmp_path: Path) -> Workspace:
    """A project with its program in a folder, modules that register at import, and two stacks."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: other\nmain: app\nconfig:\n  aws:region: us-east-1\n  size: {type: integer, default: 3}\n"
    )
    for stack in ("one", "two"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(STACK_FILE.replace("OWNER", stack))
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text(WEST)
    (tmp_path / "app" / "wiring.py").write_text(WIRING)
    (tmp_path / "app" / "name.txt").write_text("jobs-queue")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pulumi-blueprint.answers."pulumi:pulumi:StackReference"]\noutputs = {vpc_id = "vpc-1"}\n'
    )
    return Workspace.at(tmp_path)


def test_each_stack_of_a_program_is_evaluated_anew(other: Workspace) -> None:
    for name in ("one", "two"):
        record = other.evaluate(other.stack(name))
        queue = record.one("aws:sqs/queue:Queue")
        assert queue.inputs == {"name": "jobs-queue", "tags": {"owner": name}}
        assert record.config["other:size"] == 3


def test_other_stacks_secrets_and_regions_are_supported(other: Workspace) -> None:
    record = other.evaluate(other.stack("one"))
    values = {item.name: item.inputs["value"] for item in record.of_type("aws:ssm/parameter:Parameter")}
    assert values == {"vpc": Secret("vpc-1"), "key": Secret("[secret]")}
    copies = record.one("aws:s3/bucket:Bucket")
    assert copies.provider.rpartition("::")[0] == record.one("pulumi:providers:aws").urn
    assert judge(record).checks > 0


def test_a_transform_of_options_is_refused(other: Workspace) -> None:
    wiring = other.root / "app" / "wiring.py"
    wiring.write_text(WIRING.replace("args.opts)", "pulumi.ResourceOptions(protect=True))"))
    with pytest.raises(RecordError, match="a transform changes the options"):
        other.evaluate(other.stack("one"))


def test_an_existing_resource_without_an_answer_is_refused() -> None:
    def program() -> None:
        import pulumi_aws as aws

        aws.s3.Bucket.get("logs", "logs-bucket")

    with pytest.raises(RecordError, match="reads the existing resource aws:s3/bucket:Bucket 'logs'"):
        evaluate(program, {})
