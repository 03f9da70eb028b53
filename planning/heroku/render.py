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


class _Lines(dict[str, object]):
    """A mapping with one line per entry."""


class _Dumper(yaml.SafeDumper):
    """Writes short collections on one line, except `_Lines`."""


_Dumper.add_representer(
    _Lines,
    lambda dumper, mapping: dumper.represent_mapping(
        "tag:yaml.org,2002:map", mapping.items(), flow_style=False
    ),
)


def render(conversion: Conversion, *, source: str = "app.json") -> str:
    """Return the sections as YAML for `config:`, and everything else as comments.

    Args:
        conversion: The converted app.
        source: Names of the files that it was read from.
    """
    lines = _comment(f"From {source}. Paste this under `config:` of Pulumi.<stack>.yaml.", "# ")
    for name, section in conversion.sections.items():
        text = yaml.dump(
            {name: _plain(section)},
            Dumper=_Dumper,
            sort_keys=False,
            default_flow_style=None,
            width=WIDTH,
            allow_unicode=True,
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
    lines += ["", "# Config vars that are neither in `environment` nor in `secrets`"]
    for origin, names, advice in (
        ("set by add-ons", variables.from_addons, "They disappear with the add-ons."),
        (
            "of Heroku",
            variables.from_heroku,
            "The program sets PORT; the others do not exist on AWS.",
        ),
    ):
        if names:
            lines += _comment(f"{origin}: {', '.join(names)}. {advice}", "#   - ")
    lines += _comment(
        "the files may not list all of them; to list all names: heroku config --json | jq -r 'keys[]'",
        "#   - ",
    )
    return encodable("\n".join(lines) + "\n")


def _plain(value: object) -> object:
    """Return a section as plain data with the values that the conversion set, without empty ones."""
    if isinstance(value, Section):
        written = ((str(name), item) for name, item in children(value) if name in value.model_fields_set)
        return {name: _plain(item) for name, item in written if item not in (None, (), {})}
    if isinstance(value, Mapping):
        items = {name: _plain(item) for name, item in cast("Mapping[str, object]", value).items()}
        return _Lines(items) if all(isinstance(item, str) for item in items.values()) else items
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
