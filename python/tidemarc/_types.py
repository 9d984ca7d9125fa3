"""The small types that are plain Python: named tuples, as pymarc users know them."""

from __future__ import annotations

from typing import NamedTuple

from ._tidemarc import Field, Record


class Subfield(NamedTuple):
    """A subfield: its code, one character, and its value."""

    code: str
    value: str


class Indicators(NamedTuple):
    """The two indicators of a data field, one character each."""

    first: str
    second: str


def restore_field(
    cls: type[Field],
    tag: str,
    indicators: Indicators | None,
    subfields: list[Subfield] | None,
    data: str | None,
    raw: tuple[bytes, bool, int, int] | None,
) -> Field:
    """Make a field again that was pickled or copied."""
    return Field.__new__(cls, tag, indicators, subfields, data, _raw=raw)


def restore_record(
    cls: type[Record],
    leader: str | None,
    fields: list[Field] | None,
    origin: tuple[bytes, int, int, str | None] | None,
) -> Record:
    """Make a record again that was pickled or copied."""
    return Record.__new__(cls, leader=leader, fields=fields, _origin=origin)
