"""The network of one environment: a VPC with three tiers, NAT, VPC endpoints, flow logs and DNS query logs."""

from components.network.args import Nat as Nat
from components.network.args import NetworkArgs as NetworkArgs
from components.network.nat_instance import NatHost as NatHost
from components.network.network import Network as Network
