"""AWS's public aliases of machine images: SSM parameters that hold the id of the newest image."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Architecture: TypeAlias = Literal["arm64", "x86_64"]

ALIAS: Final = "resolve:ssm:"
"""Start of an alias that EC2 resolves when it launches an instance."""


def amazon_linux(architecture: Architecture) -> str:
    """Return the alias of the newest Amazon Linux 2023 image."""
    return f"{ALIAS}/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"


def ecs_optimized(architecture: Architecture) -> str:
    """Return the alias of the newest ECS-optimized Amazon Linux 2023 image."""
    folder = "arm64/" if architecture == "arm64" else ""
    return f"{ALIAS}/aws/service/ecs/optimized-ami/amazon-linux-2023/{folder}recommended/image_id"


def architecture_of(ami: str) -> Architecture | None:
    """Return the architecture of a public alias, or None if the name does not show it."""
    if not ami.startswith(f"{ALIAS}/aws/service/"):
        return None
    return "arm64" if "arm64" in ami else "x86_64"
