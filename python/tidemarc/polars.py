"""Polars: MARC files as a lazy frame. It needs the package polars."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from ._scan import Scan, _module, scan

if TYPE_CHECKING:
    import polars
else:
    polars = _module("polars", "tidemarc.polars")

if TYPE_CHECKING:
    from ._scan import _Columns
    from ._tidemarc import _Source

__all__ = ["scan_marc"]


def scan_marc(path: _Source, columns: _Columns, **options: Any) -> polars.LazyFrame:
    """Returns a lazy frame of the records of a file, or of several: a list, a folder, a pattern.

    `path`, `columns` and `options` are those of `tidemarc.scan`, for any source that can be read
    repeatedly: it is read each time the frame is collected. Only the columns that a query needs are
    read; a filter and a limit of rows are applied batch by batch.

    Raises:
        FileNotFoundError: There is no such file, or no file in the folder or pattern.
    """
    table = scan(path, columns, **options)
    return polars.io.plugins.register_io_source(
        partial(_frames, table), schema=polars.Schema(table.schema), validate_schema=True
    )


def _frames(
    table: Scan,
    with_columns: list[str] | None,
    predicate: polars.Expr | None,
    n_rows: int | None,
    batch_size: int | None,
) -> Iterator[polars.DataFrame]:
    """Yields the rows that a query needs. Polars trusts a source, so everything is applied here."""
    names = None if with_columns is None else list(with_columns)
    if names is not None and predicate is not None:
        names += [name for name in predicate.meta.root_names() if name not in names]
    core = table._core if names is None else table._core.select(names)
    for batch in core if n_rows is None else core.head(n_rows):
        frame = polars.DataFrame(batch)
        if predicate is not None:
            frame = frame.filter(predicate)
        yield frame if with_columns is None else frame.select(with_columns)
