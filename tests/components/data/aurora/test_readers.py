"""Placement of the instances of a cluster, and limits on the number of readers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data.aurora.readers import Readers, placements


@settings(max_examples=60)
@given(zones=st.integers(1, 6), readers=st.integers(0, 15))
def test_an_additional_reader_moves_no_instance_and_the_first_reader_is_not_in_the_zone_of_the_writer(
    zones: int, readers: int
) -> None:
    names = [f"us-east-1{letter}" for letter in "abcdef"[:zones]]
    placed = placements(names, readers)
    assert placements(names, readers + 1)[: len(placed)] == placed
    assert len({item.key for item in placed}) == readers + 1
    if readers and zones > 1:
        assert placed[0].zone != placed[1].zone


def test_invalid_numbers_of_readers_are_rejected() -> None:
    with pytest.raises(ValueError, match="0 <= min <= max <= 15, got 3 and 2"):
        Readers(min=3, max=2)
    with pytest.raises(ValueError, match="0 <= min <= max <= 15, got 0 and 16"):
        Readers(min=0, max=16)
    with pytest.raises(ValueError, match="zones must name a zone"):
        placements([], 1)
