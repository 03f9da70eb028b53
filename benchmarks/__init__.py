"""How fast the project is, how much memory it needs, and which faults its controls notice."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The repository's folder."""
