"""The process types of a Heroku app as processes of an application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from facts.quotas import TASKS_PER_SERVICE
from planning.heroku.addons import Store, has_database_url
from planning.heroku.app import App
from planning.heroku.note import Note
from planning.heroku.processes import Process
from planning.heroku.tables import DYNOS, RETIRED
from planning.heroku.text import arguments, may_hold_secret, needs_shell, redact
from planning.heroku.variables import Variables, placeholders
from settings.model import (
    AppSettings,
    DatabaseAccessSettings,
    ProcessSettings,
    ReleaseSettings,
    RouteSettings,
    TaskRange,
)

PORT: Final = 8443
"""Port on which a task of `web` serves TLS; its container listens on `$PORT`."""

TASKS_RUNBOOK: Final = "see docs/runbooks/one-off-tasks.md"

LAUNCHER: Final = ("launcher", "--")
"""Entry point of an image that buildpacks made, for a command that is no process type:
https://buildpacks.io/docs/for-app-developers/how-to/build-outputs/specify-launch-process/"""

_WEB: Final = "web"
"""The process type to which Heroku routes requests."""

_SCHEDULER_NAME: Final = re.compile(r"(?:^|[-_])(?:clock|scheduler?|cron|(?:celery)?beat)(?:$|[-_0-9])")
_SCHEDULER_COMMAND: Final = re.compile(
    r"\bclockwork\b|\bcelery\b.*(?:\bbeat\b|\s-B\b)|--with-beat\b|\brufus\b|\bapscheduler\b|\bschedule:work\b"
)


def convert_app(app: App, uses: tuple[Store, ...], variables: Variables) -> AppSettings:
    """Return the settings of the application.

    Args:
        app: The app, with at least one process type.
        uses: The stores that its processes may reach.
        variables: Its config vars.
    """
    release = _written(app.release_command)
    owner = _release_owner(app)
    sections: dict[str, object] = {}
    if has_database_url(uses):
        sections["database"] = DatabaseAccessSettings(sign_in="password")
    if variables.environment:
        sections["environment"] = variables.environment
    if variables.secrets:
        sections["secrets"] = placeholders(app.service_prefix, variables)
    if release and owner:
        first = app.processes[0]
        of_buildpacks = {"entry_point": LAUNCHER} if app.images == "buildpacks" else {}
        sections["release"] = ReleaseSettings.model_validate(
            {**of_buildpacks, "command": release, "process": None if owner is first else owner.service}
        )
    return AppSettings.model_validate(
        {
            "uses": uses,
            **sections,
            "processes": {process.service: _process(process, app) for process in app.processes},
        }
    )


def _process(process: Process, app: App) -> ProcessSettings:
    size = DYNOS[RETIRED.get(process.size, process.size)]
    is_web = process.name == _WEB
    routed = {"port": PORT, "tls": "provided", "route": _route()} if is_web else {}
    return ProcessSettings.model_validate(
        {
            "entry_point": _entry_point(process, app),
            "command": _written(process.command) if app.images == "dockerfile" else (),
            "cpu": size.cpu,
            "memory_mib": size.memory_mib,
            "tasks": _tasks(process),
            **routed,
        }
    )


def _route() -> RouteSettings:
    """Return the route of `web`, which gets every request."""
    return RouteSettings(paths=("/*",))


def _entry_point(process: Process, app: App) -> tuple[str, ...]:
    """Return the process type as the entry point of an image that buildpacks made, which starts `web` otherwise."""
    return (process.name,) if app.images == "buildpacks" and process.name != _WEB else ()


def _written(command: str | None) -> tuple[str, ...]:
    """Return a command as program and arguments; nothing if there is none or if it may contain a secret."""
    return () if command is None or may_hold_secret(command) else arguments(command)


def _tasks(process: Process) -> TaskRange:
    if _is_scheduler(process):
        return TaskRange(min=1, max=1)
    lowest, highest = process.quantity, max(2, 2 * process.quantity)
    if process.name == _WEB:
        lowest, highest = max(2, lowest), max(4, highest)
    return TaskRange(min=lowest, max=min(highest, TASKS_PER_SERVICE))


def _is_scheduler(process: Process) -> bool:
    if process.name == _WEB:
        return False
    by_name = _SCHEDULER_NAME.search(process.name.lower())
    return bool(by_name or _SCHEDULER_COMMAND.search(process.command or ""))


