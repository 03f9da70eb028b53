"""AWS quotas and limits that settings, components and planning share; read in November 2026.

A quota marked "adjustable" is AWS's default: AWS raises it on request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SharedQuota:
    """A quota that all stacks of an account, or of one of its regions, share."""

    name: str
    limit: int
    """AWS's default."""
    service: str
    """Service code in Service Quotas (`aws service-quotas list-services`)."""
    code: str
    """Quota code in Service Quotas; empty if AWS does not raise the quota."""
    source: str
    """Page with the default."""
    whole_account: bool = False
    """Whether the quota counts all regions together."""


_VPC: Final = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_EC2: Final = "https://docs.aws.amazon.com/general/latest/gr/ec2-service.html"
_RDS: Final = "https://docs.aws.amazon.com/general/latest/gr/rds-service.html"
_ELB: Final = "https://docs.aws.amazon.com/general/latest/gr/elb.html"
_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"

VPCS: Final = SharedQuota("VPCs", 5, "vpc", "L-F678F1CE", _VPC)
INTERNET_GATEWAYS: Final = SharedQuota("internet gateways", 5, "vpc", "L-A4707A72", _VPC)
ELASTIC_IPS: Final = SharedQuota("Elastic IP addresses", 5, "ec2", "L-0263D0A3", _VPC)
VCPUS: Final = SharedQuota("vCPUs of On-Demand Standard instances", 5, "ec2", "L-1216C47A", _EC2)
"""The default of a new account; AWS raises it as the account is used."""
SPOT_VCPUS: Final = SharedQuota("vCPUs of Standard Spot instances", 5, "ec2", "L-34B43A08", _EC2)
TRANSIT_GATEWAYS: Final = SharedQuota(
    "transit gateways",
    5,
    "ec2",
    "L-A2478D36",
    "https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html",
)
VPN_CONNECTIONS: Final = SharedQuota(
    "Site-to-Site VPN connections",
    50,
    "ec2",
    "L-3E6EC3A3",
    "https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html",
)
APPLICATION_LOAD_BALANCERS: Final = SharedQuota(
    "Application Load Balancers", 50, "elasticloadbalancing", "L-53DA6B97", _ELB
)
NETWORK_LOAD_BALANCERS: Final = SharedQuota(
    "Network Load Balancers", 50, "elasticloadbalancing", "L-69A177A2", _ELB
)
DB_CLUSTERS: Final = SharedQuota("DB clusters", 40, "rds", "L-952B80B8", _RDS)
DB_INSTANCES: Final = SharedQuota("DB instances", 40, "rds", "L-7B6409FD", _RDS)
DB_PROXIES: Final = SharedQuota("RDS proxies", 20, "rds", "L-D94C7EA3", _RDS)
CACHE_NODES: Final = SharedQuota(
    "ElastiCache nodes",
    300,
    "elasticache",
    "L-DFE45DF3",
    "https://docs.aws.amazon.com/general/latest/gr/elasticache-service.html",
)
EVENT_RULES: Final = SharedQuota(
    "EventBridge rules",
    300,
    "events",
    "L-244521F2",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
)
LOG_RESOURCE_POLICIES: Final = SharedQuota(
    "CloudWatch Logs resource policies of the account",
    10,
    "logs",
    "",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
)
"""Policies of single log groups do not count."""
ROLES: Final = SharedQuota("IAM roles", 1000, "iam", "L-FE177D64", _IAM, whole_account=True)
MANAGED_POLICIES: Final = SharedQuota(
    "customer managed IAM policies", 1500, "iam", "L-E95E4862", _IAM, whole_account=True
)

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

LISTENER_RULES: Final = 100
"""Rules of an Application Load Balancer, not counting default rules; adjustable: `elasticloadbalancing` `L-7EED9B64`
(same page)."""

RULE_WILDCARDS: Final = 5
"""Wildcards in the conditions of one listener rule of an Application Load Balancer (same page)."""

FIXED_RESPONSE_CHARACTERS: Final = 1024
"""Most characters in the body of a fixed response
(https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html)."""

CERTIFICATE_NAMES: Final = 10
"""Domain names of an ACM certificate; adjustable up to 100: `acm` `L-FB94F0B0`
(https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html)."""

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
