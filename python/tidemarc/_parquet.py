"""Scans as Parquet files."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._scan import ROW_GROUP, ROW_GROUP_BYTES, _module, _pyarrow

if TYPE_CHECKING:
    from ._scan import Scan


def write(scan: Scan, path: str | bytes) -> None:
    """Writes all rows of a scan as a Parquet file that replaces the one at the path."""
    arrow = _pyarrow("write_parquet()")
    parquet = _module("pyarrow.parquet", "write_parquet()")
    scan._core.refuse_the_source(path)
    with (
        _replacement(Path(os.fsdecode(path))) as target,
        parquet.ParquetWriter(target, arrow.schema(scan), compression="zstd") as writer,
    ):
        for table in _row_groups(arrow, scan):
            writer.write_table(table, row_group_size=ROW_GROUP)


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


@contextmanager
def _replacement(path: Path) -> Iterator[Path]:
    """Gives a path to write to; the file there replaces the one at `path` at the end.

    A FIFO or a device is written itself. An exception removes the new file.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        yield path
        return
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with new.open("xb"):
            if path.exists():
                new.chmod(path.stat().st_mode & 0o7777)
        yield new
        with new.open("rb") as written:
            os.fsync(written.fileno())
        new.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            new.unlink()
        raise
