"""OpenVPN Access Server for staff: one server that replaces itself, behind one fixed address.

An Auto Scaling group of exactly one starts it in any zone. It takes the Elastic IP at boot, mounts the file system that
holds users and configuration, and hardens itself before anybody can connect; a server that cannot serve has itself
replaced. While that happens, for some minutes, nobody is connected. Nobody signs in over SSH: there is no key and no port,
and Session Manager leaves a trail.

The image comes from AWS Marketplace, whose terms a person accepts once for the account
(https://docs.aws.amazon.com/marketplace/latest/buyerguide/buyer-subscribing-to-products.html).

Maps to 45 CFR 164.312(d) (person authentication), 164.312(a)(1) (access control), 164.312(e)(1) (transmission security),
164.312(b) (audit controls) and 164.308(a)(3) (workforce security).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.connectivity.vpn import access, alarms, host
from components.connectivity.vpn.access import Doors, Tier
from components.connectivity.vpn.group import install_packages, server_group, server_template
from components.connectivity.vpn.host import VpnHost
from components.connectivity.vpn.role import server_role
from components.connectivity.vpn.state import State
from components.shared import iam
from components.shared.logs import LogKeeping, log_group
from components.shared.options import guard

PASSWORD_LENGTH: Final = 32

_LOGS: Final = ("access", "users", "system")


@dataclass(frozen=True, kw_only=True)
class VpnServerArgs:
    """What `VpnServer` needs to know."""

    account: iam.Account
    """The account and region."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Public subnets that the server may start in, by zone."""
    state_subnets: Mapping[str, pulumi.Input[str]]
    """Private subnets for the file system's mount targets, by zone: the same zones."""
    host: VpnHost
    """What it runs on."""
    client_cidr: IPv4Network
    """Addresses for connected clients, /16 to /24; none of them leaves the server, which translates them to its own."""
    domain: str | None = None
    """Name that clients connect to, whose record leads to the address; None has them connect to the address."""
    admin_cidrs: Sequence[IPv4Network]
    """Ranges that may reach the admin page."""
    access: Mapping[str, Sequence[str]]
    """Group of users to the tiers it may reach."""
    tiers: Mapping[str, Tier] = field(default_factory=dict[str, Tier])
    """The tiers that can be named."""
    licence_secret_arn: str | None = None
    """Secret with the activation key, under the secrets key; without one two people can connect at a time."""
    compute_key_arn: pulumi.Input[str]
    """The key that encrypts the root volume; it must admit the Auto Scaling service's role."""
    data_key_arn: pulumi.Input[str]
    """The key that encrypts the file system."""
    secrets_key_arn: pulumi.Input[str]
    """The key that encrypts the administrator's password."""
    logs: LogKeeping
    """How the logs are kept."""
    protect: bool
    """Whether file system, address and secret are protected from deletion."""
    alarm_topic_arn: pulumi.Input[str]
    """Who is told of alarms."""
    launch_after: Sequence[pulumi.Resource] = ()
    """What must be there before the first server starts: its way to the Internet."""

    def __post_init__(self) -> None:
        """Refuse a server nowhere, an admin page for everybody, and access to what is not there."""
        if not self.subnets or set(self.subnets) != set(self.state_subnets):
            raise ValueError(
                "subnets and state_subnets must have the same zones, at least one, "
                f"got {', '.join(self.subnets) or 'none'} and {', '.join(self.state_subnets) or 'none'}"
            )
        if not 16 <= self.client_cidr.prefixlen <= 24:
            raise ValueError(f"client_cidr must be a /16 to a /24, got {self.client_cidr}")
        if not self.admin_cidrs or len(set(self.admin_cidrs)) < len(self.admin_cidrs):
            named = ", ".join(map(str, self.admin_cidrs))
            raise ValueError(f"admin_cidrs must name a range, and each once, got {named or 'none'}")
        if open_ := [cidr for cidr in self.admin_cidrs if cidr.prefixlen < 8]:
            raise ValueError(f"admin_cidrs must be no open internet, got {', '.join(map(str, open_))}")
        if access.ALL_USERS in self.access:
            raise ValueError(f"access must not name a group {access.ALL_USERS}, which is the administrator")
        if strange := sorted(access.admitted(self.access) - self.tiers.keys()):
            raise ValueError(f"access must name tiers of {', '.join(self.tiers)}, got {', '.join(strange)}")


