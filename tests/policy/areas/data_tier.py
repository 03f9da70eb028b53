"""The subnets, the route table and the security group of the data tier, for the areas with data stores."""

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    resource,
)

SUBNET = f"{t.SUBNET} data-subnet"

GROUP = f"{t.SECURITY_GROUP} data-group"

SUBNET_GROUPS = {
    "db-subnets": t.DB_SUBNET_GROUP,
    "cache-subnets": t.CACHE_SUBNET_GROUP,
    "documents-subnets": t.DOCDB_SUBNET_GROUP,
    "graph-subnets": t.NEPTUNE_SUBNET_GROUP,
    "memory-subnets": t.MEMORYDB_SUBNET_GROUP,
    "dax-subnets": t.DAX_SUBNET_GROUP,
}


def data_tier() -> tuple[JudgedResource, ...]:
    """Return the network resources of the data tier."""
    return (
        resource(t.SUBNET, "data-subnet", {"tags": {"Tier": "data"}}),
        resource(t.ROUTE_TABLE, "data-table", {}),
        resource(
            t.ROUTE_TABLE_ASSOCIATION,
            "data-association",
            {"subnetId": UNKNOWN, "routeTableId": UNKNOWN},
            {"subnetId": SUBNET, "routeTableId": f"{t.ROUTE_TABLE} data-table"},
        ),
        resource(t.INTERNET_GATEWAY, "gateway", {}),
        *(
            resource(type_, name, {"subnetIds": UNKNOWN}, {"subnetIds": SUBNET})
            for name, type_ in SUBNET_GROUPS.items()
        ),
        resource(t.SECURITY_GROUP, "data-group", {}),
        resource(
            t.INGRESS_RULE,
            "from-app",
            {
                "referencedSecurityGroupId": UNKNOWN,
                "ipProtocol": "tcp",
                "fromPort": 5432,
                "toPort": 5432,
                "securityGroupId": UNKNOWN,
            },
            {"securityGroupId": GROUP},
        ),
    )
