"""The writer of Spark's format "marc": one file for each task, all of them in place at the end."""

from __future__ import annotations

import io
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow  # type: ignore[import-untyped]
from pyspark import TaskContext
from pyspark.sql.datasource import DataSourceArrowWriter, WriterCommitMessage
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import ArrayType, DataType, StructType

from .. import Writer, _engines
from . import options as parsed
from .portable import Portable
from .rows import write_rows

_SUFFIXES = {
    "iso2709": ".mrc",
    "marcxml": ".xml",
    "json": ".json",
    "jsonl": ".jsonl",
    "marcmaker": ".mrk",
    "line": ".txt",
}
_COMPRESSED = {None: "", "gzip": ".gz", "bgzf": ".bgz", "zstd": ".zst"}
#: The names of the files that this writer makes.
_PART = re.compile(r"part-\d{5,}-[0-9a-f]{32}\.\w+(\.\w+)?")
#: The columns of a data frame that are written.
_COLUMNS = ("leader", "fields")


@dataclass
class Written(WriterCommitMessage):
    """The name of the file that a task has written; None if it had no rows."""

    name: str | None


class MarcWriter(Portable, DataSourceArrowWriter):
    """Writes the rows of each task to a file in a temporary folder, and moves all files at the end.

    The temporary folder is inside the target, so that moving is renaming. A folder whose name
    begins with `_` is not read.
    """

    def __init__(self, folder: str, suffix: str, arguments: dict[str, Any], old: list[str]) -> None:
        self.folder = folder
        self.suffix = suffix
        self.arguments = arguments
        self.old = old
        self.job = uuid.uuid4().hex

    @classmethod
    def of(cls, options: Mapping[str, str], schema: StructType, overwrite: bool) -> MarcWriter:
        """Checks options and schema, makes the folders, and returns a writer.

        Raises:
            ValueError: An option or the schema is wrong.
            FileExistsError: The folder has files of others, which `overwrite` would remove.
        """
        parsed.known(options, {"path", *parsed.WRITER}, "writing")
        _check(schema)
        if "path" not in options:
            raise ValueError("a path is missing: save(path) writes to a folder")
        folder = parsed.local(options["path"])
        arguments = parsed.arguments(options, parsed.WRITER)
        with Writer(io.BytesIO(), **arguments) as trial:  # a wrong value is an error here
            suffix = _SUFFIXES[trial.format] + _COMPRESSED[trial.compression]
        old = _replaceable(folder) if overwrite else []
        made = cls(folder, suffix, arguments, old)
        made._temporary.mkdir(parents=True)
        return made

    @property
    def _temporary(self) -> Path:
        return Path(self.folder, f"_temporary-{self.job}")

    @property
    def _committed(self) -> Path:
        return Path(self.folder, f"_committed-{self.job}")

    def write(self, iterator: Iterator[pyarrow.RecordBatch]) -> WriterCommitMessage:
        """Writes the rows of one task.

        Raises:
            FileNotFoundError: The executor does not share the folder with the driver.
            ValueError: A row is not a record.
        """
        if not self._temporary.is_dir():
            raise FileNotFoundError(
                f"{self._temporary} does not exist on this executor, or the job is over: driver "
                "and executors must share the folder that is written"
            )
        task = TaskContext.get()
        assert task is not None, "Spark calls write() in a task"
        name = f"part-{task.partitionId():05}-{self.job}{self.suffix}"
        # Two attempts of one task may run at the same time.
        path = self._temporary / f"{task.taskAttemptId()}-{name}"
        batches = (batch.select(_COLUMNS) for batch in iterator)
        rows = write_rows(batches, path, self.arguments)
        if not rows:
            path.unlink()
            return Written(None)
        return Written(path.name)

    def commit(self, messages: list[WriterCommitMessage | None]) -> None:
        """Moves the files to their names, then removes the old ones.

        Between the two steps a reader finds the records of both, but none is ever missing. Spark
        calls `abort` if this raises, in another process: from the first removal on, the temporary
        folder has another name.
        """
        for message in messages:
            if not isinstance(message, Written):
                raise RuntimeError(f"a task of the write has not reported its file: {message!r}")
            if message.name is not None:
                final = message.name.split("-", 1)[1]
                os.replace(self._temporary / message.name, Path(self.folder, final))
        self._temporary.rename(self._committed)
        for name in self.old:
            Path(self.folder, name).unlink(missing_ok=True)
        shutil.rmtree(self._committed, ignore_errors=True)

    def abort(self, messages: list[WriterCommitMessage | None]) -> None:
        """Removes everything that the job has written, unless the old files are being removed."""
        if not self._temporary.is_dir():
            return
        shutil.rmtree(self._temporary, ignore_errors=True)
        for path in Path(self.folder).glob(f"part-*-{self.job}.*"):
            path.unlink()


def _replaceable(folder: str) -> list[str]:
    """Returns the names of the files in a folder that an earlier job has written."""
    if not os.path.lexists(folder):
        return []
    names = [os.path.basename(path) for path in _engines.files(folder)]
    others = [name for name in names if not _PART.fullmatch(name)]
    if others:
        raise FileExistsError(
            f"{folder} has {len(others):,} files that no Spark job of tidemarc has written, like "
            f"{others[0]}; mode overwrite would remove them, so nothing is written"
        )
    return names


def _check(schema: StructType) -> None:
    """Checks that a schema has the columns to write, with the types of the preset "nested"."""
    nested = from_arrow_schema(_engines.schema("nested"))
    for name in _COLUMNS:
        wanted = nested[name].dataType
        if name not in schema.names:
            found = "is missing"
        elif _shape(schema[name].dataType) != _shape(wanted):
            found = f"is {schema[name].dataType.simpleString()}"
        else:
            continue
        raise ValueError(
            f"the column {name} {found}; writing MARC needs {name}: {wanted.simpleString()}, as "
            'the columns "nested" have it'
        )


def _shape(kind: DataType) -> Any:
    """Returns a type as plain values, regardless of the order of members and of nullability."""
    if isinstance(kind, StructType):
        return {field.name: _shape(field.dataType) for field in kind}
    if isinstance(kind, ArrayType):
        return [_shape(kind.elementType)]
    return kind.simpleString()
