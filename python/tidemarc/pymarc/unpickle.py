"""Pickles that pymarc wrote, loaded as tidemarc's records, fields and leaders.

A pickle names the classes of its objects. These functions read pymarc's names as tidemarc's.
"""

import io
import pickle
from typing import IO, Any


class Unpickler(pickle.Unpickler):
    """An unpickler for which ``pymarc`` is ``tidemarc.pymarc``."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Returns the class or function with this name."""
        if module_name.partition(".")[0] == "pymarc":
            module_name = f"tidemarc.{module_name}"
        return super().find_class(module_name, global_name)


def load(file: IO[bytes], **options: Any) -> Any:
    """Returns the object that is pickled in a file. The options are those of ``pickle.load``.

    As with ``pickle.load``, a file of unknown origin may run any code.
    """
    return Unpickler(file, **options).load()


def loads(data: bytes, **options: Any) -> Any:
    """Returns the object that is pickled in these bytes. See ``load``."""
    return load(io.BytesIO(data), **options)
