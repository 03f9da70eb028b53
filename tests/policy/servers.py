"""Run the policy packs as Pulumi does: each in its own process, called over gRPC.

The language host of Pulumi starts a Python pack with `python -u -m pulumi.policy <engine> <pack>` in the pack's folder, reads
the port from the first line it prints and calls the service `pulumirpc.Analyzer`:
https://github.com/pulumi/pulumi/blob/master/sdk/python/cmd/pulumi-language-python/main.go (RunPlugin),
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/analyzer_plugin.go (the calls).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2 as wire
from pulumi.runtime.proto import analyzer_pb2_grpc

from blueprint.record import Record, Resource
from blueprint.recorder import wire_config
from blueprint.values import Reference, Secret, to_struct
from blueprint.verdict import with_id
from tests.repository import POLICY

_START_SECONDS: Final = 60
_LEVELS: Final = {wire.ADVISORY: "advisory", wire.MANDATORY: "mandatory"}
_WIRE_LEVELS: Final = {"advisory": wire.ADVISORY, "mandatory": wire.MANDATORY, "disabled": wire.DISABLED}


class PackError(Exception):
    """A pack did not start, or the engine would reject its configuration."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message of a pack, as the engine would print it."""

    policy: str
    level: str
    urn: str
    message: str


class PackServer:
    """A client of a running policy pack."""

    def __init__(self, calls: analyzer_pb2_grpc.AnalyzerStub, pid: int) -> None:
        self._calls: Any = calls
        self.pid: Final = pid
        self.info: wire.AnalyzerInfo = self._calls.GetAnalyzerInfo(empty_pb2.Empty())

    def configure(self, config: Mapping[str, object]) -> None:
        """Configure the pack as the engine does: the defaults of each schema, then the entries of a configuration file.

        Raises:
            PackError: an entry for a policy of another pack has no enforcement level.
        """
        entries: dict[str, wire.PolicyConfig] = {}
        for policy in self.info.policies:
            schema = json_format.MessageToDict(policy.configSchema.properties)
            values = {name: item["default"] for name, item in schema.items() if "default" in item}
            level = policy.enforcementLevel
            entry = config.get(policy.name, {})
            if isinstance(entry, str):
                entry = {"enforcementLevel": entry}
            for name, value in cast("Mapping[str, object]", entry).items():
                if name == "enforcementLevel":
                    level = _WIRE_LEVELS[str(value)]
                else:
                    values[name] = value
            entries[policy.name] = wire.PolicyConfig(enforcementLevel=level, properties=to_struct(values))
        for name, entry in config.items():
            # A pack also receives the entries of other packs, and the engine rejects an entry without a level.
            if name not in entries and not isinstance(entry, str):
                if "enforcementLevel" not in cast("Mapping[str, object]", entry):
                    raise PackError(f'configuring {self.info.name}: invalid enforcement level "" of {name}')
                entries[name] = _entry(cast("Mapping[str, object]", entry))
        self._calls.Configure(wire.ConfigureAnalyzerRequest(policyConfig=entries))

    def analyze(self, resource: Resource, region: object = None) -> Iterator[Diagnostic]:
        """Judge the inputs of one resource, as the engine does before it creates the resource."""
        request = wire.AnalyzeRequest(
            type=resource.type,
            urn=resource.urn,
            name=resource.name,
            properties=to_struct(_marshalled(resource.inputs)),
            options=_options(resource),
            provider=_provider(resource, region),
        )
        yield from _diagnostics(self._calls.Analyze(request), resource.urn)

    def analyze_stack(
        self, resources: Iterable[Resource], region: object = None, *, deployed: bool = False
    ) -> Iterator[Diagnostic]:
        """Judge all resources together: the outputs of deployed resources, the inputs of others.

        Like the engine, this does not send the inputs of a deployed resource:
        https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/step_generator.go (AnalyzeResources).
        """
        request = wire.AnalyzeStackRequest(
            resources=[
                wire.AnalyzerResource(
                    type=item.type,
                    urn=item.urn,
                    name=item.name,
                    properties=to_struct(
                        _marshalled(item.outputs if deployed and item.outputs else with_id(item))
                    ),
                    options=_options(item),
                    provider=_provider(item, region),
                    parent=item.parent or "",
                    dependencies=item.dependencies,
                    propertyDependencies={
                        name: wire.AnalyzerPropertyDependencies(urns=urns)
                        for name, urns in item.property_dependencies.items()
                    },
                )
                for item in resources
            ]
        )
        yield from _diagnostics(self._calls.AnalyzeStack(request), "")

    def judge(self, record: Record, *, deployed: bool = False) -> tuple[Diagnostic, ...]:
        """Judge a record in the order of the engine: each resource alone, then all of them together."""
        region = record.config.get("aws:region")
        alone = (diagnostic for item in record.resources for diagnostic in self.analyze(item, region))
        return (*alone, *self.analyze_stack(record.resources, region, deployed=deployed))


