"""Quotas and bounds of AWS that a plan counts against. State of 2026-11; each names its source."""

from __future__ import annotations

from typing import Final

TASKS_PER_SERVICE: Final = 5000
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html, adjustable."""

MOST_INSTANCES: Final = 1000
"""What `hipaa:compute.instances.max` takes."""

TARGETS_PER_LOAD_BALANCER: Final = 1000
"""Also for each target group, adjustable:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
"""

RESERVED_LCU: Final = 15_000
"""What one load balancer can reserve; the same page, adjustable."""

LCU: Final = {"new connections": 25.0, "active connections": 3000.0, "data": 1.0, "rules": 1000.0}
"""One LCU: new connections each second, active ones, GB each hour, rule evaluations each second above ten rules:
https://aws.amazon.com/elasticloadbalancing/pricing/
"""

FREE_RULES: Final = 10

NAT_CONNECTIONS: Final = 55_000
"""Simultaneous connections of one address to one destination:
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
"""

NAT_GATEWAY_GBPS: Final = 100.0
"""The same page; a gateway starts at 5 Gbit/s and scales up to this."""

NAT_INSTANCE_GBPS: Final = 5.0
"""To the internet, for fewer than 32 vCPUs; small types sustain less:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html
"""

MOST_ACU: Final = 256.0
MOST_READERS: Final = 15
"""https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html and
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html
"""

DATABASE_CONNECTIONS: Final = ((0.0, 0), (1.0, 189), (4.0, 823), (8.0, 1669), (16.0, 3360), (32.0, 5000))
"""Highest capacity of an Aurora PostgreSQL instance in ACU to its default `max_connections`; at most 2,000 while
the lowest capacity is 0 or 0.5 (the first of these pages). Values between are interpolated.
"""

FEW_CONNECTIONS: Final = 2000
"""What such a low capacity caps them at."""

MOST_RATE: Final = 2_000_000_000
"""What `hipaa:edge.waf.rate_limit_per_5_min` takes."""

WIDEST_PREFIX: Final = 16
"""The largest VPC that AWS makes: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
