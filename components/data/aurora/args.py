"""What the Aurora cluster is told: version, size, windows and switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from components.data.aurora.readers import Readers
from components.data.aurora.second_region import SecondRegion
from components.data.database.args import DatabaseArgs
from facts import databases


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Size of each Serverless v2 instance."""

    min: float = 0.5
    """Lowest capacity, in ACU; 0 lets it pause."""
    max: float = 4.0
    """Highest capacity, in ACU."""
    pause_after_seconds: int = 1800
    """Seconds without a connection until an instance pauses, 300 to 86,400, where `min` is 0."""

    def __post_init__(self) -> None:
        """Refuse what AWS would refuse."""
        if not 0 <= self.min <= self.max or self.max < databases.SMALLEST_ACU_MAX:
            raise ValueError(f"capacity must be 0 <= min <= max and max >= 1, got {self.min} and {self.max}")
        if not 300 <= self.pause_after_seconds <= 86_400:
            raise ValueError(f"pause_after_seconds must be 300 to 86400, got {self.pause_after_seconds}")


@dataclass(frozen=True, kw_only=True)
class AuroraArgs(DatabaseArgs):
    """What `Aurora` needs to know; with `second_region`, `administrator` must be `generated`."""

    instance_class: str | None = None
    """Class of the instances; None for Serverless v2."""
    capacity: Capacity = field(default_factory=Capacity)
    """Size of Serverless v2 instances."""
    readers: Readers = field(default_factory=Readers)
    """How many readers there are."""
    users: Sequence[str] = ()
    """Database users of the services, which a proxy admits."""
    proxy: bool = False
    """Whether services connect through RDS Proxy."""
    activity_stream: bool = False
    """Whether every activity goes to an encrypted Kinesis stream; not with Serverless v2."""
    second_region: SecondRegion | None = None
    """A second region of a global database."""

    def __post_init__(self) -> None:
        """Refuse combinations that AWS does not support."""
        super().__post_init__()
        serverless = self.instance_class is None
        if serverless and self.readers.max != self.readers.min:
            raise ValueError(
                f"readers.max must be readers.min ({self.readers.min}) without instance_class, got {self.readers.max}"
            )
        if serverless and self.activity_stream:
            raise ValueError("activity_stream needs instance_class")
        if self.proxy and not self.users:
            raise ValueError("proxy needs users to let in, got none")
        if self.second_region and self.administrator != "generated":
            raise ValueError(f"second_region needs administrator generated, got {self.administrator}")
