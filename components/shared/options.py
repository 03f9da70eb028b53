"""Resource options that several areas use."""

from __future__ import annotations

from typing import Literal


def protection_option(protect: bool) -> Literal[True] | None:
    """Return the value of the options `protect` and `retain_on_delete` for a child resource of a component.

    Without protection the value is None and not False, so that the child inherits the option from its component. A caller
    can then still protect it by the `opts` of the component.
    """
    return True if protect else None
