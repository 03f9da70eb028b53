"""A converted app as YAML to paste into a stack file, with comments."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final, cast

import yaml

from planning.heroku.conversion import Conversion
from planning.heroku.text import encodable
from settings.model import Section, children

WIDTH: Final = 100
"""Columns of the output."""


def render(conversion: Conversion, *, source: str = "app.json") -> str:
    """Return the sections as YAML for `config:`, and everything else as comments.

    Args:
        conversion: The converted app.
        source: Names of the files that it was read from.
    """
    lines = _comment(f"From {source}. Paste this under `config:` of Pulumi.<stack>.yaml.", "# ")
    for name, section in conversion.sections.items():
        text = yaml.safe_dump(
            {name: _plain(section)}, sort_keys=False, default_flow_style=None, width=WIDTH, allow_unicode=True
        )
        lines += ["", *(f"  {line}" for line in text.splitlines())]
    for title, notes in (
        ("To decide and to prepare", conversion.to_do),
        ("Not converted", conversion.not_converted),
    ):
        if notes:
            lines += ["", f"# {title}"]
            for note in notes:
                lines += _comment(f"{note.subject}: {note.text}.", "#   - ")
    variables = conversion.variables
    lines += ["", "# Config vars, names only"]
    for origin, names, advice in (
        (
            "set by you",
            variables.own,
            "Create the secret ones in AWS Secrets Manager and put their ARNs in `secrets` of the application; put the others "
            "in `environment`.",
        ),
        ("set by add-ons", variables.from_addons, "They disappear with the add-ons."),
        (
            "set by Heroku's runtime",
            variables.from_heroku,
            "The program sets PORT; the others do not exist on AWS.",
        ),
    ):
        if names:
            lines += _comment(f"{origin}: {', '.join(names)}. {advice}", "#   - ")
    lines += _comment(
        "app.json may not list all of them; to list all names: heroku config --json | jq -r 'keys[]'",
        "#   - ",
    )
    return encodable("\n".join(lines) + "\n")


def _plain(value: object) -> object:
    """Return a section as plain data with the values that the conversion set, without empty ones."""
    if isinstance(value, Section):
        written = ((str(name), item) for name, item in children(value) if name in value.model_fields_set)
        return {name: _plain(item) for name, item in written if item not in (None, (), {})}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    return value


def _comment(text: str, start: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent="#" + " " * (len(start) - 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
