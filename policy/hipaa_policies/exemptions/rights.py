"""The permissions of a role, from all policies that the program attaches to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hipaa_policies.documents import Document, PolicyStatement, read_statements
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import element_paths
from hipaa_policies.tokens import POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT
from hipaa_policies.values import UNKNOWN, format_value, items, peek

READS: Final = {
    ROLE: ("inlinePolicies", "managedPolicyArns"),
    ROLE_POLICY: ("role", "policy"),
    ROLE_POLICY_ATTACHMENT: ("role", "policyArn"),
    POLICY: ("policy",),
}


@dataclass(frozen=True, slots=True)
class Rights:
    """The permissions of a role."""

    statements: tuple[PolicyStatement, ...]
    elsewhere: tuple[str, ...]
    """Attached policies that the program does not contain, by ARN."""
    complete: bool
    """False if a policy of the program is not known before deployment."""


def rights(graph: Graph, role: JudgedResource) -> Rights:
    """Return the permissions that the policies of a role grant or deny."""
    documents = list(_documents(graph, role))
    read = [item for item in documents if isinstance(item, Document)]
    return Rights(
        statements=tuple(statement for document in read for statement in document.statements),
        elsewhere=tuple(_elsewhere(graph, role)),
        complete=len(read) == len(documents) and all(item.complete for item in read),
    )


def _documents(graph: Graph, role: JudgedResource) -> Iterator[object]:
    for policy in graph.referrers(role.urn, ROLE_POLICY, "role"):
        yield read_statements(peek(policy.props, "policy"))
    for attachment in graph.referrers(role.urn, ROLE_POLICY_ATTACHMENT, "role"):
        for policy in graph.references(attachment, "policyArn", POLICY):
            yield read_statements(peek(policy.props, "policy"))
    if peek(role.props, "inlinePolicies") is UNKNOWN:
        yield UNKNOWN
    for inline in element_paths(role, "inlinePolicies"):
        yield read_statements(peek(role.props, *inline, "policy"))


def _elsewhere(graph: Graph, role: JudgedResource) -> Iterator[str]:
    for attachment in graph.referrers(role.urn, ROLE_POLICY_ATTACHMENT, "role"):
        if not graph.references(attachment, "policyArn", POLICY):
            yield _arn(peek(attachment.props, "policyArn"))
    if peek(role.props, "managedPolicyArns") is UNKNOWN:
        yield _arn(UNKNOWN)
    yield from map(_arn, items(role.props, "managedPolicyArns"))


def _arn(value: object) -> str:
    return value if isinstance(value, str) else format_value(value)
