"""Rules on the public entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from facts.quotas import SECURITY_GROUP_RULES
from settings.errors import Mistake
from settings.model import PrivateLinkPartnerSettings, Settings

_PORTS: Final = 2
"""The load balancer accepts 80, which it redirects, and 443."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield more ranges than the security group of the load balancer can have rules for."""
    if settings.edge is None:
        return
    partners = settings.connectivity.partners.values() if settings.connectivity else ()
    private_entries = sum(isinstance(partner, PrivateLinkPartnerSettings) for partner in partners)
    most = (SECURITY_GROUP_RULES - private_entries) // _PORTS
    if len(settings.edge.allowed_cidrs) > most:
        yield Mistake(
            "hipaa:edge.allowed_cidrs",
            f"{len(settings.edge.allowed_cidrs)} ranges",
            f"at most {most} ranges, because each needs {_PORTS} of the {SECURITY_GROUP_RULES} rules that AWS allows in a "
            "security group",
            "join neighbouring ranges, or allow 0.0.0.0/0 and filter addresses in AWS WAF",
        )
