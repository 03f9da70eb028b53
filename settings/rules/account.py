"""Rules on the account, its owner, locks and the budget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts.quotas import BUDGET_EMAILS
from settings.errors import Mistake
from settings.model import Settings

_OWNS: Final = "hipaa:audit.owns"
_CLASSIFYING: Final = ("data-classification", "owner")
"""Tags that show which data a store has and who is responsible for it."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield a wrong account, owners that lack something, locks that contradict `hipaa:protect`, and budgets that AWS would refuse."""
    accounts = settings.allowed_account_ids
    if settings.account_id not in accounts:
        yield Mistake(
            "aws:allowedAccountIds",
            accounts,
            f'a list that contains hipaa:account ("{settings.account_id}"); the AWS provider refuses other accounts',
            related_paths=("hipaa:account",),
        )
    yield from _owner(settings)
    yield from _locks(settings)
    if settings.budget:
        yield from _budget(settings, settings.budget.monthly_usd)


def _owner(settings: Settings) -> Iterator[Mistake]:
    owns = settings.audit.owns
    if settings.audit.owns_account and not settings.audit.owns_region:
        yield Mistake(
            _OWNS,
            owns,
            "region together with account",
            "the owner of the account also owns its region, where AWS Config records global resources: add region",
        )
    if settings.audit.owns_copy_region and settings.copy_region is None:
        yield Mistake(
            _OWNS,
            owns,
            "copy_region only together with hipaa:data.backup.copy_to_region",
            "set the region of the copies, or remove copy_region",
            related_paths=("hipaa:data.backup",),
        )
    if settings.budget and not settings.audit.owns_account:
        yield Mistake(
            "hipaa:budget",
            f"monthly_usd: {settings.budget.monthly_usd}",
            "a budget only in the stack whose hipaa:audit.owns contains account",
            "a budget counts the costs of the whole account: move it to that stack, or remove it",
            related_paths=(_OWNS,),
        )


def _locks(settings: Settings) -> Iterator[Mistake]:
    locks = {"hipaa:audit.object_lock": settings.audit.object_lock}
    if settings.data and settings.data.backup:
        locks["hipaa:data.backup.vault_lock"] = settings.data.backup.vault_lock
    for path, mode in locks.items():
        if mode == "compliance" and not settings.protect:
            yield Mistake(
                path,
                mode,
                "none or governance while hipaa:protect is false",
                "a compliance lock cannot be removed: set hipaa:protect to true if you want one",
                related_paths=("hipaa:protect",),
            )
        if mode == "none" and settings.protect:
            yield Mistake(
                path,
                mode,
                "governance or compliance while hipaa:protect is true",
                "did you mean governance?",
                related_paths=("hipaa:protect",),
            )


def _budget(settings: Settings, monthly_usd: int) -> Iterator[Mistake]:
    emails = settings.audit.alert_emails
    if not 1 <= len(emails) <= BUDGET_EMAILS:
        yield Mistake(
            "hipaa:audit.alert_emails",
            emails,
            f"1 to {BUDGET_EMAILS} addresses are required when hipaa:budget is set",
            related_paths=("hipaa:budget",),
        )
    if settings.partition != "aws":
        yield Mistake(
            "hipaa:budget",
            f"monthly_usd: {monthly_usd}",
            f"no budget in {settings.region}",
            "the costs of a GovCloud account are billed to a standard account: set the budget there",
            related_paths=("aws:region",),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings if findings are sent to nobody, if stores are not classified, and if a stack for ePHI can be deleted."""
    if settings.audit.owns_region and not settings.audit.alert_emails:
        yield "hipaa:audit.owns contains region but hipaa:audit.alert_emails is empty: nobody receives findings"
    tags = settings.default_tags.tags
    if settings.stores and (missing := [tag for tag in _CLASSIFYING if tag not in tags]):
        yield f"aws:defaultTags.tags has no {' and no '.join(missing)}, so the data stores are not classified"
    if tags.get("data-classification", "").lower() == "phi" and not settings.protect:
        locked = "" if settings.audit.object_lock != "none" else " and hipaa:audit.object_lock is none"
        yield (
            "aws:defaultTags.tags.data-classification is phi, but hipaa:protect is false"
            f"{locked}: ePHI and its logs can be deleted"
        )
