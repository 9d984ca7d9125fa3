"""The small types that are plain Python: named tuples, as pymarc users know them."""

from __future__ import annotations

from typing import Any, NamedTuple

from ._tidemarc import Field, Leader, Record, _new_field, _new_record


class Subfield(NamedTuple):
    """A subfield: its code, one character, and its value."""

    code: str
    value: str


class Indicators(NamedTuple):
    """The two indicators of a data field, one character each."""

    first: str
    second: str


def restore_field(cls: type[Field], raw: Any, parts: Any) -> Field:
    """Make a field again that was pickled or copied."""
    field = _new_field(cls, raw)
    if parts is not None:
        field._restore(*parts)
    return field


def restore_leader(cls: type[Leader], text: str) -> Leader:
    """Make a leader again that was pickled or copied."""
    leader = cls.__new__(cls, text)
    leader.leader = text
    return leader


def restore_record(cls: type[Record], origin: Any, parts: Any) -> Record:
    """Make a record again that was pickled or copied."""
    record = _new_record(cls, origin)
    record._restore(*parts)
    return record
