import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import GenericAlias, TracebackType
from typing import (
    Any,
    Generic,
    Literal,
    Protocol,
    Self,
    SupportsIndex,
    TypeAlias,
    TypedDict,
    Unpack,
    final,
    overload,
)

from _typeshed import ReadableBuffer, WriteableBuffer
from typing_extensions import TypeVar, disjoint_base

from ._types import Found, Indicators, Subfield
from .errors import RecordError

__all__ = [
    "Column",
    "Conversion",
    "Fault",
    "Field",
    "Filter",
    "Index",
    "Leader",
    "Note",
    "RawField",
    "Reader",
    "Record",
    "Schema",
    "Selector",
    "Statistics",
    "Stats",
    "Summary",
    "Writer",
    "_Batch",
    "_MarcReader",
    "_Output",
    "_Rows",
    "_Scan",
    "__version__",
    "_after_fork",
    "_before_fork",
    "_end_by_exception",
    "_files",
    "_main",
    "_marc8_codeset",
    "_marc8_odd_map",
    "_marc8_translate",
    "_names_are_replaced",
    "_new_field",
    "_new_leader",
    "_new_record",
    "_restore_column",
    "_restore_fault",
    "_restore_index",
    "_restore_stats",
    "_restore_summary",
    "check",
    "convert",
    "get_threads",
    "report",
    "set_threads",
    "splits",
    "statistics",
]

__version__: str

_T = TypeVar("_T")
_FieldT = TypeVar("_FieldT", bound=Field)
_LeaderT = TypeVar("_LeaderT", bound=Leader)
_RecordT = TypeVar("_RecordT", bound=Record)
_Item_co = TypeVar("_Item_co", bound=Record | Fault, default=Record, covariant=True)

_Path: TypeAlias = str | os.PathLike[str] | os.PathLike[bytes]

class _HasReadinto1(Protocol):
    def readinto1(self, buffer: WriteableBuffer, /) -> int | None: ...

class _HasRead1(Protocol):
    def read1(self, size: int, /) -> ReadableBuffer | None: ...

class _HasReadinto(Protocol):
    def readinto(self, buffer: WriteableBuffer, /) -> int | None: ...

class _HasRead(Protocol):
    def read(self, size: int, /) -> ReadableBuffer | None: ...

class _HasWrite(Protocol):
    def write(self, data: bytes, /) -> object: ...

_File: TypeAlias = _HasReadinto1 | _HasRead1 | _HasReadinto | _HasRead
_EncodingErrors: TypeAlias = Literal["strict", "replace", "ignore", "backslashreplace"]
_Format: TypeAlias = Literal[
    "iso2709", "marc", "marcxml", "xml", "json", "jsonl", "marcmaker", "mrk", "line"
]
_Encoding: TypeAlias = Literal[
    "auto",
    "utf-8",
    "utf8",
    "marc-8",
    "marc8",
    "iso-5426",
    "iso5426",
    "iso-8859-1",
    "latin-1",
    "latin1",
    "ascii",
    "us-ascii",
]
_TargetEncoding: TypeAlias = Literal["utf-8", "utf8", "marc-8", "marc8"]
_Controls: TypeAlias = Literal["error", "skip", "replace"]
_Mnemonics: TypeAlias = Literal["all", "marcedit"]
_Overlong: TypeAlias = Literal["error", "split", "xml"]
_Compression: TypeAlias = Literal["gzip", "bgzf", "zstd"]
_Quarantine: TypeAlias = _Path | _HasWrite | tuple[_HasWrite, _HasWrite]
_Source: TypeAlias = _Path | Sequence[_Path] | ReadableBuffer | _File | socket.socket | int

