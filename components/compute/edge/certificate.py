"""A TLS certificate that AWS Certificate Manager (ACM) issues and renews automatically.

Maps to 45 CFR 164.312(e)(2)(ii) (encryption in transit) and 164.312(d) (entity authentication).
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def certificate(name: str, domain: str, zone_id: str, *, parent: pulumi.Resource) -> pulumi.Output[str]:
    """Create a certificate and the DNS record that proves control of its domain.

    Args:
        name: Logical name of the component that uses the certificate.
        domain: The one domain name of the certificate.
        zone_id: ID of the Route 53 hosted zone of the domain.
        parent: The component that the resources belong to.

    Returns:
        ARN of the certificate. It is available after ACM has read the DNS record and issued the certificate.
    """
    child = pulumi.ResourceOptions(parent=parent)
    requested = aws.acm.Certificate(
        f"{name}-tls",
        domain_name=domain,
        validation_method="DNS",
        tags={"Name": domain},
        opts=child,
    )
    # ACM requires exactly one record, because the certificate has one domain and no alternative names.
    validation = requested.domain_validation_options.apply(lambda options: options[0])
    record = aws.route53.Record(
        f"{name}-tls",
        zone_id=zone_id,
        name=validation.resource_record_name,
        type=validation.resource_record_type,
        records=[validation.resource_record_value],
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
