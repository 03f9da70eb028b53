"""Reads the raw configuration of a stack into `Settings`, or raises one error that holds every mistake."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping

import pulumi
from pulumi.runtime import config as store

from settings import rules
from settings.errors import Mistake, Problem, SettingsError, did_you_mean, format_value, is_secret, nearest
from settings.location import FIELDS
from settings.model import Settings
from settings.validation import MISSING, validate


def parse(config: Mapping[str, object], *, file: str, secrets: Collection[str] = ()) -> Settings:
    """Check the configuration of a stack.

    Args:
        config: Keys and values under `config:` of the stack file. Keys of other namespaces than `hipaa:` are ignored,
            except `aws:region`, `aws:allowedAccountIds` and `aws:defaultTags`.
        file: Name of the stack file, for messages.
        secrets: Keys whose values must not be shown in messages.

    Raises:
        SettingsError: The configuration is invalid; the error holds every mistake.
    """
    document = {key: value for key, value in config.items() if key.startswith("hipaa:") or key in FIELDS}
    settings, mistakes = validate(document)
    mistakes.extend(_misspelt_namespaces(config))
    if settings:
        refused = {path for mistake in mistakes for path in (mistake.path, *mistake.related_paths)}
        for mistake in rules.check(settings):
            paths = (mistake.path, *mistake.related_paths)
            if not any(_contains(path, other) for path in paths for other in refused):
                mistakes.append(mistake)
    if mistakes or not settings:
        order = {key: position for position, key in enumerate(document)}
        mistakes.sort(key=lambda mistake: order.get(_top(mistake.path), -1))
        raise SettingsError(_problem(mistake, file, secrets) for mistake in mistakes)
    return settings.model_copy(update={"warnings": tuple(rules.warnings(settings))})


def _misspelt_namespaces(config: Mapping[str, object]) -> Iterator[Mistake]:
    """Yield keys whose namespace looks like a misspelling of `hipaa`; they would be ignored without a message."""
    for key, value in config.items():
        namespace, _, name = key.partition(":")
        if namespace not in ("aws", "hipaa", "pulumi") and nearest(namespace, ["hipaa"]):
            yield Mistake(key, value, "a key of the namespace hipaa", did_you_mean(f"hipaa:{name}"))


def load() -> Settings:
    """Read and check the configuration of the running stack. No other code reads Pulumi's configuration.

    Raises:
        SettingsError: The configuration is invalid; the error holds every mistake.
    """
    keys = {**store.get_config_env(), **store.CONFIG.get()}.keys() | FIELDS.keys()
    values = {key: store.get_config(key) for key in sorted(keys)}
    config = {key: _decode(key, value) for key, value in values.items() if value is not None}
    secrets = [key for key in config if store.is_config_secret(key)] + store.get_config_secret_keys_env()
    return parse(config, file=f"Pulumi.{pulumi.get_stack()}.yaml", secrets=secrets)


def _decode(key: str, value: object) -> object:
    """Return the value as it is in the stack file; Pulumi passes every value to the program as a string."""
    field = FIELDS.get(key)
    if field is None or not isinstance(value, str) or field.annotation is str:
        return value
    if field.annotation is bool:
        return {"true": True, "false": False}.get(value, value)
    with contextlib.suppress(ValueError):
        return json.loads(value)
    return value


def _problem(mistake: Mistake, file: str, secrets: Collection[str]) -> Problem:
    conceal = is_secret(mistake.path) or _top(mistake.path) in secrets
    value = "(missing)" if mistake.value is MISSING else format_value(mistake.value, conceal=conceal)
    hint = "" if conceal else mistake.hint  # a hint may repeat the value
    return Problem(file=file, path=mistake.path, value=value, allowed=mistake.allowed, hint=hint)


def _top(path: str) -> str:
    return path.split(".", 1)[0].split("[", 1)[0]


def _contains(path: str, other: str) -> bool:
    """Return whether one of two paths equals the other or lies within it."""
    short, long = sorted((path, other), key=len)
    return long == short or (long.startswith(short) and long[len(short)] in ".[")
