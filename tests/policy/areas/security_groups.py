"""Security groups and their rules."""

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    GONE,
    Edits,
    Rows,
    extra,
    resource,
)


def good_resources() -> Iterator[JudgedResource]:
    """Yield a program that every control accepts, with ids unknown as at a first preview."""
    yield resource(t.SECURITY_GROUP, "edge", {"tags": {"edge": "public"}})
    yield resource(t.SECURITY_GROUP, "app", {"tags": {"Name": "app"}})
    yield resource(
        t.INGRESS_RULE,
        "https",
        {
            "securityGroupId": UNKNOWN,
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "0.0.0.0/0",
        },
        {"securityGroupId": f"{t.SECURITY_GROUP} edge"},
    )
    yield resource(
        t.SECURITY_GROUP_RULE,
        "inside",
        {
            "securityGroupId": UNKNOWN,
            "type": "ingress",
            "protocol": "tcp",
            "fromPort": 8080,
            "toPort": 8080,
            "cidrBlocks": ["10.20.0.0/16"],
        },
        {"securityGroupId": f"{t.SECURITY_GROUP} app"},
    )


GOOD = {item.name: item for item in good_resources()}


def ingress(**props: Any) -> Edits:
    """Return the edit of the standalone ingress rule."""
    return {f"https {key}": value for key, value in props.items()}


def inside(**props: Any) -> Edits:
    """Return the edit of the rule of the older type."""
    return {f"inside {key}": value for key, value in props.items()}


WORLD_RULES = [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]

ROWS: dict[str, Rows] = {
    "security-group-opens-only-edge-ports": Rows(
        compliant=(
            ingress(fromPort=80, toPort=80, cidrIpv4=GONE, cidrIpv6="::/0"),
            ingress(fromPort=22, toPort=22, cidrIpv4="198.51.100.0/24"),
            ingress(fromPort=22, toPort=22, cidrIpv4=GONE, cidrIpv6="2001::/16"),
            {"inside type": "egress", "inside cidrBlocks": ["0.0.0.0/0"]},
            inside(fromPort=443, toPort=443, cidrBlocks=["0.0.0.0/0"]),
        ),
        violating=[
            ingress(fromPort=8443, toPort=8443),
            ingress(toPort=444),
            ingress(ipProtocol="-1"),
            ingress(toPort=80),
            ingress(cidrIpv4=GONE, cidrIpv6="2000::/3", fromPort=8443, toPort=8443),
            {"inside cidrBlocks": ["10.20.0.0/16", "0.0.0.0/1"]},
            {"inside ipv6CidrBlocks": ["::/0"]},
            {"app ingress": [{"protocol": "tcp", "fromPort": 81, "toPort": 81, "cidrBlocks": ["0.0.0.0/0"]}]},
        ],
        missing=[ingress(fromPort=GONE), ingress(ipProtocol=GONE)],
        unknown=[ingress(cidrIpv4=UNKNOWN), ingress(fromPort=UNKNOWN), {"inside cidrBlocks": UNKNOWN}],
    ),
    "security-group-never-opens-admin-ports": Rows(
        compliant=(
            ingress(fromPort=8443, toPort=8443),
            ingress(fromPort=22, toPort=22, cidrIpv4="10.0.0.0/8"),
            inside(cidrBlocks=["0.0.0.0/0"]),
            inside(type="egress", fromPort=5432, toPort=5432, cidrBlocks=["0.0.0.0/0"]),
        ),
        violating=[
            ingress(fromPort=22, toPort=22, cidrIpv4=GONE, cidrIpv6="::/0"),
            inside(fromPort=5432, toPort=5432, cidrBlocks=GONE, ipv6CidrBlocks=["::/0"]),
            {"app ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}]},
            ingress(fromPort=22, toPort=22),
            ingress(fromPort=20, toPort=3400),
            ingress(ipProtocol="-1"),
            {"inside fromPort": 5432, "inside toPort": 5432, "inside cidrBlocks": ["0.0.0.0/0"]},
        ],
        missing=[ingress(fromPort=GONE, toPort=GONE)],
        unknown=[ingress(fromPort=22, toPort=22, cidrIpv4=UNKNOWN)],
    ),
    "security-group-open-only-at-the-edge": Rows(
        compliant=(
            {"edge tags": {"Edge": "public"}},
            {"app ingress": [{"cidrBlocks": ["10.0.0.0/8"]}]},
            {"edge ingress": WORLD_RULES},
            inside(type="egress", cidrBlocks=["0.0.0.0/0"]),
            extra(
                t.SECURITY_GROUP_RULE,
                {"securityGroupId": UNKNOWN, "type": "ingress", "cidrBlocks": ["0.0.0.0/0"]},
                {"securityGroupId": f"{t.SECURITY_GROUP} edge"},
            ),
            extra(t.PREFIX_LIST, {"entries": [{"cidr": "198.51.100.0/24"}, {"cidr": "2001:db8::/32"}]}),
            extra(t.PREFIX_LIST, {"addressFamily": "IPv4"}),
            extra(t.PREFIX_LIST_ENTRY, {"cidr": "198.51.100.0/24"}),
        ),
        violating=[
            extra(
                t.INGRESS_RULE,
                {"securityGroupId": UNKNOWN, "cidrIpv6": "::/0"},
                {"securityGroupId": f"{t.SECURITY_GROUP} app"},
            ),
            inside(ipv6CidrBlocks=["::/0"]),
            extra(t.PREFIX_LIST, {"entries": [{"cidr": "198.51.100.0/24"}, {"cidr": "0.0.0.0/0"}]}),
            extra(t.PREFIX_LIST_ENTRY, {"cidr": "128.0.0.0/1"}),
            {"edge tags.edge": "private"},
            {"inside cidrBlocks": ["0.0.0.0/0"]},
            {"app ingress": [{"cidrBlocks": ["0.0.0.0/0"]}]},
            extra(t.INGRESS_RULE, {"securityGroupId": "sg-of-another-stack", "cidrIpv4": "0.0.0.0/0"}),
        ],
        missing=[{"edge tags": GONE}],
        unknown=[
            {"edge tags": UNKNOWN},
            {"edge tags.edge": UNKNOWN},
            extra(t.PREFIX_LIST, {"entries": UNKNOWN}),
            extra(t.PREFIX_LIST, {"entries": [{"cidr": UNKNOWN}]}),
            extra(t.PREFIX_LIST_ENTRY, {"cidr": UNKNOWN}),
        ],
    ),
    "security-group-rules-stand-alone": Rows(
        compliant=({"app ingress": []},),
        violating=[{"app ingress": [{"self": True}]}, {"app egress": [{"cidrBlocks": ["0.0.0.0/0"]}]}],
        missing=[{"app ingress": GONE}],
        missing_is_fine=True,
        unknown=[{"app ingress": UNKNOWN}, {"app egress": UNKNOWN}],
    ),
}
