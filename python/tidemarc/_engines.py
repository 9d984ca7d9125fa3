"""The parts that the adapters for Spark, Dask, Ray and Daft share."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._scan import _plain, _pyarrow, scan
from ._tidemarc import Column, Selector, _files
from .partitions import Partition, plan_partitions, read_partition

if TYPE_CHECKING:
    import pyarrow as _arrow  # type: ignore[import-untyped]

    from ._scan import _Columns
    from ._tidemarc import _Path

#: Bytes of a file for one task, if the program does not specify it: as for Spark's own sources.
TARGET_BYTES = 128 << 20

#: The presets that have one row for each record, and the columns there that need its fields.
_OF_FIELDS = {"nested": {"fields"}, "raw": set[str]()}


def files(paths: _Path | Iterable[_Path]) -> list[str]:
    """Returns the absolute paths of the files that paths, patterns and folders name, in order.

    Processes of an engine have working directories of their own.

    Raises:
        FileNotFoundError: A pattern matches no file.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    return [file for path in paths for file in _expanded(os.path.abspath(os.fsdecode(path)))]


def _expanded(path: str) -> list[str]:
    is_folder = os.path.isdir(path)
    try:
        found = _files(path)
    except FileNotFoundError:
        if is_folder:  # an empty folder is a table without rows
            return []
        raise FileNotFoundError(f"no file matches {path!r}") from None
    if found is None:
        return [path]
    # Engines write files such as `_SUCCESS` beside the data.
    return [name for name in found if not (is_folder and os.path.basename(name).startswith("_"))]


def check_options(options: Mapping[str, Any]) -> None:
    """Refuses an option that the parts of a file cannot share.

    Raises:
        ValueError: There is a quarantine: each part would write over that of the part before.
    """
    if options.get("quarantine") is not None:
        raise ValueError(
            "a quarantine cannot be shared by tasks: each would write over the file of the one "
            "before; read the damaged file once with tidemarc.check(path, quarantine=…)"
        )


def named(columns: _Columns) -> str | dict[str, str | Selector | Column]:
    """Returns the columns as a preset or a mapping, which can be pickled."""
    plain = _plain(columns)
    return {str(column): column for column in plain} if isinstance(plain, list) else plain


def schema(columns: _Columns) -> _arrow.Schema:
    """Returns the schema of Arrow that a scan with these columns has. It reads nothing."""
    return _pyarrow("a schema").schema(scan(b"", columns).schema)


def batches(
    partition: Partition,
    columns: str | Mapping[str, str | Selector | Column],
    names: Sequence[str] | None,
    options: Mapping[str, Any],
) -> Iterator[_arrow.RecordBatch]:
    """Yields the rows of a partition as batches of pyarrow, with the columns of these names.

    Only these columns are read, except from the preset "long". The rows are the same for any names.
    """
    if names is None:
        yield from read_partition(partition, columns, **options)
        return
    wanted = list(names)
    rows = read_partition(partition, _narrowed(columns, wanted), **options)._core.select(wanted)
    record_batch = _pyarrow("reading batches").record_batch
    for batch in rows:
        yield record_batch(batch).select(wanted)


def _narrowed(
    columns: str | Mapping[str, str | Selector | Column], names: list[str]
) -> str | Mapping[str, str | Selector | Column]:
    """Returns a mapping instead of a preset, if facts about the records are enough."""
    if not isinstance(columns, str) or columns not in _OF_FIELDS:
        return columns
    if not names or _OF_FIELDS[columns].intersection(names):
        return columns
    return {name: Column.metadata(name) for name in names}


def size(group: Iterable[Partition]) -> int:
    """Returns the number of bytes in parts of files."""
    return sum(
        (os.path.getsize(part.path) if part.end is None else part.end) - part.start
        for part in group
    )


def planned(
    paths: _Path | Iterable[_Path], target_bytes: int, options: Mapping[str, Any]
) -> list[tuple[Partition, ...]]:
    """Returns the groups of partitions that one task each reads.

    Raises:
        OSError: A file cannot be opened, or a pattern matches none.
    """
    parts = plan_partitions(files(paths), target_bytes, format=options.get("format", "auto"))
    return grouped(parts, target_bytes)


def grouped(parts: Iterable[Partition], target_bytes: int) -> list[tuple[Partition, ...]]:
    """Returns the parts in groups of about `target_bytes`, in their order.

    A part that is larger is a group of its own. So a folder of small files has few groups.
    """
    groups: list[list[Partition]] = []
    room = 0
    for part in parts:
        bytes_ = size([part])
        if not groups or bytes_ > room:
            groups.append([])
            room = target_bytes
        groups[-1].append(part)
        room -= bytes_
    return [tuple(group) for group in groups]
