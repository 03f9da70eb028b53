"""Measure the time of the policies: in this process, over gRPC as Pulumi runs them, and for programs of growing size.

`python -m benchmarks.policies` prints medians and their ratio to the limits. On a busy machine the processor time of
the servers is a better measure than wall time; it is printed on systems with `/proc`.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hipaa_policies import waivers
from hipaa_policies.catalog import PACKS
from hipaa_policies.judge import judge
from hipaa_policies.model import JudgedResource

from blueprint import verdict
from blueprint.record import Record
from tests.policy.servers import running
from tests.repository import POLICY, policy_config, recorded

IN_PROCESS_SECONDS = 1.0
"""Limit for judging the record of prod with all packs."""
PER_RESOURCE_MS = 15.0
"""Limit for judging one resource with all packs over gRPC."""
SIZES = (625, 1250, 2500, 5000)
RUNS = 5


def seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median wall time of an action, in seconds."""
    measured: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        measured.append(time.perf_counter() - start)
    return statistics.median(measured)


def grown(resources: list[JudgedResource], size: int) -> list[JudgedResource]:
    """Return a program with `size` resources: copies of a program, each of which refers only to itself."""
    copies: list[JudgedResource] = []
    copy = 0
    while len(copies) < size:
        for item in resources:
            if copy == 0 or item.type != "pulumi:pulumi:Stack":
                copies.append(_copied(item, copy))
        copy += 1
    return copies[:size]


def _copied(item: JudgedResource, copy: int) -> JudgedResource:
    if copy == 0:
        return item

    def renamed(urn: str) -> str:
        return urn if "::pulumi:pulumi:Stack::" in urn else f"{urn}-{copy}"

    return replace(
        item,
        urn=renamed(item.urn),
        name=f"{item.name}-{copy}",
        parent=renamed(item.parent) if item.parent else None,
        dependencies=tuple(map(renamed, item.dependencies)),
        property_dependencies={
            name: tuple(map(renamed, urns)) for name, urns in item.property_dependencies.items()
        },
    )


def processor_seconds(pid: int) -> float | None:
    """Return the processor time that a process has used, in seconds; None on a system without /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def over_grpc(record: Record) -> None:
    """Print the time that each of the four servers needs for a resource and for the stack."""
    count = len(record.resources)
    region = record.config.get("aws:region")
    total, total_used = 0.0, 0.0
    for name in PACKS:
        start = time.perf_counter()
        with running(name, record) as pack:
            ready = time.perf_counter() - start
            pack.configure({})
            for item in record.resources[:20]:
                list(pack.analyze(item, region))
            before = processor_seconds(pack.pid)
            alone = seconds(lambda: [list(pack.analyze(item, region)) for item in record.resources], 3)
            used = processor_seconds(pack.pid)
            together = seconds(lambda: list(pack.analyze_stack(record.resources, region)), 3)
            own = (used - before) / 3 / count * 1e3 if used is not None and before is not None else None
            total += (alone + together) / count * 1e3
            total_used += own or 0
            shown = f"{own:5.2f} ms of processor" if own is not None else ""
            print(
                f"{name:11} {len(pack.info.policies):3} policies, ready in {ready:4.2f} s, each resource {alone / count * 1e3:5.2f} ms "
                f"{shown}, the stack {together * 1e3:6.1f} ms"
            )
    print(
        f"all packs   each resource {total:5.2f} ms, including its share of the stack; {total_used:5.2f} ms of processor"
    )
    print(f"ratio to the limit of {PER_RESOURCE_MS:.0f} ms     {total / PER_RESOURCE_MS:5.2f}")


def main() -> None:
    """Print every measurement."""
    record = recorded("prod")
    resources = verdict.judged_record(record)
    config = policy_config("prod")
    accepted = waivers.load(POLICY / "waivers.yaml")
    judge(resources, config=config, waivers=accepted)
    whole = seconds(lambda: judge(resources, config=config, waivers=accepted))
    print(f"in process, {len(resources)} resources of prod    {whole * 1e3:7.1f} ms (median of {RUNS})")
    print(f"ratio to the limit of {IN_PROCESS_SECONDS:.0f} s           {whole / IN_PROCESS_SECONDS:7.2f}")
    over_grpc(record)
    first = 0.0
    for size in SIZES:
        program = grown(resources, size)
        each = seconds(lambda program=program: judge(program, config=config), 3) / size
        first = first or each
        print(
            f"{size:5} resources  {each * size:6.2f} s  {each * 1e6:6.1f} µs each, ratio to {SIZES[0]}: {each / first:4.2f}"
        )


if __name__ == "__main__":
    main()
