"""Constants of load balancers: the TLS policy of all listeners, and the health path of the public load balancer."""

from __future__ import annotations

from typing import Final

TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""The policy that AWS recommends: TLS 1.3 and 1.2 with forward secrecy and post-quantum key exchange
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html)."""

HEALTH_PATH: Final = "/.well-known/edge-health"
"""Path that the public load balancer answers itself. It shows whether the load balancer or a service has failed."""
