"""The bundled records in every format."""

from __future__ import annotations

import io
from pathlib import Path

import tidemarc
from tidemarc import Reader, dumps

FORMATS = ["iso2709", "marcxml", "json", "jsonl", "marcmaker", "line"]
TEXT = FORMATS[1:]
#: All JSON is read alike.
READ_AS = {"jsonl": "json"}
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
BOOKS = list(Reader(FIXTURES / "books.mrc"))
WRITTEN = {format: dumps(BOOKS, format) for format in FORMATS}


class Drip:
    """A file that gives one byte a read."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        """Give one byte, whatever was asked for."""
        return self.file.read(1)


def texts(records):
    """Give what records say, leader and all."""
    return [str(record) for record in records]


def too_long(number, text=""):
    """Make a record that only a text format can hold, and with such a text maybe none."""
    fields = [tidemarc.Field("001", data=str(number))]
    for _ in range(2):
        value = tidemarc.Subfield("a", text + "x" * 6000)
        fields.append(tidemarc.Field("500", [" ", " "], [value]))
    value = tidemarc.Subfield("a", "y" * 12_000)
    fields.append(tidemarc.Field("501", [" ", " "], [value]))
    return tidemarc.Record(fields=fields)
