"""Spark's format "marc"."""

from __future__ import annotations

from pyspark.sql.datasource import DataSource, DataSourceReader, DataSourceWriter
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from .. import _engines, scan
from . import options as parsed
from .portable import Portable
from .reader import FilteringReader, MarcReader
from .writer import MarcWriter


class MarcDataSource(Portable, DataSource):
    """MARC files in Spark: `spark.read.format("marc")` and `frame.write.format("marc")`.

    `load` takes a file, a folder, a pattern, or a list of them. Every executor must be able to open
    the files by the same paths.

    Options of reading, all as text:

    - `columns`: a JSON object of names and definitions, as in `tidemarc.scan`. A definition is a
      selector (`"650$a"`), the name of a fact (`"record_no"`), or an object with the arguments of
      `Column`: `{"selector": "245$a$b", "repeat": "join"}`, `{"fields": "650", "codes": "ax"}`.
      Or "nested" (the default), "long" or "raw".
    - `errors`: "strict" (the default) fails the job at the first damaged record, "skip" logs damage
      on the executor, "repair" delivers the records that can be repaired.
    - `target_bytes`: the bytes of a file for one task, 134217728 by default. Small files share one.
    - `pushdown`: "true" applies filters before rows go to Spark. It needs the setting
      `spark.sql.python.filterPushdown.enabled=true`. Use such a data frame in one query only:
      Spark (4.3) keeps its filters for the next query, which then misses rows.
    - `format`, `encoding`, `encoding_errors`, `repair`, `max_faults`, `max_ratio`,
      `max_record_length`, `numeric_references`, `controls`, `mnemonics`, `chunk_size`: those of
      `tidemarc.scan`. `threads` is 1 by default, since each core of an executor has a task of its
      own.

    `.schema("id string, title string")` before `load` takes only these columns. Spark (4.3) has no
    other way to read fewer columns than `columns` defines.

    `record_no` counts from the start of each part of a file. `file` and `offset_bytes` are the
    place of a record.

    Writing needs the columns `leader` and `fields`, as "nested" has them. `save(folder)` writes one
    file for each task, which appears when the job is complete; `mode` is "append" or "overwrite".
    Its options are `format` ("iso2709" by default) and those of `tidemarc.Writer`: `compression`,
    `compression_level`, `encoding`, `encoding_errors`, `controls`, `overlong`, `namespace`.
    """

    @classmethod
    def name(cls) -> str:
        """Returns "marc", the name for `format()`."""
        return "marc"

    def schema(self) -> StructType:
        """Returns the schema that `columns` has. It reads no file."""
        return from_arrow_schema(_engines.schema(self._columns()))

    def reader(self, schema: StructType) -> DataSourceReader:
        """Returns the reader of the columns in `schema`.

        Raises:
            ValueError: An option is wrong, or `columns` does not define a column of the schema.
        """
        options = self.options
        parsed.known(options, {*parsed.PATHS, *parsed.READ, *parsed.SCAN}, "reading")
        arguments = {"threads": 1, **parsed.arguments(options, parsed.SCAN)}
        columns = self._columns()
        scan(b"", columns, **arguments)  # a wrong value is an error here, not in every task
        size = _engines.TARGET_BYTES
        if "target_bytes" in options:
            size = parsed.of(options, "target_bytes", int)
        if size < 1:
            raise ValueError(f"option target_bytes: must be at least 1, not {size}")
        pushdown = "pushdown" in options and parsed.of(options, "pushdown", parsed.boolean)
        kind = FilteringReader if pushdown else MarcReader
        names = self._names(schema)
        return kind(parsed.paths(options), columns, names, size, arguments)

    def writer(self, schema: StructType, overwrite: bool) -> DataSourceWriter:
        """Returns the writer of a data frame with this schema.

        Raises:
            ValueError: An option is wrong, or the schema has no columns `leader` and `fields`.
        """
        return MarcWriter.of(self.options, schema, overwrite)

    def _columns(self) -> parsed._Columns:
        options = self.options
        return parsed.of(options, "columns", parsed.columns) if "columns" in options else "nested"

    def _names(self, schema: StructType) -> list[str]:
        """Returns the names of the columns to read, after a check of their types."""
        defined = {field.name: field.dataType for field in self.schema()}
        for field in schema:
            if field.name not in defined:
                names = ", ".join(defined)
                raise ValueError(
                    f"the schema has the column {field.name!r}; the option columns defines {names}"
                )
            if field.dataType != defined[field.name]:
                raise ValueError(
                    f"the schema says that the column {field.name!r} is "
                    f"{field.dataType.simpleString()}; it is {defined[field.name].simpleString()}"
                )
        return [field.name for field in schema]
