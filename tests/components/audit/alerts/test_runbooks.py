"""Every alert describes its event and has a section in the runbook, and the links of runbooks are valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from components.compute.alarms import ALARMS as COMPUTE_ALARMS
from components.compute.service.alarms import AlarmLimits, service_alerts
from components.connectivity.partners.alarms import ALARMS as PARTNER_ALARMS
from components.connectivity.vpn.alarms import ALARMS as VPN_ALARMS
from components.data.backup.alarms import BACKUP_ALERTS
from components.data.cache.alarms import ALARMS as CACHE_ALARMS
from components.data.database.alarms import ALARMS as DATABASE_ALARMS
from components.data.files import FILES_IO
from components.shared.alarms import RUNBOOK
from tests.components.audit.alerts.programs import ALARM, ALERTS, RULE, alarms, for_each
from tests.repository import ROOT


@for_each(ALERTS)
def test_each_description_contains_the_event_the_reason_and_the_runbook(row: Any) -> None:
    for sentence in (row.summary, row.impact):
        assert re.fullmatch(r"[A-Z].{20,}\.", sentence), sentence
    assert row.description == f"{row.summary} {row.impact} Runbook: {RUNBOOK}#{row.id}"


@pytest.mark.parametrize(
    ("type_", "key", "limit"), [(ALARM, "alarmDescription", 1024), (RULE, "description", 512)]
)
def test_descriptions_are_those_of_the_tables_and_within_the_limit(type_: str, key: str, limit: int) -> None:
    expected = {f"alerts-{row.id}": row.description for row in ALERTS}
    described = {item.name: item for item in alarms().of_type(type_)}
    assert described
    for name, item in described.items():
        assert item.inputs[key] == expected[name]
        assert len(expected[name]) <= limit


def test_every_alert_has_a_section_in_the_runbook_and_every_section_has_an_alert() -> None:
    headings = re.findall(r"^### (.+)$", (ROOT / RUNBOOK).read_text(), flags=re.MULTILINE)
    all_alerts = (
        *ALERTS,
        *service_alerts(routed=True, limits=AlarmLimits()),
        *COMPUTE_ALARMS,
        *DATABASE_ALARMS,
        *CACHE_ALARMS,
        *BACKUP_ALERTS,
        FILES_IO,
        *PARTNER_ALARMS,
        *VPN_ALARMS,
    )
    assert sorted(headings) == sorted(row.id for row in all_alerts)


@pytest.mark.parametrize("page", sorted((ROOT / "docs/runbooks").glob("*.md")), ids=lambda page: page.name)
def test_each_runbook_is_short_and_its_links_are_valid(page: Path) -> None:
    text = page.read_text()
    # The runbook of the alarms may be longer, because nobody reads more than one of its sections.
    assert len(text.splitlines()) <= (400 if page.name == Path(RUNBOOK).name else 200)
    for file, anchor in re.findall(r"\]\(([\w.-]*)#?([\w-]*)\)", text):
        linked = page.parent / file if file else page
        assert linked.is_file(), file
        slugs = {
            re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", linked.read_text(), flags=re.MULTILINE)
        }
        assert not anchor or anchor in slugs, (file, anchor)
