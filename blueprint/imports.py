"""Importing the provider's SDK without evaluating its annotations, which take most of the time it needs.

The SDK is ten thousand generated classes with an annotation for each property. Python before 3.14 evaluates every one
when a module is imported, and nothing ever looks at most of them. Here the modules are compiled as if each began with
`from __future__ import annotations` (PEP 563); whoever asks for a type (`typing.get_type_hints`, as Pulumi's SDK does)
still gets it. Only `python -m blueprint` does this: tests and deployments import the SDK as it is.
"""

from __future__ import annotations
import __future__

import contextlib
import marshal
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

PACKAGE: Final = "pulumi_aws"


def postpone_annotations() -> None:
    """From now on import the provider's SDK so, if that pays: where the compiled modules can be kept beside it."""
    spec = find_spec(PACKAGE)
    if spec is not None and spec.origin and os.access(Path(spec.origin).parent, os.W_OK):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the modules of the SDK, and has them loaded by `_Loader`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(fullname, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Compiles a module with postponed annotations, and keeps the result under a name of its own."""

    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path)
        kept = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.postponed"
        about = source.stat()
        stamp = f"{about.st_mtime_ns} {about.st_size}\n".encode()
        with contextlib.suppress(OSError):
            head, _, body = kept.read_bytes().partition(b"\n")
            if head + b"\n" == stamp:
                # As far to be trusted as the modules beside it, and as Python trusts its own .pyc files.
                return marshal.loads(body)  # noqa: S302
        code: CodeType = compile(
            source.read_bytes(),
            self.path,
            "exec",
            __future__.annotations.compiler_flag,
            dont_inherit=True,
            optimize=2,
        )
        with contextlib.suppress(OSError):
            kept.parent.mkdir(exist_ok=True)
            half = kept.with_suffix(f".{os.getpid()}")
            half.write_bytes(stamp + marshal.dumps(code))
            half.replace(kept)
        return code
