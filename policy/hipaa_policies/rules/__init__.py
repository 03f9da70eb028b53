"""The rules, one module per area; a policy pack can be made of each."""

from __future__ import annotations

from importlib import import_module
from typing import Final

PACKS: Final = ("encryption", "retention", "isolation", "baseline")


def load() -> None:
    """Import every rule module, which fills the catalog in reading order."""
    for pack in PACKS:
        import_module(f"{__name__}.{pack}")
