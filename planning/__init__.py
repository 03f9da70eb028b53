"""Capacity planning and the conversion of Heroku apps: arithmetic on settings, without evaluating the program."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The project's folder, which holds the stack files."""

MAX_INSTANCES: Final = 1000
"""Highest value of `hipaa:compute.instances.max`."""
