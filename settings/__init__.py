"""The typed configuration of a stack, and the only code that reads Pulumi's configuration."""

from settings.errors import Problem, SettingsError
from settings.model import DataSettings, Settings
from settings.reader import load, parse

__all__ = ["DataSettings", "Problem", "Settings", "SettingsError", "load", "parse"]
