"""Records of a program with a VPN server, and its boot script with sample values."""

from __future__ import annotations

import base64
import json
from ipaddress import IPv4Network
from typing import Any, Final

from blueprint.record import Record
from components.connectivity import Tier, VpnHost, VpnServer, VpnServerArgs
from components.connectivity.vpn.host import user_data
from components.shared.destination import Destination
from components.shared.logs import LogOptions
from tests.harness import ACCOUNT, KEY, evaluate

GROUP: Final = "aws:autoscaling/group:Group"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
FILES: Final = "aws:efs/fileSystem:FileSystem"
ANYWHERE: Final = "0.0.0.0/0"

SECRETS_KEY: Final = ACCOUNT.arn("kms", "key/99992222-3333-4444-5555-666677778888")

APP: Final = Tier(
    cidrs=[IPv4Network("10.20.0.0/20"), IPv4Network("10.20.32.0/20")],
    destinations={
        "api": Destination(security_group_id="sg-api", ports=[8443]),
        "realtime": Destination(security_group_id="sg-realtime", ports=[9443]),
    },
)
DATA: Final = Tier(
    cidrs=[IPv4Network("10.20.16.0/21"), IPv4Network("10.20.48.0/21")],
    destinations={"aurora": Destination(security_group_id="sg-aurora", ports=[5432])},
)

VALUES: Final = {
    "REGION": "us-east-1",
    "NAMESPACE": "HIPAA/VPN",
    "ADMIN_PORT": "9443",
    "CLIENT_NETWORK": "10.99.0.0",
    "CLIENT_BITS": "21",
    "GROUP_POOL": "10.99.8.0/21",
    "LICENCE_SECRET_ARN": "",
    "ACCESS": '{"groups": {}, "tiers": {}}',
    "ALLOCATION_ID": "eipalloc-1",
    "HOST_NAME": "192.0.2.1",
    "FILE_SYSTEM_ID": "fs-1",
    "ACCESS_POINT_ID": "fsap-1",
    "ADMIN_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:vpn-admin-1",
    "ACCESS_LOG": "vpn-access-1",
    "USERS_LOG": "vpn-users-1",
    "SYSTEM_LOG": "vpn-system-1",
}


def arguments(**overrides: Any) -> VpnServerArgs:
    """Return the arguments of a server, with some of them replaced."""
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "vpc_id": "vpc-1",
        "subnets": {"us-east-1a": "subnet-1", "us-east-1b": "subnet-2"},
        "state_subnets": {"us-east-1a": "subnet-3", "us-east-1b": "subnet-4"},
        "host": VpnHost(ami="ami-0123456789abcdef0"),
        "client_cidr": IPv4Network("10.99.0.0/20"),
        "admin_cidrs": [IPv4Network("198.51.100.0/24")],
        "access": {"engineers": ["app", "data"], "support": ["app"]},
        "tiers": {"app": APP, "data": DATA},
        "compute_key_arn": KEY,
        "data_key_arn": KEY,
        "secrets_key_arn": SECRETS_KEY,
        "logs": LogOptions(key_arn=KEY, days=2192, protect=overrides.get("protect", False)),
        "protect": False,
        "alarm_topic_arn": ACCOUNT.arn("sns", "alerts"),
    }
    return VpnServerArgs(**{**values, **overrides})


def recorded(*, known: bool = True, **overrides: Any) -> Record:
    """Record a server named `vpn`, with some arguments replaced."""
    return evaluate(lambda: VpnServer("vpn", arguments(**overrides)), known)


def script(**overrides: str) -> str:
    """Return the boot script with sample values."""
    return base64.b64decode(user_data({**VALUES, **overrides})).decode()


def own_group(record: Record) -> object:
    """Return the id of the security group of the server."""
    return record.one(SECURITY_GROUP, "vpn").outputs["id"]


def rules(record: Record, type_: str, group: object) -> list[Any]:
    """Return the rules of a security group."""
    return [item.inputs for item in record.of_type(type_) if item.inputs["securityGroupId"] == group]


def boot_script(record: Record) -> str:
    """Return the boot script of a recorded server."""
    return base64.b64decode(str(record.one(TEMPLATE).inputs["userData"])).decode()


def plan(record: Record) -> Any:
    """Return the access of groups that Access Server gets."""
    text = boot_script(record)
    return json.loads(text.split("<<'ACCESS'\n", 1)[1].split("\nACCESS\n", 1)[0])
