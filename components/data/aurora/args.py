"""Arguments of `Aurora`."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.data.aurora.readers import Readers
from components.data.database.args import DatabaseArgs
from components.data.database.identity import iam_logins
from facts import databases


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Capacity range of each Serverless v2 instance."""

    min: float = 0.5
    """Minimum capacity, in ACU; 0 lets an instance pause."""
    max: float = 4.0
    """Maximum capacity, in ACU, 1 or more."""
    pause_after_seconds: int = 1800
    """Seconds without a connection until an instance pauses, 300 to 86,400; used if `min` is 0."""

    def __post_init__(self) -> None:
        """Reject values that AWS rejects."""
        if not 0 <= self.min <= self.max or self.max < databases.SMALLEST_ACU_MAX:
            raise ValueError(f"capacity must be 0 <= min <= max and max >= 1, got {self.min} and {self.max}")
        if not 300 <= self.pause_after_seconds <= 86_400:
            raise ValueError(f"pause_after_seconds must be 300 to 86400, got {self.pause_after_seconds}")


@dataclass(frozen=True, kw_only=True)
class AuroraArgs(DatabaseArgs):
    """Arguments of `Aurora`."""

    instance_class: str | None = None
    """Instance class; None means Serverless v2."""
    capacity: Capacity = field(default_factory=Capacity)
    """Capacity range of Serverless v2 instances."""
    readers: Readers = field(default_factory=Readers)
    """Number of readers."""
    proxy: bool = False
    """Whether applications that sign in by IAM connect through RDS Proxy. Those with a password connect to the cluster."""

    def __post_init__(self) -> None:
        """Reject combinations that AWS does not support."""
        super().__post_init__()
        if self.instance_class is None and self.readers.max != self.readers.min:
            raise ValueError(
                f"readers.max must be readers.min ({self.readers.min}) without instance_class, got {self.readers.max}"
            )
        if self.proxy and not iam_logins(self.applications):
            raise ValueError("proxy needs applications that sign in by IAM, got none")
