"""Records of a cache and of the access of services to it."""

from __future__ import annotations

from typing import Any, Final

import pulumi
import pytest

from blueprint.record import Record
from components.data import Cache, CacheArgs
from tests.components.data.conftest import Build, data_tier
from tests.harness import evaluate

GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
USER: Final = "aws:elasticache/user:User"
USERS: Final = "aws:elasticache/userGroup:UserGroup"
SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105
VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
FUNCTION: Final = "aws:lambda/function:Function"
PERMISSION: Final = "aws:lambda/permission:Permission"
PASSWORD: Final = "random:index/randomPassword:RandomPassword"  # noqa: S105
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
PARAMETERS: Final = "aws:elasticache/parameterGroup:ParameterGroup"
SUBNETS: Final = "aws:elasticache/subnetGroup:SubnetGroup"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"


@pytest.fixture(scope="session")
def build() -> Build:
    """Record a cache named `cache`, with some arguments replaced."""

    def record_cache(*, known: bool = True, protect: bool = False, **overrides: Any) -> Record:
        values: dict[str, Any] = {
            "engine_version": "8.2",
            "node_type": "cache.r7g.large",
            "replicas": 2,
            "services": ("api", "worker"),
        }

        def program() -> None:
            cache = Cache("cache", CacheArgs(**{"tier": data_tier(protect), **values, **overrides}))
            for service in overrides.get("services", values["services"]):
                access = cache.destination(service)
                pulumi.export(
                    service,
                    {
                        "environment": access.environment,
                        "secrets": access.secrets,
                        "rotate_days": access.rotate_days,
                    },
                )

        return evaluate(program, known)

    return record_cache


@pytest.fixture(scope="session")
def cache(build: Build) -> Record:
    """Record a cache named `cache` with two services."""
    return build()
