"""Logs: one JSON object a line on standard output, without ePHI and without secrets.

A line contains identifiers of records, never their content. Of an error it contains the type and the position, but not the
text, because texts of errors quote values: a parameter, a row, a URL.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from psycopg import Error

_log: Final = logging.getLogger("appointments")
_audit: Final = logging.getLogger("audit")


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1]:
            line |= described(record.exc_info[1])
        return json.dumps(line, default=str)


def described(error: BaseException) -> dict[str, object]:
    """Return the type and the position of an error, and the code of an error of the database."""
    frames = traceback.extract_tb(error.__traceback__)
    description: dict[str, object] = {
        "error": type(error).__qualname__,
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames],
    }
    if isinstance(error, Error) and error.sqlstate:
        description["sqlstate"] = error.sqlstate
    return description


def start() -> None:
    """Write all logs of this process to standard output, also an error that nothing handles."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _log.setLevel(logging.INFO)
    _audit.setLevel(logging.INFO)
    sys.excepthook = lambda _, error, __: failure("process failed", error)


def event(message: str, **fields: object) -> None:
    """Log what the process does. No field may contain ePHI."""
    _log.info(message, extra={"fields": fields})


def failure(message: str, error: BaseException, **fields: object) -> None:
    """Log an error without its text."""
    _log.error(message, extra={"fields": {**fields, **described(error)}})


def audit(
    actor: str, action: str, records: Sequence[object], context: Mapping[str, str] | None = None
) -> None:
    """Log who did what with which records, as 45 CFR 164.312(b) requires.

    Args:
        actor: The member of staff, or the process that acts on its own.
        action: What was done: `create`, `read`, `confirm`, `remind`, `sign in` or `refuse`.
        records: Identifiers of the records.
        context: Request id and source address.
    """
    fields = {"actor": actor, "action": action, "records": list(map(str, records)), **(context or {})}
    _audit.info("audit", extra={"fields": fields})
