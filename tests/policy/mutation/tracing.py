"""Dicts and lists that record which of their fields are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tests.policy.mutation.mutants import Path


class _TracedDict(dict[str, object]):
    """A dict that adds the path of each field to `read` when the field is read."""

    def __init__(self, bag: Mapping[str, object], path: Path, read: set[Path]) -> None:
        super().__init__({key: traced(item, (*path, key), read) for key, item in bag.items()})
        self._path, self._read = path, read

    def get(self, key: str, default: object = None) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return a field and record that it was read."""
        self._read.add((*self._path, key))
        return super().get(key, default)

    def __getitem__(self, key: str) -> object:
        self._read.add((*self._path, key))
        return super().__getitem__(key)

    def values(self) -> Any:
        """Return the values of all fields and record that all were read."""
        self._read.update((*self._path, key) for key in self)
        return super().values()

    def items(self) -> Any:
        """Return all fields and record that all were read."""
        self._read.update((*self._path, key) for key in self)
        return super().items()


class _TracedList(list[object]):
    """A list that adds the path of each element to `read` when the element is read."""

    def __init__(self, elements: list[object], path: Path, read: set[Path]) -> None:
        super().__init__(traced(item, (*path, at), read) for at, item in enumerate(elements))
        self._path, self._read = path, read

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, int):
            self._read.add((*self._path, at % max(1, len(self))))
        return super().__getitem__(at)

    def __iter__(self) -> Iterator[object]:
        self._read.update((*self._path, at) for at in range(len(self)))
        return super().__iter__()


def traced(value: object, path: Path, read: set[Path]) -> Any:
    """Return a copy of a value that records in `read` the path of every field that is read.

    Args:
        value: plain data; scalars are returned as they are.
        path: the position of the value in its resource; every recorded path starts with it.
        read: the set that receives the paths.
    """
    if isinstance(value, Mapping):
        return _TracedDict(cast("Mapping[str, object]", value), path, read)
    return _TracedList(cast("list[object]", value), path, read) if isinstance(value, list) else value
