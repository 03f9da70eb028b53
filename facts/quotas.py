"""AWS quotas and limits that settings, components and planning share; read in November 2026.

A quota marked "adjustable" is AWS's default: AWS raises it on request.
"""

from __future__ import annotations

from typing import Final

ACL_RULES: Final = 20
"""Rules of a network ACL in each direction; adjustable
(https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html)."""

SECURITY_GROUP_RULES: Final = 60
"""Rules of a security group in each direction; adjustable (same page)."""

BUDGET_EMAILS: Final = 10
"""E-mail addresses that one notification of a budget can have
(https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html)."""

VPC_PREFIX: Final = 16
"""Prefix length of the largest VPC (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html)."""

RESERVED_ADDRESSES: Final = 5
"""Addresses that AWS reserves in every subnet (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html)."""

TASKS_PER_SERVICE: Final = 5000
"""Tasks of an ECS service; adjustable
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html)."""

TARGETS_PER_LOAD_BALANCER: Final = 1000
"""Targets of an Application Load Balancer, and of each of its target groups; adjustable
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html)."""

RULE_WILDCARDS: Final = 5
"""Wildcards in the path pattern of one listener rule of an Application Load Balancer (same page)."""

LCU_PER_LOAD_BALANCER: Final = 15_000
"""Load balancer capacity units (LCU) that one Application Load Balancer can reserve; adjustable (same page)."""

LCU_NEW_CONNECTIONS: Final = 25.0
"""New connections per second in one LCU (https://aws.amazon.com/elasticloadbalancing/pricing/)."""

LCU_ACTIVE_CONNECTIONS: Final = 3000.0
"""Active connections in one LCU, sampled each minute (same page)."""

LCU_GB_PER_HOUR: Final = 1.0
"""Data processed per hour in one LCU, in GB (same page)."""

LCU_RULE_EVALUATIONS: Final = 1000.0
"""Rule evaluations per second in one LCU, not counting `LCU_FREE_RULES` (same page)."""

LCU_FREE_RULES: Final = 10
"""Rules of a listener whose evaluation is free of charge (same page)."""

NLB_LISTENERS: Final = 50
"""Listeners of a Network Load Balancer; adjustable
(https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html)."""

NAT_CONNECTIONS: Final = 55_000
"""Simultaneous connections from one address of a NAT gateway to one destination
(https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html)."""

NAT_GATEWAY_GBPS: Final = 100.0
"""Bandwidth to which a NAT gateway scales from 5 Gbit/s, in Gbit/s (same page)."""

NAT_INSTANCE_GBPS: Final = 5.0
"""Bandwidth to the internet of an instance with fewer than 32 vCPUs, in Gbit/s; small types sustain less
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html)."""

WAF_RATE_LIMIT: Final = 2_000_000_000
"""Highest limit of a rate-based rule of AWS WAF, in requests
(https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html)."""

AURORA_READERS: Final = 15
"""Readers of an Aurora cluster
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html)."""

COLD_STORAGE_DAYS: Final = 90
"""Shortest time that AWS Backup keeps a recovery point in cold storage, in days
(https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html)."""


def max_data_zones(ports: int, clients: int = 0) -> int:
    """Return how many zones fit into the ingress rules of the data tier's network ACL.

    Every zone needs one rule for each port from its private subnet, and one rule for the replication of its data
    subnet. Every other client subnet needs one rule for each port.

    Args:
        ports: Number of database ports.
        clients: Number of client subnets outside the private tier, such as those of the VPN server.
    """
    return (ACL_RULES - ports * clients) // (ports + 1)
