"""Rules on the names that hosts may resolve."""

from __future__ import annotations

from collections.abc import Iterator

from settings.model import Settings


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a warning on registries, whose images may come from hosts with other names."""
    if settings.network.dns_firewall and (registries := settings.registries):
        yield (
            f"hipaa:network.dns_firewall: images come from {', '.join(registries)}; if these registries use further hosts, such "
            "as one for signing in or a content network, add them to hipaa:network.dns_firewall.allow, or copy the images to ECR"
        )