@final
class Index:
    """The records of a file by number and by control number (001), by an index file beside it.

    `Index.build(path)` reads the whole file once and writes the index file; `Index.open(path)`
    opens it, in microseconds for any number of records. `index[5]` is the sixth record,
    `index.get("ocm1")` the first with this control number. Each look-up reads a few pages of the
    index file and then the record; nothing is kept in memory, except the last block of BGZF. The
    records are those of a `Reader` with the same options, without damaged ones.

    A key is the text of the first field 001 with all its blanks: `index.get("   00000002 ")`. Bytes
    that are not UTF-8 are surrogates in it, as in `os.fsdecode`; a `bytes` key is taken as it is.
    `key in index` and `for key in index` work by keys, in the order of the file; a key that several
    records have comes as often.

    A file that has changed since it was indexed raises `StaleIndexError`. Threads may share an
    index. A pickled index opens its two paths again.
    """

    @staticmethod
    def build(
        path: str | os.PathLike[str],
        target: str | os.PathLike[str] | None = None,
        *,
        format: _Format | Literal["auto"] = "auto",
        repair: bool = False,
        encoding: _Encoding = "auto",
        encoding_errors: _EncodingErrors = "strict",
        numeric_references: bool = False,
        threads: int | None = None,
        max_record_length: int = 16777216,
        controls: _Controls = "error",
        mnemonics: _Mnemonics = "all",
    ) -> Index:
        """Reads the file at `path`, writes the index file at `target`, and returns the index.

        By default the index file is at `path` with `.tmi` after it. The options are as for
        `Reader`. Damaged records have no entry; `faults` is their number. The file must be a
        regular one, and if it is compressed it must be BGZF. An older index file, or an empty file,
        is replaced when the new one is complete; any other file is not replaced. Memory is bounded
        for any number of records: beyond two million, the keys are sorted in a temporary file
        beside the index file.
        """

    @staticmethod
    def open(
        path: str | os.PathLike[str],
        target: str | os.PathLike[str] | None = None,
        *,
        encoding: _Encoding = "auto",
        encoding_errors: _EncodingErrors = "strict",
        numeric_references: bool = False,
    ) -> Index:
        """Opens the index file at `target`, by default `path` with `.tmi` after it.

        `encoding`, `encoding_errors` and `numeric_references` are as for `Reader`; the other
        options are those with which the index was built. Raises `StaleIndexError` if the file at
        `path` is not the one that was indexed, and `DamagedIndexError` for a damaged index file.
        """

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, item: SupportsIndex, /) -> Record: ...
    @overload
    def __getitem__(self, item: slice, /) -> Iterator[Record]: ...
    def __contains__(self, key: str | bytes, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def get(self, key: str | bytes, /) -> Record | None:
        """Returns the first record with this key, or None."""

    def get_all(self, key: str | bytes, /) -> Iterator[Record]:
        """Returns an iterator over all records with this key, in the order of the file."""

    def offset(self, index: SupportsIndex, /) -> int:
        """Returns the offset of a record, in bytes from the start of the data: the `offset` of the
        record, without reading it.
        """

    def virtual_offset(self, index: SupportsIndex, /) -> int | None:
        """Returns the virtual offset of a record in a file of BGZF: the offset of its block in the
        file, times 65,536, and the offset in the data of the block. None for other files.
        """

    @property
    def faults(self) -> int:
        """Number of damaged spans of the file, which have no entry."""

    @property
    def duplicates(self) -> int:
        """Number of records whose key an earlier record has too."""

    @property
    def without_key(self) -> int:
        """Number of records without a key: they have no field 001."""

    @property
    def format(self) -> _Format:
        """The format of the file."""

    @property
    def path(self) -> str:
        """The path of the file."""

    @property
    def target(self) -> str:
        """The path of the index file."""

@final
class Reader(Generic[_Item_co]):
    """An iterator over the MARC records of a source, in the order of the input.

    `source` is a path, bytes or any other buffer, a binary file object, a socket, or a file
    descriptor. A list or tuple of paths, a folder and a pattern such as "folder/*.mrc" are
    several files, which are read as one: `record.source` names the file, `record.number` and
    `record.offset` count in it, and `record.overall_number` and `stats` count in all files. A file
    that cannot be read to its end is a fault in its place, and the next file follows. `max_faults`
    applies to each file.

    `format` is "iso2709", "marcxml", "json", "jsonl", "marcmaker", "line", or "auto", which detects
    the format from the first bytes and falls back to ISO 2709. `controls` decides about control
    characters that a text format does not allow: "error", "skip" or "replace". `mnemonics` says
    which names in braces MARCMaker text has: "all", or "marcedit", those that MarcEdit writes.

    `errors` decides about a damaged record. "strict" raises its exception; the next `next()`
    continues after it. "skip" logs it. "yield" returns a `Fault` in its place. "repair" delivers
    the records that can be repaired, with `record.faults`, and logs the others. A function is
    called with the `Fault`, and may raise. `repair=True` adds repair to any value of `errors`.

    After more than `max_faults` faults the stream ends with an error. `quarantine` is a path or a
    binary file object. It receives the exact bytes of everything that is not delivered. A report in
    JSON Lines goes to a file beside the path, or to the second of two file objects.

    `start` is the offset at which reading begins, in bytes from the current position of the source:
    the `offset` of a record, or the last `position` of an earlier reader. The bytes before it are
    not read, except from pipes and file objects, where they are read and dropped. Record numbers
    start at 1 there. An existing quarantine is continued; if `start` is before its end, it receives
    some spans twice.

    `range` is a pair of offsets, (start, end). The reader delivers the records and faults whose
    first byte is in the range, exactly as a reader of the whole source finds them: any offsets will
    do. `end` may be None, for the end of the source. The source is a path or bytes. MARCXML, JSON
    and compressed input other than BGZF are one range: the one with byte 0 has everything. `splits`
    proposes ranges, and docs/scale.md has the details.

    `encoding` is the encoding of the text: "utf-8", "marc-8", "iso-5426", "iso-8859-1", "ascii", or
    "auto", which detects it for each record (`record.encoding`, `record.encoding_reason`).
    `encoding_errors` decides about undecodable bytes when text is accessed: "strict" raises
    `EncodingError`; "replace", "ignore" and "backslashreplace" work as in Python's codecs.
    `numeric_references=True` replaces `&#x…;` in MARC-8 by the character of that number.

    `threads` is the largest number of batches parsed at once; 1 does everything on the caller's
    thread. `chunk_size` is the number of bytes of one read. `max_record_length` is the largest
    length of a record, in bytes; a longer one is a fault. `threads` and `chunk_size` do not change
    the results.

    `max_ratio` is the largest number of bytes for each byte of a compressed source: beyond it, and
    beyond a mebibyte, an `OSError` is raised. None is no limit.

    `read_ahead=False` leaves a file object or descriptor right after the record delivered, so that
    other code can continue to read there. It requires ISO 2709, and reads on the caller's thread.
    """

    @overload
    def __new__(
        cls,
        source: _Source,
        *,
        format: _Format | Literal["auto"] = "auto",
        errors: Literal["strict", "skip", "repair"] | Callable[[Fault], object] = "strict",
        repair: bool = False,
        max_faults: int | None = None,
        quarantine: _Quarantine | None = None,
        start: int = 0,
        range: tuple[int, int | None] | None = None,
        encoding: _Encoding = "auto",
        encoding_errors: _EncodingErrors = "strict",
        numeric_references: bool = False,
        threads: int | None = None,
        read_ahead: bool = True,
        chunk_size: int = 65536,
        max_record_length: int = 16777216,
        controls: _Controls = "error",
        mnemonics: _Mnemonics = "all",
        max_ratio: int | None = None,
    ) -> Reader[Record]: ...
    @overload
    def __new__(
        cls,
        source: _Source,
        *,
        format: _Format | Literal["auto"] = "auto",
        errors: Literal["yield"],
        repair: bool = False,
        max_faults: int | None = None,
        quarantine: _Quarantine | None = None,
        start: int = 0,
        range: tuple[int, int | None] | None = None,
        encoding: _Encoding = "auto",
        encoding_errors: _EncodingErrors = "strict",
        numeric_references: bool = False,
        threads: int | None = None,
        read_ahead: bool = True,
        chunk_size: int = 65536,
        max_record_length: int = 16777216,
        controls: _Controls = "error",
        mnemonics: _Mnemonics = "all",
        max_ratio: int | None = None,
    ) -> Reader[Record | Fault]: ...
    @overload
    def __new__(
        cls,
        source: _Source,
        *,
        format: _Format | Literal["auto"] = "auto",
        errors: Literal["strict", "skip", "yield", "repair"] | Callable[[Fault], object],
        repair: bool = False,
        max_faults: int | None = None,
        quarantine: _Quarantine | None = None,
        start: int = 0,
        range: tuple[int, int | None] | None = None,
        encoding: _Encoding = "auto",
        encoding_errors: _EncodingErrors = "strict",
        numeric_references: bool = False,
        threads: int | None = None,
        read_ahead: bool = True,
        chunk_size: int = 65536,
        max_record_length: int = 16777216,
        controls: _Controls = "error",
        mnemonics: _Mnemonics = "all",
        max_ratio: int | None = None,
    ) -> Reader[Record | Fault]: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> _Item_co: ...
    def __enter__(self) -> Self:
        """Returns the reader itself."""
    def __exit__(
        self,
        *_exception: type[BaseException] | BaseException | TracebackType | None,
    ) -> None:
        """Closes the reader."""
    @classmethod
    def __class_getitem__(cls, item: Any) -> GenericAlias:
        """Returns `Reader[Record | Fault]`, for annotations."""
    def close(self) -> None:
        """Stops reading and releases the source. A file object stays open, since its owner closes
        it. The quarantine is flushed; a failure to do so is raised.
        """
    @property
    def stats(self) -> Stats:
        """The counts of records, faults, padding and bytes up to now."""
    @property
    def format(self) -> str | None:
        """The format of the current input, or None until it is detected."""
    @property
    def name(self) -> str | None:
        """The name of the current input, or None: for a file its path."""
    @property
    def position(self) -> int:
        """The end of the last item delivered, in bytes from the start of the input; of several
        inputs, the number of bytes delivered.
        """
    def summary(self) -> str:
        """Returns the counts up to now as a few lines of text."""

@final
class Writer:
    """A writer of records to a path or a binary file object.

    A file at the path is replaced in one step when the writer is closed. If an exception ends the
    `with` block, the disk is full or the program is killed, the old file is unchanged and no new
    file remains. So the same file may be read and written at once. FIFOs and devices are written
    directly.

    `format` is "iso2709", "marcxml", "json", "jsonl", "marcmaker" or "line". None takes the format
    from the suffix of the path: `.mrc`, `.marc`, `.dat`, `.utf8`, `.bin`, `.iso` or no suffix is
    ISO 2709, `.xml` and `.marcxml` MARCXML, `.json` JSON, `.jsonl` and `.ndjson` JSON Lines, `.mrk`
    and `.mrk8` MARCMaker; another one raises `ValueError`. A file object receives ISO 2709.

    `compression` is "gzip", "bgzf" or "zstd", or None for no compression. "auto" takes it from the
    last suffix of the path: `.gz`, `.bgz` and `.bgzf`, `.zst`, as in `books.xml.gz`; a file object
    is then not compressed. `compression_level` is from 0 to 9 for gzip and BGZF (6 by default),
    from 1 to 22 for zstd (3 by default). The compressed bytes are written when there are 64 KiB of
    them, and at the end.

    `encoding` ("utf-8" or "marc-8") is the encoding of every record in ISO 2709, which its leader
    then states; None leaves each record in its own.

    A record that the format cannot hold is refused, unless an option says otherwise. `controls`
    ("error", "skip", "replace") applies to control characters, and `encoding_errors` ("strict",
    "replace", "ignore", "backslashreplace") to undecodable bytes and to characters that the
    encoding lacks, for which the last writes `&#x…;`. `overlong` ("error", "split", "xml") applies
    to records that are too long for ISO 2709. With `overlong="xml"` these are written to
    `overlong_to` as MARCXML. A compression that is named applies to it too; with "auto" its own
    suffix decides. `namespace` and `collection` decide if MARCXML has its namespace and the
    `collection` element.
    """

    def __new__(
        cls,
        target: _Path | _HasWrite,
        format: _Format | None = None,
        *,
        encoding: _TargetEncoding | None = None,
        controls: _Controls = "error",
        encoding_errors: _EncodingErrors = "strict",
        overlong: _Overlong = "error",
        overlong_to: _Path | _HasWrite | None = None,
        namespace: bool = True,
        collection: bool = True,
        compression: _Compression | Literal["auto"] | None = "auto",
        compression_level: int | None = None,
    ) -> Self: ...
    @property
    def format(self) -> str:
        """The format that is written."""
    @property
    def compression(self) -> str | None:
        """The compression of the output, or None."""
    def __enter__(self) -> Self:
        """Returns the writer itself."""
    def __exit__(
        self,
        class_: type[BaseException] | None = None,
        raised: BaseException | None = None,
        _traceback: TracebackType | None = None,
        /,
    ) -> None:
        """Closes the writer. After an exception, a file at the path is unchanged, and a note on the
        exception says so.
        """
    def write(self, record: Record) -> tuple[Note, ...]:
        """Writes one record, or nothing of it if it cannot be written. Returns the changes that the
        format required, as `Note` objects; usually there are none.
        """
    def close(self) -> None:
        """Writes out the buffered bytes. If the writer opened a path, replaces the file there."""

@final
class Note:
    """A change that reading or writing a format made to a record, or content that other programs
    may misread.
    """

    @property
    def kind(self) -> str:
        """The short name of the change: `"coding_scheme"`, `"control_character"` …"""
    @property
    def tag(self) -> str | None:
        """The tag of the affected field, or None."""
    @property
    def field(self) -> int | None:
        """The number of the affected field in the record, from 1, or None."""
    @property
    def is_loss(self) -> bool:
        """True if content of the record is lost, or will not be read as it was."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Conversion:
    """The result of `convert`: the counts of records, faults and notes."""

    @property
    def records(self) -> int:
        """Number of records written."""
    @property
    def faults(self) -> int:
        """Number of damaged records in the source that were skipped."""
    @property
    def refused(self) -> int:
        """Number of records that were skipped because the target format cannot hold them."""
    @property
    def notes(self) -> dict[str, int]:
        """Number of changes to records, by the kind of the `Note`."""
    @property
    def losses(self) -> int:
        """Number of notes that report a loss."""
    @property
    def from_format(self) -> str:
        """The format that was read."""
    @property
    def to_format(self) -> str:
        """The format that was written."""

def convert(
    source: _Source,
    target: _Path | _HasWrite,
    *,
    to_format: _Format | None = None,
    from_format: _Format | Literal["auto"] = "auto",
    errors: Literal["strict", "skip"] = "strict",
    encoding: _Encoding = "auto",
    to_encoding: _TargetEncoding | None = None,
    controls: _Controls = "error",
    encoding_errors: _EncodingErrors = "strict",
    overlong: _Overlong = "error",
    overlong_to: _Path | _HasWrite | None = None,
    namespace: bool = True,
    collection: bool = True,
    numeric_references: bool = False,
    threads: int | None = None,
    max_record_length: int = 16777216,
    mnemonics: _Mnemonics = "all",
    compression: _Compression | Literal["auto"] | None = "auto",
    compression_level: int | None = None,
    max_ratio: int | None = None,
) -> Conversion:
    """Converts all records of `source` and writes them to `target`.

    It makes no Python objects for records, and runs without the GIL from path to path. `source`,
    `from_format`, `encoding`, `numeric_references`, `mnemonics` and `max_ratio` are as for
    `Reader`. `target`,
    `to_format` and `to_encoding` (the `format` and `encoding` of a `Writer`) and the other options
    are as for `Writer`; `errors` decides about a damaged record, and about a record that the target
    format cannot hold: "strict" raises, "skip" logs it. If an exception is raised, a file at the
    path `target` is unchanged, as with `Writer`; a file object has received a complete document.
    Output in BGZF is compressed on the threads that read. `source` and `target` may be the same
    path, since the file is replaced only when all of it is converted; but `target` may not be one
    of several files. `from_format` of the result is then the format of the last file.
    """

@disjoint_base
class Record:
    """A bibliographic record: a leader and fields.

    A record that was read is decoded on access. `fields` is a live list. Every field object that
    was handed out is kept, so a change to it changes the record.
    """

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def __init__(
        self,
        data: str | bytes = "",
        fields: list[Field] | None = None,
        to_unicode: bool = True,
        force_utf8: bool = False,
        hide_utf8_warnings: bool = False,
        utf8_handling: str = "strict",
        leader: str | Leader = "                        ",
        file_encoding: str = "iso8859-1",
    ) -> None: ...
    to_unicode: bool
    """True if the record is written in Unicode. A record of pymarc for which it is false holds
    bytes.
    """
    force_utf8: bool
    """True if the record is written in UTF-8 regardless of its leader."""
    pos: int
    """Always 0 unless a program sets it; pymarc has this attribute too."""
    @property
    def raw(self) -> bytes | None:
        """The bytes of the record in the input, for a text format in UTF-8; None for a record that
        a program made.
        """
    @property
    def number(self) -> int | None:
        """The number of the record in its input, from 1; faults are counted too. None for a record
        that a program made.
        """
    @property
    def overall_number(self) -> int | None:
        """The number of the record in all inputs of its reader, from 1; faults are counted too.
        None for a record that a program made. A copy by `copy` or `pickle` only knows the number in
        its own input.
        """
    @property
    def offset(self) -> int | None:
        """The offset of the record, in bytes from the start of the input; None for a record that a
        program made.
        """
    @property
    def faults(self) -> list[Fault]:
        """The repairs that were made when the record was read, and the unusual data in it: a list
        of `Fault`, empty for nearly every record. Later changes to the record do not affect it.
        """
    def undecodable(self) -> list[Fault]:
        """Returns a `Fault` for each field that was read with undecodable text, whatever
        `encoding_errors` says; an empty list for nearly every record. Later changes to the record
        do not affect it.
        """
    @property
    def encoding(self) -> str | None:
        """The encoding in which the record was read: `utf-8`, `marc-8`, `iso-5426`, `iso-8859-1` or
        `ascii`; None for a record that a program made or that one of Python's codecs decoded.
        """
    @property
    def conversion_notes(self) -> tuple[Note, ...]:
        """The changes that reading the record from a text format made, as `Note` objects."""
    @property
    def encoding_reason(self) -> str | None:
        """The reason for this encoding, in words; None for a record that a program made or that was
        read as pymarc reads it.
        """
    @property
    def source(self) -> str | None:
        """The name of the input, or None."""
    @property
    def leader(self) -> Leader:
        """The leader. It can be changed in place."""
    @leader.setter
    def leader(self, leader: str | Leader) -> None: ...
    @property
    def fields(self) -> list[Field]:
        """The live list of fields. A change to it changes the record."""
    @fields.setter
    def fields(self, fields: Iterable[Field]) -> None: ...
    @property
    def title(self) -> str | None:
        """The title: 245 $a and $b, with a blank between. None without 245 $a."""
    @property
    def issn_title(self) -> str | None:
        """The key title: 222 $a and $b, with a blank between. None without 222 $a."""
    @property
    def isbn(self) -> str | None:
        """The ISBN: the first run of digits, hyphens and X in 020 $a, without the hyphens."""
    @property
    def issn(self) -> str | None:
        """The ISSN: 022 $a."""
    @property
    def issnl(self) -> str | None:
        """The linking ISSN: 022 $l."""
    @property
    def sudoc(self) -> str | None:
        """The Superintendent of Documents number: field 086, formatted."""
    @property
    def author(self) -> str | None:
        """The main entry: field 100, 110 or 111, formatted."""
    @property
    def uniformtitle(self) -> str | None:
        """The uniform title: field 130 or 240, formatted."""
    @property
    def publisher(self) -> str | None:
        """The publisher: $b of 260, or of a 264 with second indicator 1."""
    @property
    def pubyear(self) -> str | None:
        """The date of publication: $c of 260, or of a 264 with second indicator 1."""
    @property
    def series(self) -> list[Field]:
        """The series fields: 440, 490, and 8xx added entries."""
    @property
    def subjects(self) -> list[Field]:
        """The subject fields, 6xx."""
    @property
    def addedentries(self) -> list[Field]:
        """The added entries, 7xx."""
    @property
    def location(self) -> list[Field]:
        """The location fields, 852."""
    @property
    def notes(self) -> list[Field]:
        """The notes, 5xx."""
    @property
    def physicaldescription(self) -> list[Field]:
        """The physical description fields, 300."""
    def __getitem__(self, key: str, /) -> Field: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __iter__(self) -> Self:
        """Returns the record itself, which iterates over its fields from the first on."""
    def __next__(self) -> Field: ...
    @overload
    def get(self, tag: str, default: None = None) -> Field | None:
        """Returns the first field with this tag, or `default`."""
    @overload
    def get(self, tag: str, default: _T) -> Field | _T:
        """Returns the first field with this tag, or `default`."""
    def get_fields(self, *args: str) -> list[Field]:
        """Returns the fields with these tags, in their order; without tags, the live list of all
        fields.
        """
    def get_linked_fields(self, field: Field) -> list[Field]:
        """Returns the 880 fields to which $6 links this field."""
    def add_field(self, *fields: Field) -> None:
        """Appends fields."""
    def add_grouped_field(self, *fields: Field) -> None:
        """Inserts each field before the first of a greater hundred (245 after the other 2xx)."""
    def add_ordered_field(self, *fields: Field) -> None:
        """Inserts each field before the first field with a greater tag."""
    def remove_field(self, *fields: Field) -> None:
        """Removes these field objects. Raises FieldNotFound for an object that is not in the
        record.
        """
    def remove_fields(self, *tags: str) -> None:
        """Removes every field with one of these tags."""
    def decode_marc(
        self,
        marc: bytes,
        to_unicode: bool = True,
        force_utf8: bool = False,
        hide_utf8_warnings: bool = False,
        utf8_handling: str = "strict",
        encoding: str = "iso8859-1",
    ) -> None:
        """Appends the fields of a record in ISO 2709, and takes its leader."""
    def as_marc(self) -> bytes:
        """Returns the record in ISO 2709. An unchanged record that tidemarc read is written byte
        for byte; a record of pymarc is written as pymarc writes it.
        """
    def as_marc21(self) -> bytes:
        """Returns the same as `as_marc`."""
    def as_dict(self) -> dict[str, Any]:
        """Returns the record in MARC-in-JSON, as Python dicts and lists."""
    def as_json(self, **kwargs: Any) -> str:
        """Returns the record in MARC-in-JSON, as text. The arguments are those of `json.dumps`."""
    def copy(self) -> Self:
        """Returns a copy that does not keep the record's chunk of the input in memory."""
    def __copy__(self) -> Self:
        """Returns a copy that shares the leader and the list of fields."""
    def _repr_html_(self) -> str:
        """Returns a table of HTML, for notebooks."""
    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies a record: its original bytes, its position, the objects that were set
        or handed out, and the attributes of a Python subclass.
        """
    def __getstate__(self) -> Any:
        """Returns the whole record in the form of pymarc's records: the attributes of a subclass,
        and a dict of the other parts.
        """
    def __setstate__(self, state: Any, /) -> None:
        """Restores the result of `__getstate__`, tidemarc's or pymarc's."""
    def _restore(self, flags: int) -> None:
        """Restores the flags of the record: tidemarc's or pymarc's, and the way to write it."""

@disjoint_base
class Field:
    """A field of a record: control data, or indicators and subfields.

    A field that was read is decoded on first access. A change to a field changes its record.
    `subfields` is a live list of `Subfield(code, value)`.
    """

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def __init__(
        self,
        tag: str | int,
        indicators: Sequence[str] | None = None,
        subfields: list[Subfield] | None = None,
        data: str | None = None,
    ) -> None: ...
    tag: str
    """The tag: three characters."""
    control_field: bool
    """True for a control field, which has data and neither indicators nor subfields."""
    data: str | None
    """The data of a control field; None for a data field."""
    @property
    def raw(self) -> bytes | None:
        """The bytes of the field in the input, without the terminator; None for a field that a
        program made. They do not contain later changes.
        """
    @property
    def indicators(self) -> Indicators | None:
        """`Indicators(first, second)`; None for a control field."""
    @indicators.setter
    def indicators(self, value: Sequence[str] | None) -> None: ...
    indicator1: str
    """The first indicator; `""` for a control field."""
    indicator2: str
    """The second indicator; `""` for a control field."""
    @property
    def subfields(self) -> list[Subfield]:
        """The live list of `Subfield(code, value)`. A change to it changes the record."""
    @subfields.setter
    def subfields(self, subfields: Iterable[Subfield]) -> None: ...
    def __getitem__(self, key: str, /) -> str: ...
    def __setitem__(self, key: str, value: str, /) -> None: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __iter__(self) -> Self:
        """Returns the field itself, which iterates over its subfields from the first on."""
    def __next__(self) -> Subfield: ...
    @overload
    def get(self, code: str, default: None = None) -> str | None:
        """Returns the value of the first subfield with this code, or `default`."""
    @overload
    def get(self, code: str, default: _T) -> str | _T:
        """Returns the value of the first subfield with this code, or `default`."""
    def get_subfields(self, *codes: str) -> list[str]:
        """Returns the values of the subfields with these codes, in the order of the field."""
    def add_subfield(self, code: str, value: str, pos: int | None = None) -> None:
        """Appends a subfield, or inserts it at `pos`. Raises `ValueError` for a control field that
        tidemarc read. Any other control field remains unchanged, as in pymarc.
        """
    def delete_subfield(self, code: str) -> str | None:
        """Removes the first subfield with this code. Returns its value, or None."""
    def subfields_as_dict(self) -> dict[str, list[str]]:
        """Returns a dict from each code to the list of its values."""
    @classmethod
    def convert_legacy_subfields(cls, subfields: Iterable[str]) -> list[Subfield]:
        """Converts `["a", "A", "b", "B"]`, the form of subfields before pymarc 5, to
        `[Subfield("a", "A"), Subfield("b", "B")]`.
        """
    def value(self) -> str:
        """Returns the data of a control field, or the stripped values of all subfields, joined by
        blanks.
        """
    def format_field(self) -> str:
        """Returns the value as a heading, without $6. In a subject field (6xx) each subdivision (v,
        x, y, z) follows a `--`.
        """
    def is_control_field(self) -> bool:
        """Returns the same as `control_field`."""
    def is_subject_field(self) -> bool:
        """Returns true if the tag begins with 6."""
    def linkage_occurrence_num(self) -> str | None:
        """Returns the occurrence number in $6, such as `01` in `880-01/$1`; None without $6."""
    def as_marc(self, encoding: str) -> bytes:
        """Returns the bytes of the field in a record of ISO 2709, with the terminator."""
    def as_marc21(self, encoding: str) -> bytes:
        """Returns the same as `as_marc`."""
    def __copy__(self) -> Self:
        """Returns a copy that shares the list of subfields."""
    def _repr_html_(self) -> str:
        """Returns a table of HTML, for notebooks."""
    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies a field: its original bytes, the values that were set or handed out,
        and the attributes of a Python subclass.
        """
    def __getstate__(self) -> Any:
        """Returns the whole field in the form of pymarc's fields: the attributes of a subclass, and
        a dict of the other parts.
        """
    def __setstate__(self, state: Any, /) -> None:
        """Restores the result of `__getstate__`, tidemarc's or pymarc's."""

class RawField(Field):
    """A field whose data or subfield values are bytes, as `to_unicode=False` reads them.

    It serves records whose encoding is unknown or wrong: they are written back unchanged.
    """

    def __new__(
        cls,
        tag: str | int,
        indicators: Sequence[str] | None = None,
        subfields: list[Subfield] | None = None,
        data: bytes | None = None,
    ) -> Self: ...
    def as_marc(self, encoding: str | None = None) -> bytes:
        """Returns the bytes of the field in a record of ISO 2709, with the terminator. An encoding
        only adds a line to the log.
        """

@disjoint_base
class Leader:
    """The 24 characters of a record's leader.

    `leader[9]`, `leader[5:9]` and `leader.coding_scheme` read and write positions; `str(leader)`
    returns all of them.
    """

    leader: str
    """The whole leader as a string."""
    record_length: str
    """Leader/00-04: the record's length."""
    record_status: str
    """Leader/05: record status."""
    type_of_record: str
    """Leader/06: type of record."""
    bibliographic_level: str
    """Leader/07: bibliographic level."""
    type_of_control: str
    """Leader/08: type of control."""
    coding_scheme: str
    """Leader/09: character coding scheme; `a` is UTF-8."""
    indicator_count: str
    """Leader/10: indicator count."""
    subfield_code_count: str
    """Leader/11: subfield code count."""
    base_address: str
    """Leader/12-16: base address of data."""
    encoding_level: str
    """Leader/17: encoding level."""
    cataloging_form: str
    """Leader/18: descriptive cataloging form."""
    multipart_ressource: str
    """Leader/19: multipart resource record level."""
    length_of_field_length: str
    """Leader/20: length of the length-of-field portion."""
    starting_character_position_length: str
    """Leader/21: length of the starting-character-position portion."""
    implementation_defined_length: str
    """Leader/22: length of the implementation-defined portion."""
    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def __init__(self, leader: str | Leader) -> None: ...
    def __getitem__(self, key: SupportsIndex | slice | str, /) -> str: ...
    def __setitem__(self, key: SupportsIndex | slice | str, value: str, /) -> None: ...
    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies a leader: its text, and the attributes of a Python subclass."""
    def __getstate__(self) -> Any:
        """Returns the attributes, including `leader`; a pair if a subclass has slots."""
    def __setstate__(self, state: Any, /) -> None:
        """Restores the result of `__getstate__`, tidemarc's or pymarc's."""

@disjoint_base
class _MarcReader:
    """The compiled base of `tidemarc.pymarc.MARCReader`."""

    to_unicode: bool
    """True if text is decoded. Otherwise fields are `RawField` objects."""
    force_utf8: bool
    """True if text is decoded as UTF-8 regardless of the leader."""
    hide_utf8_warnings: bool
    """True to suppress the lines on stderr about codes that MARC-8 does not have."""
    utf8_handling: str
    """The codec's `errors` for subfields that are not UTF-8."""
    file_encoding: str
    """The encoding of records whose leader does not say UTF-8; "iso8859-1" stands for MARC-8."""
    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def _open(
        self,
        source: Any,
        recover: bool = False,
        read_ahead: bool = True,
        calls_class: bool = False,
        goes_on: bool = False,
        head: bytes | None = None,
    ) -> None:
        """Begins to read `source`, ahead of the program unless `read_ahead` is false. With
        `recover`, reading continues after damage, and records that can be repaired are repaired.
        With neither, each `next()` reads the `file_handle` as pymarc does.

        With `calls_class` each record is made by a call of the class `Record`. With `goes_on` the
        reader calls `_begin` again if it is used after the end of the source. `head` has bytes that
        were taken out of the source already.
        """
    def _reset(self) -> None:
        """Forgets the source: the next record comes from the one that `_begin` opens."""
    def _leave(self) -> int:
        """Drops the stream, and returns the position: the next record comes from the source that
        `_begin` opens."""
    def _close(self) -> None:
        """Stops reading. The source stays open."""
    def __iter__(self) -> Self: ...
    def __next__(self) -> Record | None: ...
    _current_chunk: bytes | None
    """The bytes that the last `next()` read; None before the first. A subclass may set it."""
    _current_exception: Exception | None
    """The reason why the last `next()` returned None; None if it returned a record. A subclass may
    set it; a `FatalReaderError` ends the reader."""
    @property
    def position(self) -> int:
        """The number of bytes delivered or skipped up to now."""

@final
class Fault:
    """A bad span of the input, which `errors="yield"` returns in place of a record; or a repair or
    unusual data in a record (`record.faults`).

    Two faults are equal only if they are the same object. To compare their content, compare the
    results of `to_dict()`.
    """

    @property
    def kind(self) -> str:
        """The short name of the damaged part: `"record_length"`, `"directory"` …"""
    @property
    def code(self) -> str:
        """The stable code of the kind, such as `"TM101"`; docs/faults.md explains it."""
    @property
    def severity(self) -> str:
        """The severity: `"information"`, `"repaired"`, `"lost_field"`, `"lost_record"` or
        `"fatal"`.
        """
    @property
    def length(self) -> int:
        """The number of bytes in `raw`. For a span longer than `max_record_length`, the length of
        its first piece.
        """
    @property
    def location(self) -> tuple[int, int] | None:
        """The offsets of the first byte at fault and of the byte after the last, from the start of
        the input; None if no particular bytes are at fault.
        """
    @property
    def subfield(self) -> str | None:
        """The code of the subfield at fault, or None."""
    def to_dict(self) -> dict[str, Any]:
        """Returns all attributes as a dict of plain values. `raw` is bytes, unlike in JSON."""
    def to_json(self) -> str:
        """Returns the same as one line of JSON, without `raw`: the line in the report of a
        quarantine.
        """
    @property
    def cause(self) -> Fault | None:
        """The last fault, if there were too many; otherwise None."""
    def detail(self) -> str:
        """Returns the message, followed by a hex dump of the bytes at fault."""
    @property
    def reason(self) -> str:
        """The cause of the fault, without its position."""
    @property
    def source(self) -> str | None:
        """The name of the input, or None."""
    @property
    def number(self) -> int | None:
        """The number of this fault among the records and faults of its input, from 1; None if the
        input itself failed.
        """
    @property
    def overall_number(self) -> int | None:
        """The number of this fault among the records and faults of all inputs, from 1; None if
        there is only one input.
        """
    @property
    def offset(self) -> int:
        """The offset of the span, in bytes from the start of the input."""
    @property
    def control_number(self) -> str | None:
        """The control number (001), if it could be read."""
    @property
    def tag(self) -> str | None:
        """The tag of the field at fault, or None."""
    @property
    def entry(self) -> int | None:
        """The number of the directory entry at fault, from 1, or None."""
    @property
    def raw(self) -> bytes:
        """The bytes of the span. For a span longer than `max_record_length`, its first bytes."""
    def exception(self) -> RecordError:
        """Returns the exception that `errors="strict"` would have raised."""
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Selector:
    """A selector in MARCspec: a short expression that names values of a record, such as
    `650$a{$2=\\fast}`. docs/selectors.md describes the language.

    `str(selector)` returns the canonical form. Two selectors with the same canonical form are
    equal.
    """

    def __new__(cls, text: str, /) -> Self: ...
    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of all fields that the values or the conditions depend on, sorted; `.` stands
        for any character, and `LDR` is the leader.
        """
    def values(self, record: Record, /) -> list[str]:
        """Returns the values in a record: those of the first spec in the order of the record, then
        those of the next. An undecodable field raises `EncodingError`, unless the record was read
        with another value of `encoding_errors`.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Filter:
    """An expression over selectors that is true or false for a record, such as
    `650$2 = "fast" and not 245$a ~ /whale/i`. docs/filters.md describes the language.

    The files of `in @FILE` are read here, once. `str(filter)` returns the canonical form. Two
    filters with the same canonical form and the same values in their files are equal.
    """

    def __new__(cls, text: str, /) -> Self: ...
    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of all fields that the result depends on, sorted; `.` stands for any character,
        and `LDR` is the leader.
        """
    def matches(self, record: Record, /) -> bool:
        """Returns true if the record matches. If the text of an undecodable field decides,
        `EncodingError` is raised, unless the record was read with another value of
        `encoding_errors`.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles the text. A filter with `in @FILE` raises `TypeError`: its file may have changed,
        or be missing, where the pickle is read.
        """
    def __copy__(self) -> Self:
        """Returns the filter itself, which cannot change."""
    def __deepcopy__(self, _memo: Any) -> Self:
        """Returns the filter itself, which cannot change."""

@final
class Column:
    """The definition of a column: a source of values in each record, and the treatment of them.

    `selector` is a `Selector` or its text. `repeat` is the treatment of several values in one
    record: "list", "first", "join", "count", "exists", or "explode", which makes a row for each
    value. The default is "list", and "first" for the leader and for positions of control fields.
    `separator` is the text between two values of "join"; the default is a blank. `order` is the
    order of the subfields of one field: "record", or "spec" for that of the selector.

    `type` is "string", "int", "year", "date" or "bool". Text without such a value, like `19uu`, is
    null. `linked` decides about fields 880: "no", "only", "both", or "pair" for structs of text,
    linked text and script. `ind` takes only fields with these indicators: two characters, where
    `*` matches anything, and `#` or a blank is a blank. `normalize` is "NFC" or "NFD". `trim=True`
    removes punctuation of ISBD from the end of each value. `default` is the value in place of null.

    docs/columns.md describes the options. Those that contradict each other raise `ValueError`.
    """

    def __new__(
        cls,
        selector: str | Selector,
        *,
        repeat: Literal["list", "first", "join", "count", "exists", "explode"] | None = None,
        separator: str | None = None,
        order: Literal["record", "spec"] | None = None,
        type: Literal["string", "int", "year", "date", "bool"] | None = None,
        linked: Literal["no", "only", "both", "pair"] | None = None,
        ind: str | None = None,
        normalize: Literal["NFC", "NFD"] | None = None,
        trim: bool = False,
        default: str | int | None = None,
    ) -> Self: ...
    @classmethod
    def fields(
        cls,
        tag: str,
        codes: str | None = None,
        ind: str | None = None,
        *,
        repeat: Literal["list", "first", "count", "exists", "explode"] | None = None,
        normalize: Literal["NFC", "NFD"] | None = None,
        trim: bool = False,
    ) -> Column:
        """Returns a column of whole data fields, as structs of `ind1`, `ind2` and `subfields`,
        which are a list of structs of `code` and `value` in the order of the record.

        `tag` may have `.` for any character. `codes` are the subfields to take; None takes all. The
        other arguments are those of `Column`; `repeat` is "list", "first", "count", "exists" or
        "explode".
        """
    @classmethod
    def metadata(cls, name: str) -> Column:
        """Returns a column of a fact about each record: "record_no", "overall_no", "file",
        "offset_bytes", "length", "control_number", "leader", "encoding", "faults", "raw" or "json".
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Schema:
    """The names and types of the columns of a scan. Libraries that know Arrow accept it as a
    schema: `pyarrow.schema(schema)`.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
    @property
    def types(self) -> tuple[str, ...]:
        """The types of the columns as text, such as `list<string>`."""
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __arrow_c_schema__(self) -> object: ...

@final
class _Batch:
    """A batch of rows that libraries with Arrow accept: `pyarrow.record_batch(batch)`."""

    def __len__(self) -> int: ...
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...

@final
class _Rows:
    """An iterator over the batches of one run. Several threads may use it."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> _Batch: ...

@final
class _Scan:
    """The core of `tidemarc.Scan`."""

    def __new__(
        cls,
        source: _Source,
        columns: str | dict[str, str | Selector | Column] | list[str | Selector | Column],
        *,
        format: str,
        errors: str | Callable[[Fault], object],
        repair: bool,
        max_faults: int | None,
        quarantine: _Path | None,
        start: int,
        range: tuple[int, int | None] | None,
        partitions: int,
        encoding: str,
        encoding_errors: str,
        numeric_references: bool,
        threads: int | None,
        chunk_size: int,
        max_record_length: int,
        controls: str,
        mnemonics: str,
        filter: Filter | None,
        max_ratio: int | None,
    ) -> Self: ...
    @property
    def is_portable(self) -> bool:
        """True if the source can be read again in another process."""
    @property
    def schema(self) -> Schema: ...
    @property
    def stats(self) -> Stats | None:
        """The counts of the latest run; None before the first."""
    @property
    def summary(self) -> str | None:
        """The summary of the latest run; None before the first."""
    def head(self, rows: int) -> _Scan:
        """Returns a scan of the same source with this number of rows at most."""
    def select(self, names: list[str]) -> _Scan:
        """Returns a scan of the same rows that has the columns with these names at least."""
    def preview(self, rows: int) -> list[list[str | None]] | None:
        """Returns the first rows as text; None if they cannot be read without harm."""
    def output(self, path: _Path) -> _Output:
        """Opens a file at a path, for a library that writes it."""
    def to_csv(
        self,
        target: _Path | _HasWrite,
        *,
        delimiter: str,
        list_separator: str,
        null: str,
        header: bool,
    ) -> None:
        """Writes CSV to a path or a binary file object."""
    def __iter__(self) -> _Rows: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self) -> object: ...

