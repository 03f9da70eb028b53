"""Records of Aurora clusters and of the access of a service to them."""

from __future__ import annotations

from typing import Any, Final

import pulumi

from blueprint.record import Record
from components.data import ApplicationIdentity, Aurora, AuroraArgs, Readers
from tests.components.data.conftest import data_tier
from tests.harness import evaluate

CLUSTER: Final = "aws:rds/cluster:Cluster"
INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
PARAMETERS: Final = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
SUBNETS: Final = "aws:rds/subnetGroup:SubnetGroup"
PROXY: Final = "aws:rds/proxy:Proxy"
GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

PROVISIONED: Final[dict[str, Any]] = {"instance_class": "db.r6g.large", "readers": Readers(min=1, max=4)}


def inputs(recorded: Record, type_: str, name: str | None = None) -> dict[str, Any]:
    """Return the inputs of the only resource of a type, or of the one with a name."""
    return dict(recorded.one(type_, name).inputs)


def service_access(**overrides: Any) -> tuple[Record, dict[str, Any]]:
    """Record a cluster, and return the record and the access of the service `api` to the cluster."""

    values: dict[str, Any] = {"applications": [ApplicationIdentity(name="api")], **overrides}

    def program() -> None:
        store = Aurora("aurora", AuroraArgs(tier=data_tier(False), engine_version="17.9", **values))
        access = store.destination("api")
        outputs = {
            "ports": access.ports,
            "group": access.security_group_id,
            "user": access.database_users[0],
            **access.environment,
        }
        pulumi.export("access", outputs)

    record = evaluate(program)
    access: Any = record.outputs["access"]
    return record, access
