"""Select the properties of a resource that the rules judge, from inputs, outputs or both.

A preview supplies inputs, the values that the program set. The engine supplies *outputs* to a policy for the whole
stack (`AnalyzeStack`), and a state file holds both. Outputs are the values that the provider read from AWS. They
contain `""`, `0` and `[]` for arguments that the program did not set, default values of AWS, and copies of documents
that another resource owns. For example, the output `policy` of an SNS topic is the default policy of AWS at creation,
and after a refresh it is the document of the TopicPolicy.

The rules therefore judge the inputs if they are known. Outputs add only the names by which other resources refer to the
resource. The engine sends no inputs for a resource that the program only reads (`Bucket.get(...)`). Its outputs are
judged, without empty values and without documents that another resource of the stack owns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from hipaa_policies.model import NAMING_PROPERTIES, Graph, JudgedResource
from hipaa_policies.tokens import (
    BUCKET,
    BUCKET_POLICY,
    KEY,
    KEY_POLICY,
    QUEUE,
    QUEUE_POLICY,
    SECRET,
    SECRET_POLICY,
    TOPIC,
    TOPIC_POLICY,
)
from hipaa_policies.values import is_list, is_mapping, peek, plain

_OWNED: Final[Mapping[str, tuple[str, str]]] = {
    BUCKET: (BUCKET_POLICY, "bucket"),
    KEY: (KEY_POLICY, "keyId"),
    QUEUE: (QUEUE_POLICY, "queueUrl"),
    SECRET: (SECRET_POLICY, "secretArn"),
    TOPIC: (TOPIC_POLICY, "arn"),
}
"""Types whose output `policy` repeats the document of another type, with that type and the property that refers."""


def judged_properties(
    inputs: Mapping[str, object] | None, outputs: Mapping[str, object]
) -> dict[str, object]:
    """Return the properties that the rules judge, as plain data with `values.UNKNOWN` for unknown values.

    Args:
        inputs: values that the program set, by wire name; None if only the outputs are known.
        outputs: values that the provider read from AWS, by wire name; empty before the resource exists.
    """
    if inputs is None:
        return _without_empty(plain(outputs))
    names = {key: peek(outputs, key) for key in NAMING_PROPERTIES}
    known = {key: name for key, name in names.items() if isinstance(name, str) and name}
    return {**known, **cast("dict[str, object]", plain(inputs))}


def judged_graph(resources: Iterable[JudgedResource]) -> Graph:
    """Return the graph of the resources that the rules judge.

    Outputs of a resource that the program only reads lose a policy document that another resource of the stack owns.
    """
    graph = Graph(resources)
    repeating = {
        item.urn
        for item in graph.resources
        if item.has_outputs_only and item.type in _OWNED and graph.referrers(item.urn, *_OWNED[item.type])
    }
    if not repeating:
        return graph
    return Graph(_without_policy(item) if item.urn in repeating else item for item in graph.resources)


def _without_policy(resource: JudgedResource) -> JudgedResource:
    return replace(resource, props={key: item for key, item in resource.props.items() if key != "policy"})


def _without_empty(value: Any) -> Any:
    """Return a value without empty fields, at any depth; list elements keep their positions."""
    if is_mapping(value):
        kept = {key: _without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if not _is_empty(item)}
    return [_without_empty(item) for item in value] if is_list(value) else value


def _is_empty(value: object) -> bool:
    """Return whether a provider may report this value for an argument that is not set; `false` may be a setting."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value == 0
    return (isinstance(value, str) or is_list(value) or is_mapping(value)) and not value
