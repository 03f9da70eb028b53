"""Evaluate a Pulumi program without an engine and keep what it registers as plain data.

The program runs under the SDK's own in-process monitor, with the configuration of one stack. Nothing is looked
up: no AWS call, no CLI, no network. Remote components (`awsx.ec2.Vpc`) are expanded into the resources that the
real provider creates. The program's transforms are applied as the engine applies them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime import settings as sdk_settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import engine_pb2, resource_pb2

from blueprint import awsx, cloud
from blueprint.record import STACK_TYPE, Record, Resource
from blueprint.running import run
from blueprint.values import object_to_plain, to_struct

Answers = Mapping[str, Mapping[str, object]]
"""Results of lookups, by the token of the provider function or by the type of the resource that is read.

For example `{"aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["us-east-1a", "us-east-1b"]}}`.
Names are wire (camelCase) names.
"""

_HIDDEN: Final = "[secret]"


class RecordError(Exception):
    """The program did something that a deployment would refuse, or that only a cloud or an engine can do."""


class _Monitor(mocks.MockMonitor):
    """The SDK's mock monitor; it keeps every request and answers as the cloud would."""

    def __init__(self, account: cloud.CloudAccount, answers: Answers, *, outputs_known: bool) -> None:
        super().__init__(_NoMocks())
        self.recorded: dict[str, Resource] = {}
        self.stack_outputs: dict[str, object] = {}
        self._account = account
        self._answers = answers
        self._outputs_known = outputs_known
        self._transforms: dict[str, tuple[Any, ...]] = {}
        """For each URN, the transforms of the resource and of its ancestors."""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the URN that the engine would assign: the stack itself is never part of the type chain."""
        chain = parent.split("::")[2] if parent else ""
        qualified = type_ if chain in ("", STACK_TYPE) else f"{chain}${type_}"
        return f"urn:pulumi:{sdk_settings.get_stack()}::{sdk_settings.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        transforms = self._transforms_of(request, urn)
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent or None,
            custom=request.custom,
            remote=request.remote,
            inputs=_transformed(transforms, request, object_to_plain(request.object)),
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
            return self._construct(resource, transforms)
        created = self._create(resource)
        # The SDK keeps the program's value for each input that the response omits, except in a dry run.
        answer = {
            key: value
            for key, value in created.outputs.items()
            if not self._outputs_known or key not in resource.inputs
        }
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=_identifier(created), object=to_struct(answer)
        )

    def _transforms_of(self, request: Any, urn: str) -> tuple[Any, ...]:
        """Return the transforms of a resource in the engine's order: its own, its ancestors', the stack's."""
        # The SDK has no public way to get from a callback's token to its function.
        own: list[Any] = mocks._resolve_callbacks(request.transforms) if request.transforms else []  # pyright: ignore
        inherited = (*own, *self._transforms.get(request.parent, ()))
        if inherited:
            self._transforms[urn] = inherited
        return (*inherited, *self._stack_transforms)

    def _retained(self, request: Any) -> bool:
        """Return whether a resource outlives its removal; as in the engine, children inherit it from their parent."""
        parent = self.recorded.get(request.parent)
        inherited = parent is not None and parent.retain_on_delete
        return request.retainOnDelete if request.HasField("retainOnDelete") else inherited

    def _construct(self, resource: Resource, transforms: tuple[Any, ...]) -> Any:
        expand = awsx.EXPANSIONS.get(resource.type)
        if expand is None:
            raise RecordError(
                f"{resource.type} is built by a provider plugin, and this recorder cannot expand it; "
                f"it expands {', '.join(awsx.EXPANSIONS)}"
            )
        self._keep(resource)

        def add(type_: str, name: str, inputs: Mapping[str, object], parent: str, **options: Any) -> Resource:
            child = Resource(
                urn=self.make_urn(parent, type_, name),
                type=type_,
                name=name,
                parent=parent,
                inputs=inputs,
                protect=resource.protect,
                **options,
            )
            return self._create(replace(child, inputs=_transformed(transforms, child, inputs)))

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
        outputs = cloud.outputs(resource, self._account) if self._outputs_known else dict(resource.inputs)
        created = replace(resource, outputs=outputs)
        self._keep(created)
        return created

    def _keep(self, resource: Resource) -> None:
        if resource.urn in self.recorded:
            raise RecordError(
                f"two resources have the URN {resource.urn}; change the name or the parent of one of them"
            )
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
        elif request.tok in self._answers:
            answer = self._answers[request.tok]
        else:
            answer = cloud.invoke(request.tok, arguments, self._account)
        fields: dict[str, Any] = {"return": to_struct(answer)}  # `return` is a keyword
        return resource_pb2.ResourceInvokeResponse(**fields)

    def ReadResource(self, request: Any) -> Any:
        answer = self._answers.get(request.type)
        if answer is None:
            raise RecordError(
                f"the program reads the existing resource {request.type} {request.name!r}, which needs a cloud; "
                "give the result as an answer for this type"
            )
        properties = {**object_to_plain(request.properties), **answer}
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=to_struct(properties))


