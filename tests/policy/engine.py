"""Deployed stacks: their recorded state, the outputs that a provider reports, and the calls of the engine to a pack."""

from __future__ import annotations

import contextlib
import json
import lzma
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from hipaa_policies import config
from hipaa_policies import pack as packing
from hipaa_policies.catalog import Pack
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import _NotApplicableError  # pyright: ignore[reportPrivateUsage]
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from blueprint.record import Record, Resource
from blueprint.values import UNKNOWN

STATES: Final = Path(__file__).with_name("states")
SECRET: Final = "4dabf18193072939515e22adb298388d"  # noqa: S105, the key by which the engine marks a secret
IDENTITY: Final = ("id", "arn", "name", "bucket")


@cache
def exported(stack: str) -> str:
    """Return the state of a stack as `pulumi stack export` writes it."""
    return lzma.decompress((STATES / f"{stack}.json.xz").read_bytes()).decode()


@cache
def state_config(stack: str) -> Mapping[str, Mapping[str, object]]:
    """Return the parameters of the controls for a deployed stack, by control id."""
    return config.read(STATES / f"config-{stack}.json")


@cache
def deployed(stack: str) -> Record:
    """Return a deployed stack: inputs as the program set them, outputs as the provider reported them."""
    entries: list[dict[str, Any]] = json.loads(exported(stack))["deployment"]["resources"]
    return Record(
        project="hipaa",
        stack=stack,
        config={"aws:region": "us-east-1"},
        resources=tuple(map(_resource, entries)),
        outputs={},
    )


def _resource(entry: dict[str, Any]) -> Resource:
    return Resource(
        urn=entry["urn"],
        type=entry["type"],
        name=entry["urn"].rpartition("::")[2],
        parent=entry.get("parent"),
        custom=entry["custom"],
        remote=False,
        inputs=_opened(entry.get("inputs", {})),
        outputs=_opened(entry.get("outputs", {})),
        dependencies=tuple(entry.get("dependencies", ())),
        property_dependencies={
            key: tuple(urns) for key, urns in entry["propertyDependencies"].items() if urns
        }
        if "propertyDependencies" in entry
        else {},
        protect=entry.get("protect", False),
        ignore_changes=tuple(entry.get("ignoreChanges", ())),
    )


def _opened(value: Any) -> Any:
    if isinstance(value, dict):
        return UNKNOWN if SECRET in value else {key: _opened(item) for key, item in value.items()}
    return [_opened(item) for item in value] if isinstance(value, list) else value


# Resources whose inputs appear in an output of another resource after a refresh: the type, the property that refers to
# the other resource, the input, and the output of the other resource.
_REPEATED: Final = (
    ("aws:sns/topicPolicy:TopicPolicy", "arn", "policy", "policy"),
    ("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "policy", "policy"),
    ("aws:s3/bucketPolicy:BucketPolicy", "bucket", "policy", "policy"),
    ("aws:s3/bucketVersioning:BucketVersioning", "bucket", "versioningConfiguration", "versioning"),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "bucket", "rules", "lifecycleRules"),
    ("aws:iam/rolePolicy:RolePolicy", "role", "policy", "inlinePolicies"),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", "policyArn", "managedPolicyArns"),
    ("aws:secretsmanager/secretPolicy:SecretPolicy", "secretArn", "policy", "policy"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "securityGroupId", "cidrIpv4", "ingress"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "securityGroupId", "cidrIpv4", "egress"),
    ("aws:ec2/route:Route", "routeTableId", "destinationCidrBlock", "routes"),
    ("aws:ec2/networkAclRule:NetworkAclRule", "networkAclId", "cidrBlock", "ingress"),
)
_LISTS: Final = ("inlinePolicies", "managedPolicyArns", "ingress", "egress", "routes", "lifecycleRules")


def refreshed(record: Record) -> Record:
    """Return a deployed stack after `pulumi refresh`: outputs also repeat inputs of other resources."""
    repeated: dict[str, dict[str, Any]] = {}
    for type_, refers, source, target in _REPEATED:
        for owner in record.of_type(type_):
            for urn in owner.property_dependencies.get(refers, ()):
                value = owner.inputs.get(source, "")
                outputs = repeated.setdefault(urn, {})
                if target in _LISTS:
                    outputs.setdefault(target, []).append({source: value, "fromPort": 0, "description": ""})
                else:
                    outputs[target] = value
    return replace(
        record,
        resources=tuple(
            replace(item, outputs={**item.outputs, **repeated.get(item.urn, {})}) for item in record.resources
        ),
    )


def with_outputs_of(record: Record, changed: Record) -> Record:
    """Return a changed record with the outputs that its provider reports: outputs follow the inputs that changed."""
    before = record.by_urn
    return replace(
        changed,
        resources=tuple(
            replace(item, outputs=_followed(item.outputs, before[item.urn].inputs, item.inputs))
            for item in changed.resources
        ),
    )


