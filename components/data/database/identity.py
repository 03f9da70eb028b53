"""`ApplicationIdentity`: the schema of an application in a database, and the users with which it signs in.

Maps to 45 CFR 164.312(a)(2)(i) (unique user identification) and 164.308(a)(4)(ii)(B)-(C) (access).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from components.data.database.engine import MASTER_USER

SignIn: TypeAlias = Literal["iam", "password"]
"""`iam`: with a token that is valid for 15 minutes. `password`: with a password that rotates."""

Access: TypeAlias = Literal["read", "write"]
"""Access to the tables of another application; `write` includes `read`."""

EXTENSIONS_SCHEMA: Final = "extensions"
"""PostgreSQL schema with the extensions, which every application can use."""

RESERVED_NAMES: Final = frozenset(
    {
        EXTENSIONS_SCHEMA,
        MASTER_USER,
        "admin",
        "mysql",
        "none",
        "postgres",
        "public",
        "rdsadmin",
        "root",
        "sys",
    }
)
"""Names that a database uses itself, so no application can have them."""

_NAME: Final = re.compile(r"[a-z](-?[a-z0-9])+")
_LONGEST_NAME: Final = 28  # MySQL accepts 32 characters in a user name; a suffix has up to four
_EXTENSION: Final = re.compile(r"[a-z][a-z0-9_-]{1,62}")


@dataclass(frozen=True, kw_only=True)
class ApplicationIdentity:
    """An application in a database. All its processes share its schema and its users; no other application does."""

    name: str
    """Name of the application and of its schema, 2 to 28 lower-case letters, digits and single hyphens."""
    sign_in: SignIn = "iam"
    """How its processes sign in."""
    statement_timeout_seconds: int | None = None
    """Seconds after which PostgreSQL cancels a statement; None means no limit. MySQL has no such limit for a user."""
    connection_limit: int | None = None
    """Maximum number of connections of each user; None means no limit besides that of the database."""
    extensions: Sequence[str] = ()
    """Extensions of PostgreSQL that the application needs."""
    shares: Mapping[str, Access] = field(default_factory=dict[str, Access])
    """Access to the schemas of other applications, by their name."""

    def __post_init__(self) -> None:
        """Reject names that are unsafe in statements, and limits that a database does not accept."""
        if not _NAME.fullmatch(self.name) or not 2 <= len(self.name) <= _LONGEST_NAME:
            raise ValueError(
                f"name must be 2 to {_LONGEST_NAME} lower-case letters, digits and single hyphens, the first a letter and "
                f"the last not a hyphen, got {self.name!r}"
            )
        if self.name in RESERVED_NAMES or self.name.startswith(("pg-", "rds-")):
            raise ValueError(f"name must not be one that a database uses itself, got {self.name!r}")
        for extension in self.extensions:
            if not _EXTENSION.fullmatch(extension):
                raise ValueError(f"extensions must be names of PostgreSQL extensions, got {extension!r}")
        for limit in ("statement_timeout_seconds", "connection_limit"):
            if (value := getattr(self, limit)) is not None and value < 1:
                raise ValueError(f"{limit} must be at least 1, got {value}")
        if self.name in self.shares:
            raise ValueError(f"shares must name other applications, got {self.name} itself")

    @property
    def logins(self) -> tuple[str, ...]:
        """Names of the users that sign in: one for `iam`, two that rotate alternately for `password`."""
        if self.sign_in == "iam":
            return (f"{self.name}_iam",)
        return (f"{self.name}_1", f"{self.name}_2")

    @property
    def iam_login(self) -> str | None:
        """Name of the user that signs in by IAM; None for `password`."""
        return self.logins[0] if self.sign_in == "iam" else None


def checked(applications: Iterable[ApplicationIdentity]) -> list[ApplicationIdentity]:
    """Return the applications of one database, sorted by name.

    Raises:
        ValueError: Two applications have the same name, or one has access to an application that is not in the list.
    """
    ordered = sorted(applications, key=lambda item: item.name)
    names = [item.name for item in ordered]
    if duplicates := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"applications must have different names, got {', '.join(duplicates)} twice")
    for item in ordered:
        if unknown := sorted(set(item.shares) - set(names)):
            raise ValueError(
                f"shares of {item.name} must name applications of the same database ({', '.join(names)}), got "
                f"{', '.join(unknown)}"
            )
    return ordered


def iam_logins(applications: Iterable[ApplicationIdentity]) -> list[str]:
    """Return the users that sign in by IAM."""
    return [login for item in applications if (login := item.iam_login)]
