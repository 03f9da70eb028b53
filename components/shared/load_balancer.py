"""What all load balancers share: the TLS policy, and the health path of the public one."""

from __future__ import annotations

from typing import Final

TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2 with forward secrecy and post-quantum key exchange, which AWS recommends
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html)."""

HEALTH_PATH: Final = "/.well-known/edge-health"
"""Path that the public load balancer answers itself, so that its own failure can be told from a failure of the services."""
