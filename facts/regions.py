"""The AWS regions in which a stack may run, with their partition and the letters of their availability zones.

The zones are those that `describe-availability-zones` lists for a new account, 2026-11; see
https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
The letters decide the address plan, so this module holds a table instead of asking AWS. The China and isolated
partitions are left out because their service sets differ too much.
"""

from __future__ import annotations

from typing import Final

_THREE_ZONES: Final = """
    af-south-1 ap-east-1 ap-east-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2
    ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-1
    eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
    me-south-1 mx-central-1 sa-east-1 us-east-2 us-gov-east-1 us-gov-west-1
"""

ZONES: Final[dict[str, str]] = dict.fromkeys(_THREE_ZONES.split(), "abc") | {
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
    "ca-central-1": "abd",
    "us-east-1": "abcdef",
    "us-west-1": "abc",
    "us-west-2": "abcd",
}
"""Letters of the zones, by region."""

REGIONS_WITH_HIDDEN_ZONES: Final = ("us-west-1",)
"""Regions that show each account only two of their three zones; a stack there must list its zones by name."""


def zones(region: str) -> tuple[str, ...]:
    """Return the names of all zones of a region in the table, in alphabetical order."""
    return tuple(region + letter for letter in ZONES[region])


def partition(region: str) -> str:
    """Return the partition that starts every ARN of a region: `aws` or `aws-us-gov`."""
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
