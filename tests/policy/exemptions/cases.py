"""What a module of exemptions states: a program with an exempt resource, and edits by the verdict that they must reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hipaa_policies.model import JudgedResource

from tests.policy.program import Edits


@dataclass(frozen=True)
class Exempted:
    """A resource that a control exempts, and edits of its program."""

    control: str
    subject: str
    """Name of the exempt resource."""
    good: Mapping[str, JudgedResource]
    refused: Sequence[tuple[Edits, str]]
    """Edits that break one condition each, with a part of the message. They bring the violation back."""
    unknown: Sequence[Edits] = ()
    """Edits after which a condition depends on a value that is not known before deployment."""
    also: Sequence[Edits] = ()
    """Edits after which the resource is still exempt."""
    ordinary: Sequence[Edits] = ()
    """Edits after which the exemption is not meant for the resource; the message does not mention the exemption."""
