"""Strategies that several sections use."""

from __future__ import annotations

from hypothesis import strategies as st

from facts.regions import partition
from tests.settings.documents import Document

accounts = st.text("0123456789", min_size=12, max_size=12)
slugs = st.from_regex(r"[a-z](-?[a-z0-9]){1,4}", fullmatch=True)
plain_slugs = slugs.map(lambda name: name.replace("-", ""))
"""Names without hyphens: two of them never lead to the same environment variable."""
amis = st.one_of(st.from_regex(r"ami-[0-9a-f]{17}", fullmatch=True), st.just("resolve:ssm:/golden/image"))
instance_types = st.sampled_from(["t4g.nano", "t3.medium", "c5.2xlarge", "m7g.large", "c7i-flex.large"])


def span(low: int, high: int) -> st.SearchStrategy[Document]:
    """Draw `min` and `max`."""
    numbers = st.integers(low, high)
    return st.builds(lambda a, b: {"min": min(a, b), "max": max(a, b)}, numbers, numbers)


@st.composite
def some(draw: st.DrawFn, options: Document, *, odds: int = 2) -> Document:
    """Draw any subset of the keys; each is `odds` times as likely to be present as to be absent."""
    return {key: draw(value) for key, value in options.items() if draw(st.integers(0, odds))}


@st.composite
def cidrs(draw: st.DrawFn, second: int, shortest: int = 16, longest: int = 21) -> str:
    """Draw a range within 10.<second>.0.0/16, so that ranges with different numbers do not overlap."""
    prefix = draw(st.integers(shortest, longest))
    third = draw(st.integers(0, 255)) >> (24 - prefix) << (24 - prefix)
    return f"10.{second}.{third}.0/{prefix}"


def arn(document: Document, service: str, resource: str) -> str:
    """Return an ARN in the account and region of a document."""
    region, account = document["aws:region"], document["hipaa:account"]
    return f"arn:{partition(region)}:{service}:{region}:{account}:{resource}"


def zone_count(document: Document) -> int:
    """Return the number of zones of a document."""
    zones = document["hipaa:network"].get("zones", 2)
    return zones if isinstance(zones, int) else len(zones)


def zone_names(document: Document, available: str) -> list[str]:
    """Return the names of the zones of a document; `available` holds the letters of the region's zones."""
    zones = document["hipaa:network"].get("zones", 2)
    if isinstance(zones, int):
        return [document["aws:region"] + letter for letter in available[:zones]]
    return list(zones)
