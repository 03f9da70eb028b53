"""The config vars of a Heroku app, by what becomes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from facts.stores import STORES
from planning.heroku.addons import Store, has_database_url, prefixes, url_variable
from planning.heroku.app import Addon, App, Variable
from planning.heroku.note import Note
from settings.showing import is_secret

DOMAIN: Final = "app.example.org"
"""Domain in the output, which a person replaces."""

_SECRET_NAME: Final = re.compile(
    r"pass|salt|(?:^|_)key(?:$|_)|(?:^|_)(?:dsn|cookie)(?:$|_)|(?:mongo|database|redis|amqp)\w*_ur[li]$",
    re.IGNORECASE,
)
"""Names of secrets besides those of `settings.showing`."""
_SWITCH: Final = re.compile(r"true|false|yes|no|on|off|[01]", re.IGNORECASE)
"""Values that are no secret whatever the name of the variable."""
_HEROKU_DOMAIN: Final = re.compile(r"[\w<>.-]*\.herokuapp\.com")
_OF_HEROKU: Final = ("PORT", "DYNO", "BUILDPACK_URL", "PROCFILE_PATH")
_PLACEHOLDER: Final = "arn:aws:secretsmanager:us-east-1:111122223333:secret:{app}/{name}-AAAAAA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """Config vars by what becomes of them."""

    environment: Mapping[str, str]
    """Values that are not secret."""
    secrets: tuple[str, ...]
    """Names of those with a secret: generated, or with the name of a secret."""
    missing: tuple[str, ...]
    """Names of those that are required and have no value in the files."""
    optional: tuple[str, ...]
    """Names of those that are not required and have no value in the files."""
    reserved: tuple[str, ...]
    """Names that the program sets itself."""
    from_addons: tuple[str, ...]
    """Names of those that add-ons set."""
    from_heroku: tuple[str, ...]
    """Names of those that Heroku sets or reads."""


def sort_variables(
    variables: Sequence[Variable], addons: Sequence[Addon], uses: Sequence[Store]
) -> Variables:
    """Sort config vars by what becomes of them.

    A URL that an add-on always sets is in the result even if `app.json` does not list it.

    Args:
        variables: The config vars.
        addons: The add-ons of the app.
        uses: The stores that replace add-ons.
    """
    from_addons = {url for addon in addons if (url := url_variable(addon))}
    started = tuple(prefix for addon in addons for prefix in prefixes(addon))
    names: dict[str, list[str]] = {}
    environment: dict[str, str] = {}
    for variable in variables:
        name, value = variable.name, _HEROKU_DOMAIN.sub(DOMAIN, variable.value)
        if name in from_addons or name.startswith(started):
            from_addons.add(name)
        elif name in _OF_HEROKU or name.startswith("HEROKU_"):
            names.setdefault("heroku", []).append(name)
        elif _is_reserved(name, uses):
            names.setdefault("reserved", []).append(name)
        elif variable.is_generated or (_is_secret(name, value) and (value or variable.is_required)):
            names.setdefault("secrets", []).append(name)
        elif value:
            environment[name] = value
        else:
            names.setdefault("missing" if variable.is_required else "optional", []).append(name)
    return Variables(
        environment=environment,
        secrets=tuple(names.get("secrets", ())),
        missing=tuple(names.get("missing", ())),
        optional=tuple(names.get("optional", ())),
        reserved=tuple(names.get("reserved", ())),
        from_addons=tuple(sorted(from_addons)),
        from_heroku=tuple(sorted(names.get("heroku", ()))),
    )


def _is_secret(name: str, value: str) -> bool:
    return not _SWITCH.fullmatch(value) and (is_secret(name, value) or bool(_SECRET_NAME.search(name)))


def _is_reserved(name: str, uses: Sequence[Store]) -> bool:
    """Return whether the program sets a variable, or all variables with its prefix."""
    if has_database_url(uses) and name == "DATABASE_URL":
        return True
    return any(name.startswith(STORES[use].prefix) or name == STORES[use].url_variable for use in uses)


def placeholders(app: str, variables: Variables) -> dict[str, str]:
    """Return `secrets` of the application, with an ARN to replace for each secret."""
    return {name: _PLACEHOLDER.format(app=app, name=name) for name in variables.secrets}


def variable_notes(app: App, variables: Variables) -> Iterator[Note]:
    """Yield what to decide and to prepare for the config vars."""
    subject = f"hipaa:apps.{app.service_prefix}"
    if variables.secrets:
        yield Note(
            f"{subject}.secrets",
            "replace account and region in each ARN before the first `pulumi up`, which creates the key. Then copy the values from Heroku (step 4 of docs/runbooks/moving-from-heroku.md), or create new ones: `openssl rand -hex 64 "
            "| tr -d '\\n' | aws secretsmanager create-secret --name NAME --kms-key-id KEY --secret-string file:///dev/stdin`, where "
            "KEY is `pulumi stack output secrets_key_arn`, and replace each ARN by that of the secret",
        )
    if variables.environment:
        yield Note(
            f"{subject}.environment",
            "these values are the defaults in the files; compare them with `heroku config`. Values with a domain of Heroku "
            f"contain {DOMAIN} instead",
        )
    if variables.missing:
        yield Note(subject, f"required, without a value in the files: {', '.join(variables.missing)}")
    if variables.optional:
        yield Note(subject, f"optional, without a value in the files: {', '.join(variables.optional)}")
    if variables.reserved:
        yield Note(
            subject,
            f"the program sets {', '.join(variables.reserved)} itself, or reserves the beginning of the name: rename what differs",
        )
