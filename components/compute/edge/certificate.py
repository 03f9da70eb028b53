"""A certificate that AWS issues and renews by itself.

Maps to 45 CFR 164.312(e)(2)(ii) (encryption in transit) and 164.312(d) (entity authentication).
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def certificate(name: str, domain: str, zone_id: str, parent: pulumi.Resource) -> pulumi.Output[str]:
    """Return the ARN of a certificate once AWS has seen the proof, a record in the hosted zone, and issued it."""
    child = pulumi.ResourceOptions(parent=parent)
    requested = aws.acm.Certificate(
        f"{name}-tls",
        domain_name=domain,
        validation_method="DNS",
        tags={"Name": domain},
        opts=child,
    )
    # One domain and no alternative names: AWS asks for exactly one record.
    proof = requested.domain_validation_options.apply(lambda options: options[0])
    record = aws.route53.Record(
        f"{name}-tls",
        zone_id=zone_id,
        name=proof.resource_record_name,
        type=proof.resource_record_type,
        records=[proof.resource_record_value],
        ttl=300,
        opts=child,
    )
    issued = aws.acm.CertificateValidation(
        f"{name}-tls",
        certificate_arn=requested.arn,
        validation_record_fqdns=[record.fqdn],
        opts=child,
    )
    return issued.certificate_arn
