"""Image and instance type of the VPN server, and the script for its first boot. Creates no resources."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.shared.instances import check_image, check_lifetime

USER_DATA: Final = Path(__file__).with_name("server.sh")
PEOPLE: Final = Path(__file__).with_name("people.py")

NAMESPACE: Final = "HIPAA/VPN"
"""CloudWatch namespace of the metrics that the server publishes."""
SERVER_TAG: Final = "vpn-server"
"""Tag of the server's instance, network interface and Auto Scaling group; its value is the allocation id of the Elastic IP."""
MAX_USER_DATA_BYTES: Final = 16_384
"""Maximum size in bytes before encoding (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html)."""


@dataclass(frozen=True, kw_only=True)
class VpnHost:
    """Image, instance type and lifetime of the host."""

    ami: str
    """Image of OpenVPN Access Server: an AMI id, or `resolve:ssm:` and the name of a parameter. Somebody must have accepted the
    terms of the product in AWS Marketplace for this account, or every launch fails with `OptInRequired`."""
    instance_type: str = "t3.small"
    """EC2 instance type; must have the architecture of `ami`."""
    max_lifetime_days: int | None = None
    """Days after which Auto Scaling replaces the host, 1 to 365; None means never."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for an image that is neither an id nor a parameter, and for an invalid lifetime."""
        check_image(self.ami)
        check_lifetime(self.max_lifetime_days)


def user_data(values: Mapping[str, str]) -> str:
    """Return the boot script with its placeholders replaced, Base64-encoded for EC2.

    Args:
        values: Value by placeholder, e.g. `REGION` for `@REGION@`. A secret must be an ARN, never a value.

    Raises:
        ValueError: A value is not one plain word, a placeholder has no value, or the script is longer than EC2 allows.
    """
    script = USER_DATA.read_text(encoding="utf-8")
    for key, value in values.items():
        if key != "ACCESS" and not re.fullmatch(r"[\w./:#-]*", value):
            raise ValueError(f"{key} must be one plain word, got {value!r}")
        script = script.replace(f"@{key}@", value)
    script = script.replace("@PEOPLE@", PEOPLE.read_text(encoding="utf-8").rstrip())
    if placeholder := re.search(r"@[A-Z_]+@", script):
        raise ValueError(f"{placeholder[0]} has no value")
    if len(script.encode()) > MAX_USER_DATA_BYTES:
        raise ValueError(f"user data must be {MAX_USER_DATA_BYTES} bytes or less, got {len(script.encode())}")
    return base64.b64encode(script.encode()).decode()
