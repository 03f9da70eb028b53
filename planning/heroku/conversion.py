"""The conversion of a Heroku app to sections of a stack file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planning.heroku.addons import addon_notes, convert_data, data_notes, stores
from planning.heroku.app import App
from planning.heroku.fleet import convert_compute
from planning.heroku.note import Note
from planning.heroku.services import (
    TASKS_RUNBOOK,
    convert_app,
    release_note,
    service_notes,
    shared_notes,
    task_notes,
)
from planning.heroku.text import key, printable
from planning.heroku.variables import DOMAIN, Variables, sort_variables, variable_notes
from settings.model import AppSettings, ComputeSettings, DataSettings, EdgeSettings, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A Heroku app as sections of a stack file. A section that the app does not need is None."""

    compute: ComputeSettings | None
    edge: EdgeSettings | None
    apps: Mapping[str, AppSettings]
    """The application by its name; empty if Heroku runs no dyno of it."""
    data: DataSettings | None
    to_do: tuple[Note, ...]
    """What to decide and to prepare."""
    not_converted: tuple[Note, ...]
    """What no section contains."""
    variables: Variables

    @property
    def sections(self) -> dict[str, Section | Mapping[str, AppSettings]]:
        """Return the sections by their key in the stack file, in the order in which to print them."""
        sections = {
            "hipaa:compute": self.compute,
            "hipaa:edge": self.edge,
            "hipaa:apps": self.apps or None,
            "hipaa:data": self.data,
        }
        return {name: section for name, section in sections.items() if section is not None}


def convert(app: App) -> Conversion:
    """Convert an app."""
    uses = stores(app.addons)
    variables = sort_variables(app.variables, app.addons, uses)
    apps = {app.service_prefix: convert_app(app, uses, variables)} if app.processes else {}
    processes = [process for item in apps.values() for process in item.processes.values()]
    compute, fleet_notes = convert_compute(processes) if processes else (None, [])
    has_edge = any(process.route for process in processes)
    # The domain leads to Heroku until the cut-over.
    edge = EdgeSettings(domain=DOMAIN, zone_id="Z00000000000000000000", dns="none") if has_edge else None
    edge_note = Note(
        "hipaa:edge",
        "replace the domain and the id of its Route 53 hosted zone with yours; set `dns` when the requests move "
        "(docs/runbooks/moving-from-heroku.md)",
    )
    release = [note] if (note := release_note(app)) else []
    is_released = any(item.release for item in apps.values())
    return Conversion(
        compute=compute,
        edge=edge if has_edge else None,
        apps=apps,
        data=convert_data(app.addons) if uses else None,
        to_do=(
            *service_notes(app),
            *(release if is_released else ()),
            *fleet_notes,
            *((edge_note,) if edge else ()),
            *variable_notes(app, variables),
            *data_notes(app.addons, app.service_prefix),
            *shared_notes(app, uses),
        ),
        not_converted=(
            *_left_out(app),
            *task_notes(app),
            *addon_notes(app.addons),
            *(() if is_released else release),
            *_other_notes(app),
        ),
        variables=variables,
    )


def _left_out(app: App) -> Iterator[Note]:
    for name in app.unknown_keys:
        yield Note(key(name), "is not a key of Heroku's app.json")
    for name in app.idle:
        yield Note(f"process type {name}", "is left out: its quantity is 0, so Heroku runs no dyno of it")


def _other_notes(app: App) -> Iterator[Note]:
    for name in app.scripts:
        text = f"run it by hand or in the pipeline, as a one-off task: {TASKS_RUNBOOK}"
        yield Note(f"scripts.{key(name)}", text)
    if app.images == "buildpacks" and not app.release_command and (app.scripts or app.tasks):
        text = (
            "a process type of such an image runs no other command: for one-off tasks, set `release` with `entry_point: [launcher, "
            "--]` and a command such as `[/bin/true]`, and run its task with another command"
        )
        yield Note("buildpacks", text)
    if app.buildpacks:
        text = (
            f"app.json lists {app.buildpacks}: build images with `pack build --builder heroku/builder:24`, or with a Dockerfile "
            "and convert with `--images dockerfile`"
        )
        yield Note("buildpacks", text)
    if app.heroku_stack and app.heroku_stack != "container":
        text = (
            f"choose a base image that still gets security updates, in place of {printable(app.heroku_stack)}"
        )
        yield Note("stack", text)
    for name in app.environments:
        is_test = name == "test"
        text = "create a stack for it, with its own Pulumi.<stack>.yaml"
        yield Note(f"environments.{key(name)}", "run its tests in your pipeline" if is_test else text)
