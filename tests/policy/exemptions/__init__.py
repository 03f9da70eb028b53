"""Exempt resources: each module has the program of an exemption and the edits of it that bring the violation back."""

from collections.abc import Iterator
from typing import Final

from hipaa_policies.model import JudgedResource

from tests.policy.exemptions import addresses, forwarders, intakes, reads, rotation
from tests.policy.exemptions.cases import Exempted
from tests.policy.program import Edits, edited

EXEMPTED: Final[tuple[Exempted, ...]] = tuple(
    case for module in (intakes, reads, rotation, forwarders, addresses) for case in module.EXEMPTED
)


def programs(control: str) -> Iterator[list[JudgedResource]]:
    """Yield the programs of a control in which the verdict is known: exempt, refused and ordinary."""
    unchanged: Edits = {}
    for case in EXEMPTED:
        if case.control == control:
            refused = [edits for edits, _ in case.refused]
            for edits in (unchanged, *case.also, *refused, *case.ordinary):
                yield edited(case.good, edits)
