"""The isolation pack, as `pulumi preview --policy-pack policy/isolation` starts it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hipaa_policies.pack import serve

serve("isolation")
