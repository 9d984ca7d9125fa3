"""The Python jobs of the benchmarks, one job of one contender in a process of its own.

`python python_jobs.py JOB CONTENDER FILE RECORDS` does the job once and prints one line of JSON:
the seconds inside the job (imports excluded), the processor seconds of all threads in the same
span, a checksum of the work, the peak memory of the process. RECORDS is how many records FILE
holds; only the contender `floor`, which reads no file, depends on it.

It imports next to nothing, so that what it says of memory is said of the contender. The jobs about
tables are in `column_jobs.py`.
"""

# ruff: noqa: SIM115 - who closes the file is part of the job

import random
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from itertools import repeat
from typing import Any, TypeAlias

Reader: TypeAlias = Iterable[Any]
Outcome: TypeAlias = tuple[int | None, int | None]
"""Records counted and a checksum, where the job has them."""

ONE_RECORD_PASSES = 2_000
# The average of the corpus: fields of a record, and characters of their values.
FIELDS, VALUE = 20, "x" * 29
MARC8 = {"encoding": "marc-8", "encoding_errors": "replace"}

# How each contender reads a file record by record: the module it needs, and the reader made of that
# module, a path and the number of records. Files are left to the reader to close, as in the wording
# of the jobs.
CONTENDERS: dict[str, tuple[str, Callable[[Any, str, int], Reader]]] = {
    "floor": ("builtins", lambda module, file, records: map(bytes, repeat(3, records))),
    "tidemarc": ("tidemarc", lambda module, file, _: module.Reader(file)),
    "tidemarc-1": ("tidemarc", lambda module, file, _: module.Reader(file, threads=1)),
    **{
        name + suffix: (
            "tidemarc",
            lambda module, file, _, options=options: module.Reader(file, **options),
        )
        for name in ("gzip", "bgzf", "zstd")
        for suffix, options in (("", {}), ("-1", {"threads": 1}))
    },
    "tidemarc-file": ("tidemarc", lambda module, file, _: module.Reader(open(file, "rb"))),
    "tidemarc-file-1": (
        "tidemarc",
        lambda module, file, _: module.Reader(open(file, "rb"), threads=1),
    ),
    "tidemarc-marc8": ("tidemarc", lambda module, file, _: module.Reader(file, **MARC8)),
    "tidemarc-marc8-1": (
        "tidemarc",
        lambda module, file, _: module.Reader(file, threads=1, **MARC8),
    ),
    "tidemarc-pymarc": (
        "tidemarc.pymarc",
        lambda module, file, _: module.MARCReader(open(file, "rb")),
    ),
    "tidemarc-index": ("tidemarc", lambda module, file, _: _LookUps(module, file)),
    "mrrc": ("mrrc", lambda module, file, _: module.MARCReader(file)),
    "mrrc-file": ("mrrc", lambda module, file, _: module.MARCReader(open(file, "rb"))),
    "mrrc-pipeline": (
        "mrrc",
        lambda module, file, _: iter(module.ProducerConsumerPipeline.from_file(file).next, None),
    ),
    "pymarc": ("pymarc", lambda module, file, _: module.MARCReader(open(file, "rb"))),
    "pymarc-json": ("pymarc", lambda module, file, _: module.JSONReader(file)),
    # These do the whole job before they give their first object.
    "pymarc-xml": ("pymarc", lambda module, file, _: _PymarcXml(module, file)),
    "tidemarc-convert": ("tidemarc", lambda module, file, _: _Conversion(module, file)),
    "tidemarc-convert-1": (
        "tidemarc",
        lambda module, file, _: _Conversion(module, file, threads=1),
    ),
}


class _LookUps:
    """Every record of a file, by its control number, in random order."""

    def __init__(self, module: Any, file: str) -> None:
        try:
            self.index = module.Index.open(file)
        except (FileNotFoundError, module.errors.TidemarcError):
            self.index = module.Index.build(file)
        self.keys = list(self.index)
        random.Random(1).shuffle(self.keys)

    def __iter__(self) -> Any:
        """Look up one key after the other."""
        return map(self.index.get, self.keys)


class _PymarcXml:
    """pymarc calls back for each record of XML."""

    def __init__(self, module: Any, file: str) -> None:
        self.module, self.file = module, file
        self.records = 0

    def __iter__(self) -> Any:
        """Read the file, and give as many objects as it had records."""
        self.module.map_xml(self._count, self.file)
        return repeat(None, self.records)

    def _count(self, _record: object) -> None:
        self.records += 1


