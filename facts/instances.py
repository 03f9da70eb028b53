"""Limits of EC2 instance types for ECS tasks: processors, memory and network interfaces.

In network mode `awsvpc` every task needs one network interface. Task limits with and without trunking:
https://github.com/awsdocs/amazon-ecs-developer-guide/blob/021abe8ca185a054dea7bab21e631f9461e05bd6/doc_source/container-instance-eni.md
(AWS's table of 2023, read 2026-11-24; the current table is
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/eni-trunking-supported-instance-types.html). Burstable types do
not support trunking; their interfaces are listed in
https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/02c28c714bc8393f42fc9db2bc264e421c62aba4/pkg/aws/vpc/limits.go
(of 2025-10-06).
Processors and memory: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html.

A type that is missing from the table is not an error, because AWS adds types faster than a table can follow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

RESERVED_MIB: Final = 256
"""Memory that the ECS agent reserves for itself and the host (`ECS_RESERVED_MEMORY`), in MiB; this project's choice."""

CPU_UNITS_PER_VCPU: Final = 1024

ROOT_GIB: Final = 30
"""Size of the root volume in ECS-optimized Amazon Linux 2023 images, in GiB; AWS refuses a smaller one
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html)."""

ROOT_MAX_GIB: Final = 16_384
"""Largest root volume of this project, in GiB; gp3 volumes of every region have this size."""

PROXY_CPU_UNITS: Final = 256
PROXY_MIB: Final = 64
"""CPU units and memory that the proxy of ECS Service Connect adds to a task, as AWS recommends
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html)."""

# Share of the memory that kernel and firmware use: 2 to 4 % are usual, 5 % is on the safe side.
_KERNEL_PERCENT: Final = 5
_GIB: Final = 1024

# By size: vCPUs, tasks without trunking, tasks with trunking.
_Sizes = Mapping[str, tuple[int, int, int]]

_SMALL: Final[_Sizes] = {
    "large": (2, 2, 10),
    "xlarge": (4, 3, 20),
    "2xlarge": (8, 3, 40),
    "4xlarge": (16, 7, 60),
}
_BIG: Final[_Sizes] = {"16xlarge": (64, 14, 120), "24xlarge": (96, 14, 120)}
_FIFTH: Final[_Sizes] = {**_SMALL, "8xlarge": (32, 7, 60), "12xlarge": (48, 7, 60), **_BIG}
_FIFTH_COMPUTE: Final[_Sizes] = {
    **_SMALL,
    "9xlarge": (36, 7, 60),
    "12xlarge": (48, 7, 60),
    "18xlarge": (72, 14, 120),
    "24xlarge": (96, 14, 120),
}
_SIXTH: Final[_Sizes] = {
    **_SMALL,
    "8xlarge": (32, 7, 90),
    "12xlarge": (48, 7, 120),
    **_BIG,
    "32xlarge": (128, 14, 120),
}
_SIXTH_AMD: Final[_Sizes] = {**_SIXTH, "48xlarge": (192, 14, 120)}
_GRAVITON: Final[_Sizes] = {
    "medium": (1, 1, 4),
    **_SMALL,
    "8xlarge": (32, 7, 60),
    "12xlarge": (48, 7, 60),
    "16xlarge": (64, 14, 120),
}

# By family: its sizes, and GiB of memory per vCPU.
_FAMILIES: Final[Mapping[str, tuple[_Sizes, int]]] = {
    "c5": (_FIFTH_COMPUTE, 2),
    "c5d": (_FIFTH_COMPUTE, 2),
    "c6a": (_SIXTH_AMD, 2),
    "c6g": (_GRAVITON, 2),
    "c6i": (_SIXTH, 2),
    "c7g": (_GRAVITON, 2),
    "m5": (_FIFTH, 4),
    "m5a": (_FIFTH, 4),
    "m5d": (_FIFTH, 4),
    "m6a": (_SIXTH_AMD, 4),
    "m6g": (_GRAVITON, 4),
    "m6i": (_SIXTH, 4),
    "m7g": (_GRAVITON, 4),
    # AWS lists r5.8xlarge among the few sizes without trunking, so it is left out.
    "r5": ({size: figures for size, figures in _FIFTH.items() if size != "8xlarge"}, 8),
    "r5a": (_FIFTH, 8),
    "r5d": (_FIFTH, 8),
    "r6a": (_SIXTH_AMD, 8),
    "r6g": (_GRAVITON, 8),
    "r6i": (_SIXTH, 8),
    "r7g": (_GRAVITON, 8),
}