class _NoMocks(mocks.Mocks):
    """Required by the base class and never called: the recorder answers every request itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise RecordError(f"unexpected call {args.token}")

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise RecordError(f"unexpected resource {args.typ}")


def _identifier(resource: Resource) -> str:
    """Return the id of a created resource; an empty id tells the SDK that it is unknown."""
    identifier = resource.outputs.get("id", "")
    return identifier if isinstance(identifier, str) else ""


def _transformed(
    transforms: tuple[Any, ...], resource: Any, inputs: Mapping[str, object]
) -> dict[str, object]:
    """Return a resource's inputs after its transforms.

    Raises:
        RecordError: A transform changes the resource's options, which this recorder does not support.
    """
    properties = dict(inputs)
    for transform in transforms:
        options = pulumi.ResourceOptions()
        result = transform(
            pulumi.ResourceTransformArgs(
                custom=resource.custom,
                type_=resource.type,
                name=resource.name,
                props=properties,
                opts=options,
            )
        )
        if result is None:
            continue
        if vars(result.opts or options) != vars(pulumi.ResourceOptions()):
            raise RecordError(
                f"a transform changes the options of {resource.type} {resource.name!r}; "
                "this recorder applies transforms to inputs only"
            )
        properties = dict(result.props)
    return properties


def wire_config(config: Mapping[str, object]) -> dict[str, str]:
    """Return stack configuration as Pulumi hands it to a program: every value is text, structures are JSON.

    A key without a value becomes an empty text. An encrypted value (`secure: …`) cannot be decrypted here and becomes the
    text `[secret]`.
    """
    return {
        key: _HIDDEN
        if _is_encrypted(value)
        else value or ""
        if isinstance(value, str | None)
        else json.dumps(value, default=str)
        for key, value in config.items()
    }


def _is_encrypted(value: object) -> bool:
    return isinstance(value, Mapping) and set(cast("Mapping[str, object]", value)) == {"secure"}


def evaluate(
    program: Callable[[], object] | Path,
    config: Mapping[str, object],
    *,
    stack: str = "dev",
    project: str = "project",
    outputs_known: bool = True,
    account: str | None = None,
    answers: Answers | None = None,
    keep_modules: bool = False,
) -> Record:
    """Run a program once and return its record. Exceptions of the program pass through.

    Args:
        program: A function, or the folder of a `__main__.py`, which runs in this folder.
        config: The stack's configuration as the YAML file has it, by full key, e.g. `aws:region`.
        stack: Name of the stack.
        project: Name of the Pulumi project.
        outputs_known: Whether computed outputs (ids, ARNs) take plausible values, so that every document is complete.
            Otherwise they stay unknown, as in the first `pulumi preview` of a stack.
        account: Id of the AWS account; if not given, the first of `aws:allowedAccountIds`, or an example id.
        answers: Results of lookups that only a cloud can do.
        keep_modules: Whether modules in the program's folder stay imported for the next evaluation. This is
            faster, and only correct if importing them registers nothing and reads no configuration.

    Raises:
        RecordError: The program did something that a deployment would refuse, or that needs a cloud.
    """
    monitor = _Monitor(
        cloud.CloudAccount.from_config(config, account), answers or {}, outputs_known=outputs_known
    )
    engine = _Engine()
    sdk_settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]
    # Besides setting monitor and engine, this resets the queues of pending calls and outputs.
    sdk_settings.configure(
        sdk_settings.Settings(
            project=project,
            stack=stack,
            monitor=monitor,
            engine=engine,
            dry_run=not outputs_known,
            root_directory=str(Path.cwd() if callable(program) else program.resolve()),
        )
    )
    set_all_config(wire_config(config), [key for key, value in config.items() if _is_encrypted(value)])
    run(program, keep_modules=keep_modules)
    return Record(
        project=project,
        stack=stack,
        config=config,
        # Registrations arrive from several threads; sorting by URN gives every run the same order.
        resources=tuple(sorted(monitor.recorded.values(), key=lambda resource: resource.urn)),
        outputs=monitor.stack_outputs,
        warnings=tuple(engine.warnings),
    )


class _Engine:
    """Keeps the warnings and errors that the program logs; nothing else of the engine is used in-process."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def Log(self, request: Any) -> None:
        if request.severity in (engine_pb2.WARNING, engine_pb2.ERROR):
            self.warnings.append(request.message)
