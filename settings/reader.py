"""Reads the raw configuration of a stack into `Settings`, or raises one error that holds every mistake."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import pulumi
from pulumi.runtime import config as store
from pulumi.runtime import mocks
from pulumi.runtime import settings as runtime

from settings import provider, rules, samples, secret_values
from settings.errors import Mistake, Problem, SettingsError, did_you_mean, nearest
from settings.location import FIELDS
from settings.model import Settings
from settings.showing import MISSING, SECRET, format_value, is_secret
from settings.validation import validate

NAMESPACE: Final = "hipaa"
"""Namespace of the settings, whatever the name of the project."""


def parse(
    config: Mapping[str, object],
    *,
    file: str,
    project: str = NAMESPACE,
    stack: str = "",
    secrets: Collection[str] = (),
) -> Settings:
    """Check the configuration of a stack.

    Args:
        config: Keys and values under `config:` of the stack file, as written there or as Pulumi passes them to a program.
            Keys of other namespaces than `hipaa:` are ignored, except those of the AWS provider.
        file: Name of the stack file, for messages.
        project: Name of the Pulumi project.
        stack: Name of the stack, which is the default of `hipaa:environment`.
        secrets: Keys whose values Pulumi has decrypted; no setting may be one of them.

    Raises:
        SettingsError: The configuration is invalid; the error holds every mistake.
    """
    document = {
        key: _decoded(key, value)
        for key, value in config.items()
        # Pulumi passes a key without a value as an empty string.
        if (key.startswith(f"{NAMESPACE}:") or key in FIELDS) and value not in (None, "")
    }
    misplaced = list(_misplaced(config, project, secrets))
    if not document and not misplaced:
        keys = "a mapping with the settings of the stack, such as hipaa:account"
        raise SettingsError(
            [Problem(file, "config", format_value(MISSING), keys, "copy it from another stack file")]
        )
    leaked = list(secret_values.check(document, [key for key in document if key in secrets]))
    if stack:
        document.setdefault(f"{NAMESPACE}:environment", stack)
    settings, invalid = validate(document)
    mistakes = [*leaked, *_without_consequences(invalid, leaked, misplaced)]
    if settings:
        refused = {
            path for mistake in (*mistakes, *misplaced) for path in (mistake.path, *mistake.related_paths)
        }
        for mistake in rules.check(settings):
            paths = (mistake.path, *mistake.related_paths)
            if not any(_contains(path, other) for path in paths for other in refused):
                mistakes.append(mistake)
    mistakes.extend(misplaced)
    if mistakes or not settings:
        order = {key: position for position, key in enumerate(config)}
        mistakes.sort(key=lambda mistake: order.get(_top(mistake.path), -1))
        raise SettingsError(_problem(mistake, file) for mistake in mistakes)
    return settings.model_copy(update={"warnings": tuple(rules.warnings(settings))})


def _misplaced(config: Mapping[str, object], project: str, secrets: Collection[str]) -> Iterator[Mistake]:
    """Yield keys that no code reads: in the namespace of the project, in a misspelt one, and unknown to the provider."""
    for key, value in config.items():
        namespace, _, name = key.partition(":")
        value = SECRET if key in secrets else value
        if namespace == "aws":
            if key not in FIELDS and name not in provider.config_keys():
                near = nearest(name, provider.config_keys())
                correct = f"aws:{near}" if near else ""
                allowed = "a key that the AWS provider reads"
                yield Mistake(
                    key, value, allowed, did_you_mean(correct), related_paths=(correct,) if correct else ()
                )
        elif namespace not in (NAMESPACE, "pulumi") and (
            namespace == project or nearest(namespace, [NAMESPACE])
        ):
            correct = f"{NAMESPACE}:{name}"
            yield Mistake(
                key,
                value,
                f"a key of the namespace {NAMESPACE}",
                did_you_mean(correct),
                related_paths=(correct,),
            )


def _without_consequences(
    invalid: Collection[Mistake], leaked: Collection[Mistake], misplaced: Collection[Mistake]
) -> Iterator[Mistake]:
    """Yield mistakes in values, except within a secret, and except missing keys that are misspelt or misplaced."""
    elsewhere = {path for mistake in misplaced for path in mistake.related_paths}
    for mistake in invalid:
        missing = mistake.value is MISSING and mistake.path in elsewhere
        within = any(mistake.path == leak.path or mistake.path.startswith(f"{leak.path}.") for leak in leaked)
        if not missing and not within:
            yield mistake


def load() -> Settings:
    """Read and check the configuration of the running stack. No other code reads Pulumi's configuration.

    Raises:
        SettingsError: The configuration is invalid, or it contains sample values and the engine would deploy them. The
            error holds every mistake.
    """
    keys = {**store.get_config_env(), **store.CONFIG.get()}.keys() | FIELDS.keys()
    config = {key: value for key in sorted(keys) if (value := store.get_config(key)) is not None}
    file, stack = f"Pulumi.{pulumi.get_stack()}.yaml", pulumi.get_stack()
    secrets = [key for key in config if store.is_config_secret(key)] + store.get_config_secret_keys_env()
    settings = parse(config, file=file, project=pulumi.get_project(), stack=stack, secrets=secrets)
    # An evaluation without an engine, as in `make preview` and in tests, uses the SDK's mock monitor: it creates nothing,
    # and shows the warnings itself.
    if not isinstance(runtime.get_monitor(), mocks.MockMonitor | None):
        for warning in (*samples.warnings(settings), *settings.warnings):
            pulumi.log.warn(warning)
        if not pulumi.runtime.is_dry_run() and (refused := samples.mistakes(settings)):
            raise SettingsError(_problem(mistake, file) for mistake in refused)
    return settings


def _decoded(key: str, value: object) -> object:
    """Return the value as the model expects it.

    Pulumi passes every value to the program as text: `true` and `"true"` are the same there. A value in a file is read in the
    same way, so that a preview of the file and the program accept the same.
    """
    field = FIELDS.get(key)
    if field is None:
        return value
    text = json.dumps(value) if isinstance(value, bool | int | float) else value
    if not isinstance(text, str) or field.annotation is str:
        return text
    if field.annotation is bool:
        return {"true": True, "false": False}.get(text, value)
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return value


def _problem(mistake: Mistake, file: str) -> Problem:
    conceal = mistake.value is not SECRET and is_secret(mistake.path, mistake.value)
    hint = "" if conceal else mistake.hint  # a hint may repeat the value
    return Problem(file, mistake.path, format_value(mistake.value, conceal=conceal), mistake.allowed, hint)


def _top(path: str) -> str:
    return path.split(".", 1)[0].split("[", 1)[0]


def _contains(path: str, other: str) -> bool:
    """Return whether one of two paths equals the other or lies within it."""
    short, long = sorted((path, other), key=len)
    return long == short or (long.startswith(short) and long[len(short)] in ".[")
