"""The program without a cloud: record it, judge it, draw it, report it."""

import sys
from pathlib import Path

# The policies are a package of their own under policy/, as the packs that Pulumi starts there see it.
_POLICY = str(Path(__file__).resolve().parent.parent / "policy")
if _POLICY not in sys.path:
    sys.path.append(_POLICY)
