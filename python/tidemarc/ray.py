"""Ray: MARC files as a dataset. It needs ray[data]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from . import _engines
from ._scan import _module, _pyarrow
from .partitions import Partition

_module("ray.data", "tidemarc.ray")

import ray.data  # noqa: E402
from ray.data.block import BlockMetadata  # noqa: E402
from ray.data.datasource import Datasource, ReadTask  # noqa: E402

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]

    from ._scan import _Columns
    from ._tidemarc import _Path

__all__ = ["MarcDatasource", "read_marc"]


def read_marc(
    paths: _Path | Iterable[_Path],
    columns: _Columns,
    *,
    target_bytes: int = _engines.TARGET_BYTES,
    **options: Any,
) -> ray.data.Dataset:
    """Returns a dataset of Ray: the records of files, folders or patterns as rows.

    A task reads `target_bytes` bytes of input, or more if a file cannot be cut; small files share
    tasks. Every node must be able to open the files by the same paths. `columns` and `options` are
    those of `tidemarc.scan`; `threads` is 1 by default, since Ray runs a task on each core.

    Raises:
        OSError: A file cannot be opened, or a pattern matches none.
        ValueError: There is a quarantine, which tasks cannot share.
    """
    return ray.data.read_datasource(MarcDatasource(paths, columns, target_bytes, **options))


class MarcDatasource(Datasource):
    """The source for `ray.data.read_datasource`, which has more options than `read_marc`."""

    def __init__(
        self,
        paths: _Path | Iterable[_Path],
        columns: _Columns,
        target_bytes: int = _engines.TARGET_BYTES,
        **options: Any,
    ) -> None:
        super().__init__()
        self._columns = _engines.named(columns)
        _engines.check_options(options)
        self._options = {"threads": 1, **options}
        self._schema = _engines.schema(self._columns)
        self._groups = _engines.planned(paths, target_bytes, options)

    def estimate_inmemory_data_size(self) -> int | None:
        """Returns the bytes of the input, which the rows take about once or twice."""
        return sum(map(_engines.size, self._groups))

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None
    ) -> list[ReadTask]:
        """Returns a task for each partition; their number does not follow `parallelism`."""
        return [
            ReadTask(
                partial(_read, group, self._columns, self._options),
                BlockMetadata(
                    num_rows=None,
                    size_bytes=_engines.size(group),
                    exec_stats=None,
                    input_files=tuple(part.path for part in group),
                ),
                schema=self._schema,
                per_task_row_limit=per_task_row_limit,
            )
            for group in self._groups
        ]


def _read(
    group: tuple[Partition, ...], columns: Any, options: dict[str, Any]
) -> Iterator[pyarrow.Table]:
    """Yields the rows of one partition as tables of pyarrow."""
    table = _pyarrow("tidemarc.ray").Table
    for part in group:
        for batch in _engines.batches(part, columns, None, options):
            yield table.from_batches([batch])
