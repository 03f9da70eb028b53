"""The program without a cloud: record it, judge it, draw it, report it."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The project's folder."""
