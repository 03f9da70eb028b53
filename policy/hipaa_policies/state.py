"""Read the resources of a state file, the output of `pulumi stack export`.

The format is `DeploymentV3` of the Pulumi CLI:
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hipaa_policies.model import JudgedResource
from hipaa_policies.reading import judged_properties
from hipaa_policies.values import UNKNOWN, is_list, is_mapping, peek

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key of the type of a special value; the value of the key is `_SECRET` for a secret."""
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105, a marker


class StateError(ValueError):
    """A text is not a state file."""


def resources_of(text: str) -> list[JudgedResource]:
    """Return the resources of a state file as the rules judge them.

    An encrypted secret is an unknown value; `pulumi stack export --show-secrets` writes it in plain text. Resources
    that are pending deletion are omitted.

    Args:
        text: JSON, the output of `pulumi stack export`.

    Raises:
        StateError: the text is not JSON, or it holds no list `deployment.resources` of objects with `urn` and `type`.
    """
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StateError(f"expected JSON, the output of `pulumi stack export`: {error}") from error
    entries = peek(document, "deployment", "resources")
    if not is_list(entries):
        raise StateError("expected the output of `pulumi stack export`: an object with deployment.resources")
    malformed = [at for at, entry in enumerate(entries) if not _is_resource(entry)]
    if malformed:
        raise StateError(f"deployment.resources[{malformed[0]}] must be an object with urn and type")
    existing: list[Mapping[str, Any]] = [
        entry for entry in entries if is_mapping(entry) and entry.get("delete") is not True
    ]
    regions = {
        entry["urn"]: peek(entry, "inputs", "region")
        for entry in existing
        if entry["type"].startswith("pulumi:providers:")
    }
    return [_resource(entry, regions) for entry in existing]


def _is_resource(entry: object) -> bool:
    return all(isinstance(peek(entry, key), str) for key in ("urn", "type"))


def _resource(entry: Mapping[str, Any], regions: Mapping[str, object]) -> JudgedResource:
    inputs = entry.get("inputs")
    outputs = _decrypted(entry.get("outputs", {}))
    parent = entry.get("parent")
    provider = str(entry.get("provider", "")).rpartition("::")[0]
    dependencies: Mapping[str, object] = entry.get("propertyDependencies") or {}
    return JudgedResource(
        urn=entry["urn"],
        type=entry["type"],
        name=entry["urn"].rpartition("::")[2],
        props=judged_properties(
            _decrypted(inputs) if is_mapping(inputs) else None, outputs if is_mapping(outputs) else {}
        ),
        parent=parent if isinstance(parent, str) else None,
        protect=entry.get("protect") is True,
        ignore_changes=tuple(_texts(entry.get("ignoreChanges"))),
        property_dependencies={name: tuple(_texts(urns)) for name, urns in dependencies.items()},
        dependencies=tuple(_texts(entry.get("dependencies"))),
        provider_region=regions.get(provider),
        has_outputs_only=not is_mapping(inputs),
    )


def _texts(value: object) -> Iterator[str]:
    if is_list(value):
        yield from (item for item in value if isinstance(item, str))


def _decrypted(value: Any) -> Any:
    """Return a value with its secrets in plain text, or `UNKNOWN` for a secret that is encrypted."""
    if is_mapping(value):
        if value.get(_SIGNATURE) == _SECRET:
            plaintext = value.get("plaintext")
            try:
                return _decrypted(json.loads(plaintext)) if isinstance(plaintext, str) else UNKNOWN
            except ValueError:
                return UNKNOWN
        return {key: _decrypted(item) for key, item in value.items()}
    return [_decrypted(item) for item in value] if is_list(value) else value
