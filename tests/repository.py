"""The folders of this repository, and records of its program for the stacks of `tests/samples/project`.

A fork edits the stack files in the root folder. Only `tests/test_own_stacks.py` reads these.
"""

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
from stack.controls import parameters
from stack.intent import intent

ROOT: Final = Path(__file__).resolve().parent.parent
POLICY: Final = ROOT / "policy"
PROJECT: Final = ROOT / "tests" / "samples" / "project"
"""A project with the program of this repository and the sample stacks."""
STACKS: Final = ("dev", "prod")


@cache
def workspace() -> Workspace:
    """Return the workspace of the sample stacks."""
    return Workspace.at(PROJECT)


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
    """Return the record of a sample stack."""
    return program(workspace().stack(stack).file.config, stack=stack, known=known)


def settings_of(stack: str) -> settings.Settings:
    """Return the settings of a sample stack."""
    file = workspace().stack(stack).file
    return settings.parse(file.config, file=file.path.name)


def intent_of(config: Mapping[str, object]) -> Intent:
    """Return the intent of any configuration."""
    return intent(settings.parse(config, file="Pulumi.test.yaml"))


Parameters = Mapping[str, Mapping[str, object]]
"""Parameters of the controls, by control id."""


def judge(record: Record, parameters: Parameters | None = None) -> Verdict:
    """Judge a record of the repository's program, by default by its settings, with the waivers of the repository."""
    return verdict.judge(record, parameters or controls_for(record.config), workspace().waivers_file)


def controls_for(config: Mapping[str, object]) -> Parameters:
    """Return the parameters of the controls that follow from any configuration."""
    return parameters(settings.parse(config, file="Pulumi.test.yaml"))


def policy_config(stack: str) -> Parameters:
    """Return the parameters of the controls for a sample stack."""
    return workspace().parameters_of(workspace().stack(stack))


def network(record: Record) -> RecordedNetwork:
    """Return the network of a record of the repository's program, with its intent."""
    return RecordedNetwork(record, intent_of(record.config))
