"""Readers of ISO 2709, JSON and MARCMaker."""

import json as json
import os as os
import sys as sys
from collections.abc import Callable as Callable
from collections.abc import Iterator as Iterator
from io import BufferedRandom, FileIO
from io import BufferedReader as BufferedReader
from io import BytesIO as BytesIO
from io import IOBase as IOBase
from io import StringIO as StringIO
from typing import IO as IO
from typing import Any
from typing import BinaryIO as BinaryIO

from .._tidemarc import _MarcReader
from ._replaced import methods_are_replaced, watch
from .constants import END_OF_RECORD as END_OF_RECORD
from .exceptions import EndOfRecordNotFound as EndOfRecordNotFound
from .exceptions import FatalReaderError as FatalReaderError
from .exceptions import PymarcException as PymarcException
from .exceptions import RecordLengthInvalid as RecordLengthInvalid
from .exceptions import TruncatedRecord as TruncatedRecord
from .field import Field as Field
from .field import Indicators as Indicators
from .field import Subfield as Subfield
from .leader import Leader as Leader
from .record import Record as Record

watch(__name__, "Record")


class Reader:
    """The base class of all readers."""


class MARCReader(_MarcReader, Reader):
    """A reader of ISO 2709 that returns the records in order.

    ``marc_target`` is bytes or a binary file. Unlike in pymarc it may also be a path, which is the
    fastest. For a record that cannot be decoded, ``next()`` returns None; ``current_exception`` is
    the reason, and ``current_chunk`` has the bytes. A ``FatalReaderError`` ends the reader.

    * ``to_unicode=False`` makes ``RawField`` objects, whose values are bytes;
    * ``force_utf8`` decodes text as UTF-8 regardless of the leader;
    * ``hide_utf8_warnings`` suppresses the lines on stderr about codes that MARC-8 does not have;
    * ``utf8_handling`` is the codec's ``errors`` for subfields that are not UTF-8;
    * ``file_encoding`` is the encoding of records whose leader does not say UTF-8; "iso8859-1"
      stands for MARC-8;
    * ``permissive`` is kept without any effect, as in pymarc;
    * ``recover`` continues after damage, where pymarc would end, and repairs records that agree
      with themselves. ``record.faults`` has the faults of a repaired record. ``current_exception``
      then has ``kind``, ``source``, ``record_number``, ``offset``, ``control_number`` and ``raw``;
    * ``read_ahead=False`` reads no byte of a file before it is needed, so that ``tell()`` after
      each record is the end of that record. With ``recover``, a damaged record may take the file
      further.

    All but the last two are attributes, and may be changed between two records.

    A subclass that overrides ``__next__`` may read ``file_handle`` itself, and set
    ``_current_chunk`` and ``_current_exception``.
    """

    # A subclass may leave out `super().__init__()`.
    permissive = False
    _recover = False
    _read_ahead = True

    @property
    def current_chunk(self) -> bytes | None:
        """The bytes that the last ``next()`` read; None before the first."""
        return self._current_chunk

    @property
    def current_exception(self) -> Exception | None:
        """The reason why the last ``next()`` returned None; None if it returned a record."""
        return self._current_exception

    def __init__(
        self,
        marc_target: BinaryIO | bytes | str | os.PathLike[str],
        to_unicode: bool = True,
        force_utf8: bool = False,
        hide_utf8_warnings: bool = False,
        utf8_handling: str = "strict",
        file_encoding: str = "iso8859-1",
        permissive: bool = False,
        *,
        recover: bool = False,
        read_ahead: bool = True,
    ) -> None:
        """Opens the target."""
        self.to_unicode = to_unicode
        self.force_utf8 = force_utf8
        self.hide_utf8_warnings = hide_utf8_warnings
        self.utf8_handling = utf8_handling
        self.file_encoding = file_encoding
        self.permissive = permissive
        self._recover = recover
        self._read_ahead = read_ahead
        self._reset()
        self._file_handle: Any = marc_target
        if type(self).__next__ is MARCReader.__next__:
            # A target that cannot be read is refused where it is named.
            self._start()
            if hasattr(marc_target, "read"):
                self._reset()

    def _start(self, head: bytes | None = None) -> None:
        """Opens the target, of which the head has been read."""
        target = self._file_handle
        replaced, grows = methods_are_replaced(), _may_grow(target)
        self._open(target, self._recover, self._read_ahead, replaced, grows, head)

    def _begin(self) -> None:
        """Opens the target for the first record, or once more after its end."""
        looks_first = self._read_ahead and not self._recover
        self._start(_take_junk(self._file_handle) if looks_first else None)

    @property
    def file_handle(self) -> Any:
        """The file that is read. It is made from bytes on access, and None for a path.

        With ``recover`` a file that was made from bytes does not move the reader: a stream that
        began anew would count its records and bytes from there.
        """
        target = self._file_handle
        if isinstance(target, bytes):
            self._file_handle = target = BytesIO(target)
            target.seek(self.position if self._recover else self._leave())
        return target if hasattr(target, "read") else None

    @file_handle.setter
    def file_handle(self, file_handle: Any) -> None:
        self._reset()
        self._file_handle = file_handle

    def close(self) -> None:
        """Closes the file."""
        self._close()
        if isinstance(self._file_handle, bytes):
            self._file_handle = BytesIO()
        if hasattr(self._file_handle, "close"):
            self._file_handle.close()


