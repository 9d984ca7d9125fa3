"""The small types that are plain Python: named tuples, as pymarc users know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ._tidemarc import Field, Record


class Subfield(NamedTuple):
    """A subfield: its code, one character, and its value."""

    code: str
    value: str


class Indicators(NamedTuple):
    """The two indicators of a data field, one character each."""

    first: str
    second: str


def restore_record(
    cls: type[Record],
    raw: bytes | None,
    number: int | None,
    offset: int | None,
    source: str | None,
    leader: bytes | None,
    fields: list[Field] | None,
) -> Record:
    """Make a record again that was pickled or copied."""
    record = cls.__new__(cls)
    record._restore(raw, (number, offset, source), leader, fields)
    return record
