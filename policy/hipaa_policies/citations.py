"""Sections of 45 CFR that several controls map to, as cdk-nag and AWS Config cite them for HIPAA."""

from __future__ import annotations

from typing import Final

AT_REST: Final = ("164.312(a)(2)(iv)", "164.312(e)(2)(ii)")
IN_TRANSIT: Final = (
    "164.312(e)(1)",
    "164.312(e)(2)(i)",
    "164.312(e)(2)(ii)",
    "164.312(a)(2)(iv)",
)
REACH: Final = (
    "164.312(a)(1)",
    "164.312(e)(1)",
    "164.308(a)(3)(i)",
    "164.308(a)(4)(ii)(A)",
    "164.308(a)(4)(ii)(C)",
)
INGRESS: Final = (*REACH, "164.308(a)(3)(ii)(B)", "164.308(a)(4)(i)", "164.308(a)(4)(ii)(B)")
RIGHTS: Final = (
    "164.312(a)(1)",
    "164.308(a)(3)(i)",
    "164.308(a)(3)(ii)(A)",
    "164.308(a)(3)(ii)(B)",
    "164.308(a)(4)(i)",
    "164.308(a)(4)(ii)(A)",
    "164.308(a)(4)(ii)(B)",
    "164.308(a)(4)(ii)(C)",
)
ACCESS: Final = ("164.312(a)(1)", "164.308(a)(3)(i)", "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(C)")
LOGGED: Final = ("164.312(b)", "164.308(a)(3)(ii)(A)")
ACTIVITY: Final = ("164.312(b)", "164.308(a)(1)(ii)(D)")
SIX_YEARS: Final = ("164.316(b)(2)(i)", "164.312(b)", "164.308(a)(1)(ii)(D)")
BACKED_UP: Final = ("164.308(a)(7)(ii)(A)", "164.308(a)(7)(i)", "164.308(a)(7)(ii)(B)")
AVAILABLE: Final = ("164.308(a)(7)(i)", "164.308(a)(7)(ii)(C)")
