"""VPCs, subnets, routes, network ACLs, flow logs and VPC endpoints."""

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    ANYONE,
    GONE,
    OWN_ACCOUNT,
    ROOT,
    Edits,
    Rows,
    allow,
    document,
    extra,
    policies,
    resource,
)


def good_resources() -> Iterator[JudgedResource]:
    """Yield a program that every control accepts, with ids unknown as at a first preview."""
    of_vpc = {"vpcId": f"{t.VPC} vpc"}
    yield resource(t.VPC, "vpc", {"cidrBlock": "10.20.0.0/16"})
    yield resource(
        t.DEFAULT_SECURITY_GROUP, "default", {"vpcId": UNKNOWN, "ingress": [], "egress": []}, of_vpc
    )
    yield resource(
        t.FLOW_LOG,
        "flows",
        {"vpcId": UNKNOWN, "trafficType": "ALL", "logDestination": UNKNOWN, "logDestinationType": "s3"},
        {**of_vpc, "logDestination": f"{t.BUCKET} audit"},
    )
    for tier in ("Public", "Isolated"):
        yield resource(
            t.SUBNET,
            f"{tier.lower()}-subnet",
            {"mapPublicIpOnLaunch": False, "tags": {"SubnetType": tier}},
            of_vpc,
        )
    yield resource(t.INTERNET_GATEWAY, "internet", {"vpcId": UNKNOWN}, of_vpc)
    yield resource(
        t.ROUTE_TABLE, "public", {"vpcId": UNKNOWN, "tags": {"SubnetType": "Public"}, "routes": []}, of_vpc
    )
    yield resource(t.ROUTE_TABLE, "private", {"vpcId": UNKNOWN, "tags": {"SubnetType": "Private"}}, of_vpc)
    yield resource(
        t.ROUTE,
        "out",
        {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN, "routeTableId": UNKNOWN},
        {"gatewayId": f"{t.INTERNET_GATEWAY} internet", "routeTableId": f"{t.ROUTE_TABLE} public"},
    )
    entry = {
        "ruleNo": 100,
        "action": "allow",
        "protocol": "6",
        "cidrBlock": "10.20.0.0/16",
        "fromPort": 5432,
        "toPort": 5432,
    }
    yield resource(
        t.NETWORK_ACL,
        "data-acl",
        {"ingress": [entry], "egress": [entry], "subnetIds": UNKNOWN},
        {**of_vpc, "subnetIds": f"{t.SUBNET} isolated-subnet"},
    )
    yield resource(
        t.NETWORK_ACL_RULE,
        "data-entry",
        {"networkAclId": UNKNOWN, "ruleAction": "allow", "cidrBlock": "10.20.0.0/16", "protocol": "6"},
        {"networkAclId": f"{t.NETWORK_ACL} data-acl"},
    )
    endpoint = document(allow(Principal=ANYONE, Action="*", Resource="*", Condition=OWN_ACCOUNT))
    yield resource(
        t.VPC_ENDPOINT, "endpoint", {"serviceName": "com.amazonaws.us-east-1.s3", "policy": endpoint}, of_vpc
    )
    for service in ("ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "sts"):
        yield resource(
            t.VPC_ENDPOINT,
            f"endpoint-{service}",
            {"serviceName": f"com.amazonaws.us-east-1.{service}", "policy": endpoint},
            of_vpc,
        )


GOOD = {item.name: item for item in good_resources()}


OF_PUBLIC_ACL = {"networkAclId": f"{t.NETWORK_ACL} public-acl"}


def public_acl(subnet: str) -> dict[str, Any]:
    """Return the edit that adds an ACL open to the Internet and associates it with a subnet."""
    return {
        "public-acl": resource(t.NETWORK_ACL, "public-acl", {"ingress": [WORLD_ENTRY]}),
        "guard": resource(
            t.NETWORK_ACL_ASSOCIATION,
            "guard",
            {"networkAclId": UNKNOWN, "subnetId": UNKNOWN},
            {**OF_PUBLIC_ACL, "subnetId": f"{t.SUBNET} {subnet}"},
        ),
    }


WORLD_ENTRY = {"ruleNo": 1, "action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}


def _internet_route(routes: Any, **route: str) -> Edits:
    """Return the edit that adds a VPC without endpoints but with a route to the Internet, inline or standalone."""
    table = f"{t.ROUTE_TABLE} bare-table"
    edits = {
        "bare": resource(t.VPC, "bare", {}),
        "bare-table": resource(
            t.ROUTE_TABLE, "bare-table", {"vpcId": UNKNOWN, "routes": routes}, {"vpcId": f"{t.VPC} bare"}
        ),
    }
    if route:
        props = {"routeTableId": UNKNOWN, "natGatewayId": UNKNOWN, **route}
        edits["bare-out"] = resource(t.ROUTE, "bare-out", props, {"routeTableId": table})
    return edits


INTERNET_ROUTES: list[Edits] = [
    {
        "bare": resource(t.VPC, "bare", {}),
        "bare-internet": resource(
            t.INTERNET_GATEWAY, "bare-internet", {"vpcId": UNKNOWN}, {"vpcId": f"{t.VPC} bare"}
        ),
    },
    _internet_route([{"cidrBlock": "0.0.0.0/0", "transitGatewayId": UNKNOWN}]),
    _internet_route([{"ipv6CidrBlock": "::/0", "transitGatewayId": UNKNOWN}]),
    _internet_route([], destinationCidrBlock="0.0.0.0/0"),
    _internet_route([], destinationIpv6CidrBlock="::/0"),
]

OPEN_DEFAULT_ACL = extra(
    t.DEFAULT_NETWORK_ACL,
    {"defaultNetworkAclId": UNKNOWN, "ingress": [WORLD_ENTRY]},
    {"defaultNetworkAclId": f"{t.VPC} vpc"},
)

ROWS: dict[str, Rows] = {
    "vpc-default-security-group-is-adopted": Rows(
        violating=[{"default": GONE, **extra(t.DEFAULT_SECURITY_GROUP, {"vpcId": "vpc-other"})}],
        missing=[{"default": GONE}],
        unknown=[{"default vpcId": UNKNOWN}],
    ),
    "vpc-default-security-group-is-closed": Rows(
        violating=[
            {"default ingress": [{"self": True, "protocol": "-1"}]},
            {"default egress": [{"protocol": "-1"}]},
        ],
        missing=[{"default ingress": GONE, "default egress": GONE}],
        missing_is_fine=True,
        unknown=[{"default ingress": UNKNOWN}],
    ),
    "vpc-has-a-flow-log": Rows(
        violating=[
            {"flows": GONE, **extra(t.FLOW_LOG, {"transitGatewayId": UNKNOWN, "logDestination": UNKNOWN})}
        ],
        missing=[{"flows": GONE}],
        unknown=[{"flows vpcId": UNKNOWN}],
    ),
    "flow-log-captures-all-traffic": Rows(
        compliant=tuple(
            {"flows vpcId": GONE, f"flows transitGateway{part}Id": UNKNOWN, "flows trafficType": GONE}
            for part in ("", "Attachment")
        ),
        violating=[
            {"flows trafficType": "REJECT"},
            {"flows logDestinationType": "kinesis-data-firehose"},
            {"flows logDestination": ""},
        ],
        missing=[{"flows trafficType": GONE}, {"flows logDestination": GONE}],
        unknown=[{"flows trafficType": UNKNOWN}],
    ),
    "subnet-assigns-no-public-address": Rows(
        violating=[{"public-subnet mapPublicIpOnLaunch": True}],
        missing=[{"public-subnet mapPublicIpOnLaunch": GONE}],
        missing_is_fine=True,
        unknown=[{"public-subnet mapPublicIpOnLaunch": UNKNOWN}],
    ),
    "internet-route-only-in-public-tables": Rows(
        compliant=(
            {"private routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": UNKNOWN}]},
            {"private routes": [{"cidrBlock": "10.0.0.0/8", "gatewayId": "vgw-1"}]},
            {"public routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]},
            extra(
                t.DEFAULT_ROUTE_TABLE,
                {
                    "tags": {"SubnetType": "Public"},
                    "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}],
                },
            ),
            extra(
                t.ROUTE,
                {"gatewayId": UNKNOWN},
                {"gatewayId": f"{t.VPN_GATEWAY} vgw", "routeTableId": f"{t.ROUTE_TABLE} private"},
            )
            | {"vgw": resource(t.VPN_GATEWAY, "vgw", {})},
        ),
        violating=[
            extra(
                t.ROUTE,
                {"gatewayId": UNKNOWN},
                {"gatewayId": f"{t.INTERNET_GATEWAY} internet", "routeTableId": f"{t.ROUTE_TABLE} private"},
            ),
            extra(t.ROUTE, {"gatewayId": "igw-1", "routeTableId": "rtb-of-another-stack"}),
            {"private routes": [{"ipv6CidrBlock": "::/0", "gatewayId": "igw-1"}]},
            extra(t.DEFAULT_ROUTE_TABLE, {"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN}]}),
        ],
        missing=[{"public tags": GONE}, {"public tags.SubnetType": GONE}],
        unknown=[{"public tags": UNKNOWN}, {"public tags.SubnetType": UNKNOWN}, {"private routes": UNKNOWN}],
    ),
    "data-tier-acl-is-closed-to-the-internet": Rows(
        compliant=(
            {"data-acl ingress": [{**WORLD_ENTRY, "action": "deny"}]},
            extra(t.NETWORK_ACL, {"tags": {"Tier": "public"}, "ingress": [WORLD_ENTRY]}),
            extra(t.NETWORK_ACL, {"ingress": [WORLD_ENTRY]}, {"subnetIds": f"{t.SUBNET} public-subnet"}),
            extra(t.DEFAULT_NETWORK_ACL, {"ingress": [], "egress": [{**WORLD_ENTRY, "action": "deny"}]}),
            {"data-entry cidrBlock": "0.0.0.0/0", "data-entry ruleAction": "deny"},
            {**public_acl("public-subnet"), "public-subnet vpcId": UNKNOWN, **OPEN_DEFAULT_ACL},
            public_acl("public-subnet")
            | extra(t.NETWORK_ACL_RULE, {"networkAclId": UNKNOWN, "cidrBlock": "0.0.0.0/0"}, OF_PUBLIC_ACL),
        ),
        violating=[
            {"data-entry cidrBlock": GONE, "data-entry ipv6CidrBlock": "::/0"},
            public_acl("isolated-subnet"),
            {**OPEN_DEFAULT_ACL, "public-subnet vpcId": UNKNOWN},
            extra(t.DEFAULT_NETWORK_ACL, {"ingress": [WORLD_ENTRY]}),
            extra(t.DEFAULT_NETWORK_ACL, {"egress": [WORLD_ENTRY]}),
            {"data-acl ingress": [WORLD_ENTRY]},
            {"data-acl egress": [{"action": "allow", "ipv6CidrBlock": "::/0"}]},
            {"data-entry cidrBlock": "0.0.0.0/0"},
            extra(t.NETWORK_ACL, {"tags": {"Tier": "data"}, "ingress": [WORLD_ENTRY]}),
        ],
        missing=[{"data-acl ingress": GONE, "data-acl egress": GONE}],
        missing_is_fine=True,
        unknown=[
            {"data-acl ingress.0.cidrBlock": UNKNOWN},
            {"data-entry cidrBlock": UNKNOWN},
            extra(t.NETWORK_ACL, {"tags": UNKNOWN, "ingress": [WORLD_ENTRY]}),
            {"data-acl ingress": UNKNOWN},
            extra(t.DEFAULT_NETWORK_ACL, {"egress": UNKNOWN}),
            {"isolated-subnet tags": UNKNOWN, "data-acl egress": [WORLD_ENTRY]},
        ],
    ),
    "vpc-endpoint-has-a-policy": policies(
        "endpoint policy",
        good=(
            allow(Principal=ANYONE, Action="s3:GetObject", Resource="*"),
            allow(Principal=ANYONE, Action="*", Resource="arn:aws:s3:::x/*"),
            allow(Principal=ROOT, Action="*", Resource="*"),
            allow(
                Principal=ANYONE,
                Action="*",
                Resource="*",
                Condition={"StringEquals": {"aws:ResourceOrgID": "o-1"}},
            ),
        ),
        bad=[allow(Principal="*", Action="*", Resource="*")],
        also=[
            extra(t.VPC_ENDPOINT, {"serviceName": UNKNOWN, "vpcEndpointType": "GatewayLoadBalancer"}),
            extra(t.VPC_ENDPOINT, {"resourceConfigurationArn": UNKNOWN, "vpcEndpointType": "Resource"}),
            extra(t.VPC_ENDPOINT, {"serviceNetworkArn": UNKNOWN, "vpcEndpointType": "ServiceNetwork"}),
        ],
    ),
    "vpc-has-private-endpoints": Rows(
        compliant=(extra(t.VPC),),
        violating=[*INTERNET_ROUTES, {"endpoint-kms serviceName": "com.amazonaws.us-east-1.kms-fips"}],
        missing=[{"endpoint-kms": GONE}, {"endpoint-sts serviceName": GONE}],
        unknown=[{"endpoint-logs serviceName": UNKNOWN}, _internet_route(UNKNOWN)],
    ),
}
