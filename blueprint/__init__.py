"""The program without a cloud: record it, judge it, draw it, report it."""

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The project's folder."""

# The policies are a package of their own under policy/: a second opinion that does without the program.
if str(ROOT / "policy") not in sys.path:
    sys.path.append(str(ROOT / "policy"))
