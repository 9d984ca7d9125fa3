"""Daft: MARC files as a data frame. It needs daft."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from . import _engines
from ._scan import _module
from .partitions import Partition

_module("daft", "tidemarc.daft")

from daft.io.source import DataSource, DataSourceTask  # noqa: E402
from daft.recordbatch import RecordBatch  # noqa: E402
from daft.schema import Schema  # noqa: E402

if TYPE_CHECKING:
    import daft
    from daft.io.pushdowns import Pushdowns

    from ._scan import _Columns
    from ._tidemarc import _Path

__all__ = ["read_marc"]


def read_marc(
    paths: _Path | Iterable[_Path],
    columns: _Columns,
    *,
    target_bytes: int = _engines.TARGET_BYTES,
    **options: Any,
) -> daft.DataFrame:
    """Returns a data frame of Daft: the records of files, folders or patterns as rows.

    A task reads `target_bytes` bytes of input, or more if a file cannot be cut; small files share
    tasks. Every worker must be able to open the files by the same paths. `columns` and `options`
    are those of `tidemarc.scan`; `threads` is 1 by default, since Daft runs a task on each core.
    Only the columns that a query needs are read.

    Raises:
        OSError: A file cannot be opened, or a pattern matches none.
        ValueError: There is a quarantine, which tasks cannot share.
    """
    _engines.check_options(options)
    options.setdefault("threads", 1)
    table = _engines.named(columns)
    schema = Schema.from_pyarrow_schema(_engines.schema(table))
    groups = _engines.planned(paths, target_bytes, options)
    return _Source(groups, table, options, schema).read()


class _Source(DataSource):
    def __init__(
        self,
        groups: list[tuple[Partition, ...]],
        columns: Any,
        options: dict[str, Any],
        schema: Schema,
    ) -> None:
        self._groups = groups
        self._columns = columns
        self._options = options
        self._schema = schema

    @property
    def name(self) -> str:
        return "MARC"

    @property
    def schema(self) -> Schema:
        return self._schema

    async def get_tasks(self, pushdowns: Pushdowns) -> AsyncIterator[DataSourceTask]:
        names = None
        if pushdowns.columns is not None:
            # Daft applies the filter itself, after the read, but does not count its columns.
            wanted = {*pushdowns.columns, *pushdowns.filter_required_column_names()}
            names = [field.name for field in self._schema if field.name in wanted]
        for group in self._groups:
            yield _Task(group, self._columns, self._options, self._schema, names)


class _Task(DataSourceTask):
    def __init__(
        self,
        group: tuple[Partition, ...],
        columns: Any,
        options: dict[str, Any],
        schema: Schema,
        names: list[str] | None,
    ) -> None:
        self._group = group
        self._columns = columns
        self._options = options
        self._schema = schema
        self._names = names

    @property
    def schema(self) -> Schema:
        return self._schema

    async def read(self) -> AsyncIterator[RecordBatch]:
        for part in self._group:
            for batch in _engines.batches(part, self._columns, self._names, self._options):
                yield RecordBatch.from_arrow_record_batches([batch], batch.schema)
