"""This repository as a workspace: its folder, its stacks, and records of its program."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import settings
from blueprint import verdict
from blueprint.intent import Intent
from blueprint.reach.network import RecordedNetwork
from blueprint.record import Record
from blueprint.recorder import evaluate
from blueprint.verdict import Verdict
from blueprint.workspace import Workspace
from stack.intent import intent

ROOT: Final = Path(__file__).resolve().parent.parent
POLICY: Final = ROOT / "policy"
STACKS: Final = ("dev", "prod")


@cache
def workspace() -> Workspace:
    """Return the repository's workspace."""
    return Workspace.at(ROOT)


def program(config: Mapping[str, object], *, stack: str = "prod", known: bool = True) -> Record:
    """Evaluate the repository's program with any configuration."""
    account = config.get("hipaa:account")
    return evaluate(
        ROOT,
        config,
        stack=stack,
        project="hipaa",
        outputs_known=known,
        account=str(account) if account else None,
        keep_modules=True,
    )


@cache
def recorded(stack: str, known: bool = True) -> Record:
    """Return the record of a shipped stack."""
    return program(workspace().stack(stack).file.config, stack=stack, known=known)


def settings_of(stack: str) -> settings.Settings:
    """Return the settings of a shipped stack."""
    file = workspace().stack(stack).file
    return settings.parse(file.config, file=file.path.name)


def intent_of(config: Mapping[str, object]) -> Intent:
    """Return the intent of any configuration."""
    return intent(settings.parse(config, file="Pulumi.test.yaml"))


def judge(record: Record) -> Verdict:
    """Judge a record with the settings and the waivers of the repository."""
    return verdict.judge(record, workspace().policy_config_of(record.stack), workspace().waivers_file)


def policy_config(stack: str) -> Mapping[str, Mapping[str, object]]:
    """Return the settings of the controls for a shipped stack."""
    return verdict.config_of(workspace().policy_config_of(stack))


def network(record: Record) -> RecordedNetwork:
    """Return the network of a record of the repository's program, with its intent."""
    return RecordedNetwork(record, intent_of(record.config))
