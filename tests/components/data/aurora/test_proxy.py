"""The proxy of a cluster: sign-in, logs, and the connections of services and of the proxy."""

from __future__ import annotations

from components.data import ApplicationIdentity
from tests.components.data.aurora.programs import (
    CLUSTER,
    GROUP,
    INGRESS,
    PROXY,
    SECURITY_GROUP,
    inputs,
    service_access,
)
from tests.components.data.conftest import Build
from tests.harness import statements_of


def test_the_proxy_signs_in_by_iam_over_tls_as_the_users_of_services(aurora: Build) -> None:
    recorded = aurora(proxy=True, applications=[ApplicationIdentity(name=name) for name in ("api", "worker")])
    proxy = inputs(recorded, PROXY)
    assert (proxy["requireTls"], proxy["defaultAuthScheme"], proxy["debugLogging"]) == (
        True,
        "IAM_AUTH",
        False,
    )
    assert "auths" not in proxy
    policy = inputs(recorded, "aws:iam/policy:Policy", "aurora-proxy")["policy"]
    [statement] = statements_of(policy).values()
    resource = recorded.one(CLUSTER).outputs["clusterResourceId"]
    assert statement["Action"] == ["rds-db:connect"]
    assert statement["Resource"] == [
        f"arn:aws:rds-db:us-east-1:111122223333:dbuser:{resource}/{user}"
        for user in ("api_iam", "worker_iam")
    ]


def test_the_log_group_of_the_proxy_exists_before_the_proxy(aurora: Build) -> None:
    recorded = aurora(proxy=True, applications=[ApplicationIdentity(name="api")])
    group = recorded.one(GROUP, "aurora-proxy")
    proxy = recorded.one(PROXY)
    assert group.inputs["name"] == f"/aws/rds/proxy/{proxy.inputs['name']}"
    assert group.urn in proxy.dependencies


def test_with_a_proxy_services_connect_to_the_proxy_and_the_proxy_to_the_cluster() -> None:
    recorded, access = service_access(proxy=True)
    groups = {item.name: item.outputs["id"] for item in recorded.of_type(SECURITY_GROUP)}
    assert access["group"] == groups["aurora-proxy"]
    assert access["AURORA_HOST"] == recorded.one(PROXY).outputs["endpoint"]
    assert access["user"].startswith("arn:aws:rds-db:us-east-1:111122223333:dbuser:prx-")
    [rule] = recorded.of_type(INGRESS)
    assert rule.inputs["referencedSecurityGroupId"] == groups["aurora-proxy"]
    assert rule.inputs["securityGroupId"] == groups["aurora"]
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (5432, 5432)
