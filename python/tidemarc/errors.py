"""The exceptions: one class for each part of a record that can be damaged.

The attributes of an exception hold the parts of its message, so that no program has to parse the
text. Failures of the operating system are ``OSError`` and its subclasses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._tidemarc import Fault


class TidemarcError(Exception):
    """The base class of all exceptions that tidemarc defines."""


class RecordError(TidemarcError):
    """A span of the input that is not a sound record, with its position."""

    #: The short name of the damaged part: ``"record_length"``, ``"directory"`` …
    kind: str | None = None
    #: The stable code of the kind, such as ``"TM101"``; docs/faults.md explains it.
    code: str | None = None
    #: The severity: ``"lost_record"``, ``"fatal"`` …
    severity: str | None = None
    #: The cause of the fault, without its position.
    reason: str | None = None
    #: The name of the input, if it has one.
    source: str | None = None
    #: The number among the records and faults of its input, from 1.
    record_number: int | None = None
    #: The number among the records and faults of all inputs, from 1, if there are several.
    overall_number: int | None = None
    #: The offset of the span, in bytes from the start of the input. For text, of the byte at fault.
    offset: int | None = None
    #: The control number (001), if it could be read.
    control_number: str | None = None
    #: The tag of the field at fault.
    tag: str | None = None
    #: The number of the directory entry at fault, from 1.
    entry: int | None = None
    #: The code of the subfield at fault.
    subfield: str | None = None
    #: The number of bytes in ``raw``. For a span longer than ``max_record_length``, the length of
    #: its first piece.
    length: int | None = None
    #: The bytes at fault.
    raw: bytes = b""

    @property
    def number(self) -> int | None:
        """The same as `record_number`, under the name used by `Fault` and by reports."""
        return self.record_number

    # An undecodable text has a fault about the whole record. Any other fault is made from the
    # attributes and from these: the range of the bytes at fault, and the text of the cause.
    _fault: Fault | None = None
    _rest: tuple[tuple[int, int], str | None] | None = None

    @property
    def fault(self) -> Fault | None:
        """The same as a `Fault`, with `location`, `detail()`, `to_dict()` and `to_json()`.

        For text, its ``offset`` and ``raw`` are those of the record, and ``location`` is the byte
        at fault. None if tidemarc did not raise the exception.
        """
        if self._fault is not None or self._rest is None:
            return self._fault
        from ._tidemarc import _restore_fault

        return _restore_fault(self._fault_parts())

    def _fault_parts(self) -> tuple[Any, ...]:
        # The state of a pickled fault: `FaultState` in src/python/faults/fault.rs.
        location, cause = self._rest or ((0, 0), None)
        last = self.__cause__
        return (
            (self.kind, self.severity, self.entry or 0, ord(self.subfield or "\0")),
            self.source,
            self.record_number,
            self.offset,
            self.control_number,
            tuple(self.tag.encode()) if self.tag else None,
            self.raw,
            location,
            (cause, last._fault_parts() if isinstance(last, RecordError) else None),
            self.overall_number,
        )


class RecordLengthError(RecordError):
    """Leader/00-04 is not the record's length."""


class LeaderError(RecordError, ValueError):
    """The bytes are not a MARC leader."""


class BaseAddressError(RecordError):
    """No directory ends before the base address of data (leader/12-16)."""


class DirectoryError(RecordError):
    """A directory entry is malformed, or points outside the record."""


class FieldTerminatorError(RecordError):
    """A field does not end in a field terminator (0x1E)."""


class RecordTerminatorError(RecordError):
    """The record does not end in a record terminator (0x1D)."""


class TruncatedRecordError(RecordError):
    """The input ends inside the record."""


class RecordTooLongError(RecordError):
    """The record is longer than ``max_record_length``."""


class ForeignFormatError(RecordError):
    """The input is not MARC; the message names the format that it looks like."""


class TooManyFaultsError(RecordError):
    """There were more faults than ``max_faults``; the last is the ``__cause__``."""


class RecordSyntaxError(RecordError):
    """The text is not a record of its format (MARCXML, JSON, MARCMaker, line)."""


class EncodingError(RecordError, ValueError):
    """Bytes of a field cannot be decoded in the record's encoding."""


class WorkerPanicError(RecordError):
    """A panic occurred while this record was parsed: a defect of tidemarc. Please report it."""


class StaleIndexError(TidemarcError):
    """The file is not the one that was indexed, or has changed since: build the index again."""

    #: The difference: ``"size"`` in bytes, ``"time"`` of the last change in nanoseconds from 1970
    #: on, ``"ends"`` (a checksum), or ``"record"`` if a record is not where it was indexed.
    difference: str | None = None
    #: The size, time or checksum when the file was indexed.
    indexed: int | None = None
    #: The size, time or checksum now.
    found: int | None = None
    #: The number of the record that is not in its place, from 1.
    record_number: int | None = None
    #: The place of this record, in bytes from the start of the data.
    offset: int | None = None


class DamagedIndexError(TidemarcError):
    """The index file is damaged, is cut, has another version, or is not an index file."""


class SelectorError(TidemarcError, ValueError):
    """The text is not a selector. The message has a caret under the character at fault."""

    #: The text.
    selector: str | None = None
    #: The position of the character at fault, from 0.
    position: int | None = None
    #: A description of the text that was expected there.
    expected: str | None = None


class FilterError(TidemarcError, ValueError):
    """The text is not a filter, or a file that it names cannot be read.

    The message has a caret under the character at fault.
    """

    #: The text.
    filter: str | None = None
    #: The position of the character at fault, from 0.
    position: int | None = None
    #: A description of the text that was expected there. None if the text is a filter, but a file
    #: or a regular expression in it cannot be used.
    expected: str | None = None


class SkippedWarning(UserWarning):
    """A reader that skips damaged records has reached the end and has skipped records or fields."""


class WriteError(TidemarcError, ValueError):
    """The record cannot be written in this format with these options of the writer."""

    #: The cause, without its position.
    reason: str | None = None
    #: The tag of the field at fault.
    tag: str | None = None
    #: The control number (001), if it could be read.
    control_number: str | None = None
