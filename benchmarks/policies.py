"""Time of the policies: in this process, over gRPC as Pulumi runs them, and as a program grows.

`python -m benchmarks.policies` prints medians and how they compare with the limits. Wall time on a busy machine says
little; the servers' own processor time, where the system tells it, says what they cost.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hipaa_policies.judge import judge
from hipaa_policies.model import Resource

from benchmarks import ROOT
from blueprint import verdict
from blueprint.packs import PACKS, running
from blueprint.record import Record
from blueprint.workspace import Workspace

IN_PROCESS_SECONDS = 1.0
"""All packs over prod's record."""
PER_RESOURCE_MS = 15.0
"""All packs, over gRPC."""
SIZES = (625, 1250, 2500, 5000)
RUNS = 5


def seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median time of an action."""
    found: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def grown(resources: list[Resource], size: int) -> list[Resource]:
    """Return a program of a size, made of copies that refer to what is in the same copy."""
    found: list[Resource] = []
    copy = 0
    while len(found) < size:
        for item in resources:
            if copy == 0 or item.type != "pulumi:pulumi:Stack":
                found.append(_copied(item, copy))
        copy += 1
    return found[:size]


def _copied(item: Resource, copy: int) -> Resource:
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
    """Return the processor time a process has used, where the system tells it in /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def over_grpc(record: Record) -> None:
    """Print what the four servers take for each resource."""
    count = len(record.resources)
    region = record.config.get("aws:region")
    total, total_used = 0.0, 0.0
    for name in PACKS:
        start = time.perf_counter()
        with running(name, record, policy=ROOT / "policy") as pack:
            ready = time.perf_counter() - start
            pack.configure({})
            for item in record.resources[:20]:
                list(pack.analyze(item, region))
            before = processor_seconds(pack.pid)
            alone = seconds(lambda: [list(pack.analyze(item, region)) for item in record.resources], 3)
            used = processor_seconds(pack.pid)
            together = seconds(lambda: list(pack.analyze_stack(record.resources, region)), 3)
            mine = (used - before) / 3 / count * 1e3 if used is not None and before is not None else None
            total += (alone + together) / count * 1e3
            total_used += mine or 0
            shown = f"{mine:5.2f} ms of processor" if mine is not None else ""
            print(
                f"{name:11} {len(pack.info.policies):3} policies, ready in {ready:4.2f} s, each resource {alone / count * 1e3:5.2f} ms "
                f"{shown}, the stack {together * 1e3:6.1f} ms"
            )
    print(
        f"all packs   each resource {total:5.2f} ms, its share of the stack included; {total_used:5.2f} ms of processor"
    )
    print(f"ratio to the limit of {PER_RESOURCE_MS:.0f} ms     {total / PER_RESOURCE_MS:5.2f}")


def main() -> None:
    """Print every measurement."""
    workspace = Workspace.at(ROOT)
    record = workspace.evaluate(workspace.stack("prod"))
    resources = verdict.judged_record(record)
    config = verdict.config_of(workspace.policy_config_of("prod"))
    accepted = verdict.waivers_of(workspace.waivers_file)
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
