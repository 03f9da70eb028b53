"""The kinds of data that application logs must not show, and the CloudWatch Logs policy that masks them.

Maps to 45 CFR 164.312(a)(1) (access control): permission to read logs is not permission to read health data.
"""

from __future__ import annotations

import json
from typing import Final

DATA_IDENTIFIERS: Final = (
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protect-sensitive-log-data-types-credentials.html
    "AwsSecretKey",
    "OpenSshPrivateKey",
    "PgpPrivateKey",
    "PkcsPrivateKey",
    "PuttyPrivateKey",
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protect-sensitive-log-data-types-financial.html
    "BankAccountNumber-US",
    "CreditCardExpiration",
    "CreditCardNumber",
    "CreditCardSecurityCode",
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protect-sensitive-log-data-types-health.html
    "DrugEnforcementAgencyNumber-US",
    "HealthInsuranceClaimNumber-US",
    "HealthcareProcedureCode-US",
    "MedicareBeneficiaryNumber-US",
    "NationalDrugCode-US",
    "NationalProviderId-US",
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protect-sensitive-log-data-types-pii.html
    "Ssn-US",
)
"""AWS data identifiers that are masked in application logs: credentials, and US financial, health and social security
numbers.

Names, addresses and IP addresses are not masked: AWS can only guess at them, and investigations need them.
"""


def protection_policy(findings_group: str, partition: str) -> str:
    """Return the data protection policy of a log group: it reports and masks `DATA_IDENTIFIERS`.

    AWS requires one statement to report and one to mask, with equal lists of identifiers.

    Args:
        findings_group: Name of the log group that receives the reports.
        partition: AWS partition of the identifiers' ARNs, such as `aws`.
    """
    identifier_arns = [
        f"arn:{partition}:dataprotection::aws:data-identifier/{name}" for name in sorted(DATA_IDENTIFIERS)
    ]
    audit = {"Audit": {"FindingsDestination": {"CloudWatchLogs": {"LogGroup": findings_group}}}}
    mask: dict[str, object] = {"Deidentify": {"MaskConfig": {}}}
    return json.dumps(
        {
            "Name": "sensitive-data",
            "Version": "2021-06-01",
            "Statement": [
                {"Sid": "Audit", "DataIdentifier": identifier_arns, "Operation": audit},
                {"Sid": "Mask", "DataIdentifier": identifier_arns, "Operation": mask},
            ],
        },
        sort_keys=True,
    )
