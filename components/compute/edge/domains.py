"""Domain names of the load balancer: their certificate, which AWS Certificate Manager (ACM) renews, and their DNS records.

Maps to 45 CFR 164.312(e)(2)(ii) (encryption in transit) and 164.312(d) (entity authentication).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
import pulumi_aws as aws

_WEIGHTED_TTL_SECONDS: Final = 60
"""How long resolvers may keep a weighted record: a new weight has its full effect after this time."""

_SET: Final = "aws"
"""Identifier of the load balancer among the weighted records of a name."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain name of the load balancer."""

    name: str
    """Domain name, or a wildcard such as `*.example.org`."""
    zone_id: str
    """ID of the Route 53 hosted zone that contains the name."""
    dns: Literal["alias", "weighted", "none"] = "alias"
    """Record of the name: an alias of the load balancer, a weighted CNAME, or none.

    All weighted records of a name must have the same type, and the record of another provider is a CNAME. Therefore the
    weighted record is a CNAME too, which the apex of a zone cannot have
    (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html).
    """
    weight: int = 0
    """Weight of a weighted record, 0 to 255."""
    redirect_to: str | None = None
    """Domain name to which requests are redirected."""


def certificate(name: str, domains: Sequence[Domain], *, parent: pulumi.Resource) -> pulumi.Output[str]:
    """Create a certificate for all names, and the DNS records that prove control of them.

    Args:
        name: Logical name of the component that uses the certificate.
        domains: The names, at least one. A change replaces the certificate, without interruption.
        parent: The component that the resources belong to.

    Returns:
        ARN of the certificate. It is available after ACM has read the DNS records and issued the certificate.
    """
    child = pulumi.ResourceOptions(parent=parent)
    first, *others = [domain.name for domain in domains]
    requested = aws.acm.Certificate(
        f"{name}-tls",
        domain_name=first,
        subject_alternative_names=others or None,
        validation_method="DNS",
        tags={"Name": first},
        opts=child,
    )
    records: list[aws.route53.Record] = []
    for base, zone_id in _proven_names(domains).items():
        proof = requested.domain_validation_options.apply(lambda options, base=base: _proof(options, base))
        records.append(
            aws.route53.Record(
                f"{name}-tls-{base}",
                zone_id=zone_id,
                name=proof["name"],
                type=proof["type"],
                records=[proof["value"]],
                ttl=300,
                opts=child,
            )
        )
    issued = aws.acm.CertificateValidation(
        f"{name}-tls",
        certificate_arn=requested.arn,
        validation_record_fqdns=[record.fqdn for record in records],
        opts=child,
    )
    return issued.certificate_arn


def _proven_names(domains: Sequence[Domain]) -> Mapping[str, str]:
    """Return the zone of each name that needs a record of its own: ACM has one for a wildcard and the name below it."""
    return {domain.name.removeprefix("*."): domain.zone_id for domain in domains}


def _proof(options: Sequence[Any], base: str) -> dict[str, str]:
    """Return name, type and value of the record that proves control of a name."""
    [option, *_] = [option for option in options if option.domain_name in (base, f"*.{base}")]
    return {
        "name": option.resource_record_name,
        "type": option.resource_record_type,
        "value": option.resource_record_value,
    }


def dns_records(
    name: str, domains: Sequence[Domain], balancer: aws.lb.LoadBalancer, *, parent: pulumi.Resource
) -> None:
    """Create the record of each name that has one."""
    for domain in domains:
        if domain.dns != "none":
            aws.route53.Record(
                f"{name}-{domain.name}",
                zone_id=domain.zone_id,
                name=domain.name,
                **(_weighted(balancer, domain.weight) if domain.dns == "weighted" else _alias(balancer)),
                opts=pulumi.ResourceOptions(parent=parent),
            )


def _alias(balancer: aws.lb.LoadBalancer) -> dict[str, Any]:
    alias = aws.route53.RecordAliasArgs(
        name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True
    )
    return {"type": "A", "aliases": [alias]}


def _weighted(balancer: aws.lb.LoadBalancer, weight: int) -> dict[str, Any]:
    return {
        "type": "CNAME",
        "records": [balancer.dns_name],
        "ttl": _WEIGHTED_TTL_SECONDS,
        "set_identifier": _SET,
        "weighted_routing_policies": [aws.route53.RecordWeightedRoutingPolicyArgs(weight=weight)],
    }
