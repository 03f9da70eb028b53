"""The VPN for staff."""

from __future__ import annotations

import pulumi

from components.connectivity import Tier, VpnHost, VpnServer, VpnServerArgs
from components.shared.destination import Destination
from stack.containers import Containers
from stack.data import Stores
from stack.foundation import Foundation


def create_staff_vpn(base: Foundation, stores: Stores, containers: Containers) -> None:
    """Create the VPN server if the settings contain one, and export its outputs.

    Users with access to the tier `app` reach the ports of the services; users with access to `data` reach those of the stores.
    """
    settings, keys, network, plan = base.settings, base.keys, base.network, base.address_plan
    vpn = settings.connectivity and settings.connectivity.vpn
    if not vpn:
        return
    ports = {name: service.settings.port for name, service in settings.services.items()}
    server = VpnServer(
        "vpn",
        VpnServerArgs(
            account=base.account,
            vpc_id=network.vpc_id,
            subnets={zone: network.subnets["public"][zone] for zone in settings.vpn_zones},
            state_subnets={zone: network.subnets["private"][zone] for zone in settings.vpn_zones},
            host=VpnHost(
                ami=vpn.ami, instance_type=vpn.instance_type, max_lifetime_days=vpn.max_lifetime_days
            ),
            domain=vpn.domain,
            client_cidr=vpn.client_cidr,
            admin_cidrs=vpn.admin_cidrs,
            access=vpn.access,
            tiers={
                "app": Tier(
                    cidrs=list(plan.ranges("private").values()),
                    destinations={
                        name: Destination(security_group_id=service.security_group_id, ports=[port])
                        for name, service in containers.services.items()
                        if (port := ports[name]) is not None
                    },
                ),
                "data": Tier(
                    cidrs=list(plan.ranges("data").values()), destinations=stores.staff_destinations
                ),
            },
            licence_secret_arn=vpn.licence_secret_arn,
            compute_key_arn=keys.compute,
            data_key_arn=keys.data,
            secrets_key_arn=keys.secrets,
            logs=base.logs,
            protect=settings.protect,
            alarm_topic_arn=base.alerts.topic_arn,
            launch_after=[network],
        ),
    )
    pulumi.export("vpn_public_ip", server.public_ip)
    pulumi.export("vpn_group_name", server.group_name)
    pulumi.export("vpn_access_log_group_name", server.access_log_group_name)
    pulumi.export("vpn_users_log_group_name", server.users_log_group_name)
    pulumi.export("vpn_admin_secret_arn", server.admin_secret_arn)
