"""Names of these modules, and methods of these classes, that a program has replaced.

Mocks replace them: ``mock.patch("tidemarc.pymarc.record.marc8_to_unicode")``. Most records are made
by compiled code, which would not notice; so a module whose names it stands for reports the change.
"""

import sys
from types import ModuleType
from typing import Any

from .._tidemarc import Record, _names_are_replaced

#: The names of each module, and the objects that they stand for.
_NAMES: dict[ModuleType, dict[str, Any]] = {}

#: The methods that pymarc's reader calls for each record.
_METHODS = {name: getattr(Record, name) for name in ("__init__", "decode_marc", "add_field")}


class _Watched(ModuleType):
    """A module that reports a change of its names."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        _report()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        _report()


def _report() -> None:
    """Says whether a name is replaced now."""
    missing = object()
    _names_are_replaced(
        any(
            vars(module).get(name, missing) is not value
            for module, names in _NAMES.items()
            for name, value in names.items()
        )
    )


def watch(module: str, *names: str) -> None:
    """Watches these names of a module, which has bound them."""
    watched = sys.modules[module]
    _NAMES[watched] = {name: getattr(watched, name) for name in names}
    watched.__class__ = _Watched


def methods_are_replaced() -> bool:
    """Returns True if a method that a reader calls is not the one that tidemarc has made."""
    return any(getattr(Record, name) is not method for name, method in _METHODS.items())
