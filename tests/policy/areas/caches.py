"""Caches and their users."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.areas.data_tier import GROUP, SUBNET, data_tier
from tests.policy.program import (
    CLASSIFIED,
    GONE,
    KEY_ARN,
    Rows,
    flags,
    own_keys,
    required,
    resource,
)

CACHE = {
    "engine": "valkey",
    "atRestEncryptionEnabled": True,
    "kmsKeyId": KEY_ARN,
    "transitEncryptionEnabled": True,
    "transitEncryptionMode": "required",
    "userGroupIds": UNKNOWN,
    "subnetGroupName": UNKNOWN,
    "snapshotRetentionLimit": 15,
    "automaticFailoverEnabled": True,
    "multiAzEnabled": True,
    "securityGroupIds": UNKNOWN,
    "tags": CLASSIFIED,
}


def caches() -> tuple[JudgedResource, ...]:
    """Return every kind of cache."""
    return (
        resource(
            t.DAX_CLUSTER,
            "dax",
            {
                "serverSideEncryption": {"enabled": True},
                "securityGroupIds": UNKNOWN,
                "clusterEndpointEncryptionType": "TLS",
                "subnetGroupName": UNKNOWN,
            },
            {"securityGroupIds": GROUP},
        ),
        resource(
            t.CACHE_GROUP,
            "cache",
            CACHE,
            {"subnetGroupName": f"{t.CACHE_SUBNET_GROUP} cache-subnets", "securityGroupIds": GROUP},
            protect=True,
        ),
        resource(t.CACHE_CLUSTER, "cache-node", {"replicationGroupId": UNKNOWN, "tags": CLASSIFIED}),
        resource(
            t.CACHE_SERVERLESS,
            "serverless",
            {
                "engine": "valkey",
                "kmsKeyId": KEY_ARN,
                "userGroupId": UNKNOWN,
                "subnetIds": UNKNOWN,
                "snapshotRetentionLimit": 15,
                "securityGroupIds": UNKNOWN,
                "tags": CLASSIFIED,
            },
            {"subnetIds": SUBNET, "securityGroupIds": GROUP},
            protect=True,
        ),
        resource(
            t.CACHE_USER, "user", {"authenticationMode": {"type": "iam"}, "accessString": "on ~* +@all"}
        ),
        resource(t.CACHE_USER, "locked-out", {"noPasswordRequired": True, "accessString": "off -@all"}),
        resource(
            t.MEMORYDB_CLUSTER,
            "memory",
            {
                "aclName": "people",
                "kmsKeyArn": KEY_ARN,
                "subnetGroupName": UNKNOWN,
                "snapshotRetentionLimit": 15,
                "securityGroupIds": UNKNOWN,
            },
            {"securityGroupIds": GROUP},
            protect=True,
        ),
    )


GOOD = {item.name: item for item in (*caches(), *data_tier())}

SINGLE_NODE = {
    "engine": "memcached",
    "transitEncryptionEnabled": True,
    "subnetGroupName": UNKNOWN,
    "tags": CLASSIFIED,
}


def _single_node(**props: Any) -> dict[str, Any]:
    """Return the edit that makes the node a cache without a replication group."""
    return {"cache-node": resource(t.CACHE_CLUSTER, "cache-node", {**SINGLE_NODE, **props})}


ROWS: dict[str, Rows] = {
    "cache-is-encrypted": Rows(
        violating=[{"cache atRestEncryptionEnabled": False}, {"cache-node replicationGroupId": GONE}],
        missing=[{"cache atRestEncryptionEnabled": GONE}],
        unknown=[{"cache atRestEncryptionEnabled": UNKNOWN}],
    ),
    "cache-uses-own-key": own_keys("cache kmsKeyId", "serverless kmsKeyId", "memory kmsKeyArn"),
    "cache-traffic-is-encrypted": Rows(
        compliant=({"cache transitEncryptionMode": GONE}, {"memory tlsEnabled": True}, _single_node()),
        violating=[
            {"cache transitEncryptionEnabled": False},
            {"cache transitEncryptionMode": "preferred"},
            {"memory tlsEnabled": False},
            {"cache-node replicationGroupId": GONE},
            {"dax clusterEndpointEncryptionType": "NONE"},
        ],
        missing=[{"cache transitEncryptionEnabled": GONE}, {"dax clusterEndpointEncryptionType": GONE}],
        unknown=[
            {"cache transitEncryptionEnabled": UNKNOWN},
            {"cache transitEncryptionMode": UNKNOWN},
            {"memory tlsEnabled": UNKNOWN},
            {"dax clusterEndpointEncryptionType": UNKNOWN},
        ],
    ),
    "cache-asks-who-connects": Rows(
        compliant=(
            {"cache userGroupIds": GONE, "cache authToken": UNKNOWN},
            {"user authenticationMode": {"type": "password"}},
            {"cache userGroupIds": GONE, "cache authTokenWo": UNKNOWN},
            {"user authenticationMode": GONE, "user passwords": [UNKNOWN]},
            {"user authenticationMode": GONE, "user passwordsWo": UNKNOWN},
        ),
        violating=[
            {"user noPasswordRequired": True},
            {"user authenticationMode.type": "no-password-required"},
            {"memory aclName": "open-access"},
            {"locked-out accessString": "on ~* +@all"},
            {"serverless engine": "memcached"},
            {"cache userGroupIds": []},
            _single_node(),
        ],
        missing=[
            {"user authenticationMode": GONE},
            {"cache userGroupIds": GONE},
            {"serverless userGroupId": GONE},
            {"memory aclName": GONE},
        ],
        unknown=[{"cache userGroupIds": UNKNOWN}, {"serverless userGroupId": UNKNOWN}],
    ),
    "cache-is-in-a-vpc": required(
        "cache subnetGroupName",
        "serverless subnetIds",
        "memory subnetGroupName",
        "dax subnetGroupName",
        compliant=[_single_node()],
        violating=[
            {"serverless subnetIds": []},
            {"cache subnetGroupName": "default"},
            _single_node(subnetGroupName="default"),
        ],
    ),
    "cache-keeps-snapshots": Rows(
        compliant=(
            {"serverless engine": "memcached", "serverless snapshotRetentionLimit": GONE},
            _single_node(),
            _single_node(engine="redis", snapshotRetentionLimit=15),
        ),
        violating=[
            {"cache snapshotRetentionLimit": 14},
            _single_node(engine="redis", snapshotRetentionLimit=1),
            {"serverless snapshotRetentionLimit": 0},
            {"memory snapshotRetentionLimit": 1},
        ],
        missing=[{"cache snapshotRetentionLimit": GONE}],
        unknown=[{"cache snapshotRetentionLimit": UNKNOWN}],
    ),
    "cache-spans-zones": flags("cache automaticFailoverEnabled", "cache multiAzEnabled"),
    "database-is-encrypted": flags("dax serverSideEncryption.enabled"),
}
