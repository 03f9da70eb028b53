"""A message about one part of a Heroku app."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """One message for the person who moves the app."""

    subject: str
    """The part that it is about, such as `service web` or `add-on papertrail`."""
    text: str
    """The message, without a full stop."""
