"""Quote names and values in SQL. In PostgreSQL, the function `format` of the server quotes names."""

from __future__ import annotations


def literal(value: str) -> str:
    """Return a string as a literal of PostgreSQL or MySQL.

    Raises:
        ValueError: The value has a backslash or a zero byte, whose meaning depends on the settings of the server.
    """
    if "\\" in value or "\0" in value:
        raise ValueError("a value in a statement must not contain a backslash or a zero byte")
    return "'" + value.replace("'", "''") + "'"


def mysql_name(name: str) -> str:
    """Return the name of a schema as an identifier of MySQL."""
    return "`" + name.replace("`", "``") + "`"


def mysql_user(name: str) -> str:
    """Return a user of MySQL who may connect from any address that reaches the database."""
    return f"{literal(name)}@'%'"
