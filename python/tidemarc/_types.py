"""The small types that are plain Python: named tuples, as in pymarc."""

from __future__ import annotations

from typing import Any, NamedTuple

from ._tidemarc import Fault, Record, _new_record


class Subfield(NamedTuple):
    """A subfield: its code (one character) and its value."""

    code: str
    value: str


class Indicators(NamedTuple):
    """The two indicators of a data field, one character each."""

    first: str
    second: str


class Found(NamedTuple):
    """How often (`times`) there was a fault of one kind and severity, and the `first` of them."""

    times: int
    first: Fault


def restore_record(cls: type[Record], origin: Any, manner: int) -> Record:
    """Restores a record that was pickled or copied; its state is set afterwards."""
    record = _new_record(cls, origin)
    record._restore(manner)
    return record
