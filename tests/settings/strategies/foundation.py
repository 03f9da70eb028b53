"""Strategies of the sections that every stack has, and of the public entry."""

from __future__ import annotations

from hypothesis import strategies as st

from facts.logs import HOT_DAYS, RETENTION_DAYS
from facts.regions import ZONES
from settings.model import ENDPOINTS
from tests.settings.documents import Document
from tests.settings.strategies.common import amis, cidrs, instance_types, some, span

_DETECTION = (
    "guardduty", "security_hub", "config_conformance_pack", "create_config_role", "access_analyzer", "inspector",
)  # fmt: skip


@st.composite
def networks(draw: st.DrawFn, region: str) -> Document:
    """Draw the VPC."""
    names = [region + letter for letter in ZONES[region]]
    zones = st.one_of(st.integers(2, len(names)), st.lists(st.sampled_from(names), min_size=2, unique=True))
    nat_instance = some(
        {
            "instance_type": instance_types,
            "per_zone": st.booleans(),
            "max_lifetime_days": st.integers(1, 365),
            "ami": amis,
        }
    )
    optional: Document = {
        "zones": zones,
        "nat": st.sampled_from(["gateway-per-zone", "single-gateway", "instance", "none"]),
        "nat_instance": nat_instance,
        "dns_firewall": st.sampled_from([{}, {"allow": ["idp.example.net", "*.example.com"]}]),
        "interface_endpoints": st.lists(st.sampled_from(ENDPOINTS), unique=True, max_size=4),
    }
    return {"cidr": draw(cidrs(draw(st.integers(0, 50)))), **draw(some(optional))}


def audits(protect: bool) -> st.SearchStrategy[Document]:
    """Draw logs, detection and alerts."""
    emails = st.sampled_from(["security@example.org", "on-call+aws@example.com"])
    return st.fixed_dictionaries(
        {"object_lock": st.sampled_from(["governance", "compliance"] if protect else ["none", "governance"])},
        optional={
            "owns": st.sampled_from([[], ["region"], ["account", "region"]]),
            "retention_days": st.sampled_from(RETENTION_DAYS),
            "hot_days": st.sampled_from(HOT_DAYS),
            "detection": some(dict.fromkeys(_DETECTION, st.booleans())),
            "alert_emails": st.lists(emails, unique=True),
        },
    )


_OTHER_TYPES = {
    "t4g.nano": ["t4g.micro", "c6g.large"],
    "t3.medium": ["t3a.medium", "m5.large"],
    "c5.2xlarge": ["c6i.2xlarge", "m5.2xlarge"],
    "m7g.large": ["m6g.large", "r6g.large"],
    "c7i-flex.large": ["c5.large", "m5.large"],
}
"""Types that hold the tasks of the first one."""


@st.composite
def computes(draw: st.DrawFn) -> Document:
    """Draw the cluster."""
    document = draw(_compute)
    others = _OTHER_TYPES[document.get("instance_type", "t3.medium")]
    return document | draw(some({"other_instance_types": st.permutations(others)}))


_compute = some(
    {
        "instance_type": instance_types,
        "instances": st.builds(
            lambda size, share: {**size, **share},
            span(1, 1000),
            some({"target_capacity_percent": st.integers(1, 100)}),
        ),
        "max_spot_instances": st.integers(1, 1000),
        "root_gib": st.integers(30, 16_384),
        "replace_instances": st.sampled_from(["cron(0 8 ? * SUN *)", "rate(7 days)"]),
        "ami": amis,
    }
)


_CA_BUNDLE: Document = {"bucket": "partner-ca", "key": "ca/all.pem", "version": "3sL4kqtJlcpXroDTDm"}
_dns = st.sampled_from(["alias", "weighted", "none"])


@st.composite
def edges(draw: st.DrawFn) -> Document:
    """Draw the public entry."""
    domains: Document = {
        "*.example.org": some({"dns": _dns}),
        "example.org": some({"dns": st.sampled_from(["alias", "none"])}),
        "www.example.org": st.just({"redirect_to": "app.example.org"}),
        "clinic.example.net": st.just({"zone_id": "Z456"}),
    }
    edge: Document = {
        "domain": "app.example.org",
        "zone_id": "Z123",
        **draw(
            some(
                {
                    "domains": st.lists(st.sampled_from(sorted(domains)), unique=True),
                    "dns": _dns,
                    "allowed_cidrs": st.lists(
                        st.sampled_from(["0.0.0.0/0", "198.51.100.0/24"]), min_size=1, unique=True
                    ),
                    "maintenance": st.sampled_from(["Back soon", "<p>Back soon</p>"]),
                    "mutual_tls": st.sampled_from(
                        [{"mode": "passthrough"}, {"mode": "verify", "ca_bundle": _CA_BUNDLE}]
                    ),
                    "waf": some(
                        {
                            "rate_limit_per_5_min": st.integers(10, 2_000_000_000),
                            "unlimited_cidrs": st.just(["198.51.100.0/24"]),
                            "counted_rules": st.lists(
                                st.sampled_from(["SizeRestrictions_BODY", "SQLi_BODY"]), unique=True
                            ),
                        }
                    ),
                }
            )
        ),
    }
    if "domains" in edge:
        edge["domains"] = [{"name": name, **draw(domains[name])} for name in edge["domains"]]
    if "weighted" in (edge.get("dns"), *(item.get("dns") for item in edge.get("domains", []))):
        edge["weight"] = draw(st.integers(0, 255))
    return edge
