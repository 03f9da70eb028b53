"""Rules on how applications sign in to databases, and on their limits there."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Mistake, did_you_mean, nearest
from settings.model import AppSettings, NatMode, Settings
from settings.model.apps import DatabaseAccessSettings

_URL = "DATABASE_URL"
"""Variable that the program sets for applications that sign in with a password."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield access that the databases of an application cannot give."""
    for name, app in (settings.apps or {}).items():
        path = f"hipaa:apps.{name}"
        stores = [store for store in app.uses if store in settings.relational_stores]
        if not stores:
            if app.database != DatabaseAccessSettings():
                yield Mistake(
                    f"{path}.database",
                    sorted(app.database.model_fields_set),
                    f"nothing, unless {path}.uses contains a database of the stack",
                    related_paths=(f"{path}.uses", "hipaa:data"),
                )
            continue
        if app.database.sign_in == "password":
            yield from _password(path, app, stores, settings)
        yield from _engines(path, app, stores, settings)
        yield from _shares(path, name, app, stores, settings)


def _password(path: str, app: AppSettings, stores: list[str], settings: Settings) -> Iterator[Mistake]:
    sign_in = f"{path}.database.sign_in"
    if len(stores) > 1:
        yield Mistake(
            sign_in,
            "password",
            f"iam, because {path}.uses contains {' and '.join(stores)}, but there is one {_URL}",
            related_paths=(f"{path}.uses",),
        )
    sections = {
        f"{path}.environment": app.environment,
        f"{path}.secrets": app.secrets,
        **{f"{path}.processes.{name}.environment": item.environment for name, item in app.processes.items()},
    }
    for section, variables in sections.items():
        if _URL in variables:
            yield Mistake(
                f"{section}.{_URL}",
                _URL,
                f"no variable {_URL}: the program sets it, because {sign_in} is password",
                related_paths=(sign_in,),
            )
    network = settings.network
    if network.nat is NatMode.NONE and "secretsmanager" not in network.interface_endpoints:
        yield Mistake(
            sign_in,
            "password",
            "iam, unless the function that rotates the password reaches Secrets Manager",
            "add secretsmanager to hipaa:network.interface_endpoints, or set hipaa:network.nat",
            related_paths=("hipaa:network.nat", "hipaa:network.interface_endpoints"),
        )


def _engines(path: str, app: AppSettings, stores: list[str], settings: Settings) -> Iterator[Mistake]:
    mysql = [name for name in stores if settings.stores[name].engine == "mysql"]  # type: ignore[index]
    for key in ("statement_timeout_seconds", "extensions"):
        value = getattr(app.database, key)
        if value and mysql:
            yield Mistake(
                f"{path}.database.{key}",
                value,
                f"nothing, because hipaa:data.{mysql[0]}.engine is mysql, which has no such setting for a user",
                related_paths=(f"{path}.uses", f"hipaa:data.{mysql[0]}.engine"),
            )


def _shares(
    path: str, name: str, app: AppSettings, stores: list[str], settings: Settings
) -> Iterator[Mistake]:
    others = {
        other: item
        for other, item in (settings.apps or {}).items()
        if other != name and set(item.uses) & set(stores)
    }
    for other in app.database.shares:
        if other not in others:
            yield Mistake(
                f"{path}.database.shares.{other}",
                other,
                f"another application that uses {' or '.join(stores)}: {', '.join(others) or 'there is none'}",
                did_you_mean(nearest(other, others)),
                related_paths=("hipaa:apps",) if other not in (settings.apps or {}) else (f"{path}.uses",),
            )
