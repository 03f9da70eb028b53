"""TCP ports that several areas use, and the range of all IPv4 addresses."""

from __future__ import annotations

from typing import Final

SSH: Final = 22
HTTP: Final = 80
HTTPS: Final = 443
NFS: Final = 2049
RDP: Final = 3389

ANYWHERE: Final = "0.0.0.0/0"
"""Every IPv4 address."""