@final
class _Output:
    """A file object for libraries that write to one. Only `commit` puts the file in its place."""

    def write(self, bytes: object) -> int:
        """Takes all of these bytes, and returns their number."""
    def flush(self) -> None:
        """Does nothing: `commit` writes all that is buffered."""
    def close(self) -> None:
        """Does nothing: the end of the library's work is not yet that of the file."""
    @property
    def closed(self) -> bool: ...
    def commit(self) -> None:
        """Puts the complete file in its place."""
    def abandon(self) -> None:
        """Removes the new file: the one at the path is unchanged."""

@final
class Stats:
    """The counts of a reader up to now. The bytes of records, faults and padding add up to
    `bytes_read`.
    """

    @property
    def bytes_read(self) -> int:
        """Number of bytes delivered: in records, faults and padding."""
    @property
    def total_bytes(self) -> int | None:
        """Length of the input in bytes, or the sum of several; None if it is unknown."""
    @property
    def inputs(self) -> int:
        """Number of inputs: 1, or the number of files that are read as one."""
    @property
    def unfinished(self) -> int:
        """Number of inputs, of several, that were left before their end: they failed, are foreign,
        have too many faults, or became shorter while they were read.
        """
    @property
    def records(self) -> int:
        """Number of records delivered."""
    @property
    def record_bytes(self) -> int:
        """Number of bytes in records."""
    @property
    def repaired(self) -> int:
        """Number of records that were repaired and are complete."""
    @property
    def incomplete(self) -> int:
        """Number of records that were repaired and lack some content."""
    @property
    def start(self) -> int:
        """Offset at which reading began, in bytes from the start of the input. Of a range it is the
        offset of the first item, once that is delivered."""
    @property
    def kinds(self) -> dict[str, int]:
        """Number of faults of each kind, by the name of the kind: bad spans, and repairs in
        records.
        """
    @property
    def faults(self) -> int:
        """Number of bad spans."""
    @property
    def fault_bytes(self) -> int:
        """Number of bytes in bad spans."""
    @property
    def paddings(self) -> int:
        """Number of runs of padding."""
    @property
    def padding_bytes(self) -> int:
        """Number of bytes in padding."""
    @property
    def compressed_bytes(self) -> int | None:
        """Number of bytes of a compressed input that were decompressed so far, also for records
        that were read ahead and are not delivered yet. None if the input is not compressed, or
        nothing was read yet.
        """
    @property
    def compressed_total_bytes(self) -> int | None:
        """Length of the compressed input in bytes, or None if it is unknown or not compressed."""
    @property
    def complete(self) -> bool:
        """True once the end of the input was reached without a failure."""
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Statistics:
    """The result of `statistics`. `str(…)` returns tables of text, and a notebook shows the page of
    `to_html`. docs/statistics.md describes it.
    """

    @property
    def stats(self) -> Stats:
        """The counts of records, faults, padding and bytes."""
    def as_dict(self) -> dict[str, Any]:
        """Returns all numbers as dicts and lists, with the members of `to_json`."""
    def to_json(self) -> str:
        """Returns all numbers as a JSON object on one line. docs/statistics.md lists its
        members.
        """
    def to_html(self, target: _Path | _HasWrite, /) -> None:
        """Writes a page of HTML with tables and charts to `target`, a path or a binary file object.
        The page is complete in itself: it needs no network and has no scripts. A file at the path
        is replaced when the page is complete.
        """
    def _repr_html_(self) -> str: ...

