"""Mistakes that people make in a stack file, each with the outcome of a preview: a refusal, or a note.

A refusal stops the command with exit code 2. Before these cases existed, a preview accepted the mistakes in `ACCEPTED` without
a word, and its message on those in `UNCLEAR` did not help.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from blueprint import stacks
from blueprint.__main__ import main
from blueprint.stacks import StackError
from stack.project import conflicts, describe
from tests.repository import PROJECT

PROD = (PROJECT / "Pulumi.prod.yaml").read_text(encoding="utf-8")
DIGEST = "@sha256:" + "0" * 64
API = f"image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/hipaa-prod/api{DIGEST}"
USES = "      uses: [aurora, cache]\n"
PORT = "          port: 8443\n          cpu: 1024\n"
OWNER = "owner: platform"
TAG = "data-classification: phi"

# A change replaces the first text by the second one, in the shipped file of prod.
Change = tuple[tuple[str, str], ...]


def environment(line: str) -> Change:
    return added(f"environment: {{{line}}}")


def added(line: str) -> Change:
    """Add a line to the application `api`."""
    return ((USES, f"{USES}      {line}\n"),)


def in_process(line: str) -> Change:
    """Add a line to the process `web` of the application `api`."""
    return ((PORT, f"{PORT}          {line}\n"),)


def secret(region: str, account: str) -> Change:
    return added(f'secrets: {{TOKEN: "arn:aws:secretsmanager:{region}:{account}:secret:token-AbCdEf"}}')


# Name of the mistake, the change, and a part of the refusal.
ACCEPTED: list[tuple[str, Change, str]] = [
    ("a URL with a password", environment("DATABASE_URL: 'postgres://app:" + "x" * 9 + "@db/app'"), "environment.DATABASE_URL"),
    ("an AWS key in a variable", environment("KEY: " + "AKIA" + "X" * 16), "looks like an AWS access key id"),
    ("a live key in a variable", environment("KEY: sk_" + "live_" + "x" * 24), "looks like a live key of Stripe"),
    ("a private key in a variable", environment("KEY: '-----BEGIN PRIVATE" + " KEY-----'"), "looks like a private key"),
    ("a token in a variable", environment("KEY: " + ".".join(["eyJ" + "x" * 20] * 3)), "looks like a JSON Web Token"),
    ("a Slack hook in a variable", environment("HOOK: 'https://hooks.slack" + ".com/services/T/B/x'"), "a webhook of Slack"),
    ("a secret in a command", in_process("command: [run, gh" + "p_" + "x" * 36 + "]"), "hipaa:apps.api.processes.web.command[1]"),
    ("a secret in a release command", added("release: {command: [xox" + "b-" + "x" * 20 + "]}"), "hipaa:apps.api.release.command[0]"),
    ("a secret in a scheduled command", added("schedules: {nightly: {cron: rate(1 day), command: [AKIA" + "X" * 16 + "]}}"), "command[0]"),
    ("a secret as a tag", ((OWNER, "owner: " + "AKIA" + "X" * 16),), "aws:defaultTags.tags.owner"),
    ("a secret's ARN of another region", secret("us-west-2", "123456789012"), "a value in aws:region (us-east-1)"),
    ("a secret's ARN of another account", secret("us-east-1", "444455556666"), "a secret of this account and region"),
    ("an image without a registry", ((API, f"image: api{DIGEST}"),), "a container image with its registry"),
    ("a copied stack in another region", (("aws:region: us-east-1", "aws:region: eu-west-1"), *secret("us-east-1", "123456789012")),
     "the region of hipaa:compute.tls_image, hipaa:apps.api.image, hipaa:apps.api.secrets.TOKEN"),
    ("images of another region without NAT", (("nat: gateway-per-zone", "nat: none"), (API, API.replace("us-east-1", "us-west-2"))),
     "without NAT, instances reach only the registry of their own region"),
    ("aws:allowedAccountId", (("aws:allowedAccountIds:", "aws:allowedAccountId:"),), "did you mean aws:allowedAccountIds?"),
    ("aws:defaultTag", (("aws:defaultTags:", "aws:defaultTag:"),), "did you mean aws:defaultTags?"),
    ("no aws:allowedAccountIds", (('  aws:allowedAccountIds: ["123456789012"]\n', ""),), "aws:allowedAccountIds"),
    ("a tag key with AWS's prefix", ((OWNER, "aws:owner: platform"),), "without aws: at the start"),
    ("a tag without a value", ((OWNER, 'owner: ""'),), "aws:defaultTags.tags.owner"),
    ("a tag with characters that AWS refuses", ((OWNER, "owner: a;b"),), "aws:defaultTags.tags.owner"),
    ("an instance type that does not exist", (("c5.2xlarge", "c5.3xlarge"),), "the nearest is c5.2xlarge or c5.4xlarge"),
    ("protect: no", (("hipaa:protect: true", "hipaa:protect: no"),), "hint write false"),
    ("security_hub: on", (("security_hub: true", "security_hub: on"),), "hint write true"),
]  # fmt: skip

NOTED: list[tuple[str, Change, str]] = [
    ("images of another region", ((API, API.replace("us-east-1", "us-west-2")),), "images in us-west-2"),
    ("images of another account", ((API, API.replace("123456789012", "444455556666")),), "images of account 444455556666"),
    ("samples left in place", (), "sample values in aws:allowedAccountIds[0], hipaa:account"),
    ("a fleet that is too small", (("max: 30,", "max: 4,"),), "the services need at least 26 instances"),
    ("ePHI without protection", (
        ("protect: true", "protect: false"), ("object_lock: compliance", "object_lock: none"),
        ("vault_lock: compliance", "vault_lock: none"),
    ), f"aws:defaultTags.tags.{TAG.replace(':', ' is')}, but hipaa:protect is false"),
    ("the range of Docker's bridge", (("10.20.0.0/16", "172.17.0.0/16"),), "the range of Docker's bridge"),
    ("no classification", (("      data-classification: phi\n", ""),), "aws:defaultTags.tags has no data-classification"),
    ("a store that nobody uses", (("uses: [aurora, cache]", "uses: [aurora]"), ("uses: [cache]", "uses: [aurora]")), "hipaa:data.cache: no application uses it"),
    ("a version newer than the table", (('engine_version: "17.9"', 'engine_version: "17.99"'),), "newer than the table"),
]  # fmt: skip

UNCLEAR: list[tuple[str, Change, str]] = [
    ("17.10 without quotes", (('engine_version: "17.9"', "engine_version: 17.10"),),
     'put it in quotes: "17.10"; without them, YAML reads the number 17.1'),
    ("an octal number", environment("MODE: 0644"), 'found 0644 allowed text in quotes hint put it in quotes: "0644"; without them, YAML reads the number 420'),
    ("a date", environment("SINCE: 2026-11-30"), "YAML reads 2026-11-30 as a date: put it in quotes"),
    ("a number in a variable", environment("WORKERS: 4"), 'put it in quotes: "4"'),
    ("true or false in a variable", environment("DEBUG: false"), 'put it in quotes: "false"'),
    ("a value that Pulumi encrypts", (("hipaa:environment: prod", "hipaa:environment: {secure: v1:AAAA}"),), "without `--secret`"),
    ("the namespace of the project", (("hipaa:protect", "clinic:protect"),), "did you mean hipaa:protect?"),
    ("configs", (("\nconfig:", "\nconfigs:"),), "did you mean config?"),
]  # fmt: skip

WHOLE_FILES = [
    ("an empty file", "", "a mapping with the settings of the stack"),
    ("no keys below config", "config:\n", "a mapping with the settings of the stack"),
    ("keys beside config", "config:\nhipaa:protect: true\n", "below `config:`"),
    ("keys without config", "hipaa:protect: true\n", "below `config:`"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: clinic\n")
    (tmp_path / "pyproject.toml").write_text('[tool.pulumi-blueprint]\nhooks = "stack.project:HOOKS"\n')
    (tmp_path / "__main__.py").write_text("raise SystemExit('must not run')\n")
    return tmp_path


def changed(change: Change) -> str:
    text = PROD
    for old, new in change:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def refusal(project: Path, text: str, capsys: pytest.CaptureFixture[str]) -> str:
    (project / "Pulumi.prod.yaml").write_text(text)
    assert main(["preview", "prod"], project) == 2
    shown, told = capsys.readouterr()
    assert shown == ""
    return told


@pytest.mark.parametrize(
    ("change", "part"),
    [case[1:] for case in ACCEPTED + UNCLEAR],
    ids=[case[0] for case in ACCEPTED + UNCLEAR],
)
def test_a_mistake_is_refused_in_one_message(
    project: Path, capsys: pytest.CaptureFixture[str], change: Change, part: str
) -> None:
    told = refusal(project, changed(change), capsys)
    assert part in " ".join(told.split())
    assert "settings to correct" not in told
    assert not any(leak in told for leak in ("x" * 9, "X" * 16, "xox"))


def test_everything_that_requires_the_removed_cluster_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refusal(project, changed((("  hipaa:compute:", "  other:compute:"),)), capsys)
    assert told.startswith("Pulumi.prod.yaml: 4 settings to correct\n\nhipaa:apps\n")


@pytest.mark.parametrize(
    ("text", "part"), [case[1:] for case in WHOLE_FILES], ids=[case[0] for case in WHOLE_FILES]
)
def test_a_file_without_settings_is_refused_in_one_message(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, part: str
) -> None:
    told = refusal(project, text, capsys)
    assert part in told
    assert "settings to correct" not in told


def test_a_file_with_the_extension_that_pulumi_ignores_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Pulumi.prod.yml").write_text(PROD)
    assert main(["preview"], project) == 2
    assert "Pulumi.prod.yml: Pulumi ignores this file" in capsys.readouterr().err


@pytest.mark.parametrize(("change", "part"), [case[1:] for case in NOTED], ids=[case[0] for case in NOTED])
def test_a_doubtful_setting_is_a_note(project: Path, change: Change, part: str) -> None:
    (project / "Pulumi.prod.yaml").write_text(changed(change))
    assert any(part in note for note in describe(stacks.read(project, "prod")).warnings)


def test_a_wrong_file_is_left_to_its_own_message(project: Path) -> None:
    (project / "Pulumi.prod.yaml").write_text("config: {hipaa:protect: true}\n")
    file = stacks.read(project, "prod")
    assert list(conflicts([file, file])) == []
    with pytest.raises(StackError, match="settings to correct"):
        describe(file)
