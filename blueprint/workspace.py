"""The folder of a Pulumi project, with the settings in its `pyproject.toml` and the hooks that they name.

    [tool.pulumi-blueprint]
    hooks = "stack.project:HOOKS"                   # an object of the class `Hooks`
    policy-config = "policy/config/{stack}.json"    # replaced parameters of the controls for a stack
    waivers = "policy/waivers.yaml"                 # accepted exceptions
    keep-modules = true                             # the program's modules may be imported once for all stacks

    [tool.pulumi-blueprint.answers]                 # results of lookups that only a cloud can do
    "aws:index/getAvailabilityZones:getAvailabilityZones" = {names = ["us-east-1a", "us-east-1b"]}

Every key is optional.
"""

from __future__ import annotations

import os
import pkgutil
import tomllib
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from blueprint import stacks
from blueprint.intent import Intent
from blueprint.stacks import StackError, StackFile
from blueprint.values import mapping, text

if TYPE_CHECKING:
    from blueprint.quotas import Quota
    from blueprint.record import Record

_KEYS: Final = ("hooks", "policy-config", "waivers", "keep-modules", "answers")


class WorkspaceError(Exception):
    """The settings of a workspace cannot be used; the message says which and why."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a project knows about one of its stacks beyond the raw configuration."""

    account: str | None = None
    """Id of the AWS account; by default the first of `aws:allowedAccountIds`, or an example id."""
    environment: str = ""
    """Name of the environment; by default the name of the stack."""
    intent: Intent | None = None
    """What the stack is meant to do; without it, nothing about its network is claimed."""
    controls: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    """Parameters by control id that follow from the settings of the stack; other parameters keep their defaults."""
    settings: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=dict[str, Mapping[str, tuple[str, ...]]]
    )
    """By control id and parameter, the keys of the settings from which the parameter follows; a preview names them."""
    warnings: tuple[str, ...] = ()
    """Sentences about settings that are allowed but worth a second look."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Settings of several stacks that contradict each other."""

    stacks: frozenset[str]
    """Names of the stacks."""
    message: str
    """One sentence that names the files, the settings and the remedy."""
    is_error: bool = True
    """Whether the stacks cannot exist together; otherwise the message is a warning."""


def _nothing(_file: StackFile) -> Description:
    return Description()


def _no_conflicts(_files: Sequence[StackFile]) -> Iterable[Conflict]:
    return ()


