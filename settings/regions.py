"""The AWS regions a stack may run in: partition and letters of the availability zones.

Zones as `describe-availability-zones` lists them to a new account, 2026-11; see
https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
The letters decide the address plan, so they are a table and not a call to AWS. The China and isolated
partitions are left out: their service sets differ too much.
"""

from __future__ import annotations

_THREE = """
    af-south-1 ap-east-1 ap-east-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2
    ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-1
    eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
    me-south-1 mx-central-1 sa-east-1 us-east-2 us-gov-east-1 us-gov-west-1
"""

ZONES: dict[str, str] = dict.fromkeys(_THREE.split(), "abc") | {
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
    "ca-central-1": "abd",
    "us-east-1": "abcdef",
    "us-west-1": "abc",
    "us-west-2": "abcd",
}
"""Region to the letters of its zones."""

BY_ACCOUNT = ("us-west-1",)
"""Regions that show each account only two of their three zones: there the zones have to be named."""


def zones(region: str) -> tuple[str, ...]:
    """Return the names of all zones of a region in the table, in alphabetical order."""
    return tuple(region + letter for letter in ZONES[region])


def partition(region: str) -> str:
    """Return the partition that starts every ARN of a region: `aws` or `aws-us-gov`."""
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