# By size: vCPUs, GiB of memory, tasks. t3a.small has one interface fewer than t3.small and t4g.small.
_BURSTABLE: Final[Mapping[str, tuple[int, float, int]]] = {
    "nano": (2, 0.5, 1),
    "micro": (2, 1, 1),
    "small": (2, 2, 2),
    "medium": (2, 4, 2),
    "large": (2, 8, 2),
    "xlarge": (4, 16, 3),
    "2xlarge": (8, 32, 3),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one instance type."""

    instance_type: str
    vcpus: int
    memory_mib: int
    """Memory of the type, in MiB."""
    tasks: int
    """Most tasks without trunking; each has its own interface, and one more interface belongs to the instance."""
    trunk_tasks: int | None
    """Most tasks with the account setting `awsvpcTrunking`; None if the type does not support trunking."""
    used_cpu_units: int = 0
    """CPU that programs on every instance use, in units of 1/1024 vCPU."""
    used_mib: int = 0
    """Memory that programs on every instance use, in MiB."""

    def without(self, *, cpu_units: int, memory_mib: int, tasks: int) -> Limits:
        """Return the limits without the CPU, the memory and the number of tasks that run on every instance."""
        return replace(
            self,
            used_cpu_units=self.used_cpu_units + cpu_units,
            used_mib=self.used_mib + memory_mib,
            tasks=self.tasks - tasks,
            trunk_tasks=None if self.trunk_tasks is None else self.trunk_tasks - tasks,
        )

    @property
    def cpu_units(self) -> int:
        """CPU for tasks, in units of 1/1024 vCPU."""
        return self.vcpus * CPU_UNITS_PER_VCPU - self.used_cpu_units

    @property
    def task_memory_mib(self) -> int:
        """Memory for tasks in MiB: a conservative estimate of what kernel and agent leave."""
        return self.memory_mib * (100 - _KERNEL_PERCENT) // 100 - RESERVED_MIB - self.used_mib

    def max_tasks(self, *, trunking: bool) -> int:
        """Return how many tasks the interfaces allow."""
        return self.trunk_tasks if trunking and self.trunk_tasks is not None else self.tasks

    def capacity(self, *, cpu_units: int, memory_mib: int, trunking: bool) -> int:
        """Return how many tasks of one size fit on the instance, by processors, memory and interfaces.

        Raises:
            ValueError: `cpu_units` or `memory_mib` is below 1.
        """
        if cpu_units < 1 or memory_mib < 1:
            raise ValueError(f"cpu_units and memory_mib must be over 0, got {cpu_units} and {memory_mib}")
        by_size = min(self.cpu_units // cpu_units, self.task_memory_mib // memory_mib)
        return max(0, min(by_size, self.max_tasks(trunking=trunking)))


def _table() -> dict[str, Limits]:
    table = {
        f"{family}.{size}": Limits(f"{family}.{size}", vcpus, vcpus * gib_per_vcpu * _GIB, tasks, trunk_tasks)
        for family, (sizes, gib_per_vcpu) in _FAMILIES.items()
        for size, (vcpus, tasks, trunk_tasks) in sizes.items()
    }
    for family in ("t3", "t3a", "t4g"):
        for size, (vcpus, gib, tasks) in _BURSTABLE.items():
            name = f"{family}.{size}"
            missing = 1 if name == "t3a.small" else 0
            table[name] = Limits(name, vcpus, int(gib * _GIB), tasks - missing, None)
    return table


INSTANCE_TYPES: Final[Mapping[str, Limits]] = _table()
"""Limits by instance type; within a family from small to large."""

FAMILIES: Final = tuple(sorted({name.partition(".")[0] for name in INSTANCE_TYPES}))
"""The families in the table."""


def limits_of(instance_type: str) -> Limits | None:
    """Return the limits of a type, or None if it is not in the table."""
    return INSTANCE_TYPES.get(instance_type)


def same_or_larger_types(instance_type: str) -> tuple[Limits, ...]:
    """Return a type and the larger types of its family, smallest first; empty if the type is not in the table."""
    family = instance_type.partition(".")[0]
    steps = [limits for name, limits in INSTANCE_TYPES.items() if name.partition(".")[0] == family]
    return (
        tuple(steps[steps.index(INSTANCE_TYPES[instance_type]) :]) if instance_type in INSTANCE_TYPES else ()
    )


def architecture(instance_type: str) -> Literal["arm64", "x86_64"]:
    """Return the processor architecture: AWS marks its ARM families with a `g` after the generation."""
    return "arm64" if re.match(r"a1\.|[a-z]+\d+[a-z]*g", instance_type.split("-")[0]) else "x86_64"
