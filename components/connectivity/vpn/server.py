"""`VpnServer`: OpenVPN Access Server for staff, on one self-replacing host with a fixed address.

An Auto Scaling group with exactly one instance starts the server in one of the zones. At boot the server associates the
Elastic IP with itself, mounts the file system with users and configuration, and configures its security settings before it
accepts connections. A server that is unhealthy for five minutes marks itself for replacement; until the new one is ready,
after some minutes, nobody is connected. SSH has no key and no open port. Administrators use Session Manager, which logs
each session.

The image comes from AWS Marketplace. Somebody must accept its terms once per account
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
from components.connectivity.vpn.access import Tier, server_rules
from components.connectivity.vpn.group import install_packages, server_group, server_template
from components.connectivity.vpn.host import VpnHost
from components.connectivity.vpn.role import server_role
from components.connectivity.vpn.state import ServerState, attach_file_system_policy, server_state
from components.shared import iam
from components.shared.logs import LogOptions, log_group
from components.shared.options import protection_option

PASSWORD_LENGTH: Final = 32

_LOGS: Final = ("access", "users", "system")


@dataclass(frozen=True, kw_only=True)
class VpnServerArgs:
    """Arguments of `VpnServer`."""

    account: iam.Account
    """AWS account and region."""
    vpc_id: pulumi.Input[str]
    """Id of the application's VPC."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Ids of the public subnets for the server, by zone."""
    state_subnets: Mapping[str, pulumi.Input[str]]
    """Ids of private subnets for the mount targets of the file system, by zone; the same zones as `subnets`."""
    host: VpnHost
    """Image, instance type and lifetime of the host."""
    client_cidr: IPv4Network
    """Range for the addresses of clients, /16 to /24. The server translates them to its own address (NAT)."""
    domain: str | None = None
    """Host name that clients connect to. Its DNS record, which is managed elsewhere, must point to `public_ip`. None means that
    clients connect to the address."""
    admin_cidrs: Sequence[IPv4Network]
    """Ranges that may reach the admin page; at least one, each /8 or longer, without duplicates."""
    access: Mapping[str, Sequence[str]]
    """Names of the tiers that each group of users may reach, by group."""
    tiers: Mapping[str, Tier] = field(default_factory=dict[str, Tier])
    """Tiers by name."""
    licence_secret_arn: str | None = None
    """ARN of a secret with the activation key, encrypted with the secrets key; None limits the server to two connections."""
    compute_key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the root volume; it must allow the service-linked role of Auto Scaling."""
    data_key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the file system."""
    secrets_key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the administrator's password."""
    logs: LogOptions
    """Settings of the log groups."""
    protect: bool
    """Whether file system, Elastic IP and secret are protected from deletion."""
    alarm_topic_arn: pulumi.Input[str]
    """ARN of the SNS topic that alarms notify."""
    launch_after: Sequence[pulumi.Resource] = ()
    """Resources that must exist before the first server starts, e.g. the routes to the Internet."""

    def __post_init__(self) -> None:
        """Check the arguments.

        Raises:
            ValueError: Zones are missing or differ; the client range has the wrong size; `admin_cidrs` is empty, has duplicates
                or a range shorter than /8; or `access` names the administrator or an unknown tier.
        """
        if not self.subnets or set(self.subnets) != set(self.state_subnets):
            raise ValueError(
                "subnets and state_subnets must have the same zones, at least one, "
                f"got {', '.join(self.subnets) or 'none'} and {', '.join(self.state_subnets) or 'none'}"
            )
        if not 16 <= self.client_cidr.prefixlen <= 24:
            raise ValueError(f"client_cidr must be a /16 to a /24, got {self.client_cidr}")
        if not self.admin_cidrs or len(set(self.admin_cidrs)) < len(self.admin_cidrs):
            ranges = ", ".join(map(str, self.admin_cidrs))
            raise ValueError(
                f"admin_cidrs must contain at least one range and no duplicates, got {ranges or 'none'}"
            )
        if too_wide := [cidr for cidr in self.admin_cidrs if cidr.prefixlen < 8]:
            raise ValueError(
                f"admin_cidrs must have a prefix length of 8 or more, got {', '.join(map(str, too_wide))}"
            )
        if access.ADMINISTRATOR in self.access:
            raise ValueError(
                f"access must not name a group {access.ADMINISTRATOR}, which is the administrator"
            )
        if unknown := sorted(access.reachable_tiers(self.access) - self.tiers.keys()):
            raise ValueError(
                f"access must only name the tiers {', '.join(self.tiers)}, got {', '.join(unknown)}"
            )


