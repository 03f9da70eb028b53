"""What holds for every test."""

import gc


def pytest_collection_finish() -> None:
    """Keep the collector away from the SDK's many classes, which it would walk again and again to find nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
