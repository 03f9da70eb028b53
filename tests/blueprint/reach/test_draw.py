"""The network map: the same bytes every time, nothing outside the page, and what is possible drawn."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from blueprint.reach.mermaid import mermaid
from blueprint.reach.svg import svg
from tests.blueprint.reach.sample import sound
from tests.repository import network as of_repository
from tests.repository import recorded

SPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_map_is_the_same_every_time_and_lies_within_its_page(stack: str):
    first, second = (svg(of_repository(recorded(stack)), "Network") for _ in range(2))
    assert first == second
    root = ElementTree.fromstring(first)  # noqa: S314, our own text
    width, height = int(root.get("width", "0")), int(root.get("height", "0"))
    boxes = root.findall(f"{SPACE}rect")
    assert len(boxes) > 8
    for box in boxes:
        x, y = int(box.get("x", "0")), int(box.get("y", "0"))
        assert x >= 0
        assert y >= 0
        assert x + int(box.get("width", "0")) <= width
        assert y + int(box.get("height", "0")) <= height


def test_boxes_of_places_do_not_cover_each_other():
    root = ElementTree.fromstring(svg(sound(), "Network"))  # noqa: S314, our own text
    chips = [box for box in root.findall(f"{SPACE}rect") if box.get("rx") == "7"]
    places = [tuple(int(box.get(key, "0")) for key in ("x", "y", "width", "height")) for box in chips]
    assert len(places) == 9
    for number, (x, y, wide, high) in enumerate(places):
        for other_x, other_y, _, _ in places[number + 1 :]:
            assert abs(x - other_x) >= wide or abs(y - other_y) >= high


def test_both_forms_draw_the_connections_that_are_possible_and_no_other():
    text = mermaid(sound())
    names = dict(re.findall(r'(n\d+)\["([^<"]+)', text))
    links = {
        (names[one], names[other], label)
        for one, label, other in re.findall(r'(n\d+) -->\|"(.*)"\| (n\d+)', text)
    }
    assert links == {
        ("internet", "edge", "443"), ("edge", "api", "8443"), ("api", "aurora", "5432"), ("api", "partners", "8443"),
        ("partners", "mercy", "443"),
    }  # fmt: skip
    drawn = svg(sound(), "Network")
    assert drawn.count("marker-end") == len(links)
    assert "Transit Gateway · 4 attachments · tables: app, exchange, mercy, stluke" in drawn


def test_a_group_of_the_vpn_is_one_connection_with_the_tiers_it_leads_to():
    text = mermaid(of_repository(recorded("prod")))
    names = {title: node for node, title in re.findall(r'(n\d+)\["([^<"]+)', text)}
    assert f'{names["engineers"]} -->|"to private, data"| {names["vpn"]}' in text
    assert f'{names["support"]} -->|"to private"| {names["vpn"]}' in text
    assert "vpn-clients" not in names
    assert len(re.findall(rf"^  {names['engineers']} -->", text, re.MULTILINE)) == 1
