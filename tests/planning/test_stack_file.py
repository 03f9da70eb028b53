"""The stack files that planning reads."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from planning import stack_file
from settings import SettingsError
from tests.settings.documents import minimal_document


def test_the_stacks_of_a_project_are_those_with_a_file(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.dev.yaml", "Pulumi.a.b.yaml"):
        (tmp_path / name).write_text("")
    assert stack_file.names(tmp_path) == ["dev", "prod"]


def test_a_stack_file_is_read_as_settings(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": minimal_document()}))
    assert stack_file.read(tmp_path, "dev").environment == minimal_document()["hipaa:environment"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("config:\n  hipaa:protect: true\n  hipaa:protect: false\n", "Pulumi.dev.yaml, line 3, column 3: the key hipaa:protect is repeated"),
        ("config: [\n", "Pulumi.dev.yaml, line 2, column 1: "),
        ("config:\n  protect: true\n", "config: protect: add the namespace to the key, such as hipaa:protect"),
        ("config: []\n", "Pulumi.dev.yaml: config: must map keys to values, but it is a list"),
        ("text", "Pulumi.dev.yaml: must map keys to values, but it is a str"),
        (b"\xff", "Pulumi.dev.yaml: 'utf-8' codec"),
    ],
)  # fmt: skip
def test_a_stack_file_that_pulumi_would_not_read_as_written_is_refused(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(stack_file.StackFileError) as caught:
        stack_file.read(tmp_path, "dev")
    assert message in str(caught.value)


@pytest.mark.parametrize("content", ["", "config:\n"])
def test_an_empty_stack_file_lacks_the_required_settings(tmp_path: Path, content: str) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(content)
    with pytest.raises(SettingsError, match="hipaa:network"):
        stack_file.read(tmp_path, "dev")
