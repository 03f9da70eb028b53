"""Data stores: Aurora, RDS, ElastiCache, and their backups."""

from components.data.aurora import Aurora
from components.data.aurora_args import AuroraArgs, Capacity
from components.data.bootstrap import Administered, Bootstrap, BootstrapArgs
from components.data.dashboard import DataDashboard, Watched
from components.data.rds import Rds, RdsArgs
from components.data.readers import Readers
from components.data.second_region import SecondRegion
from components.data.tier import BACKED_UP, DataTier
from components.data.uses import Offer, destinations, users_of

__all__ = [
    "BACKED_UP",
    "Administered",
    "Aurora",
    "AuroraArgs",
    "Bootstrap",
    "BootstrapArgs",
    "Capacity",
    "DataDashboard",
    "DataTier",
    "Offer",
    "Rds",
    "RdsArgs",
    "Readers",
    "SecondRegion",
    "Watched",
    "destinations",
    "users_of",
]
