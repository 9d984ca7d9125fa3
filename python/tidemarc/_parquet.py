"""Scans as Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ._scan import ROW_GROUP, ROW_GROUP_BYTES, _module, _pyarrow

if TYPE_CHECKING:
    from ._scan import Scan
    from ._tidemarc import _Path


# Bytes of a row group that is written while the next one is read: then both are in memory.
_SHORT = 64 << 20


def write(scan: Scan, path: _Path) -> None:
    """Writes all rows of a scan as a Parquet file that replaces the one at the path."""
    arrow = _pyarrow("write_parquet()")
    parquet = _module("pyarrow.parquet", "write_parquet()")
    output = scan._core.output(path)
    is_aside = scan._options.get("threads") != 1
    try:
        with (
            parquet.ParquetWriter(output, arrow.schema(scan), compression="zstd") as writer,
            ThreadPoolExecutor(1, "tidemarc-parquet") as aside,
        ):
            written: Future[None] | None = None
            for table in _row_groups(arrow, scan):
                if written:
                    written.result()
                    written = None
                if is_aside and table.nbytes < _SHORT:
                    written = aside.submit(writer.write_table, table, row_group_size=ROW_GROUP)
                else:
                    writer.write_table(table, row_group_size=ROW_GROUP)
            if written:
                written.result()
    except BaseException:
        output.abandon()
        raise
    output.commit()


def _row_groups(arrow: Any, scan: Scan) -> Iterator[Any]:
    """Yields the rows as one table for each row group."""
    waiting: list[Any] = []
    rows = size = 0
    for batch in scan:
        while batch.num_rows:
            taken = batch.slice(0, ROW_GROUP - rows)
            batch = batch.slice(taken.num_rows)
            waiting.append(taken)
            rows += taken.num_rows
            size += taken.nbytes
            if rows == ROW_GROUP or size >= ROW_GROUP_BYTES:
                yield arrow.Table.from_batches(waiting)
                waiting, rows, size = [], 0, 0
    if waiting:
        yield arrow.Table.from_batches(waiting)
