"""Databases: backups, snapshots, zones, upgrades, exported logs and monitoring."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.areas import databases
from tests.policy.areas.backups import BY_TAG
from tests.policy.program import (
    GONE,
    Rows,
    extra,
    resource,
)

GOOD = databases.GOOD

UPGRADED = ("rds", "aurora", "writer", "graph-1")


def _selected_by(**condition: str) -> dict[str, Any]:
    """Return the edit that selects stores by one condition on the tag `backup`."""
    tests = {kind: [{"key": "aws:ResourceTag/backup", "value": value}] for kind, value in condition.items()}
    return {
        "selection": resource(t.BACKUP_SELECTION, "selection", {"resources": ["*"], "conditions": [tests]})
    }


ROWS: dict[str, Rows] = {
    "database-keeps-backups": Rows(
        compliant=({"rds backupRetentionPeriod": 35.0},),
        violating=[
            {"rds backupRetentionPeriod": 34},
            {"aurora backupRetentionPeriod": 0},
            {"table pointInTimeRecovery.enabled": False},
            {"keyspace pointInTimeRecovery.status": "DISABLED"},
            {"documents backupRetentionPeriod": 1},
            {"graph backupRetentionPeriod": 1},
            {"elastic backupRetentionPeriod": 1},
            {"table replicas.0.pointInTimeRecovery": False},
            {"table-copy pointInTimeRecovery": False},
        ],
        missing=[
            {"rds backupRetentionPeriod": GONE},
            {"table pointInTimeRecovery": GONE},
            {"table replicas.0.pointInTimeRecovery": GONE},
        ],
        unknown=[
            {"rds backupRetentionPeriod": UNKNOWN},
            {"table pointInTimeRecovery.enabled": UNKNOWN},
            {"table replicas": UNKNOWN},
        ],
    ),
    "database-spans-zones": Rows(
        compliant=({"aurora dbClusterInstanceClass": "db.m6gd.large", "reader": GONE},),
        violating=[{"rds multiAz": False}, {"reader": GONE}],
        missing=[
            {"rds multiAz": GONE},
            {"writer": GONE, "reader": GONE},
            {"documents-2": GONE},
            {"graph-2": GONE},
        ],
        unknown=[{"rds multiAz": UNKNOWN}],
    ),
    "database-takes-minor-upgrades": Rows(
        compliant=tuple({f"{name} autoMinorVersionUpgrade": GONE} for name in UPGRADED),
        violating=[{f"{name} autoMinorVersionUpgrade": False} for name in (*UPGRADED, "mover")],
        missing=[{"mover autoMinorVersionUpgrade": GONE}],
        unknown=[{f"{name} autoMinorVersionUpgrade": UNKNOWN} for name in (*UPGRADED, "mover")],
    ),
    "database-exports-its-logs": Rows(
        compliant=(
            {"aurora enabledCloudwatchLogsExports": ["postgresql", "iam-db-auth-error"]},
            extra(t.NEPTUNE_CLUSTER, {"enableCloudwatchLogsExports": ["audit"]}),
        ),
        violating=[
            {"rds enabledCloudwatchLogsExports": ["postgresql"]},
            {"aurora enabledCloudwatchLogsExports": []},
            {"aurora engine": "aurora-mysql"},
            {"documents enabledCloudwatchLogsExports": ["audit"]},
            {"replica-db enabledCloudwatchLogsExports": []},
        ],
        missing=[{"rds enabledCloudwatchLogsExports": GONE}],
        unknown=[
            {"rds enabledCloudwatchLogsExports": UNKNOWN},
            {"rds enabledCloudwatchLogsExports": ["postgresql", UNKNOWN]},
        ],
    ),
    "database-is-monitored-in-detail": Rows(
        compliant=(
            {
                "writer monitoringInterval": 0,
                "reader monitoringInterval": GONE,
                "aurora monitoringInterval": 60,
            },
            {
                "writer monitoringInterval": 0,
                "writer clusterIdentifier": UNKNOWN,
                "aurora monitoringInterval": 60,
            },
        ),
        violating=[{"rds monitoringInterval": 0}, {"writer monitoringInterval": 0}],
        missing=[{"rds monitoringInterval": GONE}],
        unknown=[{"rds monitoringInterval": UNKNOWN}],
    ),
    "log-group-is-declared": Rows(
        compliant=({"rds enabledCloudwatchLogsExports": [], "/aws/rds/instance/records/upgrade": GONE},),
        violating=[
            {"/aws/rds/cluster/orders/postgresql": GONE},
            {"rds identifier": "other"},
            {"/aws/docdb/charts/audit": GONE},
            {"/aws/neptune/graph/audit": GONE},
        ],
        missing=[{"rds identifier": GONE}],
        unknown=[
            {"rds identifier": UNKNOWN},
            {"aurora clusterIdentifier": UNKNOWN},
            {"/aws/rds/instance/records/upgrade name": UNKNOWN},
            {"rds enabledCloudwatchLogsExports": UNKNOWN},
        ],
    ),
    "data-store-is-in-a-backup-plan": Rows(
        compliant=(
            {"selection selectionTags": GONE, "selection resources": ["*"]},
            {"selection notResources": ["arn:aws:s3:*"]},
            {
                "selection selectionTags": GONE,
                "selection resources": [
                    f"arn:aws-us-gov:{service}:*" for service in ("rds", "dynamodb", "dsql")
                ],
            },
            *(
                _selected_by(**condition)
                for condition in (
                    {"stringLike": "va*"},
                    {"stringNotEquals": "other"},
                    {"stringNotLike": "o*"},
                )
            ),
        ),
        violating=[
            {"rds tags.backup": "other"},
            {"selection selectionTags.0.value": "x"},
            {"selection notResources": ["arn:aws:dynamodb:*"]},
            {
                "selection": resource(
                    t.BACKUP_SELECTION,
                    "selection",
                    {**BY_TAG, "notResources": UNKNOWN},
                    {"notResources": f"{t.DB_INSTANCE} rds"},
                )
            },
            *(
                _selected_by(**condition)
                for condition in (
                    {"stringLike": "o*"},
                    {"stringNotEquals": "vault"},
                    {"stringNotLike": "va*"},
                )
            ),
        ],
        missing=[{f"{name} tags": GONE} for name in ("rds", "table", "graph", "ledger")],
        unknown=[
            {"rds tags": UNKNOWN},
            {"selection selectionTags": UNKNOWN},
            {**_selected_by(stringNotEquals="other"), "rds tags": UNKNOWN},
        ],
    ),
    "database-snapshot-is-not-shared": Rows(
        violating=[
            {"snapshot sharedAccounts": ["all"]},
            {"cluster-snapshot sharedAccounts": ["123456789012", "all"]},
            {"snapshot-copy sharedAccounts": ["all"]},
            {"cluster-snapshot-copy sharedAccounts": ["all"]},
        ],
        missing=[{"snapshot sharedAccounts": GONE}],
        missing_is_fine=True,
        unknown=[{"snapshot sharedAccounts": UNKNOWN}, {"snapshot sharedAccounts": [UNKNOWN]}],
    ),
}