def _no_pages(_files: Sequence[StackFile]) -> Iterable[tuple[str, str]]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """Functions of a project that describe its stacks. The defaults do nothing."""

    describe: Callable[[StackFile], Description] = _nothing
    """Describe a stack; raises `StackError` if its settings are wrong."""
    conflicts: Callable[[Sequence[StackFile]], Iterable[Conflict]] = _no_conflicts
    """Given the files of all stacks, yield what contradicts in several of them."""
    quotas: Sequence[Quota] = ()
    """Quotas that the stacks of an account share."""
    pages: Callable[[Sequence[StackFile]], Iterable[tuple[str, str]]] = _no_pages
    """Given the files of all stacks, yield more generated pages: a path within `docs/`, and the content."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of a workspace: its file and its description."""

    file: StackFile
    description: Description

    @property
    def name(self) -> str:
        """Name of the stack."""
        return self.file.stack

    @property
    def environment(self) -> str:
        """Name of the environment."""
        return self.description.environment or self.name

    def with_warnings(self, conflicts: Iterable[Conflict]) -> Stack:
        """Return the stack with the conflicts that concern it and are no errors as further warnings."""
        messages = (item.message for item in conflicts if not item.is_error and self.name in item.stacks)
        warnings = (*self.description.warnings, *messages)
        return replace(self, description=replace(self.description, warnings=warnings))

    def failure(self) -> str:
        """Return the exception that is being handled, which the stack's program has raised, as a message."""
        program = Path(os.path.relpath(self.file.program, self.file.path.parent))
        return f"{program / '__main__.py'} failed for stack {self.name}:\n{traceback.format_exc()}"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The folder of a Pulumi project with the settings of the command line."""

    root: Path
    version: str = "0"
    """Version of the project, from `pyproject.toml`."""
    hooks: Hooks = Hooks()
    policy_config: str = ""
    """Path within the folder of an optional file that replaces parameters of the controls; `{stack}` stands for the name of
    the stack."""
    waivers: str = ""
    """Path of the accepted exceptions within the folder."""
    keep_modules: bool = False
    """Whether the program's modules may be imported once for all stacks."""
    answers: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    """Results of lookups that only a cloud can do; see `blueprint.recorder.Answers`."""

    @classmethod
    def at(cls, folder: Path) -> Workspace:
        """Return the workspace of a folder.

        Raises:
            WorkspaceError: `[tool.pulumi-blueprint]` of its `pyproject.toml` cannot be used.
        """
        root = folder.resolve()
        file = root / "pyproject.toml"
        try:
            document = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        except ValueError as error:
            raise WorkspaceError(f"pyproject.toml: {error}") from error
        settings = mapping(mapping(document.get("tool")).get("pulumi-blueprint"))
        if unknown := sorted(set(settings) - set(_KEYS)):
            raise WorkspaceError(
                f"pyproject.toml: tool.pulumi-blueprint: unknown key {', '.join(unknown)}; known are {', '.join(_KEYS)}"
            )
        waivers = text(settings.get("waivers"))
        if waivers and not (root / waivers).is_file():
            raise WorkspaceError(f"pyproject.toml: tool.pulumi-blueprint.waivers: there is no file {waivers}")
        return cls(
            root=root,
            version=text(mapping(document.get("project")).get("version")) or "0",
            hooks=_hooks(text(settings.get("hooks"))),
            policy_config=text(settings.get("policy-config")),
            waivers=waivers,
            keep_modules=settings.get("keep-modules") is True,
            answers={key: mapping(value) for key, value in mapping(settings.get("answers")).items()},
        )

    def files(self) -> list[StackFile]:
        """Return the files of all stacks, without those that cannot be read."""
        files: list[StackFile] = []
        for name in stacks.names(self.root):
            try:
                files.append(stacks.read(self.root, name))
            except StackError:
                continue
        return files

    def stack(self, name: str) -> Stack:
        """Return a stack.

        Raises:
            StackError: Its file or its settings are wrong.
        """
        file = stacks.read(self.root, name)
        return Stack(file, self.hooks.describe(file))

    def evaluate(self, stack: Stack) -> Record:
        """Evaluate the program with a stack's configuration. Exceptions of the program pass through."""
        from blueprint.recorder import evaluate

        return evaluate(
            stack.file.program,
            stack.file.config,
            stack=stack.name,
            project=stack.file.project,
            account=stack.description.account,
            answers=self.answers,
            keep_modules=self.keep_modules,
        )

    def parameters_of(self, stack: Stack) -> Mapping[str, Mapping[str, object]]:
        """Return the parameters of the controls for a stack, by control id.

        They follow from the settings of the stack. The file that `policy-config` names replaces single parameters.

        Raises:
            PolicyConfigError: The file is not valid.
        """
        return _merged(stack.description.controls, self._replaced(stack))

    def origins_of(self, stack: Stack) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Return the settings from which the parameters of the controls for a stack follow, by control id and parameter.

        A parameter that the file of `policy-config` replaces follows from that file.

        Raises:
            PolicyConfigError: The file is not valid.
        """
        from hipaa_policies.catalog import LEVEL_KEY

        file = (self.policy_config.format(stack=stack.name),)
        replaced = {
            id_: {name: file for name in values if name != LEVEL_KEY}
            for id_, values in self._replaced(stack).items()
        }
        return _merged(stack.description.settings, replaced)

    def _replaced(self, stack: Stack) -> Mapping[str, Mapping[str, object]]:
        from blueprint.verdict import config_of

        path = self.root / self.policy_config.format(stack=stack.name)
        return config_of(path) if path.is_file() else {}

    @property
    def waivers_file(self) -> Path | None:
        """The file with the accepted exceptions; None if there is none."""
        return self.root / self.waivers if self.waivers else None


_T = TypeVar("_T")


def _merged(
    derived: Mapping[str, Mapping[str, _T]], replaced: Mapping[str, Mapping[str, _T]]
) -> Mapping[str, Mapping[str, _T]]:
    return {id_: {**derived.get(id_, {}), **replaced.get(id_, {})} for id_ in {**derived, **replaced}}


def _hooks(reference: str) -> Hooks:
    """Import an object by `module:name`. `python -m blueprint` finds modules in the current folder."""
    if not reference:
        return Hooks()
    try:
        hooks: object = pkgutil.resolve_name(reference)
    except (ImportError, AttributeError, ValueError) as error:
        raise WorkspaceError(
            f"pyproject.toml: tool.pulumi-blueprint.hooks: {reference}: {error}; write module:name, and run "
            "`python -m blueprint` in the folder of the project, from which Python imports the module"
        ) from error
    if not isinstance(hooks, Hooks):
        raise WorkspaceError(
            f"pyproject.toml: tool.pulumi-blueprint.hooks: {reference} is not a blueprint.workspace.Hooks"
        )
    return hooks
