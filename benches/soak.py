"""Soak: hundreds of gigabytes through Python, with damage on the way (`make soak`).

Nothing is stored: one block of records, some of them damaged, comes again and again. What a block
gives is found out once, by itself; so every single record of the stream is known beforehand, and is
compared by its control number. Memory, descriptors and threads are looked at twenty times
on the way, and must stay what they were at the first look.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import logging
import multiprocessing
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import tidemarc
import tidemarc.errors
from tidemarc import Column

FIXTURES = Path(__file__).resolve().parents[1] / "tests" / "fixtures"
SOUND = 19
"""How many sound copies of the fixture a block has for each damaged one."""
LOOKS = 20
ALLOWANCE = 4 << 20
"""Bytes by which memory may have grown since the first look: how many chunks are in flight varies
with the turns that threads take, and so do the gaps that the allocator keeps."""
TABLES_ALLOWANCE = 24 << 20
"""The same for tables: two batches of at most 8 MiB are made or used at any time, and a third is
growing, so the place of a look within a batch decides."""
OPENED = 100_000
"""How many readers are opened and dropped, most of them in the middle of a file."""


@dataclass(frozen=True)
class Block:
    """What is read, and what comes of it."""

    data: bytes
    numbers: list[str | None]
    """The control number of each record, in order."""
    repaired: int
    faults: int


def make_block() -> Block:
    """Make the block, and read it by itself."""
    sound = (FIXTURES / "books.mrc").read_bytes()
    damaged = (FIXTURES / "books-damaged.mrc").read_bytes()
    data = sound * SOUND + damaged
    # Damage is none of its neighbour's business: the block alone gives what it gives in a stream.
    # The record behind it is there so that nothing depends on where the stream ends.
    with tidemarc.Reader(data + sound, errors="repair", threads=1) as reader:
        numbers = [record["001"].data for record in reader]
        stats = reader.stats
    behind = sum(1 for _ in tidemarc.Reader(sound))
    assert stats.repaired and stats.faults, "the soak is to have damage in it"
    return Block(data, numbers[:-behind], stats.repaired, stats.faults)


class Endless:
    """A file object that begins anew at the end of its block, so many times."""

    def __init__(self, block: bytes, times: int) -> None:
        self._block = memoryview(block)
        self._at, self._left = 0, times

    def readinto1(self, buffer: memoryview) -> int:
        """Fill the buffer, or as much of it as the block has left."""
        if self._at == len(self._block):
            self._at, self._left = 0, self._left - 1
        if self._left == 0:
            return 0
        count = min(len(buffer), len(self._block) - self._at)
        buffer[:count] = self._block[self._at : self._at + count]
        self._at += count
        return count


class Mallinfo(ctypes.Structure):
    """What glibc's `mallinfo2` says of all its arenas."""

    _names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in _names.split()]


def in_use() -> int:
    """How many bytes are allocated and not freed: without the gaps that the allocator keeps."""
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)  # glibc has it since 2.33
    if mallinfo is None:
        return 0
    mallinfo.restype = Mallinfo
    info = mallinfo()
    return int(info.uordblks + info.hblkhd)


@dataclass(frozen=True)
class Look:
    """The process, at one moment."""

    resident: int
    in_use: int
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> Look:
        """Look at this process."""
        status = dict(
            line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
        )
        return cls(
            int(status["VmRSS"].split()[0]) << 10,
            in_use(),
            len(os.listdir("/proc/self/fd")),
            int(status["Threads"]),
        )