@final
class Summary:
    """The result of `check` and `report`: `stats`, `faults` and `sound`. `str(summary)` returns a
    few lines of text.
    """

    @property
    def stats(self) -> Stats:
        """Counts of records, faults, padding and bytes."""
    @property
    def faults(self) -> tuple[Found, ...]:
        """The faults, the worst first: a `Found` for each kind and severity."""
    @property
    def sound(self) -> bool:
        """True if every byte is in a sound record or in padding, and all text decodes. Data that is
        only unusual is sound.
        """
    @property
    def undecodable(self) -> tuple[Fault, ...]:
        """A fault for each field with undecodable text, in the order of the input; empty without
        `list_undecodable=True`.
        """
    def __reduce__(self) -> tuple[Any, ...]: ...

class _ScanOptions(TypedDict, total=False):
    """The options of a `Reader` that reads a source to its end and repairs."""

    format: _Format | Literal["auto"]
    max_faults: int | None
    quarantine: _Quarantine | None
    start: int
    range: tuple[int, int | None] | None
    encoding: _Encoding
    encoding_errors: _EncodingErrors
    numeric_references: bool
    threads: int | None
    read_ahead: bool
    chunk_size: int
    max_record_length: int
    controls: _Controls
    mnemonics: _Mnemonics
    max_ratio: int | None

