"""Checks that several rules share."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Mistake
from settings.model import Settings


def check_image_digest(settings: Settings, path: str, image: str) -> Iterator[Mistake]:
    """Refuse an image without a digest in a protected stack."""
    if settings.protect and "@sha256:" not in image:
        yield Mistake(
            path,
            image,
            "an image with a digest (name@sha256:…) while hipaa:protect is true, because a tag can be moved",
            related_paths=("hipaa:protect",),
        )


def check_own_arn(
    settings: Settings, path: str, arn: str, *, service: str, kind: str, noun: str
) -> Iterator[Mistake]:
    """Refuse an ARN of another account, service or kind. The rules on places check its region.

    Args:
        settings: The settings of the stack.
        path: Path of the ARN.
        arn: The ARN.
        service: Service in the ARN, e.g. `acm`.
        kind: Type of resource with its separator, e.g. `certificate/`.
        noun: The resource in words, e.g. `a certificate`.
    """
    _, partition, its_service, region, account, resource = arn.split(":", 5)
    own = (settings.partition, service, settings.account_id)
    if (partition, its_service, account) != own or not region or not resource.startswith(kind):
        prefix = f"arn:{settings.partition}:{service}:{settings.region}:{settings.account_id}:{kind}"
        yield Mistake(
            path,
            arn,
            f"{noun} of this account and region: {prefix}…",
            related_paths=("aws:region", "hipaa:account"),
        )


def check_secret(settings: Settings, path: str, arn: str) -> Iterator[Mistake]:
    """Refuse a secret or a parameter of another account. The rules on places check its region."""
    is_parameter = arn.split(":")[2] == "ssm"
    yield from check_own_arn(
        settings,
        path,
        arn,
        service="ssm" if is_parameter else "secretsmanager",
        kind="parameter/" if is_parameter else "secret:",
        noun="a parameter" if is_parameter else "a secret",
    )


def one_zone_warning(setting: str) -> str:
    """Return the warning on a store of a protected stack that runs in one zone, e.g. because of `… .multi_az is false`."""
    return f"{setting} while hipaa:protect is true: the store is unavailable if its zone fails"