@contextlib.contextmanager
def running(
    name: str,
    record: Record,
    *,
    policy: Path = POLICY,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
    known: bool = True,
) -> Generator[PackServer]:
    """Start a pack for the stack of a record, as `pulumi preview` does, and stop it at the end.

    Args:
        name: the folder of the pack under `policy`.
        record: its project, stack and configuration are passed to the pack in environment variables.
        policy: the folder that holds the packs.
        python: the interpreter of the pack's virtual environment.
        environment: further environment variables.
        known: False for a preview, in which computed values are unknown; True for an update.

    Raises:
        PackError: the pack printed no port; the message holds its standard error.
    """
    folder = policy / name
    variables = {
        **os.environ,
        **(environment or {}),
        "PULUMI_PROJECT": record.project,
        "PULUMI_STACK": record.stack,
        "PULUMI_ORGANIZATION": "organization",
        "PULUMI_DRY_RUN": "false" if known else "true",
        "PULUMI_CONFIG": json.dumps(wire_config(record.config)),
    }
    process = subprocess.Popen(
        [python, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(folder)],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.isdigit():
            process.kill()
            _, errors = process.communicate(timeout=_START_SECONDS)
            raise PackError(f"{folder} printed no port, but {line!r}\n{errors}")
        with grpc.insecure_channel(
            f"127.0.0.1:{line}",
            options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
        ) as channel:
            grpc.channel_ready_future(channel).result(timeout=_START_SECONDS)
            yield PackServer(analyzer_pb2_grpc.AnalyzerStub(channel), process.pid)
    finally:
        process.kill()
        process.communicate(timeout=_START_SECONDS)


def _entry(entry: Mapping[str, object]) -> wire.PolicyConfig:
    """Return the configuration that the engine sends for a policy of another pack."""
    values = {name: value for name, value in entry.items() if name != "enforcementLevel"}
    return wire.PolicyConfig(
        enforcementLevel=_WIRE_LEVELS[str(entry["enforcementLevel"])], properties=to_struct(values)
    )


def _diagnostics(response: wire.AnalyzeResponse, urn: str) -> Iterator[Diagnostic]:
    for item in response.diagnostics:
        # The engine attributes a diagnostic without a URN to the resource that it asked about.
        yield Diagnostic(item.policyName, _LEVELS[item.enforcementLevel], item.urn or urn, item.message)


def _marshalled(value: Any) -> Any:
    """Return a value as the engine sends it to a pack: a reference to a resource becomes the id of the resource."""
    if isinstance(value, Reference):
        return value.id or value.urn
    if isinstance(value, Secret):
        return Secret(_marshalled(value.value))
    if isinstance(value, Mapping):
        return {key: _marshalled(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [_marshalled(item) for item in cast("list[object]", value)]
    return value


def _options(resource: Resource) -> wire.AnalyzerResourceOptions:
    return wire.AnalyzerResourceOptions(
        protect=resource.protect, ignoreChanges=resource.ignore_changes, parent=resource.parent or ""
    )


def _provider(resource: Resource, region: object) -> wire.AnalyzerProviderResource | None:
    """Return the default AWS provider for a resource of the aws package."""
    if not resource.type.startswith("aws:"):
        return None
    return wire.AnalyzerProviderResource(
        type="pulumi:providers:aws",
        urn="",
        name="default",
        properties=to_struct({"region": region} if region else {}),
    )
