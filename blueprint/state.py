"""A record in the format of `pulumi stack export`, for every tool that reads a state file.

The format is `DeploymentV3` of the Pulumi CLI:
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from blueprint.record import Record, Resource
from blueprint.values import without_secrets

_VERSION: Final = 3
_PROVIDER_TYPE: Final = "pulumi:providers:aws"


def as_state(record: Record) -> dict[str, object]:
    """Return a record as a state file in plain data.

    A secret has no text, as in an export without `--show-secrets`; a value that is not known before deployment has
    the marker of the engine. AWS resources without an explicit provider refer to one default provider, which has the
    region of the stack.
    """
    return {
        "version": _VERSION,
        "deployment": {"resources": [*_default_provider(record), *_resources(record)]},
    }


def _default_provider(record: Record) -> Iterator[dict[str, object]]:
    if region := record.config.get("aws:region"):
        yield {
            "urn": _default_provider_urn(record),
            "custom": True,
            "id": "default",
            "type": _PROVIDER_TYPE,
            "inputs": {"region": region},
        }


def _default_provider_urn(record: Record) -> str:
    return f"urn:pulumi:{record.stack}::{record.project}::{_PROVIDER_TYPE}::default"


def _resources(record: Record) -> Iterator[dict[str, object]]:
    for resource in record.resources:
        yield {
            key: value
            for key, value in _entry(resource, record).items()
            if value not in (None, "", [], {}, False)
        }


def _entry(resource: Resource, record: Record) -> dict[str, object]:
    provider = resource.provider
    if not provider and resource.custom and resource.type.startswith("aws:"):
        provider = f"{_default_provider_urn(record)}::default"
    return {
        "urn": resource.urn,
        "custom": resource.custom,
        "id": without_secrets(resource.outputs.get("id")),
        "type": resource.type,
        "inputs": without_secrets(resource.inputs) or None,
        "outputs": without_secrets(resource.outputs),
        "parent": resource.parent,
        "protect": resource.protect,
        "retainOnDelete": resource.retain_on_delete,
        "dependencies": list(resource.dependencies),
        "propertyDependencies": {key: list(urns) for key, urns in resource.property_dependencies.items()},
        "ignoreChanges": list(resource.ignore_changes),
        "replaceOnChanges": list(resource.replace_on_changes),
        "provider": provider,
    }
