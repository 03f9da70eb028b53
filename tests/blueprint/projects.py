"""Small Pulumi projects for tests of the command line."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.settings.documents import minimal_document

CLEAN_PROGRAM = "import pulumi\nimport settings\npulumi.export('environment', settings.load().environment)\n"
SETTINGS = (
    "[tool.pulumi-blueprint]\n"
    'hooks = "stack.project:HOOKS"\n'
    'policy-config = "policy/config/{stack}.json"\n'
    "keep-modules = true\n"
)
FAULTY_PROGRAM = (
    "import pulumi_aws as aws\n"
    "aws.cloudwatch.LogGroup('short', retention_in_days=30)\n"
    "aws.kms.Key('still', enable_key_rotation=False)\n"
)


def make_project(folder: Path) -> Path:
    """Write a project with the stack `dev` into a folder; its program reads the settings and creates nothing."""
    (folder / "Pulumi.yaml").write_text("name: fork\n")
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "__main__.py").write_text(CLEAN_PROGRAM)
    write_stack(folder, "dev", minimal_document())
    return folder


def write_stack(root: Path, stack: str, config: dict[str, object]) -> None:
    (root / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": config}))
