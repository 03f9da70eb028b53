"""What the policies say of a record: the same rules that the packs run in the engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import hipaa_policies
from blueprint.record import ROOT, Record, Resource
from blueprint.values import UNKNOWN


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one resource that a control has something against."""

    policy: str
    severity: str
    urn: str
    name: str
    """Type and logical name, e.g. `s3/Bucket archive`."""
    message: str
    remediation: str = ""
    citations: tuple[str, ...] = ()
    """Sections of 45 CFR that the control maps to."""
    reason: str = ""
    """Why it is waived; empty where it is not."""
    approver: str = ""
    expires: str = ""
