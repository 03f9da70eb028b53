"""All data stores together: where they are placed and how they are protected."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.areas import caches, databases, secrets
from tests.policy.areas.data_tier import GROUP, SUBNET_GROUPS
from tests.policy.areas.databases import GLOBAL
from tests.policy.program import (
    GONE,
    Rows,
    extra,
    resource,
)

GOOD = {**databases.GOOD, **caches.GOOD, **secrets.GOOD}

RANGES = {"cidrBlocks": ["10.20.0.0/16"], "ipv6CidrBlocks": ["2001:db8::/32"], "prefixListIds": ["pl-1"]}

OPEN_SUBNET = resource(t.SUBNET, "open-subnet", {"tags": {"Tier": "private"}})


def _route(refers: dict[str, str] | None = None, /, **props: Any) -> dict[str, Any]:
    """Return the edit that adds a standalone route to the table of the data tier."""
    return extra(
        t.ROUTE,
        {"routeTableId": UNKNOWN, **props},
        {"routeTableId": f"{t.ROUTE_TABLE} data-table", **(refers or {})},
    )


def _inline(**route: Any) -> dict[str, Any]:
    """Return the edit that adds an inline route to the table of the data tier."""
    return {"data-table routes": [route]}


def _group_rule(**props: Any) -> dict[str, Any]:
    """Return the edit that adds a rule to the security group of the data tier."""
    return extra(t.SECURITY_GROUP_RULE, {"securityGroupId": UNKNOWN, **props}, {"securityGroupId": GROUP})


def _in_an_open_subnet(name: str) -> dict[str, Any]:
    """Return the edit that moves a subnet group or a store to a subnet of another tier."""
    item = GOOD[name]
    props, refers = {**item.props, "subnetIds": UNKNOWN}, {"subnetIds": f"{t.SUBNET} open-subnet"}
    return {"open-subnet": OPEN_SUBNET, name: resource(item.type, name, props, refers)}


ROWS: dict[str, Rows] = {
    "stateful-resource-is-protected": Rows(
        compliant=({"rds skipFinalSnapshot": False}, {"issued recoveryWindowInDays": 7}),
        violating=[
            *(
                {name: {"protect": False}}
                for name in ("aurora", "rds", "cache", "serverless", "vault", "table", "memory")
            ),
            {"rds deletionProtection": False},
            {"aurora skipFinalSnapshot": True},
            {"rds deleteAutomatedBackups": True},
            {"secret recoveryWindowInDays": 0},
            {"vault forceDestroy": True},
            {"table deletionProtectionEnabled": False},
            {"graph deletionProtection": False},
            *({f"{name} deletionProtection": False} for name in GLOBAL),
            {"ledger deletionProtectionEnabled": False},
            {"table-copy deletionProtectionEnabled": False},
            {"table replicas.0.deletionProtectionEnabled": False},
            {"ledger forceDestroy": True},
            {"global forceDestroy": True},
            {"documents skipFinalSnapshot": True},
            {"graph skipFinalSnapshot": True},
        ],
        missing=[
            {"rds deletionProtection": GONE},
            {"aurora deletionProtection": GONE},
            {"aurora deleteAutomatedBackups": GONE},
        ],
        unknown=[
            {"rds deletionProtection": UNKNOWN},
            {"aurora skipFinalSnapshot": UNKNOWN},
            {"secret recoveryWindowInDays": UNKNOWN},
            {"table replicas": UNKNOWN},
        ],
    ),
    "database-sits-in-the-data-tier": Rows(
        compliant=(
            {"data-subnet tags": {"SubnetType": "Isolated"}},
            _route(transitGatewayId=UNKNOWN, destinationCidrBlock="10.90.0.0/16"),
            _inline(cidrBlock="10.90.0.0/16", transitGatewayId=UNKNOWN),
            _inline(cidrBlock="10.90.0.0/16", gatewayId="vgw-1"),
            _route(gatewayId="vgw-1", destinationCidrBlock="10.90.0.0/16"),
            {"db-subnets": resource(t.DB_SUBNET_GROUP, "db-subnets", {"subnetIds": ["subnet-1"]})},
        ),
        violating=[
            {"data-subnet tags.Tier": "private"},
            {"rds dbSubnetGroupName": "default"},
            *map(_in_an_open_subnet, (*SUBNET_GROUPS, "serverless", "elastic")),
            *(
                add(**{name: UNKNOWN})
                for add in (_route, _inline)
                for name in ("natGatewayId", "egressOnlyGatewayId")
            ),
            _route(
                {"gatewayId": f"{t.INTERNET_GATEWAY} gateway"},
                gatewayId=UNKNOWN,
                destinationCidrBlock="192.0.2.0/24",
            ),
            _route(gatewayId="igw-1", destinationCidrBlock="192.0.2.0/24"),
            _inline(gatewayId="igw-1", cidrBlock="192.0.2.0/24"),
            *(
                _route(networkInterfaceId=UNKNOWN, destinationCidrBlock=block)
                for block in ("0.0.0.0/0", "128.0.0.0/1")
            ),
            _route(transitGatewayId=UNKNOWN, destinationIpv6CidrBlock="::/0"),
            _route(transitGatewayId=UNKNOWN, destinationCidrBlock="0.0.0.0/0"),
            _inline(networkInterfaceId=UNKNOWN, cidrBlock="0.0.0.0/0"),
            _inline(transitGatewayId=UNKNOWN, ipv6CidrBlock="::/0"),
            {"data-subnet id": "subnet-1", "db-subnets subnetIds": ["subnet-1", "subnet-of-nobody"]},
        ],
        missing=[
            {"data-subnet tags": GONE},
            *({f"{name} dbSubnetGroupName": GONE} for name in ("rds", "aurora", "documents")),
            {"graph neptuneSubnetGroupName": GONE},
        ],
        unknown=[
            {"data-subnet tags": UNKNOWN},
            {"data-table routes": UNKNOWN},
            {"db-subnets": resource(t.DB_SUBNET_GROUP, "db-subnets", {"subnetIds": UNKNOWN})},
        ],
    ),
    "database-lets-in-named-groups": Rows(
        compliant=(_group_rule(type="egress", cidrBlocks=["10.0.0.0/8"]),),
        violating=[
            {"from-app cidrIpv4": "10.20.0.0/16"},
            {"from-app cidrIpv6": "2001:db8::/32"},
            {"from-app prefixListId": "pl-1"},
            *({"data-group ingress": [{name: values}]} for name, values in RANGES.items()),
            *(_group_rule(type="ingress", **{name: values}) for name, values in RANGES.items()),
            {"rds vpcSecurityGroupIds": []},
        ],
        missing=[
            *({f"{name} vpcSecurityGroupIds": GONE} for name in ("rds", "documents", "elastic", "graph")),
            *({f"{name} securityGroupIds": GONE} for name in ("cache", "memory", "dax")),
        ],
        unknown=[{"rds vpcSecurityGroupIds": UNKNOWN}, {"data-group": GONE}],
    ),
}
