"""Ways to make one record, to read it, to copy it and to damage it."""

from __future__ import annotations

import copy
import pickle

from tidemarc import Field, Reader, Record, Subfield


def one(*args, **kwargs):
    """Returns the record in these bytes."""
    (record,) = Reader(*args, **kwargs)
    return record


COPIES = {
    "copy": lambda record: record.copy(),
    "deepcopy": copy.deepcopy,
    "pickle": lambda record: pickle.loads(pickle.dumps(record)),
    "pickle, protocol 2": lambda record: pickle.loads(pickle.dumps(record, 2)),
}


def sample():
    """Makes a record with text that is not ASCII."""
    record = Record()
    record.add_field(
        Field("001", data="x1"),
        Field("245", ["1", "0"], [Subfield("a", "Ærø"), Subfield("b", "한국")]),
    )
    return record


def control_numbers(items):
    """Returns the control numbers of the records among some items."""
    return [item["001"].data for item in items if isinstance(item, Record)]


def with_length(record: bytes, length: bytes) -> bytes:
    """Returns a record with five other bytes as its length."""
    return length + record[5:]
