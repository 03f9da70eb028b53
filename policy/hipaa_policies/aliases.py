"""Map equivalent type tokens and property names to one canonical name.

The judge calls `canonical` for every resource, so a rule needs to know only one type token and one property name. The
control `resource-type-is-supported` rejects types that cannot be mapped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from hipaa_policies.model import JudgedResource
from hipaa_policies.values import is_blank, peek

_LOAD_BALANCING: Final = (
    "Listener",
    "ListenerCertificate",
    "ListenerRule",
    "LoadBalancer",
    "TargetGroup",
    "TargetGroupAttachment",
)
_BUCKET_PARTS: Final = (
    "Bucket",
    "BucketAccelerateConfiguration",
    "BucketAcl",
    "BucketCorsConfiguration",
    "BucketLifecycleConfiguration",
    "BucketLogging",
    "BucketObjectLockConfiguration",
    "BucketRequestPaymentConfiguration",
    "BucketServerSideEncryptionConfiguration",
    "BucketVersioning",
    "BucketWebsiteConfiguration",
)


def _token(module: str, noun: str) -> str:
    return f"aws:{module}/{noun[0].lower()}{noun[1:]}:{noun}"


TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{_token("alb", noun): _token("lb", noun) for noun in _LOAD_BALANCING},
        **{_token("s3", f"{noun}V2"): _token("s3", noun) for noun in _BUCKET_PARTS},
    }
)
"""Type tokens and the canonical token with the same schema (compared in pulumi_aws 7.51.1, property by property)."""

_PROPERTIES: Final[Mapping[str, Mapping[str, str]]] = {
    _token("s3", "BucketV2"): {
        "loggings": "logging",
        "replicationConfigurations": "replicationConfiguration",
        "serverSideEncryptionConfigurations": "serverSideEncryptionConfiguration",
        "versionings": "versioning",
        "websites": "website",
    },
}
"""Properties that are lists of one object, and the canonical property that holds the object itself."""


def canonical(resource: JudgedResource) -> JudgedResource:
    """Return a resource with its canonical type and property names; `original_type` keeps the type in the program."""
    type_ = TYPES.get(resource.type)
    if type_ is None:
        return resource
    names = _PROPERTIES.get(resource.type, {})
    dependencies = {names.get(key, key): urns for key, urns in resource.property_dependencies.items()}
    return replace(
        resource,
        type=type_,
        original_type=resource.type,
        props=_Renamed(resource.props, names) if names else resource.props,
        property_dependencies=dependencies,
    )


class _Renamed(Mapping[str, object]):
    """A property bag with renamed properties; it passes on the error that the bag raises for an unknown value."""

    def __init__(self, bag: Mapping[str, object], names: Mapping[str, str]) -> None:
        self._bag = bag
        self._names = {names.get(key, key): key for key in bag}

    def __getitem__(self, key: str) -> object:
        return self._bag[self._names[key]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def region_of(resource: JudgedResource) -> object:
    """Return the region of a resource: its input `region`, or else the region of its provider.

    In pulumi_aws 7 nearly every resource has the input `region`, which takes precedence (docstring of `region`).
    """
    region = peek(resource.props, "region")
    return peek(resource.provider_region) if is_blank(region) else region
