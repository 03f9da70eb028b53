"""Import only those parts of the AWS provider's SDK that a program uses: a third of the time and of the memory.

The SDK consists of ten thousand generated classes with an annotation for each property. The package of a service imports
all of its modules, and Python before 3.14 evaluates every annotation at import; most of both are never used. This import
hook changes two things. It compiles each module as if it began with `from __future__ import annotations` (PEP 563);
types can still be resolved (`typing.get_type_hints`, as Pulumi's SDK does). And the package of a service imports a module
only when one of its names is used (PEP 562).

Only the command line installs the hook; tests and deployments import the SDK unchanged. Python 3.14 evaluates
annotations lazily (PEP 649) and does not need it. The environment variable `BLUEPRINT_FULL_IMPORT=1` turns it off.
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
OFF: Final = "BLUEPRINT_FULL_IMPORT"
"""Environment variable that turns the hook off if it is set and not empty."""
_LAZY_ANNOTATIONS: Final = (3, 14)
"""First version of Python that evaluates annotations lazily."""
_STARS: Final = re.compile(r"^from \.(\w+) import \*$", re.MULTILINE)
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def install(version: tuple[int, ...] = sys.version_info[:2]) -> None:
    """Install the hook, unless it is turned off, not needed, or would save no time.

    It only saves time if the compiled modules can be stored next to the SDK.

    Args:
        version: Major and minor version of Python.
    """
    if os.environ.get(OFF) or version >= _LAZY_ANNOTATIONS:
        return
    spec = find_spec(PACKAGE)
    if spec is not None and spec.origin and os.access(Path(spec.origin).parent, os.W_OK):
        sys.meta_path.insert(0, _Finder())
        # Many properties have equal annotations, and `typing` would compile each of them again.
        setattr(typing, "compile", functools.cache(compile))  # noqa: B010, `typing` does not declare this name


def member(package: str, modules: Sequence[str], name: str) -> object:
    """Return a name of a service's package from the module that defines it. The package calls this itself.

    Args:
        package: Full name of the package.
        modules: Names of its modules, in the order of the original imports.
        name: The name to return.

    Raises:
        AttributeError: No module defines it.
    """
    if name in modules:
        return importlib.import_module(f"{package}.{name}")
    likely = [_WORDS.sub("_", name.removesuffix("Dict").removesuffix("Args")).lower(), "_enums", "_inputs"]
    for module_name in (*(item for item in likely if item in modules), *modules):
        module = importlib.import_module(f"{package}.{module_name}")
        if name in getattr(module, "__all__", ()):
            return getattr(module, name)
    raise AttributeError(f"module {package!r} has no attribute {name!r}")


_GETATTR: Final = """
def __getattr__(name):
    from {here} import member
    value = member(__name__, {modules!r}, name)
    globals()[name] = value
    return value
"""
"""Appended to the package of a service in place of its star imports."""


class _Finder(MetaPathFinder):
    """Finds the modules of the SDK and has `_Loader` load them."""

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
    """Compiles a module with lazy annotations and imports, and stores the result in its own file."""

    def get_code(self, fullname: str) -> CodeType:
        path = Path(self.path)
        stored = path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.less"
        status = path.stat()
        stamp = f"{status.st_mtime_ns} {status.st_size}".encode()
        with contextlib.suppress(OSError):
            head, _, body = stored.read_bytes().partition(b"\n")
            if head == stamp:
                # It is as trustworthy as the modules next to it and as Python's own .pyc files.
                return marshal.loads(body)  # noqa: S302
        source = path.read_text(encoding="utf-8")
        if path.name == "__init__.py" and fullname != PACKAGE:
            source = _STARS.sub("", source) + _GETATTR.format(here=__name__, modules=_STARS.findall(source))
        flags = __future__.annotations.compiler_flag
        code: CodeType = compile(source, self.path, "exec", flags, dont_inherit=True, optimize=2)
        with contextlib.suppress(OSError):
            stored.parent.mkdir(exist_ok=True)
            temporary = stored.with_suffix(f".{os.getpid()}")
            temporary.write_bytes(stamp + b"\n" + marshal.dumps(code))
            temporary.replace(stored)
        return code
