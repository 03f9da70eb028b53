"""The network of one environment: a VPC with three tiers, NAT, VPC endpoints, flow logs and DNS query logs."""

from components.network.args import NatStrategy, NetworkArgs
from components.network.nat_instance import NatHost
from components.network.network import Network

__all__ = ["NatHost", "NatStrategy", "Network", "NetworkArgs"]