def _followed(
    outputs: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    gone = before.keys() - after.keys()
    kept = {key: "" if key in gone else value for key, value in outputs.items()}
    return {**kept, **{key: value for key, value in after.items() if before.get(key) != value}}


def names_read_back(records: tuple[Record, ...], claimed: Callable[[str], list[str]]) -> dict[str, set[str]]:
    """Return, by type, the names of the outputs that a provider reported or that a control claims to read."""
    names: dict[str, set[str]] = {}
    for record in records:
        for item in record.resources:
            if item.custom and item.type.startswith("aws:"):
                names.setdefault(item.type, set(claimed(item.type))).update(item.outputs)
    return names


def filled(record: Record, names: Mapping[str, set[str]], filler: Any) -> tuple[Record, int]:
    """Return a deployed stack in which every output that is not an input has the value `filler`, and their number.

    Objects inside the inputs are filled too, with the keys that the provider reported there.
    """
    count = 0

    def inside(outputs: Any, inputs: Any) -> Any:
        nonlocal count
        if isinstance(outputs, dict) and isinstance(inputs, dict):
            only_outputs = outputs.keys() - inputs.keys()
            count += len(only_outputs)
            return {
                **dict.fromkeys(only_outputs, filler),
                **{key: inside(outputs.get(key), value) for key, value in inputs.items()},
            }
        if isinstance(outputs, list) and isinstance(inputs, list) and len(outputs) == len(inputs):
            return [inside(*pair) for pair in zip(outputs, inputs, strict=True)]
        return inputs

    resources: list[Resource] = []
    for item in record.resources:
        if item.type in names:
            every = {**dict.fromkeys(names[item.type], filler), **item.outputs}
            outputs = inside(every, item.inputs)
            named = {key: item.outputs[key] for key in IDENTITY if item.outputs.get(key)}
            # A deployed resource always has an id; its other names may be missing.
            resources.append(
                replace(item, outputs={**outputs, **named} if filler else {**outputs, "id": named.get("id")})
            )
        else:
            resources.append(item)
    return replace(record, resources=tuple(resources)), count


Sentences = set[tuple[str, str, str]]
"""Level, URN and message of everything that a pack reports."""


def reported(
    record: Record, packs: Iterable[Pack], config: Mapping[str, Any], read: frozenset[str] = frozenset()
) -> Sentences:
    """Return what packs report about a deployed stack, called as the engine calls them but without servers.

    Args:
        record: the deployed stack.
        packs: the names of the packs.
        config: settings by the name of the policy.
        read: URNs of resources that the program only reads; the engine sends these with the whole stack only.
    """
    policies = [policy for pack in packs for policy in packing.policies(pack)]
    resources = list(map(_of_sdk, record.resources))
    by_urn = {item.urn: item for item in resources}
    for item, source in zip(resources, record.resources, strict=True):
        item.parent = by_urn.get(source.parent or "")
        item.dependencies.extend(by_urn[urn] for urn in source.dependencies if urn in by_urn)
        for key, urns in source.property_dependencies.items():
            item.property_dependencies[key] = [by_urn[urn] for urn in urns if urn in by_urn]
    inputs = {item.urn: unknown_checking_proxy(_on_the_wire(item.inputs)) for item in record.resources}
    sentences: Sentences = set()
    for policy in policies:
        values: dict[str, Any] = dict(config.get(policy.name, {}))
        default = policy.enforcement_level
        level = str(values.pop("enforcementLevel", default.value if default else "mandatory"))

        def report(message: str, urn: str | None = None, level: str = level) -> None:
            sentences.add((level, urn or "", message))

        if isinstance(policy, StackValidationPolicy):
            policy.validate(StackValidationArgs(resources, values), report)
            continue
        for item in resources:
            if item.urn in read:
                continue
            args = ResourceValidationArgs(
                item.resource_type, inputs[item.urn], item.urn, item.name, item.opts, item.provider, values
            )
            with contextlib.suppress(_NotApplicableError):
                cast("ResourceValidationPolicy", policy).validate(args, report)
    return sentences


def _of_sdk(item: Resource) -> PolicyResource:
    options = PolicyResourceOptions(
        item.protect, list(item.ignore_changes), None, [], PolicyCustomTimeouts(0, 0, 0), [], item.parent
    )
    outputs = unknown_checking_proxy(_on_the_wire(item.outputs))
    region = unknown_checking_proxy({"region": "us-east-1"})
    provider = PolicyProviderResource("pulumi:providers:aws", region, "", "default")
    return PolicyResource(item.type, outputs, item.urn, item.name, options, provider, None, [], {})


def _on_the_wire(value: Any) -> Any:
    """Return a value as the SDK reads it from the wire: numbers are floats, unknown values are its sentinel."""
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Mapping):
        return {key: _on_the_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_on_the_wire(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
