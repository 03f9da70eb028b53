"""Made-up Heroku apps, and their conversions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

import settings
from planning.heroku import Conversion, convert, decode, read_app, render
from planning.heroku.app import ImageKind
from planning.heroku.note import Note
from settings.model import AppSettings, DataSettings

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = "made-up-value-nobody-may-see"  # noqa: S105 - a made-up value
STACK: dict[str, object] = {
    "aws:region": "us-east-1",
    "hipaa:environment": "dev",
    "aws:allowedAccountIds": ["111122223333"],
    "hipaa:account": "111122223333",
    "hipaa:network": {"cidr": "10.10.0.0/16"},
    "hipaa:audit": {},
}


def converted(
    document: object,
    procfile: str | None = None,
    heroku_yml: str | None = None,
    *,
    images: ImageKind | None = None,
) -> Conversion:
    return convert(read_app(document, procfile, heroku_yml, images=images))


def only_app(conversion: Conversion) -> AppSettings:
    """Return the converted application."""
    [app] = conversion.apps.values()
    return app


def ward_rounds() -> Conversion:
    return converted(decode((FIXTURES / "app.json").read_text()), (FIXTURES / "Procfile").read_text())


def stack_text(conversion: Conversion, *, protect: bool = True) -> str:
    """Return a minimal stack file with the printed sections pasted under `config:`."""
    return yaml.safe_dump({"config": {**STACK, "hipaa:protect": protect}}, indent=2) + render(conversion)


def pasted(conversion: Conversion) -> settings.Settings:
    document = yaml.safe_load(stack_text(conversion))
    return settings.parse(document["config"], file="Pulumi.dev.yaml")


def pasted_data(conversion: Conversion) -> DataSettings:
    """Return the stores of a stack file with the printed sections."""
    data = pasted(conversion).data
    assert data is not None
    return data


def texts(notes: Sequence[Note], subject: str) -> str:
    """Return the messages about one subject, one per line."""
    return "\n".join(note.text for note in notes if note.subject == subject)
