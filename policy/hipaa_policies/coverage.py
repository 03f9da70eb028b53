"""The requirements of two public HIPAA packs, and the controls that answer them; `coverage.toml` holds the rows."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement."""

    id: str
    cdk_nag: tuple[str, ...] = ()
    """Rules of cdk-nag, without the name of the pack."""
    aws_config: tuple[str, ...] = ()
    """Identifiers of managed rules of AWS Config."""
    controls: tuple[str, ...] = ()
    """Ids of the controls that answer the requirement."""
    why: str = ""
    """What infrastructure code cannot decide, and who does; never empty if `controls` is empty."""


def _rows() -> Iterator[Row]:
    text = files("hipaa_policies").joinpath("coverage.toml").read_text(encoding="utf-8")
    for id_, fields in tomllib.loads(text).items():
        yield Row(
            id_,
            cdk_nag=tuple(fields.get("cdk_nag", ())),
            aws_config=tuple(fields.get("aws_config", ())),
            controls=tuple(fields.get("controls", ())),
            why=fields.get("why", ""),
        )


ROWS: Final = tuple(_rows())
