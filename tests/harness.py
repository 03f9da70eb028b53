"""What the tests of components share: an example account, its key, and the evaluation of a program in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from blueprint import recorder
from blueprint.record import Record
from components.shared.iam import Account

REGION: Final = "us-east-1"
ACCOUNT: Final = Account(id="111122223333", region=REGION)
KEY: Final = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-666677778888")
"""ARN of a customer-managed KMS key."""


def evaluate(program: Callable[[], object], *, known: bool = True) -> Record:
    """Run a program as the stack `dev` of this project in the example account, and return its record.

    With `known`, ids and ARNs have plausible values; without it they are unknown, as in the first preview of a stack.
    """
    return recorder.evaluate(
        program, {"aws:region": REGION}, project="hipaa", account=ACCOUNT.id, known=known
    )
