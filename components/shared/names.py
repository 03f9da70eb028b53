"""Names and tags on which several areas depend. No resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.shared.iam import Account

TRAIL_NAME: Final = "hipaa-account"
"""Name of the account's one trail. It is fixed, unlike most names in this project, because key and bucket admit the trail by
its ARN before it exists. It also makes a second owner of the same account fail at once instead of recording twice."""

BACKED_UP: Final[Mapping[str, str]] = {"backup": "vault"}
"""The tag by which AWS Backup selects; every resource that stores data carries it."""

LONGEST_NAME: Final = 24
"""Longest logical name of a load balancer or target group: AWS allows 32 characters, auto-naming adds a hyphen and seven."""


def trail_arn(account: Account) -> str:
    """Return the ARN of an account's trail, whether it exists or not."""
    return account.arn("cloudtrail", f"trail/{TRAIL_NAME}")


def check_name(name: str) -> None:
    """Refuse a logical name that leaves no room for auto-naming within AWS's 32 characters.

    Raises:
        ValueError: The name is longer than `LONGEST_NAME`.
    """
    if len(name) > LONGEST_NAME:
        raise ValueError(f"name must have {LONGEST_NAME} letters at most, got {name!r} ({len(name)})")
