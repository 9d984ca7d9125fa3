"""What can go wrong: one exception class for each part of a record that can be broken.

Each carries the parts of its message as attributes, so that nobody has to read the text. Failures
of the operating system are ``OSError`` and its subclasses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._tidemarc import Fault


class TidemarcError(Exception):
    """The base of everything that tidemarc raises of its own."""


class RecordError(TidemarcError):
    """A span of the input that is no sound record, and where it stands."""

    #: What is broken, as a short name: ``"record_length"``, ``"directory"`` …
    kind: str | None = None
    #: The stable code of the kind, which docs/faults.md explains: ``"TM101"`` …
    code: str | None = None
    #: What it costs: ``"lost_record"``, ``"fatal"`` …
    severity: str | None = None
    #: What is wrong, without the place.
    reason: str | None = None
    #: The name of the input, if it has one.
    source: str | None = None
    #: The number among the records and faults of the input, from 1.
    record_number: int | None = None
    #: Where the span begins, in bytes from the start of the input. For text, the byte at fault.
    offset: int | None = None
    #: The control number (001), if it could be read.
    control_number: str | None = None
    #: The tag of the field at fault.
    tag: str | None = None
    #: The ordinal of the directory entry at fault, from 1.
    entry: int | None = None
    #: The code of the subfield at fault.
    subfield: str | None = None
    #: How many bytes there are in ``raw``: of a span longer than ``max_record_length``, those of
    #: its first piece.
    length: int | None = None
    #: The bytes at fault.
    raw: bytes = b""

    @property
    def number(self) -> int | None:
        """The same as `record_number`, under the name that a `Fault` and a report have for it."""
        return self.record_number

    # Of text the fault is about the record; else it is made of the attributes and of these: which
    # of the bytes are at fault, and what the cause says.
    _fault: Fault | None = None
    _rest: tuple[tuple[int, int], str | None] | None = None

    @property
    def fault(self) -> Fault | None:
        """The same as a `Fault`, with `location`, `detail()`, `to_dict()` and `to_json()`.

        For text its ``offset`` and ``raw`` are the record's, and ``location`` is the byte at fault.
        None if tidemarc did not raise the exception.
        """
        if self._fault is not None or self._rest is None:
            return self._fault
        from ._tidemarc import _restore_fault

        return _restore_fault(self._fault_parts())

    def _fault_parts(self) -> tuple[Any, ...]:
        # What a pickle of the fault would hold: `Parts` in src/python/fault.rs.
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
        )


class RecordLengthError(RecordError):
    """Leader/00-04 is not the record's length."""


class LeaderError(RecordError, ValueError):
    """The bytes are no MARC leader."""


class BaseAddressError(RecordError):
    """No directory ends before the base address of data (leader/12-16)."""


class DirectoryError(RecordError):
    """A directory entry is malformed, or points outside the record."""


class FieldTerminatorError(RecordError):
    """A field does not end in a field terminator (0x1E)."""


class RecordTerminatorError(RecordError):
    """No record terminator (0x1D) stands where the record should end."""


class TruncatedRecordError(RecordError):
    """The input ends inside the record."""


class RecordTooLongError(RecordError):
    """The record is longer than ``max_record_length``."""


class ForeignFormatError(RecordError):
    """The input is no MARC at all; the message says what it looks like."""


class TooManyFaultsError(RecordError):
    """There were more faults than ``max_faults``; the last is the ``__cause__``."""


class RecordSyntaxError(RecordError):
    """The text is no record in its format (MARCXML, JSON, MARCMaker, line)."""


class EncodingError(RecordError, ValueError):
    """Bytes of a field are no text in the record's encoding."""


class WorkerPanicError(RecordError):
    """The parse of this record panicked: a defect of tidemarc. Please report it."""


class SkippedWarning(UserWarning):
    """A reader that skips damaged records has come to the end, and skipped some, or lost fields."""


class WriteError(TidemarcError, ValueError):
    """The record cannot be written in this format, as the writer's options are."""

    #: What is wrong, without the place.
    reason: str | None = None
    #: The tag of the field at fault.
    tag: str | None = None
    #: The control number (001), if it could be read.
    control_number: str | None = None
