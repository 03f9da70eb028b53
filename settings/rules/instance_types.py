"""Rules on EC2 instance types: they must exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from settings import provider
from settings.errors import Mistake, nearest
from settings.model import ComputeSettings, NatInstanceSettings, Settings, VpnSettings, nodes

_CLASS: Final = re.compile(r"([a-z]+)(\d+)")
_SMALL: Final = ("nano", "micro", "small", "medium", "large", "xlarge")


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield instance types that do not exist."""
    for path, instance_type in _types(settings):
        if instance_type not in provider.instance_types() and not _is_newer(instance_type):
            yield Mistake(
                path,
                instance_type,
                "an EC2 instance type that exists",
                f"the nearest is {' or '.join(_nearest(instance_type))}",
            )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield instance types that are too new for the installed provider to list."""
    for path, instance_type in _types(settings):
        if instance_type not in provider.instance_types() and _is_newer(instance_type):
            yield (
                f"{path} {instance_type} is newer than the list in the installed pulumi-aws: make sure that "
                "AWS offers it in your region"
            )


def _types(settings: Settings) -> Iterator[tuple[str, str]]:
    for path, node in nodes(settings):
        if isinstance(node, ComputeSettings | NatInstanceSettings | VpnSettings):
            yield f"{path}.instance_type", node.instance_type
        if isinstance(node, ComputeSettings):
            for index, instance_type in enumerate(node.other_instance_types):
                yield f"{path}.other_instance_types[{index}]", instance_type


def _is_newer(instance_type: str) -> bool:
    """Return whether a family is unknown, but of one of the newest generations of its class or of one of the next two.

    AWS adds families to the newest generations only.
    """
    types = provider.instance_types()
    family = instance_type.partition(".")[0]
    made = _CLASS.match(family)
    if not types:
        return True
    if made is None or any(name.startswith(f"{family}.") for name in types):
        return False
    known = [_CLASS.match(name) for name in types]
    newest = max((int(match[2]) for match in known if match and match[1] == made[1]), default=None)
    return newest is not None and newest - 1 <= int(made[2]) <= newest + 2


def _nearest(instance_type: str) -> list[str]:
    """Return the next smaller and the next larger type of a family, or the type with the most similar name."""
    family, _, size = instance_type.partition(".")
    types = provider.instance_types()
    members = sorted((name for name in types if name.startswith(f"{family}.")), key=_size)
    if not members:
        families = sorted({name.partition(".")[0] for name in types})
        alike = f"{nearest(family, families)}.{size}"
        return [alike if alike in types else nearest(instance_type, sorted(types)) or "c5.large"]
    smaller = [name for name in members if _size(name) < _size(instance_type)][-1:]
    return smaller + [name for name in members if _size(name) > _size(instance_type)][:1]


def _size(instance_type: str) -> float:
    """Return the size of a type: the number before `xlarge`, which doubles with the processors."""
    size = instance_type.partition(".")[2]
    if size in _SMALL:
        return 2.0 ** (_SMALL.index(size) - len(_SMALL) + 1)
    number = re.match(r"(\d+)xlarge", size)
    return float(number[1]) if number else float("inf")
