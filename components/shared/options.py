"""Resource options that several areas use."""

from __future__ import annotations

from typing import Literal


def guard(protect: bool) -> Literal[True] | None:
    """Return the value of the options `protect` and `retain_on_delete` for a resource of a component.

    None and not False where the component's own argument says no: the resource then inherits the option from its parent, so
    that protection which the user of a component passes in its `opts` is kept.
    """
    return True if protect else None
