"""The end of the program: writers that nobody closed are told whether it ends well."""

from __future__ import annotations

import sys

from ._tidemarc import _end_by_exception


def at_exit() -> None:
    """Report an uncaught exception that ends the program.

    A session keeps its last exception too, and has gone on after it.
    """
    if getattr(sys, "last_value", None) is not None and not hasattr(sys, "ps1"):
        _end_by_exception()
