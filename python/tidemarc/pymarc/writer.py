"""Writers of all formats, to open files."""

import json as json
import xml.etree.ElementTree as ET
from typing import IO as IO
from typing import Any

from .exceptions import WriteNeedsRecord as WriteNeedsRecord
from .marcxml import record_to_xml_node as record_to_xml_node
from .record import Record as Record


class Writer:
    """The base class of all writers. After ``close()`` they ignore further records silently."""

    def __init__(self, file_handle: IO[Any]) -> None:
        """Writes to an open file."""
        self.file_handle: IO[Any] | None = file_handle

    def write(self, record: Record) -> None:
        """Raises ``WriteNeedsRecord`` if this is not a record."""
        if not isinstance(record, Record):
            raise WriteNeedsRecord

    def close(self, close_fh: bool = True) -> None:
        """Releases the file, and closes it if ``close_fh``."""
        if close_fh and self.file_handle:
            self.file_handle.close()
        self.file_handle = None


class JSONWriter(Writer):
    """A writer of an array of MARC-in-JSON to a text file; ``close()`` ends the array."""

    def __init__(self, file_handle: IO[str]) -> None:
        """Begins the array."""
        super().__init__(file_handle)
        self.write_count = 0
        if self.file_handle:
            self.file_handle.write("[")

    def write(self, record: Record) -> None:
        """Writes a record."""
        Writer.write(self, record)
        if self.file_handle:
            if self.write_count > 0:
                self.file_handle.write(",")
            json.dump(record.as_dict(), self.file_handle, separators=(",", ":"))
            self.write_count += 1

    def close(self, close_fh: bool = True) -> None:
        """Ends the array, and releases the file."""
        if self.file_handle:
            self.file_handle.write("]")
        Writer.close(self, close_fh)


class MARCWriter(Writer):
    """A writer of ISO 2709 to a binary file."""

    def __init__(self, file_handle: IO[bytes]) -> None:
        """Writes to an open file."""
        super().__init__(file_handle)

    def write(self, record: Record) -> None:
        """Writes a record."""
        Writer.write(self, record)
        if self.file_handle:
            self.file_handle.write(record.as_marc())


class TextWriter(Writer):
    """A writer of MARCMaker lines to a text file, with a blank line between records."""

    def __init__(self, file_handle: IO[str]) -> None:
        """Writes to an open file."""
        super().__init__(file_handle)
        self.write_count = 0

    def write(self, record: Record) -> None:
        """Writes a record."""
        Writer.write(self, record)
        if self.file_handle:
            if self.write_count > 0:
                self.file_handle.write("\n")
            self.file_handle.write(str(record))
            self.write_count += 1


class XMLWriter(Writer):
    """A writer of a collection of MARCXML to a binary file; ``close()`` ends the collection."""

    def __init__(self, file_handle: IO[bytes]) -> None:
        """Begins the collection."""
        super().__init__(file_handle)
        if self.file_handle:
            self.file_handle.write(b'<?xml version="1.0" encoding="UTF-8"?>')
            self.file_handle.write(b'<collection xmlns="http://www.loc.gov/MARC21/slim">')

    def write(self, record: Record) -> None:
        """Writes a record."""
        Writer.write(self, record)
        if self.file_handle:
            self.file_handle.write(ET.tostring(record_to_xml_node(record), encoding="utf-8"))

    def close(self, close_fh: bool = True) -> None:
        """Ends the collection, and releases the file."""
        if self.file_handle:
            self.file_handle.write(b"</collection>")
        Writer.close(self, close_fh)
