"""Certificates of clients that connect to the load balancer (mutual TLS).

Maps to 45 CFR 164.312(d) (person or entity authentication) and 164.312(e)(1) (transmission security).
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

_Authentication = aws.lb.ListenerMutualAuthenticationArgs


@dataclass(frozen=True, kw_only=True)
class CaBundle:
    """An object in S3 with the certificates of certificate authorities, in the format PEM.

    AWS copies it when the trust store is created and when one of these values changes.
    """

    bucket: str
    """Name of the bucket."""
    key: str
    """Key of the object."""
    version: str | None = None
    """Version of the object; None for the current one."""


@dataclass(frozen=True, kw_only=True)
class MutualTls:
    """What the load balancer does with the certificates of clients."""

    ca_bundle: CaBundle | None = None
    """Authorities whose certificates are valid: the load balancer refuses every other client. None if it passes any certificate
    on to the application, unverified, and accepts clients without one."""

    @property
    def verifies(self) -> bool:
        """Whether the load balancer refuses clients without a valid certificate."""
        return self.ca_bundle is not None


def mutual_authentication(
    name: str, mutual_tls: MutualTls | None, *, parent: pulumi.Resource
) -> _Authentication:
    """Create the trust store, if certificates are verified, and return the attributes of the listener.

    Args:
        name: Logical name of the load balancer.
        mutual_tls: What to do with certificates; None if the load balancer does not ask for them.
        parent: The component that the trust store belongs to.
    """
    if mutual_tls is None:
        # The provider keeps the former mode of a listener whose mode is not set.
        return _Authentication(mode="off")
    bundle = mutual_tls.ca_bundle
    if bundle is None:
        return _Authentication(mode="passthrough")
    store = aws.lb.TrustStore(
        f"{name}-clients",
        ca_certificates_bundle_s3_bucket=bundle.bucket,
        ca_certificates_bundle_s3_key=bundle.key,
        ca_certificates_bundle_s3_object_version=bundle.version,
        tags={"Name": f"{name}-clients"},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return _Authentication(mode="verify", trust_store_arn=store.arn, ignore_client_certificate_expiry=False)
