"""pymarc's exceptions and warnings, with their texts."""

from typing import Any


class PymarcException(Exception):
    """The base class of pymarc's exceptions."""


class FatalReaderError(PymarcException):
    """A fault after which a reader stops."""


class RecordLengthInvalid(FatalReaderError):
    """The first five bytes of a record are not a number."""

    def __str__(self) -> str:
        return "Invalid record length in first 5 bytes of record"


class TruncatedRecord(FatalReaderError):
    """The input ends inside a record."""

    def __str__(self) -> str:
        return "Record length in leader is greater than the length of data"


class EndOfRecordNotFound(FatalReaderError):
    """The record does not end in a record terminator."""

    def __str__(self) -> str:
        return "Unable to locate end of record marker"


class RecordLeaderInvalid(PymarcException):
    """A leader is not 24 characters long."""

    def __str__(self) -> str:
        return "Unable to extract record leader"


class RecordDirectoryInvalid(PymarcException):
    """The directory does not consist of entries of 12 bytes."""

    def __str__(self) -> str:
        return "Invalid directory"


class NoFieldsFound(PymarcException):
    """The directory has no entry."""

    def __str__(self) -> str:
        return "Unable to locate fields in record data"


class BaseAddressInvalid(PymarcException):
    """The base address of data is after the end of the record."""

    def __str__(self) -> str:
        return "Base address exceeds size of record"


class BaseAddressNotFound(PymarcException):
    """The base address of data is not above 0."""

    def __str__(self) -> str:
        return "Unable to locate base address of record"


class WriteNeedsRecord(PymarcException):
    """The object to write is not a record."""

    def __str__(self) -> str:
        return "Write requires a pymarc.Record object as an argument"


class NoActiveFile(PymarcException):
    """An exception that is never raised; pymarc has it."""

    def __str__(self) -> str:
        return "There is no active file to write to in call to write"


class FieldNotFound(PymarcException):
    """The field to be removed is not in the record."""

    def __str__(self) -> str:
        return "Record does not contain the specified field"


class BadSubfieldCodeWarning(Warning):
    """A subfield code is not ASCII: ``subf`` is the subfield with its code."""

    def __init__(self, subf: Any) -> None:
        super().__init__()
        self.subf = subf

    def __str__(self) -> str:
        return f"The subfield contained a non-ASCII subfield code: {self.subf}"


class BadLeaderValue(PymarcException):
    """A value has the wrong length for its position in the leader."""


class MissingLinkedFields(PymarcException):
    """``field`` has a subfield 6, and the record has no 880 field that is linked to it."""

    def __init__(self, field: Any) -> None:
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        tag = self.field.tag
        return f"{tag} field includes a subfield 6 but no linked fields could be found."