class Flatness:
    """What a process takes, over time."""

    def __init__(self, name: str, unit: str, allowance: int = ALLOWANCE) -> None:
        self._name = name
        self._allowance = allowance
        self._begin = time.perf_counter()
        self._first: Look | None = None
        head = [unit, "records", "MiB resident", "MiB in use", "descriptors", "threads", "seconds"]
        print(f"\n{name}\n\n| {' | '.join(head)} |\n|{'---:|' * len(head)}")

    def look(self, records: int, done: str) -> None:
        """Write a line, and compare it with the first."""
        look = Look.now()
        seconds = time.perf_counter() - self._begin
        cells = [
            done,
            f"{records:,}",
            f"{look.resident / (1 << 20):.1f}",
            f"{look.in_use / (1 << 20):.1f}",
            f"{look.descriptors}",
            f"{look.threads}",
            f"{seconds:,.0f}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
        if self._first is None:
            self._first = look
        first = self._first
        if (look.descriptors, look.threads) != (first.descriptors, first.threads):
            sys.exit(f"{self._name}: descriptors or threads are not what they were")
        grown = max(look.resident - first.resident, look.in_use - first.in_use)
        if grown > self._allowance:
            sys.exit(f"{self._name}: memory is not flat")


def stream(name: str, source: Any, block: Block, times: int) -> None:
    """Read the block so many times out of a source, and compare every record."""
    flat = Flatness(name, "GB read")
    records = 0
    between = len(block.numbers) * times // (LOOKS + 1) + 1  # the last look is well before the end
    expected = itertools.cycle(block.numbers)
    with tidemarc.Reader(source, errors="repair", threads=2) as reader:
        for record, number in zip(reader, expected, strict=False):
            records += 1
            if record["001"].data != number:
                sys.exit(f"{name}: record {records} is not {number} but {record['001'].data}")
            if records % between == 0:
                flat.look(records, f"{reader.position / 1e9:,.1f}")
        stats = reader.stats
    wanted = {
        "records": len(block.numbers) * times,
        "repaired": block.repaired * times,
        "faults": block.faults * times,
        "bytes_read": len(block.data) * times,
    }
    got = {what: getattr(stats, what) for what in wanted}
    if got != wanted or records != wanted["records"]:
        sys.exit(f"{name}: {got}, and not {wanted}")
    print("\n" + ", ".join(f"{what} {count:,}" for what, count in got.items()) + ": exact.")


def tables(name: str, columns: Any, block: Block, times: int) -> None:
    """Read the block so many times as tables out of a FIFO, and compare the identifiers."""
    flat = Flatness(name, "GB read", TABLES_ALLOWANCE)
    rows, looks = 0, 0
    between = len(block.numbers) * times // (LOOKS + 1) + 1
    expected = itertools.cycle(block.numbers)
    with fed(block, times) as fifo:
        scan = tidemarc.scan(fifo, columns=columns, errors="repair", threads=2)
        for batch in pyarrow.RecordBatchReader.from_stream(scan):
            for found in batch.column("control_number").to_pylist():
                rows += 1
                if found != (number := next(expected)):
                    sys.exit(f"{name}: row {rows} is not {number} but {found}")
            if rows // between > looks:
                looks = rows // between
                flat.look(rows, f"{rows / len(block.numbers) * len(block.data) / 1e9:,.1f}")
    if rows != len(block.numbers) * times or scan.stats.repaired != block.repaired * times:
        sys.exit(f"{name}: {rows:,} rows, {scan.stats.repaired:,} repaired")
    print(f"\nrows {rows:,}, repaired {scan.stats.repaired:,}: exact.")


def feed(path: str, data: bytes, times: int) -> None:
    """Write the block into a FIFO, so many times."""
    with open(path, "wb", buffering=0) as out:
        for _ in range(times):
            rest = memoryview(data)
            while rest:
                rest = rest[out.write(rest) :]


def of_file_object(block: Block, times: int) -> None:
    """Half of the soak: a file object of Python's."""
    stream("A Python file object", Endless(block.data, times), block, times)


@contextmanager
def fed(block: Block, times: int) -> Iterator[str]:
    """Give the path of a FIFO into which another process writes the block, so many times."""
    with tempfile.TemporaryDirectory() as folder:
        fifo = os.path.join(folder, "fifo")
        os.mkfifo(fifo)
        feeder = multiprocessing.get_context("spawn").Process(
            target=feed, args=(fifo, block.data, times), daemon=True
        )
        feeder.start()
        yield fifo
        feeder.join()


def of_fifo(block: Block, times: int) -> None:
    """The other half: a path, read by a thread that never holds the GIL."""
    with fed(block, times) as fifo:
        stream("A path (a FIFO that another process fills)", fifo, block, times)


def of_tables(block: Block, times: int) -> None:
    """Columns of each kind, and the preset of everything."""
    columns = {
        "control_number": Column("001", repeat="first"),
        "title": Column("245$a", repeat="first"),
        "subjects": Column("650$a"),
        "notes": Column.fields("5.."),
    }
    tables("Columns", columns, block, times)
    tables("The preset `nested`", "nested", block, times)


def of_many(block: Block, times: int) -> None:
    """Open many readers, and drop most of them in the middle of what they read."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(block.data * 4)  # long enough for a thread of its own
        file.flush()
        sources: Iterator[Callable[[], Any]] = itertools.cycle(
            [lambda: file.name, lambda: Endless(block.data, 4), lambda: block.data]
        )
        flat = Flatness("Many readers", "readers opened")
        records = 0
        for opened, source in enumerate(itertools.islice(sources, times), 1):
            records += dip(source(), opened)
            if opened % (times // LOOKS) == 0:
                time.sleep(0.2)  # the last thread ends in its own time
                flat.look(records, f"{opened:,}")


def dip(source: Any, turn: int) -> int:
    """Read some records, with and without threads, and drop or close the reader."""
    threads = 2 if turn % 50 == 0 else None
    reader = tidemarc.Reader(source, errors="repair", threads=threads, chunk_size=4096)
    records = sum(1 for _ in itertools.islice(reader, turn % 97))
    if turn % 3 == 0:
        reader.close()
    return records


def main() -> None:
    """Soak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=200, help="how much is read in all")
    parser.add_argument("--tables", type=float, default=20, help="gigabytes read as tables")
    arguments = parser.parse_args()
    # Hundreds of thousands of faults are expected, and counted.
    logging.getLogger("tidemarc").addHandler(logging.NullHandler())
    warnings.simplefilter("ignore", tidemarc.errors.SkippedWarning)
    block = make_block()
    times = max(int(arguments.gigabytes * 1e9) // 2 // len(block.data), LOOKS)
    print(
        f"A block: {len(block.data):,} bytes, {len(block.numbers):,} records, "
        f"{block.repaired} of them repaired, {block.faults} spans of no record."
    )
    of_file_object(block, times)
    of_fifo(block, times)
    of_many(block, OPENED)
    of_tables(block, max(int(arguments.tables * 1e9) // 2 // len(block.data), LOOKS))


if __name__ == "__main__":
    main()
