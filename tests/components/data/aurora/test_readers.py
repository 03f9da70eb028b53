"""Placement of the instances of a cluster, and limits on the number of readers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data.aurora.readers import Readers, placements


@settings(max_examples=60)
@given(zones=st.integers(1, 6), readers=st.integers(0, 15), analytics=st.integers(0, 5))
def test_an_additional_reader_moves_no_instance_and_the_first_reader_is_not_in_the_zone_of_the_writer(
    zones: int, readers: int, analytics: int
) -> None:
    names = [f"us-east-1{letter}" for letter in "abcdef"[:zones]]
    ordinary, extra = placements(names, readers, analytics)
    more, _ = placements(names, readers + 1)
    assert more[: len(ordinary)] == ordinary
    assert len({item.key for item in (*ordinary, *extra)}) == readers + 1 + analytics
    if readers and zones > 1:
        assert ordinary[0].zone != ordinary[1].zone


def test_invalid_numbers_of_readers_are_rejected() -> None:
    with pytest.raises(ValueError, match="0 <= min <= max, got 3 and 2"):
        Readers(min=3, max=2)
    with pytest.raises(ValueError, match="15 readers at most, got max 14 and analytics 2"):
        Readers(min=0, max=14, analytics=2)
    with pytest.raises(ValueError, match="zones must name a zone"):
        placements([], 1)
