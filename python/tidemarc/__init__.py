"""Stream MARC records (ISO 2709): in order, without losing one."""

import atexit as _atexit
import os as _os

from . import errors
from ._dumps import dumps
from ._exit import at_exit as _at_exit
from ._scan import Scan, scan
from ._tidemarc import (
    Column,
    Conversion,
    Fault,
    Field,
    Filter,
    Index,
    Leader,
    Note,
    Reader,
    Record,
    Schema,
    Selector,
    Statistics,
    Stats,
    Summary,
    Writer,
    __version__,
    _after_fork,
    _before_fork,
    check,
    convert,
    get_threads,
    report,
    set_threads,
    splits,
    statistics,
)
from ._types import Indicators, Subfield
from .errors import (
    DamagedIndexError,
    EncodingError,
    FilterError,
    RecordError,
    SelectorError,
    SkippedWarning,
    StaleIndexError,
    TidemarcError,
    WriteError,
)

__all__ = [
    "Column",
    "Conversion",
    "DamagedIndexError",
    "EncodingError",
    "Fault",
    "Field",
    "Filter",
    "FilterError",
    "Index",
    "Indicators",
    "Leader",
    "Note",
    "Reader",
    "Record",
    "RecordError",
    "Scan",
    "Schema",
    "Selector",
    "SelectorError",
    "SkippedWarning",
    "StaleIndexError",
    "Statistics",
    "Stats",
    "Subfield",
    "Summary",
    "TidemarcError",
    "WriteError",
    "Writer",
    "__version__",
    "check",
    "convert",
    "dumps",
    "errors",
    "get_threads",
    "report",
    "scan",
    "set_threads",
    "splits",
    "statistics",
]

if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(
        before=_before_fork,
        after_in_parent=lambda: _after_fork(False),
        after_in_child=lambda: _after_fork(True),
    )

_atexit.register(_at_exit)
