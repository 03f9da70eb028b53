"""Values that look like secrets. No setting is a secret: a stack file is in version control and in every copy of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from settings.errors import Mistake
from settings.showing import SECRET, secret_kind

_HINT: Final = (
    "store it in AWS Secrets Manager and set its ARN in hipaa:apps.<app>.secrets; if the file was ever committed, "
    "replace the secret"
)


def check(document: Mapping[str, object], encrypted: Sequence[str]) -> Iterator[Mistake]:
    """Yield every value that looks like a secret or is encrypted by Pulumi. The mistakes do not contain the values.

    Args:
        document: The configuration, by key.
        encrypted: Keys whose values Pulumi has decrypted.
    """
    for key, value in document.items():
        if key in encrypted:
            yield _encrypted(key)
        else:
            yield from _within(key, value)


def _within(path: str, value: object) -> Iterator[Mistake]:
    if isinstance(value, str):
        if kind := secret_kind(value):
            yield Mistake(path, SECRET, f"a value without a secret; this one looks like {kind}", _HINT)
    elif isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value)
        if [*items] == ["secure"]:
            yield _encrypted(path)
            return
        for key, item in items.items():
            yield from _within(f"{path}.{key}", item)
    elif isinstance(value, Sequence):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield from _within(f"{path}[{index}]", item)


def _encrypted(path: str) -> Mistake:
    return Mistake(
        path,
        SECRET,
        "a value that Pulumi does not encrypt",
        "no setting is a secret: write the value as text, without `--secret`; a secret of an application belongs in AWS Secrets "
        "Manager, and its ARN in hipaa:apps.<app>.secrets",
    )
