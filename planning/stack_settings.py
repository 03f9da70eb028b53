"""The settings of a stack of a project."""

from __future__ import annotations

from pathlib import Path

import settings
from blueprint import stacks
from settings import Settings


def read(root: Path, stack: str) -> Settings:
    """Return the checked settings in `Pulumi.<stack>.yaml`.

    Raises:
        StackError: A file of the project is missing or malformed.
        SettingsError: A setting is not allowed; the error lists every mistake.
    """
    file = stacks.read(root, stack)
    return settings.parse(file.config, file=file.path.name, project=file.project, stack=file.stack)
