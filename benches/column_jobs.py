"""The jobs about tables: tidemarc's columns, a loop over its records, and the peers.

`python_jobs.py` imports this module for the contenders that it names, before the time begins. Each
function reads a whole file and returns the number of rows.
"""

import os
import tempfile
from collections.abc import Callable
from importlib import import_module
from typing import Any

TEN: dict[str, tuple[str, bool]] = {
    "id": ("001", False),
    "year": ("008/7-10", False),
    "language": ("008/35-37", False),
    "isbn": ("020$a", True),
    "author": ("100$a", False),
    "title": ("245$a", False),
    "subtitle": ("245$b", False),
    "publisher": ("260$b", False),
    "published": ("260$c", False),
    "subjects": ("650$a", True),
}
"""The ten columns: their selectors, and true for lists."""

# marctable has no part of a field, so 008 is whole.
MARCTABLE = ["001", "008", "020a", "100a", "245a", "245b", "260b", "260c", "650a"]


def _ten() -> dict[str, Any]:
    from tidemarc import Column

    return {
        name: Column(selector, repeat="list" if is_list else "first")
        for name, (selector, is_list) in TEN.items()
    }


def batches(file: str, **options: Any) -> int:
    """Read ten columns into pyarrow, and drop each batch."""
    import pyarrow
    import tidemarc

    stream = pyarrow.RecordBatchReader.from_stream(tidemarc.scan(file, columns=_ten(), **options))
    return sum(batch.num_rows for batch in stream)


def nested(file: str) -> int:
    """Read the preset `nested` into pyarrow, and drop each batch."""
    import pyarrow
    import tidemarc

    stream = pyarrow.RecordBatchReader.from_stream(tidemarc.scan(file, columns="nested"))
    return sum(batch.num_rows for batch in stream)


def loop(file: str) -> int:
    """Read the values of the ten columns from records, one by one, on one thread."""
    import tidemarc

    rows = 0
    for record in tidemarc.Reader(file, threads=1):
        control, fixed = record.get("001"), record.get("008")
        fixed_text = fixed.data if fixed is not None else None
        row = [
            control.data if control is not None else None,
            fixed_text[7:11] if fixed_text else None,
            fixed_text[35:38] if fixed_text else None,
        ]
        for tag, codes in (("100", "a"), ("245", "ab"), ("260", "bc")):
            field = record.get(tag)
            row += [field.get(code) if field is not None else None for code in codes]
        for tag in ("020", "650"):
            row.append(
                [text for field in record.get_fields(tag) for text in field.get_subfields("a")]
            )
        rows += 1
    return rows


def parquet(file: str) -> int:
    """Write ten columns as Parquet, to memory that looks like a file if the system has any."""
    import tidemarc

    scan = tidemarc.scan(file, columns=_ten())
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        scan.write_parquet(os.path.join(folder, "ten.parquet"))
    return int(scan.stats.records)


def marctable(file: str) -> int:
    """Write what marctable can read of the ten columns as Parquet, with marctable."""
    from marctable.utils import to_parquet
    from pymarc import MARCReader

    rows = 0

    def counted() -> Any:
        nonlocal rows
        for record in MARCReader(source):
            rows += 1
            yield record

    with (
        tempfile.TemporaryDirectory(dir=_memory()) as folder,
        open(file, "rb") as source,
        open(os.path.join(folder, "ten.parquet"), "wb") as target,
    ):
        to_parquet(counted(), target, MARCTABLE)
    return rows


def two(file: str) -> int:
    """Read 001 and the first 245 $a of each record into a frame of Polars."""
    import polars
    import tidemarc
    from tidemarc import Column

    columns = {"id": Column("001", repeat="first"), "title": Column("245$a", repeat="first")}
    return polars.DataFrame(tidemarc.scan(file, columns=columns)).height


def polars_marc21(file: str) -> int:
    """Read the same two columns with polars-marc21."""
    from polars_marc21 import read_marc21

    return int(read_marc21(file, "001, 245/*.a").height)


class FromMemory:
    """The ten columns in memory, to be written by pyarrow alone."""

    def __init__(self, file: str) -> None:
        """Read the columns, before the time begins."""
        import pyarrow
        import tidemarc

        self.table = pyarrow.table(tidemarc.scan(file, columns=_ten()))

    def __call__(self, _file: str) -> int:
        """Write them with the settings that `write_parquet` has."""
        import pyarrow.parquet

        with tempfile.TemporaryDirectory(dir=_memory()) as folder:
            pyarrow.parquet.write_table(
                self.table,
                os.path.join(folder, "ten.parquet"),
                compression="zstd",
                row_group_size=131_072,
            )
        return int(self.table.num_rows)


def _memory() -> str | None:
    return "/dev/shm" if os.path.isdir("/dev/shm") else None


_ARROW = ("pyarrow.parquet", "tidemarc")

# The modules that each contender needs, and its job.
JOBS: dict[str, tuple[tuple[str, ...], Callable[[str], int]]] = {
    "pyarrow": (_ARROW, lambda _file: 0),
    "tidemarc-scan": (_ARROW, batches),
    "tidemarc-scan-1": (_ARROW, lambda file: batches(file, threads=1)),
    "tidemarc-nested": (_ARROW, nested),
    "tidemarc-parquet": (_ARROW, parquet),
    "tidemarc-loop": (("tidemarc",), loop),
    "tidemarc-two": (("polars", "tidemarc"), two),
    "marctable": (("marctable.utils",), marctable),
    "polars_marc21": (("polars_marc21",), polars_marc21),
}


def prepare(contender: str, file: str) -> Callable[[str], int]:
    """Returns the job of a contender, after all imports."""
    if contender == "pyarrow-memory":
        return FromMemory(file)
    modules, job = JOBS[contender]
    for module in modules:
        import_module(module)
    return job
