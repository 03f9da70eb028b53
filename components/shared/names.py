"""Names and tags that several areas use. Creates no resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.shared.iam import Account

TRAIL_NAME: Final = "hipaa-account"
"""Name of the CloudTrail trail of the account. Unlike most names in this project it is fixed, because the policies of the
key and the bucket contain the ARN of the trail before it exists. A fixed name also makes the deployment of a second trail
in the same account fail, instead of recording all events twice."""

BACKUP_TAG: Final[Mapping[str, str]] = {"backup": "vault"}
"""The tag by which AWS Backup selects resources. Every resource that stores data has it."""

MAX_NAME_LENGTH: Final = 24
"""Maximum length of the logical name of a load balancer or target group: AWS allows 32 characters, and auto-naming adds
eight."""


def trail_arn(account: Account) -> str:
    """Return the ARN of the trail of an account; the trail need not exist yet."""
    return account.arn("cloudtrail", f"trail/{TRAIL_NAME}")


def check_name(name: str) -> None:
    """Check that a logical name leaves room for auto-naming.

    Raises:
        ValueError: The name is longer than `MAX_NAME_LENGTH`.
    """
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(f"name must have {MAX_NAME_LENGTH} letters at most, got {name!r} ({len(name)})")
