"""Polars: MARC files as a lazy frame. It needs the package polars."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._scan import Scan, _module, scan

if TYPE_CHECKING:
    import polars
else:
    polars = _module("polars", "tidemarc.polars")

if TYPE_CHECKING:
    from ._scan import _Columns
    from ._tidemarc import _Path

__all__ = ["scan_marc"]


def scan_marc(path: _Path, columns: _Columns, **options: Any) -> polars.LazyFrame:
    """Returns a lazy frame of the records of a file, or of all files that a pattern matches.

    The files are read in the order of their names, each time the frame is collected. `columns` and
    `options` are those of `tidemarc.scan`. Only the columns that a query needs are read; a filter
    and a limit of rows are applied batch by batch.

    Raises:
        FileNotFoundError: There is no such file, or the pattern matches none.
    """
    scans = [scan(name, columns, **options) for name in _files(os.fsdecode(path))]
    return polars.io.plugins.register_io_source(
        partial(_frames, scans), schema=polars.Schema(scans[0].schema), validate_schema=True
    )


def _files(path: str) -> list[str]:
    """Returns the path itself if it exists, or the files that match it, sorted."""
    if os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    files = sorted(name for name in glob.iglob(path, recursive=True) if not Path(name).is_dir())
    if not files:
        raise FileNotFoundError(f"no file matches {path!r}")
    return files


def _frames(
    scans: list[Scan],
    with_columns: list[str] | None,
    predicate: polars.Expr | None,
    n_rows: int | None,
    batch_size: int | None,
) -> Iterator[polars.DataFrame]:
    """Yields the rows that a query needs. Polars trusts a source, so everything is applied here."""
    names = None if with_columns is None else list(with_columns)
    if names is not None and predicate is not None:
        names += [name for name in predicate.meta.root_names() if name not in names]
    left = n_rows
    for each in scans:
        core = each._core if names is None else each._core.select(names)
        for batch in core if left is None else core.head(left):
            frame = polars.DataFrame(batch)
            if left is not None:
                left -= frame.height
            if predicate is not None:
                frame = frame.filter(predicate)
            yield frame if with_columns is None else frame.select(with_columns)
        if left == 0:
            return
