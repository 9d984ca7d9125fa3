"""The readers of Spark's format "marc": partitions on the driver, rows on the executors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow  # type: ignore[import-untyped]
from pyspark.sql.datasource import DataSourceReader, Filter, InputPartition

from .. import _engines
from ..partitions import Partition
from .filters import is_exact, mask
from .options import _Columns
from .portable import Portable


class MarcPartition(InputPartition):
    """The parts of files that one task reads."""

    value: tuple[Partition, ...]


class MarcReader(Portable, DataSourceReader):
    """Reads the columns with these names, in batches of Arrow."""

    def __init__(
        self,
        paths: list[str],
        columns: _Columns,
        names: list[str],
        target_bytes: int,
        options: dict[str, Any],
    ) -> None:
        self.paths = paths
        self.columns = columns
        self.names = names
        self.target_bytes = target_bytes
        self.options = options

    def partitions(self) -> list[InputPartition]:
        """Returns the partitions: a large file in parts, and small files together.

        Raises:
            OSError: A file cannot be opened on the driver.
        """
        groups = _engines.planned(self.paths, self.target_bytes, self.options)
        return [MarcPartition(group) for group in groups]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        """Yields the rows of one partition."""
        # Spark reads a partition of its own class if there are no others, and counts its rows.
        if isinstance(partition, MarcPartition):
            for part in partition.value:
                yield from self._batches(part)

    def _batches(self, part: Partition) -> Iterator[pyarrow.RecordBatch]:
        return _engines.batches(part, self.columns, self.names, self.options)


class FilteringReader(MarcReader):
    """A reader that also applies filters.

    It is a class of its own, because Spark's default settings refuse every query on a reader that
    has the method `pushFilters`. Spark 4.3 uses the object again for the next query on the same
    data frame, without a new call of the method; docs/scale.md warns of it.
    """

    filters: tuple[Filter, ...] = ()

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        """Accepts the filters that can be applied exactly, and returns the others."""
        table = _engines.schema(self.columns)
        self.filters = tuple(each for each in filters if is_exact(each, table))
        return [each for each in filters if not is_exact(each, table)]

    def _batches(self, part: Partition) -> Iterator[pyarrow.RecordBatch]:
        for batch in super()._batches(part):
            for each in self.filters:
                batch = batch.filter(mask(each, batch))
            yield batch
