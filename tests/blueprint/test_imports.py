"""With the import hook, the SDK behaves as without it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from blueprint import imports
from tests.repository import ROOT, recorded

PROGRAM = """
import hashlib
from pathlib import Path
from blueprint.imports import install
install()
import pulumi_aws as aws
from blueprint.workspace import Workspace
workspace = Workspace.at(Path("tests/samples/project"))
record = workspace.evaluate(workspace.stack("prod"))
print(type(aws.wafv2.WebAclRuleArgs.__init__.__annotations__["name"]).__name__)
print(hashlib.sha256(repr(record).encode()).hexdigest())
"""
needed = pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python evaluates annotations lazily")


def run(program: str, **environment: str) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, imports.OFF: "", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


@needed
def test_the_command_line_records_what_the_tests_record() -> None:
    unchanged = hashlib.sha256(repr(recorded("prod")).encode()).hexdigest()
    assert run(PROGRAM) == ["str", unchanged]


def test_an_environment_variable_turns_the_hook_off() -> None:
    unchanged = hashlib.sha256(repr(recorded("prod")).encode()).hexdigest()
    annotation, digest = run(PROGRAM, BLUEPRINT_FULL_IMPORT="1")
    assert annotation != "str"
    assert digest == unchanged


@pytest.mark.parametrize("version", [(3, 14), (3, 15), (4, 0)])
def test_python_with_lazy_annotations_needs_no_hook(version: tuple[int, int]) -> None:
    finders = list(sys.meta_path)
    imports.install(version)
    assert sys.meta_path == finders


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "pulumi_aws"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "module.py").write_text("VALUE = 1\ndef f(x: undefined): ...\n")
    return folder


def load(package: Path) -> list[str]:
    program = (
        "from blueprint.imports import install; install()\n"
        "from pulumi_aws import module; print(module.VALUE, module.f.__annotations__)"
    )
    return run(program, PYTHONPATH=str(package.parent), PYTHONDONTWRITEBYTECODE="1")


@needed
def test_a_compiled_module_is_kept_and_a_changed_one_compiled_anew(package: Path) -> None:
    assert load(package) == ["1 {'x': 'undefined'}"]
    (kept,) = (package / "__pycache__").glob("module.*.less")
    before = kept.read_bytes()
    assert load(package) == ["1 {'x': 'undefined'}"]
    assert kept.read_bytes() == before
    (package / "module.py").write_text("VALUE = 22\ndef f(x: undefined): ...\n")
    assert load(package) == ["22 {'x': 'undefined'}"]


@needed
def test_a_service_imports_a_module_when_a_name_of_it_is_asked_for(package: Path) -> None:
    service = package / "service"
    service.mkdir()
    modules = {
        "vpn_thing": "VpnThingArgs VpnThing",
        "odd": "Elsewhere",
        "_inputs": "VpnThingPartArgs VpnThingPartArgsDict",
        "_enums": "Kind",
        "never": "Never",
    }
    stars = "".join(f"from .{name} import *\n" for name in modules)
    (service / "__init__.py").write_text(f"import builtins as _builtins\n{stars}from . import outputs\n")
    (service / "outputs.py").write_text("Part = 1\n")
    for name, classes in modules.items():
        lines = [f"class {item}: ..." for item in classes.split()]
        (service / f"{name}.py").write_text("\n".join([f"__all__ = {classes.split()}", *lines]))
    program = (
        "from blueprint.imports import install; install()\n"
        "import sys; from pulumi_aws import service\n"
        "print(service.VpnThingArgs.__name__, service.VpnThing.__name__, service.outputs.Part)\n"
        "print(sorted(name for name in sys.modules if 'service.' in name))\n"
        "print(service.VpnThingPartArgsDict.__name__, service.Kind.__name__, service.vpn_thing.__name__)\n"
        "print('pulumi_aws.service.never' in sys.modules, service.Elsewhere.__name__)\n"
        "print(getattr(service, 'Nothing', 'nothing'))"
    )
    assert run(program, PYTHONPATH=str(package.parent)) == [
        "VpnThingArgs VpnThing 1",
        "['pulumi_aws.service.outputs', 'pulumi_aws.service.vpn_thing']",
        "VpnThingPartArgsDict Kind pulumi_aws.service.vpn_thing",
        "False Elsewhere",
        "nothing",
    ]


def test_an_sdk_that_cannot_be_written_beside_is_imported_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finders = list(sys.meta_path)
    monkeypatch.setattr(imports.os, "access", lambda *_: False)
    imports.install((3, 11))
    assert sys.meta_path == finders
