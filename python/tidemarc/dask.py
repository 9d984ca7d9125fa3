"""Dask: MARC files as a data frame. It needs dask[dataframe] and pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from . import _engines
from ._scan import _module, _pyarrow
from .partitions import Partition

_frames = _module("dask.dataframe", "tidemarc.dask")

if TYPE_CHECKING:
    import dask.dataframe
    import pandas  # type: ignore[import-untyped]

    from ._scan import _Columns
    from ._tidemarc import _Path

__all__ = ["read_marc"]


def read_marc(
    paths: _Path | Iterable[_Path],
    columns: _Columns,
    *,
    target_bytes: int = _engines.TARGET_BYTES,
    **options: Any,
) -> dask.dataframe.DataFrame:
    """Returns a data frame of Dask: the records of files, folders or patterns as rows.

    A partition has `target_bytes` bytes of input, or more if a file cannot be cut; small files
    share partitions. Every worker must be able to open the files by the same paths. `columns` and
    `options` are those of `tidemarc.scan`; `threads` is 1 by default, since Dask runs a task on
    each core. Only the columns that a query needs are read.

    The columns have the types of Arrow (`pandas.ArrowDtype`). `record_no` counts from the start of
    each part of a file.

    Raises:
        OSError: A file cannot be opened, or a pattern matches none.
        ValueError: There is a quarantine, which tasks cannot share.
    """
    table = _engines.named(columns)
    _engines.check_options(options)
    options.setdefault("threads", 1)
    groups = _engines.planned(paths, target_bytes, options)
    read = partial(_read, table=table, options=options)
    # No group at all, of an empty folder, is a partition without rows.
    return _frames.from_map(
        _Read(read), groups or [()], meta=read((), columns=None), label="read-marc"
    )


class _Read:
    """The function that reads a partition. Dask finds its keyword `columns`, and passes the columns
    that a query needs.
    """

    def __init__(self, read: partial[pandas.DataFrame]) -> None:
        self.read = read

    def __call__(
        self, group: Sequence[Partition], columns: list[str] | None = None
    ) -> pandas.DataFrame:
        return self.read(group, columns=columns)


def _read(
    group: Sequence[Partition], *, columns: list[str] | None, table: Any, options: dict[str, Any]
) -> pandas.DataFrame:
    """Reads the parts of one partition into a data frame of pandas."""
    rows = (batch for part in group for batch in _engines.batches(part, table, columns, options))
    schema = _engines.schema(table)
    if columns is not None:
        schema = _pyarrow("a table").schema([schema.field(name) for name in columns])
    read = _pyarrow("a table").Table.from_batches(rows, schema)
    return read.to_pandas(types_mapper=_module("pandas", "tidemarc.dask").ArrowDtype)
