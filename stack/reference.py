"""The generated page `docs/settings.md`."""

from __future__ import annotations

from blueprint.markdown import table
from settings.reference import Entry, entries


def page() -> str:
    """Return the Markdown reference of all keys of a stack file."""
    parts = [
        "# Settings",
        "Every key that `Pulumi.<stack>.yaml` may have under `config:`. A key without a default is required. Keys that are "
        "not listed are refused, and all mistakes are reported at once. Encryption, TLS, six-year retention, the private data "
        "tier, IMDSv2 and key rotation have no key: nothing turns them off.",
        "The first line of a stack file names [stack.schema.json](stack.schema.json), with which an editor that has a YAML "
        "language server completes keys and marks wrong values. Rules on several values are only in the preview.",
    ]
    section: list[Entry] = []
    for entry in entries():
        if entry.section and section:
            parts.append(_table(section))
            section = []
        if entry.section:
            parts.append(f"## `{entry.path}`")
            parts.append(entry.meaning)
        else:
            section.append(entry)
    parts.append(_table(section))
    return "\n\n".join(parts) + "\n"


def _table(section: list[Entry]) -> str:
    rows = ((f"`{item.path}`", item.allowed, item.default, item.meaning) for item in section)
    return table(("Key", "Allowed", "Default", "Meaning"), rows)
