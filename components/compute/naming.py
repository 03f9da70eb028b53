"""Room for the seven letters that auto-naming adds. Pure."""

from __future__ import annotations

from typing import Final

LONGEST_NAME: Final = 24
"""Letters of a logical name: AWS has 32 for load balancers and target groups, auto-naming adds a hyphen and seven."""


def check_name(name: str) -> None:
    """Refuse a logical name from which AWS's 32 letters leave no room for auto-naming."""
    if len(name) > LONGEST_NAME:
        raise ValueError(f"name must have {LONGEST_NAME} letters at most, got {name!r} ({len(name)})")
