"""Evaluate a Pulumi program without an engine and keep what it registers as plain data.

The program runs under the SDK's own in-process monitor, with the configuration of one stack. Nothing is looked
up: no AWS call, no CLI, no network. Remote components (`awsx.ec2.Vpc`) are expanded into the resources that the
real provider creates, with the program's transforms applied to each, so nothing of the network is hidden.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import runpy
import sys
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime import settings as sdk_settings
from pulumi.runtime import stack as sdk_stack
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import engine_pb2, resource_pb2

from blueprint import ROOT, awsx, cloud
from blueprint.values import object_to_plain, to_struct

STACK_TYPE: Final = "pulumi:pulumi:Stack"


class RecordError(Exception):
    """The program did something that a deployment would refuse, such as registering one URN twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One registration, as the engine would receive it."""

    urn: str
    type: str
    name: str
    parent: str | None = None
    """URN of the parent; None for the stack itself."""
    custom: bool = True
    """False for components."""
    remote: bool = False
    """True for components that a provider plugin builds."""
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    """Inputs by their wire (camelCase) names; `Secret`, `Reference` and `UNKNOWN` stand for themselves."""
    outputs: Mapping[str, object] = field(default_factory=dict[str, object])
    dependencies: tuple[str, ...] = ()
    """URNs of everything this resource waits for."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """URNs each top-level input takes its value from."""
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, str] = field(default_factory=dict[str, str])
    provider: str = ""

    @property
    def label(self) -> str:
        """The type without package and duplicate word, e.g. `s3/Bucket` for `aws:s3/bucket:Bucket`."""
        package, module, noun = self.type.split(":", 2)
        prefix = "" if package == "aws" else f"{package}:"
        return f"{prefix}{module.split('/', 1)[0]}/{noun}"


@dataclass(frozen=True)
class Record:
    """Everything one evaluation of a program registered, sorted by URN."""

    project: str
    stack: str
    config: Mapping[str, object]
    resources: tuple[Resource, ...]
    outputs: Mapping[str, object]
    warnings: tuple[str, ...] = ()

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Every resource by its URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[Resource, ...]]:
        children: dict[str | None, list[Resource]] = {}
        for resource in self.resources:
            children.setdefault(resource.parent, []).append(resource)
        return {parent: tuple(found) for parent, found in children.items()}

    def children(self, parent: Resource | None) -> tuple[Resource, ...]:
        """Return the direct children of a resource; `None` asks for the roots."""
        return self._children.get(parent.urn if parent else None, ())

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """Return every resource of these type tokens, e.g. `aws:kms/key:Key`."""
        return tuple(resource for resource in self.resources if resource.type in types)

    def one(self, type_: str, name: str | None = None) -> Resource:
        """Return the single resource of a type (and logical name); anything else is a `LookupError`."""
        found = [item for item in self.of_type(type_) if name is None or item.name == name]
        if len(found) != 1:
            names = [item.name for item in self.of_type(type_)]
            raise LookupError(f"expected one {type_} named {name or 'anything'}, the record has {names}")
        return found[0]

    def descendants(self, parent: Resource) -> Iterator[Resource]:
        """Yield everything below a resource, depth first."""
        for child in self.children(parent):
            yield child
            yield from self.descendants(child)

    def owner(self, resource: Resource) -> Resource:
        """Return the outermost component that holds a resource (itself when the stack is its parent)."""
        parent = self.by_urn.get(resource.parent or "")
        return resource if parent is None or parent.type == STACK_TYPE else self.owner(parent)


class _Monitor(mocks.MockMonitor):
    """The SDK's mock monitor, keeping every request and answering as the cloud would."""

    def __init__(self, account: cloud.Account, known: bool) -> None:
        super().__init__(_NoMocks())
        self.recorded: dict[str, Resource] = {}
        self.stack_outputs: dict[str, object] = {}
        self._account = account
        self._known = known

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the URN the engine would give: the stack itself is never part of the type chain."""
        chain = parent.split("::")[2] if parent else ""
        qualified = type_ if chain in ("", STACK_TYPE) else f"{chain}${type_}"
        return f"urn:pulumi:{sdk_settings.get_stack()}::{sdk_settings.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent or None,
            custom=request.custom,
            remote=request.remote,
            inputs=object_to_plain(request.object),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(value.urns))
                for key, value in sorted(request.propertyDependencies.items())
                if value.urns
            },
            protect=request.protect,
            retain_on_delete=self._retained(request),
            delete_before_replace=request.deleteBeforeReplace,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            aliases=tuple(request.aliasURNs),
            custom_timeouts={
                step: getattr(request.customTimeouts, step)
                for step in ("create", "update", "delete")
                if getattr(request.customTimeouts, step)
            },
            provider=request.provider,
        )
        if not resource.custom and not resource.remote:
            self._keep(resource)
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if resource.remote:
            return self._construct(resource, request)
        created = self._create(resource)
        # To inputs that the answer leaves out, the SDK gives the value that the program wrote, unless in a dry run.
        answer = {
            key: value
            for key, value in created.outputs.items()
            if not self._known or key not in resource.inputs
        }
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=_identifier(created), object=to_struct(answer)
        )

    def _retained(self, request: Any) -> bool:
        """Return whether a resource outlives its removal; as in the engine, children take it from their parent."""
        parent = self.recorded.get(request.parent)
        inherited = parent is not None and parent.retain_on_delete
        return request.retainOnDelete if request.HasField("retainOnDelete") else inherited

    def _construct(self, resource: Resource, request: Any) -> Any:
        # The functions behind the callbacks' tokens; the SDK has no public way to ask for them.
        transforms: list[Any] = mocks._resolve_callbacks(request.transforms)  # pyright: ignore
        expand = awsx.EXPANSIONS.get(resource.type)
        if expand is None:
            raise RecordError(
                f"{resource.type} is built by a provider plugin that this recorder cannot expand"
            )
        self._keep(resource)

        def add(type_: str, name: str, inputs: Mapping[str, object], parent: str, **options: Any) -> Resource:
            properties = dict(inputs)
            for transform in transforms:
                properties = _transformed(transform, type_, name, properties)
            child = Resource(
                urn=self.make_urn(parent, type_, name),
                type=type_,
                name=name,
                parent=parent,
                inputs=properties,
                protect=resource.protect,
                **options,
            )
            return self._create(child)

        outputs, origins = expand(resource, add)
        self.recorded[resource.urn] = replace(resource, outputs=outputs)
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn,
            object=to_struct(outputs),
            propertyDependencies={
                key: resource_pb2.RegisterResourceResponse.PropertyDependencies(urns=urns)
                for key, urns in origins.items()
            },
        )

    def _create(self, resource: Resource) -> Resource:
        outputs = cloud.outputs(resource, self._account) if self._known else dict(resource.inputs)
        created = replace(resource, outputs=outputs)
        self._keep(created)
        return created

    def _keep(self, resource: Resource) -> None:
        if resource.urn in self.recorded:
            raise RecordError(f"two resources have the URN {resource.urn}; give one another name or parent")
        self.recorded[resource.urn] = resource

    def RegisterResourceOutputs(self, request: Any) -> Any:
        outputs = object_to_plain(request.outputs)
        resource = self.recorded[request.urn]
        self.recorded[request.urn] = replace(resource, outputs=outputs)
        if resource.type == STACK_TYPE:
            self.stack_outputs = outputs
        return super().RegisterResourceOutputs(request)

    def Invoke(self, request: Any) -> Any:
        arguments = object_to_plain(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            created = self.recorded[str(arguments["urn"])]
            answer = {"urn": created.urn, "id": _identifier(created), "state": created.outputs}
        else:
            answer = cloud.invoke(request.tok, arguments, self._account)
        fields: dict[str, Any] = {"return": to_struct(answer)}  # `return` is a keyword
        return resource_pb2.ResourceInvokeResponse(**fields)

    def ReadResource(self, request: Any) -> Any:
        raise RecordError(f"{request.type} {request.name!r} reads an existing resource, which needs a cloud")


class _NoMocks(mocks.Mocks):
    """The recorder answers every request itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise RecordError(f"unexpected call {args.token}")

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise RecordError(f"unexpected resource {args.typ}")


