"""Settings of the whole test suite: Hypothesis profiles, and the garbage collector."""

import gc
import os

from hypothesis import HealthCheck, settings

# A loaded machine must not fail a test, so no profile has a deadline. In CI every run draws the same examples, and a failure
# prints a blob that reproduces it.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_finish() -> None:
    """Exclude the SDK's many classes from garbage collection, which would scan them repeatedly without effect."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
