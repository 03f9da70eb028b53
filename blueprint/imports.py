"""Importing of the provider's SDK only what a program names, which takes a third of the time and of the memory.

The SDK is ten thousand generated classes with an annotation for each property. A service's package imports all of its
modules, and Python before 3.14 evaluates every annotation when it imports a module; nothing ever looks at most of either.
Here two things are otherwise. A module is compiled as if it began with `from __future__ import annotations` (PEP 563):
whoever asks for a type (`typing.get_type_hints`, as Pulumi's SDK does) still gets it. And a service's package imports a
module when a name of it is asked for (PEP 562). Only `python -m blueprint` does this: tests and deployments import the SDK
as it is.
"""

from __future__ import annotations
import __future__

import contextlib
import functools
import importlib
import marshal
import os
import re
import sys
import typing
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

PACKAGE: Final = "pulumi_aws"
_STARS: Final = re.compile(r"^from \.(\w+) import \*$", re.MULTILINE)
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def import_less() -> None:
    """From now on import the provider's SDK so, if that pays: where the compiled modules can be kept beside it."""
    spec = find_spec(PACKAGE)
    if spec is not None and spec.origin and os.access(Path(spec.origin).parent, os.W_OK):
        sys.meta_path.insert(0, _Finder())
        # The same few annotations stand at every property, and `typing` would compile each of them anew.
        setattr(typing, "compile", functools.cache(compile))  # noqa: B010, no name that `typing` declares


def member(package: str, modules: Sequence[str], name: str) -> object:
    """Return a name of a service's package from the module that has it; called by the package itself.

    Args:
        package: Full name of the package.
        modules: Names of its modules, in the order in which it would have imported them.
        name: The name asked for.

    Raises:
        AttributeError: No module has it.
    """
    if name in modules:
        return importlib.import_module(f"{package}.{name}")
    likely = [_WORDS.sub("_", name.removesuffix("Dict").removesuffix("Args")).lower(), "_enums", "_inputs"]
    for module in (*(found for found in likely if found in modules), *modules):
        found = importlib.import_module(f"{package}.{module}")
        if name in getattr(found, "__all__", ()):
            return getattr(found, name)
    raise AttributeError(f"module {package!r} has no attribute {name!r}")


_LATER: Final = """
def __getattr__(name):
    from {here} import member
    found = member(__name__, {modules!r}, name)
    globals()[name] = found
    return found
"""


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
    """Compiles a module so, and keeps the result under a name of its own."""

    def get_code(self, fullname: str) -> CodeType:
        path = Path(self.path)
        kept = path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.less"
        about = path.stat()
        stamp = f"{about.st_mtime_ns} {about.st_size}".encode()
        with contextlib.suppress(OSError):
            head, _, body = kept.read_bytes().partition(b"\n")
            if head == stamp:
                # As far to be trusted as the modules beside it, and as Python trusts its own .pyc files.
                return marshal.loads(body)  # noqa: S302
        source = path.read_text(encoding="utf-8")
        if path.name == "__init__.py" and fullname != PACKAGE:
            source = _STARS.sub("", source) + _LATER.format(here=__name__, modules=_STARS.findall(source))
        flags = __future__.annotations.compiler_flag
        code: CodeType = compile(source, self.path, "exec", flags, dont_inherit=True, optimize=2)
        with contextlib.suppress(OSError):
            kept.parent.mkdir(exist_ok=True)
            half = kept.with_suffix(f".{os.getpid()}")
            half.write_bytes(stamp + b"\n" + marshal.dumps(code))
            half.replace(kept)
        return code
