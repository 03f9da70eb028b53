"""The typed configuration of a stack. No other code reads Pulumi's configuration."""

from settings.errors import Problem, SettingsError
from settings.model import ComputeSettings, ConnectivitySettings, DataSettings, Service, Settings
from settings.reader import load, parse

__all__ = [
    "ComputeSettings",
    "ConnectivitySettings",
    "DataSettings",
    "Problem",
    "Service",
    "Settings",
    "SettingsError",
    "load",
    "parse",
]