class _WriterOptions(TypedDict, total=False):
    """The options of a `Writer`, except its format."""

    encoding: _TargetEncoding | None
    controls: _Controls
    encoding_errors: _EncodingErrors
    overlong: _Overlong
    overlong_to: _Path | _HasWrite | None
    namespace: bool
    collection: bool
    compression: _Compression | Literal["auto"] | None
    compression_level: int | None

def check(
    source: _Source, *, list_undecodable: bool = False, **options: Unpack[_ScanOptions]
) -> Summary:
    """Reads a source to its end, repairs the records that can be repaired, decodes all text, and
    counts the faults.

    `options` are those of `Reader`, except `errors` and `repair`. The result contains the number of
    faults of each kind and severity, and the first of them. `list_undecodable=True` lists all
    undecodable text in `undecodable`, which takes memory for each. `report` lists every fault.

    An empty input is sound, and has no records.
    """

def report(
    source: _Source,
    target: _Path | _HasWrite,
    *,
    report_format: Literal["csv", "jsonl"] | None = None,
    **options: Unpack[_ScanOptions],
) -> Summary:
    """Reads a source as `check` does, and writes a report of everything that was found to `target`,
    a path or a binary file object: one row for each fault, in the order of the input, with the
    record's number, offset, control number and title, and with the file if there are several.

    `report_format` is "csv" or "jsonl"; None takes it from the suffix of the path: `.csv`, `.jsonl`
    or `.ndjson`. A file at the path is replaced when the report is complete. `options` are those of
    `Reader`, except `errors` and `repair`. Returns the same as `check`.
    """

