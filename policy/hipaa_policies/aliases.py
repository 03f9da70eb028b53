"""One spelling for each thing: what two type tokens or two property names mean alike, the rules see alike.

`canonical` is applied where resources enter the judge, so a rule names one token and one property and is right for
every spelling of them. What cannot be read as the one spelling is refused by `resource-type-is-supported` instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from hipaa_policies.model import Resource
from hipaa_policies.values import is_blank, peek

_LOAD_BALANCING: Final = (
    "Listener", "ListenerCertificate", "ListenerRule", "LoadBalancer", "TargetGroup", "TargetGroupAttachment",
)  # fmt: skip
_BUCKET_PARTS: Final = (
    "Bucket", "BucketAccelerateConfiguration", "BucketAcl", "BucketCorsConfiguration",
    "BucketLifecycleConfiguration", "BucketLogging", "BucketObjectLockConfiguration",
    "BucketRequestPaymentConfiguration", "BucketServerSideEncryptionConfiguration", "BucketVersioning",
    "BucketWebsiteConfiguration",
)  # fmt: skip


def _token(module: str, noun: str) -> str:
    return f"aws:{module}/{noun[0].lower()}{noun[1:]}:{noun}"


TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{_token("alb", noun): _token("lb", noun) for noun in _LOAD_BALANCING},
        **{_token("s3", f"{noun}V2"): _token("s3", noun) for noun in _BUCKET_PARTS},
    }
)
"""Type tokens with the same schema as another, and that other: compared in pulumi_aws 7.51.1, property by property."""

_PROPERTIES: Final[Mapping[str, Mapping[str, str]]] = {
    _token("s3", "BucketV2"): {
        "loggings": "logging",
        "replicationConfigurations": "replicationConfiguration",
        "serverSideEncryptionConfigurations": "serverSideEncryptionConfiguration",
        "versionings": "versioning",
        "websites": "website",
    },
}
"""Properties of a twin that are lists of one where the other has the object itself."""


def canonical(resource: Resource) -> Resource:
    """Return a resource under the type and the property names that the rules know; `written` keeps its own type."""
    type_ = TYPES.get(resource.type)
    if type_ is None:
        return resource
    names = _PROPERTIES.get(resource.type, {})
    dependencies = {names.get(key, key): urns for key, urns in resource.property_dependencies.items()}
    return replace(
        resource,
        type=type_,
        written=resource.type,
        props=_Renamed(resource.props, names) if names else resource.props,
        property_dependencies=dependencies,
    )


class _Renamed(Mapping[str, object]):
    """A property bag under other names; what the bag raises for an unknown passes through."""

    def __init__(self, bag: Mapping[str, object], names: Mapping[str, str]) -> None:
        self._bag = bag
        self._names = {names.get(key, key): key for key in bag}

    def __getitem__(self, key: str) -> object:
        return self._bag[self._names[key]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def region_of(resource: Resource) -> object:
    """Return the region a resource is made in: its own `region` input, else its provider's.

    pulumi_aws 7 lets nearly every resource name a region, which wins over the provider's (docstring of `region`).
    """
    own = peek(resource.props, "region")
    return peek(resource.provider_region) if is_blank(own) else own
