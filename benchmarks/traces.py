"""Properties that note what is read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from benchmarks.mutants import Path


class _Fields(dict[str, object]):
    """A property bag that notes what is read of it."""

    def __init__(self, bag: Mapping[str, object], path: Path, read: set[Path]) -> None:
        super().__init__({key: traced(item, (*path, key), read) for key, item in bag.items()})
        self._path, self._read = path, read

    def get(self, key: str, default: object = None) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return a field, and note that it was asked for."""
        self._read.add((*self._path, key))
        return super().get(key, default)

    def __getitem__(self, key: str) -> object:
        self._read.add((*self._path, key))
        return super().__getitem__(key)

    def values(self) -> Any:
        """Return every field, and note that all were asked for."""
        self._read.update((*self._path, key) for key in self)
        return super().values()

    def items(self) -> Any:
        """Return every field with its name, and note that all were asked for."""
        self._read.update((*self._path, key) for key in self)
        return super().items()


class _Elements(list[object]):
    """A list whose elements note what is read of them."""

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
    """Return a value that notes in `read` the paths, from `path` on, at which somebody reads inside it."""
    if isinstance(value, Mapping):
        return _Fields(cast("Mapping[str, object]", value), path, read)
    return _Elements(cast("list[object]", value), path, read) if isinstance(value, list) else value