def _identifier(resource: Resource) -> str:
    """Return the id of a created resource; an empty one tells the SDK that it is unknown."""
    identifier = resource.outputs.get("id", "")
    return identifier if isinstance(identifier, str) else ""


def _transformed(transform: Any, type_: str, name: str, inputs: dict[str, object]) -> dict[str, object]:
    result = transform(
        pulumi.ResourceTransformArgs(
            custom=True, type_=type_, name=name, props=inputs, opts=pulumi.ResourceOptions()
        )
    )
    return inputs if result is None else dict(result.props)


def wire_config(config: Mapping[str, object]) -> dict[str, str]:
    """Return stack configuration as Pulumi hands it to a program: every value is text, structures are JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, default=str)
        for key, value in config.items()
    }


def evaluate(
    program: Callable[[], object] | Path,
    config: Mapping[str, object],
    *,
    stack: str = "dev",
    project: str = "hipaa",
    known: bool = True,
) -> Record:
    """Run a program once and return its record.

    `program` is a function or the path of a `__main__.py`; `config` is the stack's configuration as the YAML has
    it. With `known`, computed outputs (ids, ARNs) take plausible values, so that every document is whole; without
    it they stay unknown, as in the first `pulumi preview` of a stack. Whatever the program raises passes through.
    """
    monitor = _Monitor(cloud.Account.of(config), known)
    engine = _Engine()
    sdk_settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]
    # Besides naming monitor and engine this resets the queues of pending calls and outputs.
    sdk_settings.configure(
        sdk_settings.Settings(
            project=project,
            stack=stack,
            monitor=monitor,
            engine=engine,
            dry_run=not known,
            root_directory=str(ROOT),
        )
    )
    set_all_config(wire_config(config), [])
    with _short_tracebacks():
        _run_to_the_end(sdk_stack.run_in_stack(lambda: _run(program)))
    return Record(
        project=project,
        stack=stack,
        config=config,
        # Registrations arrive from several threads; the URN gives every run the same order.
        resources=tuple(sorted(monitor.recorded.values(), key=lambda resource: resource.urn)),
        outputs=monitor.stack_outputs,
        warnings=tuple(engine.warnings),
    )


@contextlib.contextmanager
def _short_tracebacks() -> Generator[None]:
    """Let the SDK find no call stack to send along with each request, which takes a sixth of an evaluation.

    What a program raises keeps its whole traceback.
    """
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = 1
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before


class _InlineExecutor(ThreadPoolExecutor):
    """Answers a request where it is made: the monitor is in this process, a thread would only cost time."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def _run_to_the_end(running: Coroutine[Any, Any, None]) -> None:
    """Run a program on an event loop of its own, and leave nothing of it behind when it fails halfway."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_InlineExecutor())
    # The first failure is raised below; the outputs that waited for it need not be told of one by one.
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(running)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()


async def _run(program: Callable[[], object] | Path) -> None:
    if callable(program):
        program()
    else:
        # The program imports its own packages, as it does when the language host runs it.
        root = str(program.resolve().parent)
        if root not in sys.path:
            sys.path.insert(0, root)
        runpy.run_path(str(program), run_name="__main__")
    # The SDK waits for outputs one by one and watches all the others each time; waiting for all at once is linear.
    outputs: set[asyncio.Task[Any]] = cast("Any", sdk_settings.SETTINGS).outputs
    while pending := [task for task in outputs if not task.done()]:
        await asyncio.gather(*pending)


class _Engine:
    """Keeps what the program logs; the rest of the engine's interface is not used in-process."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def Log(self, request: Any) -> None:
        if request.severity in (engine_pb2.WARNING, engine_pb2.ERROR):
            self.warnings.append(request.message)