class VpnServer(pulumi.ComponentResource):
    """The staff VPN.

    Creates: an Elastic IP; the security group and rules of `server_rules`; the file system of `server_state` with its policy; an IAM role with its
    policy and instance profile; a launch template; an Auto Scaling group with one instance; State Manager associations that
    install packages; a Secrets Manager secret with a random password for the administrator; three log groups; a metric
    filter; CloudWatch alarms.

    Outputs:
        public_ip: Elastic IP that clients connect to.
        security_group_id: Id of the security group of the server; tagged `edge=public`.
        group_name: Name of the Auto Scaling group.
        access_log_group_name: Name of the log group for sign-ins, connections and changes by administrators.
        users_log_group_name: Name of the log group for the daily list of users, for access reviews.
        admin_secret_arn: ARN of the secret with the password of the administrator `openvpn`.
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
        secret, secret_version = self._secret()
        state_name = f"{name}-state"
        state = server_state(
            state_name,
            args.vpc_id,
            subnets=args.state_subnets,
            data_key_arn=args.data_key_arn,
            protect=args.protect,
            parent=self,
        )
        rules = server_rules(
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
            # The connection profiles of clients contain this address.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=list(args.launch_after), protect=protection_option(args.protect)
            ),
        )
        licence = [args.licence_secret_arn] if args.licence_secret_arn else []
        role, profile, attachments = server_role(
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
            security_group_id=rules.security_group_id,
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
            after=[
                *rules.rules,
                *state.targets,
                *attachments,
                attach_file_system_policy(state_name, state, role.arn, parent=self),
                secret_version,
                *args.launch_after,
            ],
            parent=self,
        )
        install_packages(name, group, parent=self)
        alarms.vpn_alarms(name, logs["access"], alarm_topic_arn=args.alarm_topic_arn, parent=self)

        self.public_ip = address.public_ip
        self.security_group_id = rules.security_group_id
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
        """Create the secret with a random password of the administrator; the server reads it at boot."""
        protect = self._args.protect
        password = random.RandomPassword(
            f"{self._name}-admin", length=PASSWORD_LENGTH, special=False, opts=self._child
        )
        secret = aws.secretsmanager.Secret(
            f"{self._name}-admin",
            description="Password of the VPN server's administrator, openvpn",
            kms_key_id=self._args.secrets_key_arn,
            # A secret that is scheduled for deletion keeps its name and still costs money.
            recovery_window_in_days=30 if protect else 0,
            # How the secret is rotated: a deployment that replaces the password generates a new one.
            tags={"Name": f"{self._name}-admin", "rotation": "redeploy"},
            opts=pulumi.ResourceOptions(parent=self, protect=protection_option(protect)),
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
        state: ServerState,
        address: aws.ec2.Eip,
        logs: Mapping[str, aws.cloudwatch.LogGroup],
        secret: aws.secretsmanager.Secret,
    ) -> pulumi.Output[str]:
        args = self._args
        # Access Server uses one range for users without a group, of whom there are none here, and another one for groups.
        ungrouped, grouped = args.client_cidr.subnets(prefixlen_diff=1)
        fixed = {
            "REGION": args.account.region,
            "NAMESPACE": host.NAMESPACE,
            "ADMIN_PORT": str(access.ADMIN),
            "CLIENT_NETWORK": str(ungrouped.network_address),
            "CLIENT_BITS": str(ungrouped.prefixlen),
            "GROUP_POOL": str(grouped),
            "LICENCE_SECRET_ARN": args.licence_secret_arn or "",
            "ACCESS": access.plan(args.access, args.tiers),
        }
        outputs: dict[str, pulumi.Input[str]] = {
            "ALLOCATION_ID": address.allocation_id,
            "HOST_NAME": args.domain or address.public_ip,
            "FILE_SYSTEM_ID": state.file_system_id,
            "ACCESS_POINT_ID": state.access_point_id,
            "ADMIN_SECRET_ARN": secret.arn,
            **{f"{kind.upper()}_LOG": group.name for kind, group in logs.items()},
        }
        return pulumi.Output.all(**outputs).apply(lambda values: host.user_data({**fixed, **values}))
