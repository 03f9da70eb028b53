"""The network of one environment: a VPC with three tiers, NAT, endpoints of AWS services, and its logs."""

from components.network.args import Nat, NetworkArgs
from components.network.nat_instance import NatHost
from components.network.network import Network

__all__ = ["Nat", "NatHost", "Network", "NetworkArgs"]
