"""The events of keys, databases, backups and ECS services that raise alerts in the stack of these resources.

Several stacks can share an account and region, and EventBridge gives the events of all of them to every rule. So each row has
a filter, which returns the fields of its pattern that contain the ARNs of the resources of one stack. This module holds tables
only; `alarms.py` creates the rules. Messages contain identifiers and types only, because other texts could contain ePHI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from components.audit.alerts.rows import ORIGIN, EventAlert

_FAILED_STATES: Final = ["FAILED", "EXPIRED", "ABORTED"]
_INTERRUPTIONS: Final = ["failover", "failure", "low storage"]


def _keys(arns: Sequence[str]) -> Mapping[str, object]:
    """Return the filter for events of these keys."""
    return {"resources": [*arns]}


def _databases(arns: Sequence[str]) -> Mapping[str, object]:
    """Return the filter for events of these clusters, instances and proxies, and of readers that Aurora Auto Scaling adds.

    These readers have generated names and a tag with the id of the cluster. Aurora Auto Scaling also deletes them, so their
    deletion raises no alert. RDS adds the tags of the database to an event
    (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.TagsAttributesForFiltering.html).
    """
    clusters = [f"cluster:{arn.rpartition(':')[2]}" for arn in arns if ":cluster:" in arn]
    listed: Mapping[str, object] = {"EventCategories": ["deletion", *_INTERRUPTIONS], "SourceArn": [*arns]}
    added: Mapping[str, object] = {
        "EventCategories": _INTERRUPTIONS,
        "Tags": {"application-autoscaling:resourceId": clusters},
    }
    return {"detail": {"$or": [listed, added]} if clusters else listed}


def _backups(arns: Sequence[str]) -> Mapping[str, object]:
    """Return the filter for jobs of a vault. The first ARN is that of the vault, the second that of the role for restores.

    An event of a restore job contains the role of the job, but not the vault.
    """
    vault, role = arns
    return {
        "detail": {
            "$or": [
                {"state": _FAILED_STATES, "backupVaultArn": [vault]},
                {"state": _FAILED_STATES, "sourceBackupVaultArn": [vault]},
                {"status": _FAILED_STATES, "iamRoleArn": [role]},
            ]
        }
    }


def _services(arns: Sequence[str]) -> Mapping[str, object]:
    """Return the filter for events of services in these clusters.

    An event of a deployment contains only the ARN of the service: `…:service/<cluster>/<service>`.
    """
    return {"resources": [{"prefix": f"{arn.replace(':cluster/', ':service/')}/"} for arn in arns]}


def _tasks(arns: Sequence[str]) -> Mapping[str, object]:
    """Return the filter for tasks in these clusters that did not start or exited with an error."""
    return {
        "detail": {
            "clusterArn": [*arns],
            "lastStatus": ["STOPPED"],
            # A task that never started has no exit code.
            "$or": [
                {"stopCode": ["TaskFailedToStart"]},
                {"stopCode": ["EssentialContainerExited"], "containers": {"exitCode": [{"anything-but": 0}]}},
            ],
        }
    }


KEY_LIFECYCLE: Final = EventAlert(
    id="key-lifecycle",
    pattern={
        "source": ["aws.kms"],
        "detail-type": ["KMS CMK Rotation", "KMS CMK Deletion", "KMS Imported Key Material Expiration"],
    },
    filter=_keys,
    paths={**ORIGIN, "kind": "$.detail-type", "key": "$.detail.key-id"},
    text="<kind> of key <key> in <account>, <region>, at <time>.",
    summary="A KMS key was rotated or deleted, or its imported key material expired.",
    impact="A rotation is evidence for the yearly review. A deletion makes data permanently unreadable.",
)
"""The alert on the keys of a stack."""

# The alert shows the id of the database, but not the message of the event, which is free text
# (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html).
DATABASE_EVENT: Final = EventAlert(
    id="database-event",
    pattern={
        "source": ["aws.rds"],
        "detail-type": ["RDS DB Instance Event", "RDS DB Cluster Event", "RDS DB Proxy Event"],
    },
    filter=_databases,
    paths={
        **ORIGIN,
        "category": "$.detail.EventCategories[0]",
        "event": "$.detail.EventID",
        "database": "$.detail.SourceIdentifier",
    },
    text="RDS reports <category> (<event>) of <database> in <account>, <region>, at <time>.",
    summary="A database failed over, failed, ran low on storage or was deleted.",
    impact="Connections were interrupted, and the database may have lost its redundancy (45 CFR 164.308(a)(7)).",
)
"""The alert on the databases of a stack."""

# Backup and copy jobs have the field `state`, restore jobs have `status`, and each kind has another field for its id
# (https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html). A missing field is empty in the message.
BACKUP_FAILED: Final = EventAlert(
    id="backup-failed",
    pattern={
        "source": ["aws.backup"],
        "detail-type": ["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"],
    },
    filter=_backups,
    paths={
        **ORIGIN,
        "kind": "$.detail-type",
        "state": "$.detail.state",
        "status": "$.detail.status",
        "resource": "$.detail.resourceArn",
        "backup": "$.detail.backupJobId",
        "copy": "$.detail.copyJobId",
        "restore": "$.detail.restoreJobId",
    },
    text=(
        "AWS Backup reports <kind> (<state><status>) for job <backup><copy><restore> of <resource> "
        "in <account>, <region>, at <time>."
    ),
    summary="A backup, copy or restore job failed, expired or was aborted.",
    impact="A usable backup may be missing (45 CFR 164.308(a)(7)(ii)(A)).",
)
"""The alert on the jobs of a stack's vault."""

CLUSTER_EVENTS: Final = (
    # The person who started a deployment does not notice when the circuit breaker rolls it back.
    EventAlert(
        id="deployment-failed",
        pattern={
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        },
        filter=_services,
        paths={**ORIGIN, "deployment": "$.detail.deploymentId", "service": "$.resources[0]"},
        text="Deployment <deployment> of <service> failed in <account>, <region>, at <time>.",
        summary="A deployment of a service failed, and ECS rolled it back.",
        impact="The new version of the service is not running.",
    ),
    EventAlert(
        id="task-died",
        pattern={"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]},
        filter=_tasks,
        paths={**ORIGIN, "task": "$.detail.taskArn", "group": "$.detail.group", "code": "$.detail.stopCode"},
        text="Task <task> of <group> stopped with <code> in <account>, <region>, at <time>.",
        summary="A task of a service, a release or a schedule did not start, or exited with an error.",
        impact="ECS replaces the task of a service, but nothing restarts a release task or a scheduled task.",
    ),
)
"""The alerts on the tasks and deployments in a stack's cluster."""
