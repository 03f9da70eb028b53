"""Rules on what applications may do in AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator

from facts.aws_services import AWS_SERVICES, NOT_FOR_APPLICATIONS, WITHOUT_RESOURCES
from settings.errors import Mistake
from settings.model import AppSettings, NatMode, PermissionSettings, Settings

_GATEWAYS = frozenset({"dynamodb", "s3"})
"""Services with a gateway endpoint, which every stack has."""
_EVERY = re.compile(r"(\*|[\w-]+[/:]\*)")
"""The resource part of an ARN that stands for every resource of a type."""
_KMS = frozenset(
    {
        "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom",
        "GetPublicKey", "ReEncryptFrom", "ReEncryptTo", "Sign", "Verify", "VerifyMac",
    }
)  # fmt: skip
"""Actions that use a key; the others administer it."""


def check(settings: Settings) -> Iterator[Mistake]:
    """Yield permissions that would lead to other applications or accounts, and those on every resource."""
    for name, app in (settings.apps or {}).items():
        for key, permission in app.permissions.items():
            path = f"hipaa:apps.{name}.permissions.{key}"
            yield from _actions(path, permission)
            yield from _resources(path, permission, settings)


def _actions(path: str, permission: PermissionSettings) -> Iterator[Mistake]:
    for index, action in enumerate(permission.actions):
        service, operation = action.split(":")
        if service in NOT_FOR_APPLICATIONS:
            yield Mistake(
                f"{path}.actions[{index}]",
                action,
                f"no action of {service}, which leads to what belongs to the stack or to other applications",
                NOT_FOR_APPLICATIONS[service],
            )
        if service == "kms" and operation not in _KMS:
            yield Mistake(
                f"{path}.actions[{index}]", action, "an action that uses a key, such as kms:Decrypt", ""
            )


def _resources(path: str, permission: PermissionSettings, settings: Settings) -> Iterator[Mistake]:
    narrow = [action for action in permission.actions if action not in WITHOUT_RESOURCES]
    for index, resource in enumerate(permission.resources):
        place = f"{path}.resources[{index}]"
        if resource == "*":
            if narrow:
                yield Mistake(
                    place,
                    resource,
                    f"ARNs of the resources of {', '.join(narrow)}",
                    "actions that support no resources need a permission of their own",
                    related_paths=(f"{path}.actions",),
                )
            continue
        _, partition, service, _, account, name = resource.split(":", 5)
        if partition != settings.partition or account not in ("", settings.account_id):
            yield Mistake(
                place,
                resource,
                f"a resource of this account: arn:{settings.partition}:…:{settings.account_id}:…",
                "a role of another account must be assumed, which an application cannot do",
                related_paths=("aws:region", "hipaa:account"),
            )
        if service in NOT_FOR_APPLICATIONS:
            yield Mistake(place, resource, f"no resource of {service}", NOT_FOR_APPLICATIONS[service])
        if _EVERY.fullmatch(name) if service != "s3" else name.startswith("*"):
            yield Mistake(
                place, resource, "the name of a resource, or the beginning of its name", "add it before the *"
            )


def warnings(settings: Settings) -> Iterator[str]:
    """Yield warnings on AWS services that applications cannot reach, because there is neither NAT nor an endpoint."""
    if settings.network.nat is not NatMode.NONE:
        return
    endpoints = set(settings.network.interface_endpoints)
    for name, app in (settings.apps or {}).items():
        for path, service, choices in _services(f"hipaa:apps.{name}", app):
            if not endpoints & set(choices):
                missing = f"lacks {' and '.join(choices)}" if choices else "has no endpoint for it"
                yield (
                    f"{path}: {service} cannot be reached while hipaa:network.nat is none: "
                    f"hipaa:network.interface_endpoints {missing}"
                )


def _services(path: str, app: AppSettings) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each AWS service that an application needs, with its path and the endpoints that lead to it."""
    for use in app.uses:
        if use in AWS_SERVICES:
            yield f"{path}.uses", use, AWS_SERVICES[use].endpoints
    for reference, arn in app.references.items():
        service = arn.split(":")[2]
        yield f"{path}.{reference}", service, (service,)
    for key, permission in app.permissions.items():
        for service in sorted({action.split(":")[0] for action in permission.actions} - _GATEWAYS):
            known = [item.endpoints for name, item in AWS_SERVICES.items() if name == service]
            yield f"{path}.permissions.{key}", service, known[0] if known else (service,)