def statistics(
    source: _Source,
    *,
    samples: int = 10,
    most_values: int = 1000,
    format: _Format | Literal["auto"] | str = "auto",
    repair: bool = True,
    encoding: str = "auto",
    numeric_references: bool = False,
    threads: int | None = None,
    chunk_size: int = 65536,
    max_record_length: int = 16777216,
    controls: _Controls | str = "error",
    mnemonics: _Mnemonics | str = "all",
    max_ratio: int | None = None,
) -> Statistics:
    """Reads a source to its end, and returns its statistics: of tags, indicators and subfields the
    occurrences, the records that have them, a histogram of repeats, and sample values; of records
    the types, levels, encodings, languages and years; the faults by kind.

    It makes no Python objects for records, and runs without the GIL from a path. `samples` is the
    largest number of sample values of a subfield. `most_values` is the largest number of tags, and
    of languages, years and so on, that are counted on their own; the first that appear are, and all
    others are counted together. The other options are those of `Reader`. Damaged records are
    counted if they can be repaired, and skipped otherwise.
    """

def splits(
    path: _Path, target_bytes: int, *, format: _Format | Literal["auto"] = "auto"
) -> list[tuple[int, int | None]]:
    """Returns ranges that cover a file, as pairs of offsets (start, end), for the option `range` of
    `Reader` and `scan`.

    The ranges have about the same length, at most `target_bytes` bytes, of a BGZF file after
    decompression. The file is not read, except for the first bytes, which show its format, and the
    headers of the blocks of BGZF; `format` is that of `Reader`. A file that cannot be cut, because
    it is compressed in another way or in MARCXML or JSON, is one range, (0, None).

    Raises `OSError` if the file cannot be opened, or is not a regular file.
    """

