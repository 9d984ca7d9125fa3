"""Partitions: parts of MARC files for programs that read them in many processes.

`plan_partitions` cuts files into partitions, and `read_partition` reads one of them. A partition is
plain values, so it can be pickled and sent to another machine that has the same files. Together the
partitions have exactly the records and the faults of the files, each once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from ._scan import Scan, scan
from ._tidemarc import splits

if TYPE_CHECKING:
    from ._scan import _Columns
    from ._tidemarc import _Format, _Path

__all__ = ["Partition", "plan_partitions", "read_partition"]


class Partition(NamedTuple):
    """A part of a file: the records whose first byte is between two offsets."""

    path: str
    #: Offset of the first byte.
    start: int
    #: Offset of the byte after the last one; None for the end of the file.
    end: int | None


def plan_partitions(
    paths: _Path | Iterable[_Path],
    target_bytes: int = 64 << 20,
    *,
    format: _Format | str = "auto",
) -> list[Partition]:
    """Returns the partitions of a file or of several files, in their order.

    Each has `target_bytes` bytes at most (of a BGZF file after decompression), unless its file
    cannot be cut: a file that is compressed in another way, or in MARCXML or JSON, is one
    partition. Of each file only the first bytes are read, and the headers of the blocks of BGZF.
    `format` is that of `Reader`.

    Raises:
        OSError: A file cannot be opened, or is not a regular file.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    return [
        Partition(name, start, end)
        for name in map(os.fsdecode, paths)
        for start, end in splits(name, target_bytes, format=format)  # type: ignore[arg-type]
    ]


def read_partition(partition: Partition, columns: _Columns, **options: Any) -> Scan:
    """Returns a scan of one partition: a stream of Arrow with one row for each record.

    `columns` and `options` are those of `tidemarc.scan`. Record numbers count from the start of the
    partition, and offsets from the start of the file.
    """
    path, start, end = partition
    return scan(path, columns, range=(start, end), **options)
