"""The files of stacks: which stacks a project has, and the configuration of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from blueprint import stacks
from blueprint.recorder import wire_config


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: clinic\n")
    return tmp_path


def test_the_stacks_of_a_project_are_those_with_a_file(root: Path) -> None:
    for name in ("Pulumi.prod.yaml", "Pulumi.dev.yaml", "Pulumi.a.b.yaml"):
        (root / name).write_text("")
    assert stacks.names(root) == ["dev", "prod"]


def test_a_stack_has_its_configuration_and_the_defaults_of_the_project(root: Path) -> None:
    (root / "Pulumi.yaml").write_text(
        "name: clinic\nmain: app\n"
        "config:\n  aws:region: us-east-1\n  size: {type: integer, default: 3}\n  owner: {type: string}\n"
    )
    (root / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-west-2\n")
    file = stacks.read(root, "dev")
    assert (file.project, file.stack, file.path) == ("clinic", "dev", root / "Pulumi.dev.yaml")
    assert file.config == {"aws:region": "us-west-2", "clinic:size": 3}


def test_a_key_without_a_namespace_belongs_to_the_project(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("config:\n  size: 3\n")
    assert stacks.read(root, "dev").config == {"clinic:size": 3}


def test_the_keys_of_pulumi_itself_are_accepted(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text(
        "secretsprovider: awskms://alias/state\nencryptedkey: AA==\nconfig:\n  clinic:size: 3\n"
    )
    assert stacks.read(root, "dev").config == {"clinic:size": 3}


@pytest.mark.parametrize(
    ("also", "advice"), [((), "rename it to"), (("Pulumi.dev.yaml",), "delete it, or delete")]
)
def test_a_file_with_the_other_extension_is_refused(root: Path, also: tuple[str, ...], advice: str) -> None:
    for name in ("Pulumi.dev.yml", *also):
        (root / name).write_text("config:\n")
    assert stacks.names(root) == ["dev"]
    with pytest.raises(stacks.StackError) as caught:
        stacks.read(root, "dev")
    assert str(caught.value) == (
        "Pulumi.dev.yml: Pulumi ignores this file, because the project's file is Pulumi.yaml: "
        f"{advice} Pulumi.dev.yaml"
    )


@pytest.mark.parametrize("content", ["", "config:\n"])
def test_an_empty_file_has_no_configuration(root: Path, content: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(content)
    assert stacks.read(root, "dev").config == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("config:\n  hipaa:protect: true\n  hipaa:protect: false\n", "Pulumi.dev.yaml, line 3, column 3: the key hipaa:protect occurs twice"),
        ("config: [\n", "Pulumi.dev.yaml, line 2, column 1: "),
        ("config:\n  clinic:size: 2\n  size: 3\n", "Pulumi.dev.yaml: config: size and clinic:size are the same key: delete one of them"),
        ("config:\n  hipaa:ports:\n    8443: api\n", "Pulumi.dev.yaml, line 3, column 5: the key 8443 is not a string: put it in quotes"),
        ("config:\n  hipaa:since: 2026-11-30\n", "Pulumi.dev.yaml, line 2, column 16: YAML reads 2026-11-30 as a date: put it in quotes"),
        ("configs:\n  hipaa:protect: true\n", "Pulumi.dev.yaml: configs: Pulumi ignores such keys: did you mean config?"),
        ("config:\nhipaa:protect: true\nhipaa:audit: {}\n", "Pulumi.dev.yaml: hipaa:protect, hipaa:audit: Pulumi ignores such keys: indent settings, so that they are below `config:`"),
        ("config: []\n", "Pulumi.dev.yaml: config: expected a mapping of keys to values, found a list"),
        ("text", "Pulumi.dev.yaml: expected a mapping of keys to values, found a string"),
        (b"\xff", "Pulumi.dev.yaml: 'utf-8' codec"),
    ],
)  # fmt: skip
def test_a_file_that_pulumi_would_not_read_as_written_is_refused(
    root: Path, content: str | bytes, message: str
) -> None:
    path = root / "Pulumi.dev.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(stacks.StackError) as caught:
        stacks.read(root, "dev")
    assert message in str(caught.value)


def test_a_stack_without_a_file_is_refused_with_the_stacks_that_have_one(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("")
    with pytest.raises(stacks.StackError, match=r"Pulumi\.test\.yaml: there is no such file; .*: dev"):
        stacks.read(root, "test")


def test_a_program_gets_the_values_that_the_engine_would_hand_over(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text(
        """config:
  bare: 5
  hipaa:a: no
  hipaa:b: 17.10
  hipaa:c: 012
  hipaa:d: 1_000
  hipaa:e: 12:30
  hipaa:f:
  hipaa:g: 3.0
  hipaa:h: true
  hipaa:i: "true"
  hipaa:j: 012345678901
  hipaa:l: 1e3
  hipaa:m: {a: no, b: 17.10, c: 012, d: 1_000, e: 12:30, f: , g: 3.0, h: yes, i: 0x1F, l: 1e3, n: 0.15}
  hipaa:o: [1, "1", on]
  hipaa:q: '["1"]'
"""
    )
    # The values that a program received from Pulumi 3.274.1 for this file; JSON has spaces here and none there.
    assert wire_config(stacks.read(root, "dev").config) == {
        "clinic:bare": "5",
        "hipaa:a": "no",
        "hipaa:b": "17.1",
        "hipaa:c": "10",
        "hipaa:d": "1000",
        "hipaa:e": "12:30",
        "hipaa:f": "",
        "hipaa:g": "3",
        "hipaa:h": "true",
        "hipaa:i": "true",
        "hipaa:j": "12345678901",
        "hipaa:l": "1000",
        "hipaa:m": '{"a": "no", "b": 17.1, "c": 10, "d": 1000, "e": "12:30", "f": null, "g": 3, "h": "yes", '
        '"i": 31, "l": 1000, "n": 0.15}',
        "hipaa:o": '[1, "1", "on"]',
        "hipaa:q": '["1"]',
    }
