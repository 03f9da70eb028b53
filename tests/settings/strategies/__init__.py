"""Hypothesis strategies of valid configurations."""

from __future__ import annotations

from hypothesis import strategies as st

from facts.regions import ZONES
from tests.settings.documents import Document
from tests.settings.strategies.apps import apps, daemons
from tests.settings.strategies.common import accounts, slugs, some
from tests.settings.strategies.connectivity import connectivity
from tests.settings.strategies.data import complete, data
from tests.settings.strategies.foundation import audits, computes, edges, networks


@st.composite
def valid_documents(draw: st.DrawFn) -> Document:
    """Draw any valid configuration."""
    region, protect, account = draw(st.sampled_from(sorted(ZONES))), draw(st.booleans()), draw(accounts)
    document: Document = {
        "aws:region": region,
        "aws:allowedAccountIds": [account],
        "hipaa:environment": draw(slugs),
        "hipaa:account": account,
        "hipaa:protect": protect,
        "hipaa:network": draw(networks(region)),
        "hipaa:audit": draw(audits(protect)),
    }
    document |= draw(
        some(
            {
                "aws:defaultTags": st.just({"tags": {"owner": "platform"}}),
                "hipaa:compute": computes(),
                "hipaa:edge": edges(),
                "hipaa:data": data(document),
            },
            odds=1,
        )
    )
    if "hipaa:compute" in document and draw(st.booleans()):
        document["hipaa:compute"]["daemons"] = draw(daemons(document))
    audit = document["hipaa:audit"]
    if document.get("hipaa:data", {}).get("backup", {}).get("copy_to_region") and draw(st.booleans()):
        audit["owns"] = [*audit.get("owns", []), "copy_region"]
    if "account" in audit.get("owns", []) and audit.get("alert_emails") and not region.startswith("us-gov-"):
        document |= draw(some({"hipaa:budget": st.builds(dict, monthly_usd=st.integers(1, 10_000_000))}))
    if draw(st.booleans()):
        document["hipaa:connectivity"] = draw(connectivity(document))
        partners = document["hipaa:connectivity"].get("partners", {}).values()
        if any(partner["mode"] == "privatelink" for partner in partners) and draw(st.booleans()):
            limit = draw(st.integers(10, 2_000_000_000))
            document["hipaa:edge"].setdefault("waf", {})["partner_rate_limit_per_5_min"] = limit
    if "hipaa:compute" in document and draw(st.booleans()):
        document["hipaa:apps"] = draw(apps(document))
    complete(draw, document)
    return document