class _Conversion:
    """A conversion to MARCXML, which nobody keeps."""

    def __init__(self, module: Any, file: str, **options: Any) -> None:
        self.module, self.file = module, file
        self.options = {"to_format": "marcxml", "controls": "replace"} | options

    def __iter__(self) -> Any:
        """Convert the file, and give as many objects as it had records."""
        done = self.module.convert(self.file, "/dev/null", **self.options)
        return repeat(None, done.records)


def iterate(reader: Reader) -> Outcome:
    """Meet every record."""
    for _record in reader:
        pass
    return None, None


def count(reader: Reader) -> Outcome:
    """Count the records: run once, untimed, to know that `iterate` meets every one."""
    records = 0
    for _record in reader:
        records += 1
    return records, None


def title(reader: Reader) -> Outcome:
    """Add up the characters of the titles."""
    records = characters = 0
    for record in reader:
        records += 1
        characters += len(record.title or "")
    return records, characters


def extract(reader: Reader) -> Outcome:
    """Add up the characters of the titles and of all fields."""
    records = characters = 0
    for record in reader:
        records += 1
        characters += len(record.title or "")
        for field in record.get_fields():
            characters += len(field.value())
    return records, characters


def values(reader: Reader) -> Outcome:
    """Add up the characters of all fields."""
    records = characters = 0
    for record in reader:
        records += 1
        for field in record.get_fields():
            characters += len(field.value())
    return records, characters


def values_floor(reader: Reader) -> Outcome:
    """Do the least that `values` costs: fresh objects in a list, a method and a string of each."""
    records = characters = 0
    for _record in reader:
        records += 1
        for field in list(map(str.encode, repeat(VALUE, FIELDS))):
            characters += len(field.decode())
    return records, None


def roundtrip(reader: Reader) -> Outcome:
    """Add up the octets of the records written back."""
    records = octets = 0
    for record in reader:
        records += 1
        octets += len(record.as_marc())
    return records, octets


def edit(reader: Reader) -> Outcome:
    """Change a field of each record and add up the octets of the records written back."""
    records = octets = 0
    for record in reader:
        records += 1
        field = record.get("245")
        if field is not None and "a" in field:
            field["a"] = field["a"].upper()
        octets += len(record.as_marc())
    return records, octets


def as_dict(reader: Reader) -> Outcome:
    """Add up the fields of the records as dictionaries."""
    records = fields = 0
    for record in reader:
        records += 1
        fields += len(record.as_dict()["fields"])
    return records, fields


def as_json(reader: Reader) -> Outcome:
    """Add up the characters of the records as JSON."""
    records = characters = 0
    for record in reader:
        records += 1
        characters += len(record.as_json())
    return records, characters


def marc8(reader: Reader) -> Outcome:
    """Ask for the text of all fields; it differs in a few characters, so there is no checksum."""
    records = 0
    for record in reader:
        records += 1
        for field in record.get_fields():
            field.value()
    return records, None


JOBS: dict[str, Callable[[Reader], Outcome]] = {
    "iterate": iterate,
    "count": count,
    "title": title,
    "extract": extract,
    "values": values,
    "roundtrip": roundtrip,
    "edit": edit,
    "as_dict": as_dict,
    "as_json": as_json,
    "marc8": marc8,
}


def one(make: Callable[[], Reader] | None, file: str) -> Outcome:
    """Open, read and close a file of one record, many times; with no reader, open and close it."""
    for _ in range(ONE_RECORD_PASSES):
        if make is None:
            open(file, "rb").close()
        else:
            for _record in make():
                pass
    return ONE_RECORD_PASSES, None


def threads_while_open(make: Callable[[], Reader]) -> int | None:
    """The threads of this process while a reader has a record out."""
    import os

    reader = iter(make())
    _record = next(reader)
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return None


def peak_kib() -> int | None:
    """The high-water mark of this process's memory; `wait4` would count its parent's in it."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return None


def main(job: str, contender: str, file: str, records: int) -> None:
    """Do one job and print what came of it."""
    make: Callable[[], Reader]
    if job == "table":
        table = import_module("column_jobs").prepare(contender, file)
    else:
        name, opener = CONTENDERS[contender]
        make = partial(opener, import_module(name), file, records)
    wall, cpu = time.perf_counter(), time.process_time()
    if job == "table":
        outcome = (table(file) or None, None)
    elif job == "one":
        outcome = one(None if contender == "floor" else make, file)
    else:
        work = values_floor if (job, contender) == ("values", "floor") else JOBS[job]
        outcome = work(make())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = peak_kib()
    threads = threads_while_open(make) if job == "one" else None

    import json

    line: dict[str, float | None] = {"records": outcome[0], "seconds": wall, "cpu": cpu}
    line |= {"check": outcome[1], "peak_kib": peak, "threads": threads}
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
