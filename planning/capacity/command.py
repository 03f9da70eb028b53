"""The command `python -m planning capacity`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

from blueprint.stacks import StackError
from planning import stack_settings
from planning.capacity import terminal
from planning.capacity.demand import CapacityPlanError
from planning.capacity.load import Load
from planning.capacity.raising import differences, raise_settings
from planning.capacity.sizing import plan_capacity
from settings import SettingsError


def add_parser(commands: Any) -> None:
    """Add the command to the sub-commands of an argument parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "capacity",
        help="plan a load on a stack: tasks, instances, database capacity, the first limit, and settings that support it",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Plan a load on a stack's settings. The defaults are assumptions: measure your own figures.",
        epilog=textwrap.dedent("""\
            examples:
              python -m planning capacity prod --users 300000 --requests-per-user-hour 20
              python -m planning capacity prod --users 5000000 --requests-per-user-hour 20 \\
                  --open-connections-per-user 0.2 --ms-cpu-per-request 8 --json

            exit code: 0 the stack supports the load, 1 a limit is exceeded, 2 the settings or the figures are wrong
            """),
    )
    parser.add_argument("stack", metavar="STACK", help="the stack to plan for, from Pulumi.<stack>.yaml")
    for field in dataclasses.fields(Load):
        meaning: str = field.metadata["meaning"]
        required = field.default is dataclasses.MISSING
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=int if field.type == "int" else float,
            required=required,
            default=None if required else field.default,
            metavar="N" if field.type == "int" else "X",
            help=meaning if required else f"{meaning} (default: {field.default:g})",
        )
    parser.add_argument(
        "--no-trunking", action="store_true", help="the account setting awsvpcTrunking is off"
    )
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


def run(root: Path, options: argparse.Namespace) -> int:
    """Print a plan; return 0 if the stack supports the load, 1 if a limit is exceeded, 2 if an input is wrong."""
    name, trunking = f"Pulumi.{options.stack}.yaml", not options.no_trunking
    try:
        load = Load(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Load)})
        current = stack_settings.read(root, options.stack)
        plan = plan_capacity(current, load, name=name, trunking=trunking)
        raised_settings, raised = raise_settings(current, load, name=name, trunking=trunking)
    except (ValueError, CapacityPlanError, StackError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    changed = differences(current, raised_settings)
    if options.json:
        changes = [{"path": path, "from": old, "to": new} for path, (old, new) in changed.items()]
        data = {"plan": plan.as_data(), "changes": changes, "plan_with_changes": raised.as_data()}
        print(json.dumps(data, indent=2))
    else:
        terminal.show(plan, raised, changed)
    return 1 if plan.exceeded_limits else 0
