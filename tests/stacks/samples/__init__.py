"""Small stacks for `test_every_setting`: documents, and other values for each of their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.settings.documents import DIGEST, Document, merge, minimal_document

IMAGE: Final = f"registry.example.org/app{DIGEST}"
PROCESS: Final[Document] = {"cpu": 128, "memory_mib": 64}
WEB: Final[Document] = {**PROCESS, "port": 8443, "route": {"paths": ["/api"]}}
EDGE: Final[Document] = {"domain": "app.example.org", "zone_id": "Z0123456789"}
SIGN_IN: Final[Document] = {
    "issuer": "https://idp.example.org",
    "authorization_endpoint": "https://idp.example.org/authorize",
    "token_endpoint": "https://idp.example.org/token",
    "user_info_endpoint": "https://idp.example.org/userinfo",
    "client_id": "portal",
    "client_secret": "arn:aws:secretsmanager:us-east-1:111122223333:secret:idp-AbCdEf",
}
LAB: Final[Document] = {
    "mode": "endpoint",
    "service_name": "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
    "services": [{"name": "hl7", "port": 2575}],
}
VPN: Final[Document] = {
    "client_cidr": "10.99.0.0/20",
    "ami": "ami-0123456789abcdef0",
    "admin_cidrs": ["198.51.100.0/24"],
}


def stack(**sections: Document) -> Document:
    """Return the smallest stack with other sections."""
    document = merge(minimal_document(), {"hipaa:protect": False, "hipaa:network": {"nat": "none"}})
    return merge(document, {f"hipaa:{name}": section for name, section in sections.items()})


def app(*uses: str, **processes: Document) -> Document:
    """Return an application with an image and these processes, by default the process `web` without a route."""
    return {"image": IMAGE, "uses": [*uses], "processes": processes or {"web": PROCESS}}


def secret(name: str) -> str:
    """Return the ARN of a secret."""
    return f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}-AbCdEf"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A stack, and values that replace its own."""

    document: Document
    values: Mapping[str, Any]
    """A document in `SHOWN`, values by their path in `CHANGED`."""
