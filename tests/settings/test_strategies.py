"""The strategy of valid documents draws every setting, so a property that holds for it holds for every setting."""

from __future__ import annotations

import contextlib

from hypothesis import HealthCheck, Phase, find
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import NoSuchExample

from tests.settings.documents import Document
from tests.settings.leaves import LEAVES, leaf, leaf_values
from tests.settings.strategies import valid_documents

FIRST_EXAMPLES = hypothesis_settings(
    max_examples=1500,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_every_setting_is_drawn() -> None:
    missing = set(LEAVES)

    def draws_the_last(document: Document) -> bool:
        missing.difference_update(leaf(path) or "" for path, _ in leaf_values(document))
        return not missing

    with contextlib.suppress(NoSuchExample):
        find(valid_documents(), draws_the_last, settings=FIRST_EXAMPLES)
    assert missing == set()
