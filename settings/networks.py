"""Readers of IPv4 addresses and ranges. Each raises a `ValueError` whose text is a hint, or empty."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from facts.network import is_private

PRIVATE = "private IPv4 range (RFC 1918 or 100.64.0.0/10)"
"""How messages name private address space."""


def address(raw: object) -> IPv4Address:
    """Return an address."""
    try:
        return IPv4Address(raw if isinstance(raw, str) else "")
    except AddressValueError:
        raise ValueError("") from None


def network(raw: object) -> IPv4Network:
    """Return a range; its text must be canonical, e.g. `10.0.0.0/16` and not `10.0.0.1/16`."""
    try:
        parsed = IPv4Network(raw, strict=False) if isinstance(raw, str) else None
    except ValueError:
        parsed = None
    if parsed is None:
        raise ValueError("")
    if str(parsed) != raw:
        raise ValueError(f"did you mean {parsed}?")
    return parsed


def private_range(longest_prefix: int) -> Callable[[object], IPv4Network]:
    """Return a reader of private ranges from /16 to `longest_prefix`."""

    def read(raw: object) -> IPv4Network:
        parsed = network(raw)
        if not is_private(parsed):
            raise ValueError("public and reserved ranges are not private")
        if parsed.prefixlen < 16:
            raise ValueError(f"did you mean {parsed.network_address}/16?")
        if parsed.prefixlen > longest_prefix:
            raise ValueError(f"did you mean {parsed.supernet(new_prefix=longest_prefix)}?")
        return parsed

    return read


def partner_range(raw: object) -> IPv4Network:
    """Return a range of a partner."""
    parsed = network(raw)
    if parsed.prefixlen < 8:
        raise ValueError("the range becomes a route: list the ranges that the partner uses")
    return parsed


def admin_range(raw: object) -> IPv4Network:
    """Return a range of administrators."""
    parsed = network(raw)
    if parsed.prefixlen < 16 and not is_private(parsed):
        raise ValueError("list the ranges that administrators connect from, such as 198.51.100.0/24")
    return parsed