def _files(path: _Path) -> list[str] | None:
    """Returns the files that a directory or a pattern stands for; None for any other path."""

def _new_field(cls: type[_FieldT], raw: tuple[Any, ...] | None) -> _FieldT:
    """Makes a field of the class `cls`; one that was read if its bytes are given."""

def _new_leader(cls: type[_LeaderT]) -> _LeaderT:
    """Makes a leader of the class `cls`, without its text."""

def _new_record(cls: type[_RecordT], place: tuple[Any, ...] | None) -> _RecordT:
    """Makes a record of the class `cls`; one that was read if its place is given."""

def _restore_column(method: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Column:
    """Restores a `Column` that was pickled or copied."""

def _restore_fault(parts: tuple[Any, ...]) -> Fault:
    """Restores a `Fault` that was pickled or copied."""

def _restore_index(state: tuple[str, str, tuple[str, str, bool]]) -> Index:
    """Opens an index that was pickled or copied."""

def _restore_stats(state: dict[str, Any]) -> Stats:
    """Restores a `Stats` that was pickled or copied."""

def _restore_summary(parts: tuple[Any, ...]) -> Summary:
    """Restores a `Summary` that was pickled or copied."""

def set_threads(threads: int) -> None:
    """Sets the number of threads that parse, for every reader made after this call: 256 at most; 0
    restores the default.
    """

def get_threads() -> int:
    """Returns the number of threads that parse: from `set_threads`, `RAYON_NUM_THREADS`, or the
    number of cores.
    """

def _marc8_codeset(set: int) -> dict[int, tuple[int, int]]:
    """Returns a set of pymarc's `CODESETS`: code to (code point, 1 for a combining mark)."""

def _marc8_odd_map() -> dict[int, int]:
    """Returns pymarc's `ODD_MAP`: codes that are in no set and that it decodes nevertheless."""

def _marc8_translate(marc8: Any, g0: int, g1: int, quiet: bool) -> tuple[str, int, int, bool]:
    """Does the work of `MARC8ToUnicode.translate`. Returns the text, the two sets designated at the
    end, and true if the input ended within an escape sequence.
    """

def _names_are_replaced(replaced: bool) -> None:
    """Says whether a name in pymarc's modules is replaced. Those modules call it."""

def _before_fork() -> None:
    """Prepares a fork. Python calls it before every fork."""

def _main(arguments: list[str]) -> int:
    """Runs the command with these arguments, of which the first is the name of the program, and
    returns its exit status. Ctrl-C ends the process.
    """

def _after_fork(in_child: bool) -> None:
    """Ends a fork. Python calls it after every fork. In the child the parent's readers have lost
    their threads.
    """

def _end_by_exception() -> None:
    """Marks the program as ended by an uncaught exception. Python calls it at the end."""
