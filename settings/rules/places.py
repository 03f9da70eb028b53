"""Rules on values that name a region or an account: ARNs, images and endpoint services."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from settings.errors import Mistake
from settings.model import NatMode, Settings, nodes
from settings.rules import common

_ARN: Final = re.compile(r"arn:[\w-]+:[\w-]+:(?P<region>[\w-]+):.*")
_ENDPOINT_SERVICE: Final = re.compile(r"com\.amazonaws\.vpce\.(?P<region>[\w-]+)\..*")
_ECR: Final = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.amazonaws\.com/.*")
_ELSEWHERE: Final = re.compile(
    # Their own rules check the region of these values. The program only hands the texts of services on.
    r"hipaa:data\.backup\.|warnings|aws:defaultTags|hipaa:(apps|compute\.daemons)\..*(environment|command)\b"
)


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield values of another region, all of them in one mistake, and secrets and keys of another account."""
    for name, app in (settings.apps or {}).items():
        for path, arn in app.references.items():
            yield from common.check_secret(settings, f"hipaa:apps.{name}.{path}", arn)
        for index, arn in enumerate(app.secret_keys):
            yield from common.check_own_arn(
                settings,
                f"hipaa:apps.{name}.secret_keys[{index}]",
                arn,
                service="kms",
                kind="key/",
                noun="a key",
            )
    elsewhere = _elsewhere(settings)
    if settings.network.nat is NatMode.NONE or any(
        not _ECR.fullmatch(value) for value, _ in elsewhere.values()
    ):
        yield from _other_region(settings, elsewhere)


def _elsewhere(settings: Settings) -> Mapping[str, tuple[str, str]]:
    """Return the values that name another region than the stack's, and that region, by path."""
    elsewhere: dict[str, tuple[str, str]] = {}
    for path, value in nodes(settings):
        if not isinstance(value, str) or _ELSEWHERE.match(path):
            continue
        for pattern in (_ARN, _ECR, _ENDPOINT_SERVICE):
            match = pattern.fullmatch(value)
            if match and match["region"] != settings.region:
                elsewhere[path] = (value, match["region"])
    return elsewhere


def _other_region(settings: Settings, elsewhere: Mapping[str, tuple[str, str]]) -> Iterator[Mistake]:
    if len(elsewhere) == 1:
        [(path, (value, _))] = elsewhere.items()
        hint = ""
        if _ECR.fullmatch(value):
            hint = "without NAT, instances reach only the registry of their own region"
        yield Mistake(
            path, value, f"a value in aws:region ({settings.region})", hint, related_paths=("aws:region",)
        )
    elif elsewhere:
        regions = " and ".join(dict.fromkeys(region for _, region in elsewhere.values()))
        yield Mistake(
            "aws:region",
            settings.region,
            f"the region of {', '.join(elsewhere)}: {regions}",
            "if you have copied the file of another stack, adapt these values, and create what they name in your region",
            related_paths=tuple(elsewhere),
        )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a warning on images in other regions, and one on images in other accounts."""
    if elsewhere := _elsewhere(settings):
        regions = " and ".join(dict.fromkeys(region for _, region in elsewhere.values()))
        yield (
            f"{', '.join(elsewhere)}: images in {regions}, but aws:region is {settings.region}: every new task waits for the "
            "transfer, which AWS charges for; replicate the repositories"
        )
    accounts: dict[str, list[str]] = {}
    for path, value in nodes(settings):
        match = _ECR.fullmatch(value) if isinstance(value, str) and not _ELSEWHERE.match(path) else None
        if match and match["account"] != settings.account_id:
            accounts.setdefault(match["account"], []).append(path)
    for account, paths in accounts.items():
        yield (
            f"{', '.join(paths)}: images of account {account}: the policies of its repositories must admit account "
            f"{settings.account_id}"
        )
