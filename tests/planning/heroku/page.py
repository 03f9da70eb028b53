"""The page docs/runbooks/heroku-applications.md. `python -m tests.planning.heroku.page` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from planning.heroku import Conversion
from planning.heroku.tables import ADDONS, MYSQL
from tests.planning.heroku.application import Application
from tests.planning.heroku.applications import APPLICATIONS
from tests.repository import ROOT

PAGE: Final = ROOT / "docs" / "runbooks" / "heroku-applications.md"

_INTRODUCTION: Final = """\
# What the Heroku converter does with 21 applications

`python -m planning heroku` (step 2 of [moving-from-heroku.md](moving-from-heroku.md)) was run on facts from the `app.json`,
Procfile and `heroku.yml` of 21 public applications: `tests/planning/heroku/applications.py` names repository and commit. The
tests prove that each result is accepted in a new stack with no edit besides account, domain and images, and the policies judge
a part of the stacks. Nobody deployed these applications, and most of them do not handle ePHI: the table shows what
to expect from the converter.

In every case a person replaces the placeholders of account, region, domain, zone and secrets, builds and pushes the images,
and decides about backups. A person also checks that the application answers `/healthz` on `$PORT`, and lists the directories
that it writes to. If there is a database, a person moves the data. The table lists everything else. `web` without a
command is what the image starts.

| Application | Needs | The converter writes | Left to a person |
|---|---|---|---|
"""

_STORES: Final = {"aurora": "Aurora PostgreSQL", "rds": "RDS MySQL", "cache": "ElastiCache"}


def page() -> str:
    """Return the text of the page."""
    return _INTRODUCTION + "".join(map(_row, APPLICATIONS))


def _row(application: Application) -> str:
    conversion = application.converted()
    link = f"[{application.repository}](https://github.com/{application.repository})"
    cells = (
        link,
        _needs(application),
        "; ".join(_written(conversion)),
        "; ".join(_left(application, conversion)) or "nothing",
    )
    return f"| {' | '.join(cells)} |\n"


def _needs(application: Application) -> str:
    types = f"processes {_code(sorted(application.process_types, key=lambda name: (name != 'web', name)))}"
    addons = f"; add-ons {', '.join(dict.fromkeys(application.addon_names))}" if application.addons else ""
    return f"{application.kind}; {types}{addons}"


def _written(conversion: Conversion) -> Iterator[str]:
    [app] = conversion.apps.values()
    for name, process in app.processes.items():
        parts = ["with a route"] if process.route else []
        parts += (
            ["as entry point"] if process.entry_point else ["with its command"] if process.command else []
        )
        parts += ["one task"] if process.tasks.max == 1 else []
        yield f"`{name}` {', '.join(parts)}"
    if app.release:
        yield f"a release task{' with the launcher of buildpacks' if app.release.entry_point else ''}"
    if app.uses:
        sign_in = ", `DATABASE_URL`" if app.database.sign_in == "password" else ""
        yield f"{' and '.join(_STORES[use] for use in app.uses)}{sign_in}{', `REDIS_URL`' if 'cache' in app.uses else ''}"
    if app.environment:
        yield _count(len(app.environment), "value")
    if app.secrets:
        yield _count(len(app.secrets), "secret")


def _left(application: Application, conversion: Conversion) -> Iterator[str]:
    [(name, app)] = conversion.apps.items()
    noted = [note.subject for note in conversion.not_converted]
    if "release phase" in noted:
        yield "the release command, which may contain a secret"
    tasks = [
        subject.removeprefix("process type ") for subject in noted if subject.startswith("process type ")
    ]
    if tasks := [*tasks, *(subject for subject in noted if subject.startswith("scripts."))]:
        yield f"{_code(tasks)} as one-off task{'s' if len(tasks) > 1 else ''}"
    if "cache" in app.uses:
        yield f"the prefix `{name}:` of all keys in the cache"
    if any(addon in MYSQL for addon in application.addon_names):
        yield f"read `DATABASE_URL` instead of {_code([url for url in conversion.variables.from_addons if url != 'REDIS_URL'])}"
    elif "cache" in app.uses and "REDIS_URL" not in conversion.variables.from_addons:
        yield "read `REDIS_URL` instead of the variable of the add-on"
    if any("not in the table of versions" in note.text for note in conversion.to_do):
        yield "test with the newer version of PostgreSQL"
    for addon in application.addon_names:
        if f"add-on {addon}" in noted:
            yield f"{addon} ({ADDONS[addon].kind if addon in ADDONS else 'unknown'})"
    if missing := conversion.variables.missing:
        yield f"{_count(len(missing), 'required value')}{': ' + _code(missing) if len(missing) < 4 else ''}"
    if "environments.review" in noted:
        yield "a stack for `review`"
    if "add-ons" in {note.subject for note in conversion.to_do}:
        yield "stores, if `heroku addons` lists any"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
