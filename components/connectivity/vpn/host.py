"""What the VPN server runs on, and the script that it runs at first boot. No resources."""

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
"""Metrics that the server reports itself."""
OWN: Final = "vpn-server"
"""The tag that tells the server's instance, interface and group from others; its value is the address's id."""
LARGEST_USER_DATA: Final = 16_384
"""Bytes, before encoding (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html)."""


@dataclass(frozen=True, kw_only=True)
class VpnHost:
    """What the VPN server runs on."""

    ami: str
    """Image of OpenVPN Access Server: an id, or `resolve:ssm:` and a parameter's name. The account must have accepted the
    product's terms in AWS Marketplace once, or every launch fails with `OptInRequired`."""
    instance_type: str = "t3.small"
    """EC2 instance type of `ami`'s architecture."""
    max_lifetime_days: int | None = None
    """Days after which a host is replaced by a fresh one, 1 to 365; None leaves it running."""

    def __post_init__(self) -> None:
        """Refuse an image that is neither an id nor a parameter, and a lifetime AWS does not have."""
        check_image(self.ami)
        check_lifetime(self.max_lifetime_days)


def user_data(values: Mapping[str, str]) -> str:
    """Return the script for one server, as EC2 takes it. Secrets come as ARNs, never as values.

    Raises:
        ValueError: A value would not stay one word of the script, a placeholder has none, or EC2 refuses the length.
    """
    script = USER_DATA.read_text(encoding="utf-8")
    for key, value in values.items():
        if key != "ACCESS" and not re.fullmatch(r"[\w./:#-]*", value):
            raise ValueError(f"{key} must be one plain word, got {value!r}")
        script = script.replace(f"@{key}@", value)
    script = script.replace("@PEOPLE@", PEOPLE.read_text(encoding="utf-8").rstrip())
    if left := re.search(r"@[A-Z_]+@", script):
        raise ValueError(f"{left[0]} has no value")
    if len(script.encode()) > LARGEST_USER_DATA:
        raise ValueError(f"user data must be {LARGEST_USER_DATA} bytes or less, got {len(script.encode())}")
    return base64.b64encode(script.encode()).decode()