def _release_owner(app: App) -> Process | None:
    """Return the process whose image runs the release command: the one that the app names or `web`, else the first one."""
    web = (process for process in app.processes if process.name == (app.release_image or _WEB))
    return next(web, next(iter(app.processes), None))


def service_notes(app: App) -> Iterator[Note]:
    """Yield what to decide and to prepare for each process."""
    for process in app.processes:
        subject = f"process {process.service}"
        if process.size in RETIRED:
            yield Note(
                subject,
                f"Heroku no longer sells the dyno size {process.size}; the process has the size of {RETIRED[process.size]}",
            )
        if process.service != process.name:
            yield Note(
                subject,
                f"replaces the process type {process.name}; the name of a process has 2 to 16 lower-case letters, digits "
                "and hyphens",
            )
        if process.quantity_is_assumed:
            yield Note(
                subject, "the files state no quantity, so one dyno is assumed; compare with `heroku ps`"
            )
        if process.name == _WEB and process.quantity == 1:
            yield Note(subject, "has two tasks instead of one dyno, so that it survives the loss of a zone")
        if _is_scheduler(process):
            yield Note(
                subject,
                "is a scheduler, so it has exactly one task. Check that its jobs may start twice or late while the task is "
                "replaced, or define them under `schedules` of the application instead",
            )
        yield Note(subject, _image_note(process, app))


def _image_note(process: Process, app: App) -> str:
    command = process.command
    if process.has_own_image:
        return "push its image, and set `image` of this process to its name with the digest"
    if app.images == "buildpacks":
        type_note = (
            ""
            if command
            else f"; the Procfile has no {process.name}, so make sure that the image has this process type"
        )
        return f"push an image that buildpacks made, and set `image` of the application to its name with the digest{type_note}"
    if command is None:
        return "runs the command of the image: push it, and set `image` of the application to its name with the digest"
    if _written(command):
        return "push an image, and set `image` of the application to its name with the digest"
    return f"push an image that runs `{redact(command)}`, and set `image` of this process to its name with the digest"


def shared_notes(app: App, uses: tuple[Store, ...]) -> Iterator[Note]:
    """Yield what applies to several processes."""
    if any(process.name == _WEB for process in app.processes):
        yield Note(
            "port",
            "the container must listen on $PORT, as on Heroku, and answer /healthz with 200 without sign-in; otherwise change "
            "`health` of the route. A sidecar serves TLS: push its image and set "
            "`hipaa:compute.tls_image` (docs/runbooks/tls-proxy.md), or serve TLS yourself with `tls: own`",
        )
    if app.processes:
        yield Note(
            "files",
            "the file system is read-only, except /tmp: list other directories that the application writes to under `writable` of a "
            "process, such as tmp/pids of Rails with its full path",
        )
    if app.processes:
        yield Note(
            "outside",
            "the processes reach other hosts only on port 443: list mail servers, brokers and databases elsewhere under `egress` "
            "(docs/runbooks/application-access.md)",
        )
    if uses:
        yield Note("uses", "the processes share one user of each store, as on Heroku")
    elif app.processes:
        yield Note(
            "add-ons",
            "the files name no database and no cache; compare with `heroku addons`, and add the stores that are missing",
        )
    if app.processes:
        yield Note("tasks", "the maximum is twice the formation; processes scale on CPU up to it")


def task_notes(app: App) -> Iterator[Note]:
    """Yield how to run commands that end."""
    for name, command in app.tasks.items():
        shown = f"`{redact(command)}`" if command else "it"
        yield Note(
            f"process type {name}",
            f"ends, so it is no service: run {shown} as a one-off task: {TASKS_RUNBOOK}",
        )


def release_note(app: App) -> Note | None:
    """Return the message about the release command; None if the app has none."""
    command, owner = app.release_command, _release_owner(app)
    if command is None:
        return None
    if owner is None:
        text = f"set `{redact(command)}` as `release.command` of an application when there is one"
    elif may_hold_secret(command):
        text = (
            f"`{redact(command)}` may contain a secret, so it is not converted: set it as `release.command` "
            "without the values, and put the values in `environment` and `secrets`"
        )
    else:
        shell = ", in a shell that the image must contain," if needs_shell(command) else ""
        text = f"runs with the image of {owner.service}{shell} when you start it before a deployment: {TASKS_RUNBOOK}"
    return Note("release phase", text)
