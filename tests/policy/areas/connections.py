"""Transit gateways with partners, tunnels and endpoint services."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import GONE, Edits, Rows, choices, extra, resource

STRONG = {
    "IkeVersions": ["ikev2"],
    "Phase1EncryptionAlgorithms": ["AES256-GCM-16"],
    "Phase2EncryptionAlgorithms": ["AES256"],
    "Phase1IntegrityAlgorithms": ["SHA2-384"],
    "Phase2IntegrityAlgorithms": ["SHA2-256"],
    "Phase1DhGroupNumbers": [20],
    "Phase2DhGroupNumbers": [14, 20],
}
LOGS = {"cloudwatchLogOptions": {"logEnabled": True, "logGroupArn": UNKNOWN}}
TUNNELS = {f"tunnel{number}{name}": value for number in (1, 2) for name, value in STRONG.items()}
NO_DEFAULTS = {
    "transitGatewayDefaultRouteTableAssociation": False,
    "transitGatewayDefaultRouteTablePropagation": False,
}


IDS = {"transitGatewayAttachmentId": UNKNOWN, "transitGatewayRouteTableId": UNKNOWN}
"""Ids of associations, propagations and routes."""


def _refers(attachment: str, table: str) -> dict[str, str]:
    return {
        "transitGatewayAttachmentId": attachment,
        "transitGatewayRouteTableId": f"{t.TRANSIT_TABLE} {table}",
    }


NORTH, SOUTH = f"{t.TRANSIT_ATTACHMENT} north", f"{t.VPN_CONNECTION} south"
EAST, DATA = f"{t.TRANSIT_ACCEPTER} east", f"{t.TRANSIT_ATTACHMENT} data"
GOOD = {
    item.name: item
    for item in (
        resource(
            t.TRANSIT_GATEWAY,
            "hub",
            {"defaultRouteTableAssociation": "disable", "defaultRouteTablePropagation": "disable"},
        ),
        resource(
            t.FLOW_LOG,
            "hub-flows",
            {"transitGatewayId": UNKNOWN, "logDestination": UNKNOWN},
            {"transitGatewayId": f"{t.TRANSIT_GATEWAY} hub"},
        ),
        resource(t.TRANSIT_ATTACHMENT, "north", {**NO_DEFAULTS, "tags": {"partner": "north"}}),
        resource(
            t.VPN_CONNECTION,
            "south",
            {**TUNNELS, "tunnel1LogOptions": LOGS, "tunnel2LogOptions": LOGS, "transitGatewayId": UNKNOWN},
        ),
        resource(t.TRANSIT_ACCEPTER, "east", NO_DEFAULTS),
        resource(t.TRANSIT_ATTACHMENT, "app", NO_DEFAULTS),
        resource(t.VPC, "records", {}),
        resource(
            t.DEFAULT_SECURITY_GROUP, "records-default", {"vpcId": UNKNOWN}, {"vpcId": f"{t.VPC} records"}
        ),
        resource(
            t.FLOW_LOG,
            "records-flows",
            {"vpcId": UNKNOWN, "trafficType": "ALL", "logDestination": UNKNOWN},
            {"vpcId": f"{t.VPC} records"},
        ),
        resource(
            t.SUBNET,
            "records-data",
            {"vpcId": UNKNOWN, "tags": {"tier": "data"}},
            {"vpcId": f"{t.VPC} records"},
        ),
        resource(
            t.DB_SUBNET_GROUP,
            "records-group",
            {"subnetIds": UNKNOWN},
            {"subnetIds": f"{t.SUBNET} records-data"},
        ),
        resource(
            t.TRANSIT_ATTACHMENT, "data", {**NO_DEFAULTS, "vpcId": UNKNOWN}, {"vpcId": f"{t.VPC} records"}
        ),
        *(
            resource(t.TRANSIT_TABLE, f"{name}-table", {})
            for name in ("north", "south", "east", "app", "data")
        ),
        resource(t.TRANSIT_ASSOCIATION, "east-in", IDS, _refers(EAST, "east-table")),
        resource(t.TRANSIT_ASSOCIATION, "app-in", IDS, _refers(f"{t.TRANSIT_ATTACHMENT} app", "app-table")),
        resource(t.TRANSIT_ASSOCIATION, "data-in", IDS, _refers(DATA, "data-table")),
        resource(
            t.TRANSIT_ROUTE,
            "to-east",
            {**IDS, "destinationCidrBlock": "10.8.0.0/16"},
            _refers(EAST, "app-table"),
        ),
        resource(t.TRANSIT_ASSOCIATION, "north-in", IDS, _refers(NORTH, "north-table")),
        resource(t.TRANSIT_ASSOCIATION, "south-in", IDS, _refers(SOUTH, "south-table")),
        resource(
            t.TRANSIT_PROPAGATION, "app-to-north", IDS, _refers(f"{t.TRANSIT_ATTACHMENT} app", "north-table")
        ),
        resource(t.TRANSIT_PROPAGATION, "north-to-app", IDS, _refers(NORTH, "app-table")),
        resource(
            t.TRANSIT_ROUTE,
            "no-way",
            {"destinationCidrBlock": "0.0.0.0/0", "blackhole": True},
            {"transitGatewayRouteTableId": f"{t.TRANSIT_TABLE} south-table"},
        ),
        resource(
            t.ENDPOINT_SERVICE,
            "offer",
            {"acceptanceRequired": True, "allowedPrincipals": ["arn:aws:iam::123456789012:root"]},
        ),
        resource(t.CLIENT_VPN, "clients", {"connectionLogOptions": {"enabled": True}}),
    )
}


RECORDS = f"{t.SUBNET} records-data"
TO_DATA = extra(t.TRANSIT_ROUTE, {**IDS, "destinationCidrBlock": "10.7.0.0/16"}, _refers(DATA, "south-table"))
DATABASE_SUBNETS = (
    t.CACHE_SUBNET_GROUP,
    t.CACHE_SERVERLESS,
    t.DAX_SUBNET_GROUP,
    t.DOCDB_SUBNET_GROUP,
    t.MEMORYDB_SUBNET_GROUP,
    t.NEPTUNE_SUBNET_GROUP,
    t.REDSHIFT_SUBNET_GROUP,
)


def _tunnel(name: str, value: Any) -> Edits:
    return {f"south {name}": value}


ROWS: dict[str, Rows] = {
    "transit-gateway-has-no-defaults": choices(
        {"hub autoAcceptSharedAttachments": ["disable"]},
        {
            "hub defaultRouteTableAssociation": ["enable"],
            "hub defaultRouteTablePropagation": ["enable"],
            "app transitGatewayDefaultRouteTableAssociation": [True],
            "app transitGatewayDefaultRouteTablePropagation": [True],
        },
    ),
    "transit-gateway-has-a-flow-log": Rows(
        violating=[{"hub-flows": GONE, **extra(t.FLOW_LOG, {"transitGatewayId": "tgw-other"})}],
        missing=[{"hub-flows": GONE}],
        unknown=[{"hub-flows transitGatewayId": UNKNOWN}],
    ),
    "flow-log-captures-all-traffic": Rows(
        violating=[{"hub-flows logDestination": ""}],
        missing=[{"hub-flows logDestination": GONE}],
        unknown=[{"hub-flows logDestinationType": UNKNOWN}],
    ),
    "partner-is-kept-apart": Rows(
        compliant=(
            {"north-to-app": GONE},
            extra(
                t.TRANSIT_ROUTE, {**IDS, "destinationCidrBlock": "10.1.0.0/16"}, _refers(NORTH, "north-table")
            ),
            {
                "south tags": {"partner": "north"},
                "south-in": GONE,
                **extra(t.TRANSIT_ASSOCIATION, IDS, _refers(SOUTH, "north-table")),
            },
            {"data vpcId": "vpc-elsewhere"},
            {
                "east tags": {"partner": "north"},
                "east-in": resource(t.TRANSIT_ASSOCIATION, "east-in", IDS, _refers(EAST, "north-table")),
            },
            {
                "no-list": resource(
                    t.TRANSIT_PREFIX, "no-list", {**IDS, "blackhole": True}, _refers(SOUTH, "north-table")
                )
            },
        ),
        violating=[
            extra(t.TRANSIT_PROPAGATION, IDS, _refers(SOUTH, "north-table")),
            extra(t.TRANSIT_ASSOCIATION, IDS, _refers(NORTH, "app-table")),
            extra(t.TRANSIT_ASSOCIATION, IDS, _refers(DATA, "south-table")),
            extra(
                t.TRANSIT_ROUTE, {**IDS, "destinationCidrBlock": "0.0.0.0/0"}, _refers(NORTH, "north-table")
            ),
            extra(
                t.TRANSIT_ROUTE, {**IDS, "destinationCidrBlock": "10.9.0.0/16"}, _refers(SOUTH, "north-table")
            ),
            extra(
                t.TRANSIT_ROUTE, {**IDS, "destinationCidrBlock": "10.9.0.0/16"}, _refers(EAST, "south-table")
            ),
            extra(t.TRANSIT_PROPAGATION, IDS, _refers(SOUTH, "data-table")),
            extra(t.TRANSIT_PREFIX, IDS, _refers(SOUTH, "north-table")),
            TO_DATA,
            *(
                {
                    **TO_DATA,
                    "records-group": resource(
                        type_, "records-group", {"subnetIds": UNKNOWN}, {"subnetIds": RECORDS}
                    ),
                }
                for type_ in DATABASE_SUBNETS
            ),
            {"to-east destinationCidrBlock": "0.0.0.0/0"},
            {"no-way blackhole": False},
            {"no-way blackhole": GONE},
        ],
        missing=[{"north-in": GONE}, {"south-in": GONE}, {"east-in": GONE}],
        unknown=[{"app tags": UNKNOWN}, {"to-east destinationCidrBlock": UNKNOWN}],
    ),
    "vpn-tunnels-are-strong": Rows(
        compliant=(_tunnel("tunnel1Phase1DhGroupNumbers", [14.0, 24.0]),),
        violating=[
            _tunnel("tunnel1IkeVersions", ["ikev1", "ikev2"]),
            _tunnel("tunnel2Phase1EncryptionAlgorithms", ["AES128"]),
            _tunnel("tunnel1Phase2IntegrityAlgorithms", ["SHA1"]),
            _tunnel("tunnel2Phase2DhGroupNumbers", [2, 20]),
            _tunnel("tunnel1IkeVersions", []),
        ],
        missing=[_tunnel("tunnel1IkeVersions", GONE), _tunnel("tunnel2Phase1DhGroupNumbers", GONE)],
        unknown=[_tunnel("tunnel1IkeVersions", UNKNOWN), _tunnel("tunnel2Phase1DhGroupNumbers", [UNKNOWN])],
    ),
    "vpn-writes-logs": Rows(
        violating=[
            {"south tunnel1LogOptions.cloudwatchLogOptions.logEnabled": False},
            {"clients connectionLogOptions.enabled": False},
        ],
        missing=[
            {"south tunnel2LogOptions": GONE},
            {"south tunnel1LogOptions.cloudwatchLogOptions.logGroupArn": GONE},
        ],
        unknown=[{"south tunnel2LogOptions": UNKNOWN}, {"clients connectionLogOptions": UNKNOWN}],
    ),
    "endpoint-service-asks-first": Rows(
        compliant=(extra(t.ENDPOINT_SERVICE_PRINCIPAL, {"principalArn": "arn:aws:iam::123456789012:root"}),),
        violating=[
            {"offer acceptanceRequired": False},
            {"offer allowedPrincipals": ["*"]},
            {"offer allowedPrincipals": ["somebody"]},
            *(
                extra(t.ENDPOINT_SERVICE_PRINCIPAL, {"principalArn": arn})
                for arn in ("*", "arn:aws:iam::*:root")
            ),
        ],
        missing=[{"offer acceptanceRequired": GONE}],
        unknown=[
            {"offer acceptanceRequired": UNKNOWN},
            {"offer allowedPrincipals": UNKNOWN},
            {"offer allowedPrincipals": [UNKNOWN]},
            extra(t.ENDPOINT_SERVICE_PRINCIPAL, {"principalArn": UNKNOWN}),
        ],
    ),
}
