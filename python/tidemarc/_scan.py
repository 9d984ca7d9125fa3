"""Scans: records read as a table, for every library that knows Arrow."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from . import _shown
from ._tidemarc import Column, Fault, Filter, Schema, Selector, Stats, _Scan

if TYPE_CHECKING:
    import pandas as _pandas  # type: ignore[import-untyped]
    import polars as _polars
    import pyarrow as _arrow  # type: ignore[import-untyped]

    from ._tidemarc import (
        _Controls,
        _EncodingErrors,
        _Format,
        _HasWrite,
        _Mnemonics,
        _Path,
        _Source,
    )

    _Definition = str | Selector | Column
    _Columns = Mapping[str, _Definition] | Iterable[_Definition]

#: Number of rows in a row group of a Parquet file.
ROW_GROUP = 131_072
#: Bytes of Arrow data beyond which a row group takes no more batches.
ROW_GROUP_BYTES = 256 << 20

#: Number of rows that a `repr` shows.
SHOWN = 5


def scan(
    source: _Source,
    columns: _Columns,
    *,
    where: str | Filter | None = None,
    format: _Format | Literal["auto"] | str = "auto",
    errors: Literal["strict", "skip", "repair"] | Callable[[Fault], object] | str = "strict",
    repair: bool = False,
    max_faults: int | None = None,
    quarantine: _Path | None = None,
    start: int = 0,
    range: tuple[int, int | None] | None = None,
    partitions: int = 1,
    encoding: str = "auto",
    encoding_errors: Literal["null"] | _EncodingErrors | str = "null",
    numeric_references: bool = False,
    threads: int | None = None,
    chunk_size: int = 65536,
    max_record_length: int = 16777216,
    controls: _Controls | str = "error",
    mnemonics: _Mnemonics | str = "all",
    max_ratio: int | None = None,
) -> Scan:
    """Returns a scan: the records of `source` as a table with one row for each record.

    `columns` maps names to definitions. A definition is a selector as text, a `Selector`, a
    `Column`, or the name of a fact about the record, such as "record_no". In a list of definitions
    each column has the text of its definition as its name. "nested", "long" and "raw" are whole
    tables. docs/columns.md describes the columns.

    `where` is a `Filter` or its text: the table has the records that match it. A record whose
    undecodable text decides has no row.

    `source` and the other options are those of `Reader`, with these differences. `errors` decides
    about a damaged record: "strict" raises its exception, "skip" logs it, "repair" delivers it if
    it can be repaired and logs it otherwise, and a function is called with the `Fault`.
    `encoding_errors` decides about undecodable text that a column needs: "null" makes the cell
    null, and the column "faults" says why; "strict" raises `EncodingError`; the others replace it.
    `quarantine` is a path, which each run writes anew. `partitions` is the number of parts of the
    source that are read at once, each on a thread of its own; the rows are the same, in the same
    order. This is for sources that have ranges and more than a few megabytes.

    A missing file, a wrong selector or a wrong option raises here; damage raises while the records
    are read. Nothing is read before the first batch is requested. A path, bytes and other memory
    can be read repeatedly, from the start each time. A file object, a socket and a descriptor can
    be read once. A folder and a pattern are looked up again for each run.
    """
    options = {
        "format": format,
        "errors": errors,
        "repair": repair,
        "max_faults": max_faults,
        "quarantine": quarantine,
        "start": start,
        "range": range,
        "partitions": partitions,
        "encoding": encoding,
        "encoding_errors": encoding_errors,
        "numeric_references": numeric_references,
        "threads": threads,
        "chunk_size": chunk_size,
        "max_record_length": max_record_length,
        "controls": controls,
        "mnemonics": mnemonics,
        "filter": Filter(where) if isinstance(where, str) else where,
        "max_ratio": max_ratio,
    }
    return _restore_scan(source, _plain(columns), options, None)


def _plain(columns: _Columns) -> str | dict[str, _Definition] | list[_Definition]:
    """Returns the argument `columns` as a type that the core knows, in an own copy."""
    if isinstance(columns, str):
        return columns
    if isinstance(columns, Mapping):
        return dict(columns)
    if isinstance(columns, Selector | Column) or not isinstance(columns, Iterable):
        raise TypeError(
            "columns must be a mapping of names to selectors, a list of selectors, or the name of "
            f"a table, not {columns!r}"
        )
    return list(columns)


def _restore_scan(
    source: Any,
    columns: str | dict[str, _Definition] | list[_Definition],
    options: dict[str, Any],
    limit: int | None,
) -> Scan:
    """Makes a scan, also of its pickle."""
    if isinstance(source, list):
        # The program may change its list before the next run.
        source = tuple(source)
    core = _Scan(source, columns, **options)
    if limit is not None:
        core = core.head(limit)
    made = object.__new__(Scan)
    made._core = core
    made._source, made._columns, made._options = source, columns, options
    made._limit = limit
    return made


class Scan:
    """Records as a table: made by `tidemarc.scan`.

    It is a stream of Arrow: pyarrow, Polars, DuckDB, pandas and others read it as it is. Each of
    them opens the source anew. An exception while records are read comes to these libraries as an
    error of the stream, with its text; the methods here raise the exception itself.
    """

    __slots__ = ("_columns", "_core", "_limit", "_options", "_source")

    _core: _Scan
    _source: Any
    _columns: str | dict[str, _Definition] | list[_Definition]
    _options: dict[str, Any]
    _limit: int | None

    def __init__(self) -> None:
        raise TypeError("a scan is made by tidemarc.scan(source, columns)")

    @property
    def schema(self) -> Schema:
        """The names and types of the columns."""
        return self._core.schema

    @property
    def stats(self) -> Stats | None:
        """The counts of the latest run: records, faults, padding, bytes. None before the first."""
        return self._core.stats

    def summary(self) -> str:
        """Returns the counts of the latest run as a few lines of text."""
        return self._core.summary or "not read yet"

    def head(self, rows: int = 5) -> Scan:
        """Returns a scan of the same source with this number of rows at most.

        It reads no more of the source than it needs. Its counts may include records after the last
        row.
        """
        if rows < 0:
            raise ValueError(f"rows must be at least 0, not {rows}")
        made = object.__new__(Scan)
        made._core = self._core.head(rows)
        made._source, made._columns, made._options = self._source, self._columns, self._options
        made._limit = rows if self._limit is None else min(rows, self._limit)
        return made

    def __iter__(self) -> Iterator[_arrow.RecordBatch]:
        """Yields the rows as batches of pyarrow, of up to 65,536 rows and 8 MiB each.

        Closing the iterator ends the run and its threads.
        """
        record_batch = _pyarrow("iterating over a scan").record_batch
        return map(record_batch, self._core)

    def to_arrow(self) -> _arrow.Table:
        """Reads all rows, and returns a table of pyarrow."""
        arrow = _pyarrow("to_arrow()")
        return arrow.Table.from_batches(iter(self), schema=arrow.schema(self))

    def to_polars(self) -> _polars.DataFrame:
        """Reads all rows, and returns a data frame of Polars. It does not need pyarrow."""
        package = _module("polars", "to_polars()")
        frames = [package.DataFrame(batch) for batch in self._core]
        frame: _polars.DataFrame = (
            package.concat(frames) if frames else package.DataFrame(self._core.head(0))
        )
        return frame

    def to_pandas(self) -> _pandas.DataFrame:
        """Reads all rows, and returns a data frame of pandas. It needs pyarrow.

        The columns have the types of Arrow (`pandas.ArrowDtype`), so that a number beside a null
        stays a number, and a list stays a list.
        """
        types = _module("pandas", "to_pandas()").ArrowDtype
        return self.to_arrow().to_pandas(types_mapper=types)

    def to_csv(
        self,
        target: _Path | _HasWrite,
        *,
        delimiter: str = ",",
        list_separator: str = "|",
        null: str = "",
        header: bool = True,
    ) -> None:
        """Writes all rows as CSV, in UTF-8, to a path or a binary file object.

        The values of a list stand between `list_separator`; a struct, or a list of structs, is
        JSON; bytes are hexadecimal digits. `null` is the text of a null. If an exception is raised,
        a file at the path is unchanged, and a file object has received the rows before.
        """
        self._core.to_csv(
            target,
            delimiter=delimiter,
            list_separator=list_separator,
            null=null,
            header=header,
        )

    def write_parquet(self, path: _Path) -> None:
        """Writes all rows as a Parquet file, with Zstandard and up to 131,072 rows in a row group.

        It needs pyarrow. The file is replaced in one step when it is complete: if an exception is
        raised, a file at the path is unchanged.
        """
        from ._parquet import write

        write(self, path)

    def __arrow_c_schema__(self) -> object:
        return self._core.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        # The protocol permits to ignore the wish for other types.
        return self._core.__arrow_c_stream__()

    def __repr__(self) -> str:
        return _shown.as_text(self._title(), self._core, SHOWN)

    def _repr_html_(self) -> str:
        return _shown.as_html(self._title(), self._core, SHOWN)

    def _title(self) -> str:
        source = self._source
        if isinstance(source, str | os.PathLike):
            name = os.fspath(source)
            shown = name if isinstance(name, str) else os.fsdecode(name)
        elif isinstance(source, tuple):
            shown = f"{len(source)} files" if len(source) != 1 else os.fsdecode(source[0])
        else:
            shown = type(source).__name__
        return f"tidemarc.Scan of {shown}: {len(self.schema)} columns"

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._core.is_portable:
            name = type(self._source).__name__
            raise TypeError(f"a scan of {name} cannot be pickled: pass a path or bytes")
        return _restore_scan, (self._source, self._columns, self._options, self._limit)


def _module(name: str, wanted: str) -> Any:
    """Imports a package that one method needs."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{wanted} needs the package {name}: pip install {name}", name=name
        ) from error


def _pyarrow(wanted: str) -> Any:
    return _module("pyarrow", wanted)


Scan.__module__ = "tidemarc"
