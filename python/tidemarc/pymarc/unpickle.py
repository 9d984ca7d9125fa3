"""Pickles that pymarc wrote, loaded as tidemarc's records, fields and leaders.

A pickle names the classes of its objects. These functions read pymarc's names as tidemarc's.
"""

import copyreg
import io
import pickle
from typing import IO, Any

from .._tidemarc import Field, Leader, Record


def _reconstructor(kind: type, base: type, state: Any) -> Any:
    """Makes an object without its state, as protocols 0 and 1 do.

    Only a compiled class can make its objects; ``copyreg`` would call ``object.__new__``.
    """
    if base is object and issubclass(kind, (Field, Leader, Record)):
        make: Any = kind.__new__
        return make(kind)
    return copyreg._reconstructor(kind, base, state)  # type: ignore[attr-defined]


class Unpickler(pickle.Unpickler):
    """An unpickler for which ``pymarc`` is ``tidemarc.pymarc``."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Returns the class or function with this name."""
        if module_name.partition(".")[0] == "pymarc":
            module_name = f"tidemarc.{module_name}"
        found = super().find_class(module_name, global_name)
        if found is copyreg._reconstructor:  # type: ignore[attr-defined]
            return _reconstructor
        return found


def load(file: IO[bytes], **options: Any) -> Any:
    """Returns the object that is pickled in a file. The options are those of ``pickle.load``.

    As with ``pickle.load``, a file of unknown origin may run any code.
    """
    return Unpickler(file, **options).load()


def loads(data: bytes, **options: Any) -> Any:
    """Returns the object that is pickled in these bytes. See ``load``."""
    return load(io.BytesIO(data), **options)
