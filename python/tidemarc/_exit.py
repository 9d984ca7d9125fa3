"""The end of the program: open writers learn if an exception ends it."""

from __future__ import annotations

import sys

from ._tidemarc import _end_by_exception


def at_exit() -> None:
    """Reports an uncaught exception that ends the program.

    An interactive session keeps its last exception too, but has continued after it, so its end is
    normal.
    """
    if getattr(sys, "last_value", None) is not None and not hasattr(sys, "ps1"):
        _end_by_exception()
