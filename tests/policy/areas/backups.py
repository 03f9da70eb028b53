"""Backup vaults, plans and selections."""

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    CLASSIFIED,
    GONE,
    KEY_ARN,
    Rows,
    own_keys,
    resource,
)

LOCK = {"backupVaultName": f"{t.BACKUP_VAULT} vault"}

RULE = {"schedule": "cron(0 5 * * ? *)", "lifecycle": {"deleteAfter": 35}}

MONTHLY = {
    "schedule": "cron(0 6 1 * ? *)",
    "lifecycle": {"deleteAfter": 2192},
    "copyActions": [{"destinationVaultArn": UNKNOWN}],
}

BY_TAG = {"selectionTags": [{"key": "backup", "value": "vault", "type": "STRINGEQUALS"}]}


def backups() -> tuple[JudgedResource, ...]:
    """Return locked vaults and a plan that selects every store with the tag `backup`."""
    return (
        resource(t.BACKUP_VAULT, "vault", {"kmsKeyArn": KEY_ARN, "tags": CLASSIFIED}, protect=True),
        resource(
            t.BACKUP_VAULT_LOCK,
            "lock",
            {"backupVaultName": UNKNOWN, "minRetentionDays": 35, "changeableForDays": 3},
            LOCK,
        ),
        resource(
            t.BACKUP_AIR_GAPPED_VAULT,
            "sealed",
            {"encryptionKeyArn": KEY_ARN, "minRetentionDays": 35},
            protect=True,
        ),
        resource(t.BACKUP_PLAN, "plan", {"rules": [RULE, MONTHLY]}),
        resource(t.BACKUP_SELECTION, "selection", BY_TAG),
    )


GOOD = {item.name: item for item in backups()}

ENDLESS = "plan rules.0.lifecycle.deleteAfter"

ROWS: dict[str, Rows] = {
    "backup-plan-keeps-backups": Rows(
        compliant=(
            {"plan rules.1.lifecycle": GONE},
            {"plan rules.0.lifecycle": GONE},
            {"plan rules.0.schedule": "rate(12 hours)"},
            {"plan rules.0.schedule": "rate(1 day)"},
            {"plan rules.0.schedule": "cron(30 * * * ? *)"},
            {"plan rules.0.schedule": UNKNOWN},
        ),
        violating=[
            {ENDLESS: 34},
            {"plan rules.0.schedule": "cron(0 5 ? * SUN *)"},
            {"plan rules.0.schedule": "rate(2 days)"},
            {"plan rules.1.lifecycle.deleteAfter": 365},
            {"plan rules": []},
            {"plan rules.1.copyActions": []},
        ],
        missing=[{"plan rules": GONE}, {"plan rules.0.schedule": GONE}],
        unknown=[{ENDLESS: UNKNOWN}, {"plan rules": UNKNOWN}],
    ),
    "backup-vault-uses-own-key": own_keys("vault kmsKeyArn", "sealed encryptionKeyArn"),
    "backup-vault-is-locked": Rows(
        compliant=({"lock minRetentionDays": 365.0}, {"vault forceDestroy": False}),
        violating=[{"lock minRetentionDays": 34}, {"vault forceDestroy": True}],
        missing=[{"lock": GONE}, {"lock minRetentionDays": GONE}, {"lock changeableForDays": GONE}],
        unknown=[
            {"lock minRetentionDays": UNKNOWN},
            {"lock changeableForDays": UNKNOWN},
            {"vault forceDestroy": UNKNOWN},
        ],
    ),
}
