"""Measure time and memory of `make preview` as a whole process: `python -m benchmarks.preview [RUNS]`."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

LIMIT_SECONDS = 3.0
"""Limit for evaluating and judging every stack of this repository."""
LIMIT_MB = 300.0


@dataclass(frozen=True)
class Measured:
    """Medians over several runs of one command: wall time and peak memory (1 MB is 10⁶ bytes)."""

    seconds: float
    megabytes: float


def measure(command: list[str], runs: int) -> Measured:
    """Run a command several times and return the medians of wall time and peak memory.

    A first run is not measured: it lets Python write its bytecode cache.
    """
    seconds: list[float] = []
    megabytes: list[float] = []
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    for run in range(runs + 1):
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            sys.exit(f"{' '.join(command)} ended with exit code {process.returncode}")
        if run == 0:
            continue
        seconds.append(elapsed)
        # `ru_maxrss` is in kibibytes on Linux and in bytes on macOS.
        megabytes.append(usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024))
    return Measured(statistics.median(seconds), statistics.median(megabytes))


def main() -> None:
    """Print the medians and their ratio to the limits and to importing the SDK alone."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    preview = measure([sys.executable, "-m", "blueprint", "preview"], runs)
    sdk = measure([sys.executable, "-c", "import pulumi, pulumi_aws, pulumi_awsx"], runs)
    print(
        f"preview of every stack   {preview.seconds:6.2f} s  {preview.megabytes:6.0f} MB   (median of {runs})"
    )
    print(f"importing the SDK alone  {sdk.seconds:6.2f} s  {sdk.megabytes:6.0f} MB")
    print(
        f"ratio preview / SDK      {preview.seconds / sdk.seconds:6.2f}    {preview.megabytes / sdk.megabytes:6.2f}"
    )
    print(
        f"ratio preview / limit    {preview.seconds / LIMIT_SECONDS:6.2f}    {preview.megabytes / LIMIT_MB:6.2f}"
    )


if __name__ == "__main__":
    main()
