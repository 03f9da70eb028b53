"""What must not be in an application's log, and the policies that find and mask it.

Maps to 45 CFR 164.312(a)(1) (access control): whoever may read logs is not thereby allowed to read health data.
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
"""What is masked in application logs: credentials, and US financial, health and social security numbers.

Names, addresses and IP addresses are left out: AWS finds them by guess, and an investigation needs them.
"""


def protection_policy(findings_group: str, partition: str) -> str:
    """Find and mask the same data: AWS wants both statements, with equal lists."""
    found = [
        f"arn:{partition}:dataprotection::aws:data-identifier/{name}" for name in sorted(DATA_IDENTIFIERS)
    ]
    audit = {"Audit": {"FindingsDestination": {"CloudWatchLogs": {"LogGroup": findings_group}}}}
    mask: dict[str, object] = {"Deidentify": {"MaskConfig": {}}}
    return json.dumps(
        {
            "Name": "sensitive-data",
            "Version": "2021-06-01",
            "Statement": [
                {"Sid": "Find", "DataIdentifier": found, "Operation": audit},
                {"Sid": "Mask", "DataIdentifier": found, "Operation": mask},
            ],
        },
        sort_keys=True,
    )