#: The files of the standard library whose ``peek`` shows what ``read`` returns, by their modules.
_PEEKS = {
    "gzip": "GzipFile",
    "bz2": "BZ2File",
    "lzma": "LZMAFile",
    "zipfile": "ZipExtFile",
}


def _can_peek(target: Any) -> bool:
    """Returns True for a buffered or compressed file of the standard library itself."""
    kind = type(target)
    if kind in (BufferedReader, BufferedRandom):
        return True
    module = sys.modules.get(kind.__module__)
    return getattr(module, _PEEKS.get(kind.__module__, ""), None) is kind


def _take_junk(target: Any) -> bytes | None:
    """Takes the next five bytes if they are not a length: pymarc ends there at once.

    A reader that reads ahead would look for a record after them. Only files of the standard library
    itself are looked into. Another class may change the bytes in its ``read``, and may have an
    unrelated ``peek``.
    """
    if "read" in getattr(target, "__dict__", ()):
        return None
    if type(target) in (BytesIO, FileIO):
        if not target.seekable():
            return None
        place = target.tell()
        head = target.read(5)
        target.seek(place)
    elif _can_peek(target):
        head = target.peek(5)[:5]
    else:
        return None
    try:
        if len(head) == 5:
            int(head)
    except ValueError:
        junk: bytes = target.read(5)
        return junk
    return None


def _may_grow(target: Any) -> bool:
    """Returns True for a file object, which may be moved or grow after its end was read."""
    if not hasattr(target, "read") or hasattr(target, "__fspath__"):
        return False
    try:
        memoryview(target)
    except TypeError:
        return True
    return False


def map_records(f: Callable[[Record | None], Any], *files: Any) -> None:
    """Calls a function with each record of the files, and with None for an undecodable record."""
    for file in files:
        for record in MARCReader(file):
            f(record)


def _open_text(target: Any, encoding: str | None) -> Any:
    """Opens text: an open file, the name of a file, or the text itself."""
    if isinstance(target, IOBase):
        return target
    if isinstance(target, str) and os.path.exists(target):
        return open(target, encoding=encoding)
    return StringIO(target)


class JSONReader(Reader):
    """A reader of MARC-in-JSON: a file, its name, or a string. It loads it all at once."""

    file_handle: Any

    def __init__(self, marc_target: Any, encoding: str = "utf-8", stream: bool = False) -> None:
        """Loads the document."""
        self.encoding = encoding
        self.file_handle = _open_text(marc_target, None)
        if stream:
            sys.stderr.write(
                "Streaming not yet implemented, your data will be loaded into memory\n"
            )
        self.records = json.load(self.file_handle, strict=False)

    def __iter__(self) -> Iterator[Record]:
        """Begins at the first record."""
        is_list = hasattr(self.records, "__iter__") and not isinstance(self.records, dict)
        self.iter = iter(self.records if is_list else [self.records])
        return self

    def __next__(self) -> Record:
        """Returns the next record."""
        content = next(self.iter)
        record = Record()
        record.leader = Leader(content["leader"])
        for entry in content["fields"]:
            tag, value = next(iter(entry.items()))
            if "subfields" in value and hasattr(value, "update"):
                pairs = [pair for part in value["subfields"] for pair in part.items()]
                field = Field(
                    tag=tag,
                    subfields=[Subfield(code, text) for code, text in pairs],
                    indicators=Indicators(value["ind1"], value["ind2"]),
                )
            else:
                field = Field(tag=tag, data=value)
            record.add_field(field)
        return record


class MARCMakerReader(Reader):
    r"""A reader of MARCMaker lines as ``str(record)`` writes them: a file, its name, or a string.

    A blank line ends a record. Backslashes are not converted to blanks.
    """

    def __init__(self, target: Any, encoding: str | None = "utf-8") -> None:
        """Loads the text."""
        with _open_text(target, encoding) as file:
            text = file.read()
        self.records = text.split("\n\n")
        self.iter = iter(self.records)

    def _parse_line(self, line: str) -> Leader | Field:
        """Converts a line to a leader or a field."""
        if line[0] != "=":
            raise ValueError('Line should start with a "=".')
        if line[4:6] != "  ":
            raise ValueError("Tag should be separated from the rest of the field by two spaces.")
        tag, data = line[1:4], line[6:]
        if tag == "LDR":
            return Leader(data)
        if tag < "010":
            return Field(tag, data=data)
        indicators = Indicators(data[0], data[1])
        parts = data[3:].split("$")
        return Field(tag, indicators, [Subfield(part[:1], part[1:]) for part in parts])

    def __iter__(self) -> Iterator[Record]:
        """Continues after the last record that was returned."""
        return self

    def __next__(self) -> Record:
        """Returns the next record."""
        record = Record()
        for line in next(self.iter).splitlines():
            try:
                part = self._parse_line(line)
            except Exception as error:
                raise PymarcException(f'Unable to parse line "{line}"') from error
            if isinstance(part, Leader):
                record.leader = part
            else:
                record.add_field(part)
        return record
