"""Where the instances of a cluster are, and how many readers it can have."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.data.aurora.readers import Readers, places


@settings(max_examples=60)
@given(zones=st.integers(1, 6), readers=st.integers(0, 15), analytics=st.integers(0, 5))
def test_adding_a_reader_moves_no_other_and_the_first_is_in_another_zone(
    zones: int, readers: int, analytics: int
) -> None:
    names = [f"us-east-1{letter}" for letter in "abcdef"[:zones]]
    ordinary, extra = places(names, readers, analytics)
    more, _ = places(names, readers + 1)
    assert more[: len(ordinary)] == ordinary
    assert len({place.key for place in (*ordinary, *extra)}) == readers + 1 + analytics
    if readers and zones > 1:
        assert ordinary[0].zone != ordinary[1].zone


def test_readers_that_a_cluster_cannot_have_are_refused() -> None:
    with pytest.raises(ValueError, match="0 <= min <= max, got 3 and 2"):
        Readers(min=3, max=2)
    with pytest.raises(ValueError, match="15 readers at most, got max 14 and analytics 2"):
        Readers(min=0, max=14, analytics=2)
    with pytest.raises(ValueError, match="zones must name a zone"):
        places([], 1)
