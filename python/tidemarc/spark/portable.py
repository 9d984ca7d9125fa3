"""Pickles that explain themselves on a machine without tidemarc."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any


class Portable:
    """A base class of the objects that Spark sends to executors.

    An object of this package cannot be unpickled where the package is missing, and the exception of
    that names only a module. So the pickle has a function that travels by value. It tries to import
    the packages, and its exception says which Python lacks which of them.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        kind = type(self)
        return _restorer(), (kind.__module__, kind.__qualname__, pickle.dumps(self.__dict__))


def _restorer() -> Callable[[str, str, bytes], Any]:
    # cloudpickle pickles a nested function by value. Everything that it uses is inside it.
    def restore(module: str, name: str, state: bytes) -> Any:
        import importlib
        import pickle
        import platform
        import sys

        for package in ("pyarrow", "tidemarc"):
            try:
                importlib.import_module(package)
            except ImportError as error:
                raise ImportError(
                    f"the Python of this Spark worker cannot import {package}: {error}. Install "
                    f"tidemarc and pyarrow for {sys.executable} on {platform.node()}, or let "
                    "PYSPARK_PYTHON name a Python that has both",
                    name=package,
                ) from error
        made = object.__new__(getattr(importlib.import_module(module), name))
        made.__dict__.update(pickle.loads(state))
        return made

    return restore