class VpnServer(pulumi.ComponentResource):
    """Address, group of one, role, file system, secret, logs and alarms of the staff VPN.

    Outputs:
        public_ip: The address that clients connect to.
        security_group_id: Group of the server; tagged `edge=public`.
        group_name: The Auto Scaling group.
        access_log_group_name: Log of sign-ins, connections and what administrators change.
        users_log_group_name: Log of the daily list of users, for access reviews.
        admin_secret_arn: Secret with the password of the administrator `openvpn`.
    """

    public_ip: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    group_name: pulumi.Output[str]
    access_log_group_name: pulumi.Output[str]
    users_log_group_name: pulumi.Output[str]
    admin_secret_arn: pulumi.Output[str]

    def __init__(self, name: str, args: VpnServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:connectivity:VpnServer", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)

        logs = {
            kind: log_group(f"{name}-{kind}", args.logs, kind=f"vpn-{kind}", parent=self) for kind in _LOGS
        }
        secret, filled = self._secret()
        state = State(
            f"{name}-state",
            args.vpc_id,
            subnets=args.state_subnets,
            data_key_arn=args.data_key_arn,
            protect=args.protect,
            parent=self,
        )
        doors = Doors(
            name,
            args.vpc_id,
            admin_cidrs=args.admin_cidrs,
            access=args.access,
            tiers=args.tiers,
            state_group_id=state.security_group_id,
            parent=self,
        )
        address = aws.ec2.Eip(
            name,
            domain="vpc",
            tags={"Name": name},
            # Clients' profiles hold it.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=list(args.launch_after), protect=guard(args.protect)
            ),
        )
        licence = [args.licence_secret_arn] if args.licence_secret_arn else []
        role, profile, rights = server_role(
            name,
            args.account,
            allocation_id=address.allocation_id,
            file_system_arn=state.file_system_arn,
            access_point_arn=state.access_point_arn,
            log_group_arns=[log.arn for log in logs.values()],
            secret_arns=[secret.arn, *licence],
            secrets_key_arn=args.secrets_key_arn,
            parent=self,
        )
        template = server_template(
            name,
            args.host,
            security_group_id=doors.security_group_id,
            profile=profile,
            allocation_id=address.allocation_id,
            compute_key_arn=args.compute_key_arn,
            user_data=self._user_data(state, address, logs, secret),
            parent=self,
        )
        group = server_group(
            name,
            args.host,
            template=template,
            subnet_ids=list(args.subnets.values()),
            allocation_id=address.allocation_id,
            protect=args.protect,
            after=[*doors.rules, *state.targets, *rights, state.admit(role.arn), filled, *args.launch_after],
            parent=self,
        )
        install_packages(name, group, parent=self)
        alarms.watch(name, logs["access"], alarm_topic_arn=args.alarm_topic_arn, parent=self)

        self.public_ip = address.public_ip
        self.security_group_id = doors.security_group_id
        self.group_name = group.name
        self.access_log_group_name = logs["access"].name
        self.users_log_group_name = logs["users"].name
        self.admin_secret_arn = secret.arn
        self.register_outputs(
            {
                "public_ip": self.public_ip,
                "security_group_id": self.security_group_id,
                "group_name": self.group_name,
                "access_log_group_name": self.access_log_group_name,
                "users_log_group_name": self.users_log_group_name,
                "admin_secret_arn": self.admin_secret_arn,
            }
        )

    def _secret(self) -> tuple[aws.secretsmanager.Secret, aws.secretsmanager.SecretVersion]:
        """The administrator's password: drawn here, read by the server at boot, seen by nobody on the way."""
        protect = self._args.protect
        password = random.RandomPassword(
            f"{self._name}-admin", length=PASSWORD_LENGTH, special=False, opts=self._child
        )
        secret = aws.secretsmanager.Secret(
            f"{self._name}-admin",
            description="Password of the VPN server's administrator, openvpn",
            kms_key_id=self._args.secrets_key_arn,
            # A secret that waits to be deleted keeps its name and its cost.
            recovery_window_in_days=30 if protect else 0,
            # By what it changes: the password is drawn again when a deployment replaces it.
            tags={"Name": f"{self._name}-admin", "rotation": "redeploy"},
            opts=pulumi.ResourceOptions(parent=self, protect=guard(protect)),
        )
        version = aws.secretsmanager.SecretVersion(
            f"{self._name}-admin",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(password.result),
            opts=self._child,
        )
        return secret, version

    def _user_data(
        self,
        state: State,
        address: aws.ec2.Eip,
        logs: Mapping[str, aws.cloudwatch.LogGroup],
        secret: aws.secretsmanager.Secret,
    ) -> pulumi.Output[str]:
        args = self._args
        # Access Server gives the first half to users without a group, of whom there are none, the second to groups.
        lone, grouped = args.client_cidr.subnets(prefixlen_diff=1)
        plain = {
            "REGION": args.account.region,
            "NAMESPACE": host.NAMESPACE,
            "ADMIN_PORT": str(access.ADMIN),
            "CLIENT_NETWORK": str(lone.network_address),
            "CLIENT_BITS": str(lone.prefixlen),
            "GROUP_POOL": str(grouped),
            "LICENCE_SECRET_ARN": args.licence_secret_arn or "",
            "ACCESS": access.plan(args.access, args.tiers),
        }
        made: dict[str, pulumi.Input[str]] = {
            "ALLOCATION_ID": address.allocation_id,
            "HOST_NAME": args.domain or address.public_ip,
            "FILE_SYSTEM_ID": state.file_system_id,
            "ACCESS_POINT_ID": state.access_point_id,
            "ADMIN_SECRET_ARN": secret.arn,
            **{f"{kind.upper()}_LOG": group.name for kind, group in logs.items()},
        }
        return pulumi.Output.all(**made).apply(lambda known: host.user_data({**plain, **known}))
