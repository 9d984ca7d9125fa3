"""The sources that readers are measured over, and the job of reading one to its end."""

# ruff: noqa: SIM115 - who closes the file is part of what is measured

from __future__ import annotations

import io
import os
import time
from collections import deque
from collections.abc import Callable
from typing import Any, BinaryIO

import tidemarc
import tools


class OneRecordARead:
    """What a Python program without chunks does: the length, then the rest of one record."""

    def __init__(self, file: BinaryIO) -> None:
        self._read = file.read

    def read1(self, _size: int) -> bytes:
        """Read one record, whatever was asked for."""
        head = self._read(5)
        return head + self._read(int(head) - 5) if head else b""


class OneRecordAFill:
    """The same by `readinto`, without making a `bytes` object of the whole record."""

    def __init__(self, file: BinaryIO) -> None:
        self._read, self._readinto = file.read, file.readinto  # type: ignore[attr-defined]

    def readinto(self, buffer: memoryview) -> int:
        """Read one record into the front of `buffer`."""
        head = self._read(5)
        if not head:
            return 0
        length = int(head)
        buffer[:5] = head
        self._readinto(buffer[5:length])
        return length


class ReadyMade:
    """One record a read, at no cost at all: they lie in a list."""

    def __init__(self, file: BinaryIO) -> None:
        read, records = OneRecordARead(file).read1, []
        while record := read(0):
            records.append(record)
        rest = iter(records)
        self.read1 = lambda _size: next(rest, b"")


class WholeChunks:
    """A wrapper written in Python that passes reads on."""

    def __init__(self, file: BinaryIO) -> None:
        self._read = file.read

    def read(self, size: int) -> bytes:
        """Read what was asked for."""
        return self._read(size)


SOURCES: dict[str, Callable[[str], Any]] = {
    "path": lambda path: path,
    "file object": lambda path: open(path, "rb"),
    "io.BytesIO": lambda path: io.BytesIO(_content(path)),
    "bytes": lambda path: _content(path),
    "whole chunks": lambda path: WholeChunks(open(path, "rb")),
    "one record a read": lambda path: OneRecordARead(open(path, "rb")),
    "one record a readinto": lambda path: OneRecordAFill(open(path, "rb")),
    "one record a read, ready-made": lambda path: ReadyMade(open(path, "rb")),
}


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def read(source: str, path: str, **options: Any) -> tools.Outcome:
    """Meet every record. The figures are those of the loop alone."""
    opened = SOURCES[source](path)
    before = tools.forget_peak()
    begin, cpu = time.perf_counter(), time.process_time()
    reader = tidemarc.Reader(opened, **options)
    deque(reader, maxlen=0)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu": cpu,
        "peak": tools.resident("VmHWM") - before,
        "records": reader.stats.records,
        "waits": _waits(),
    }


def _waits() -> int:
    """How often a thread of this process went to sleep, of those that still are."""
    total = 0
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/status") as status:
                total += next(int(r.split()[1]) for r in status if r.startswith("voluntary"))
        except (OSError, StopIteration):
            continue
    return total


def floor(records: int) -> tools.Outcome:
    """Run the loop that nothing in Python can be faster than: it makes an object a step."""
    from itertools import repeat

    return {"seconds": tools.seconds_of(lambda: deque(map(bytes, repeat(3, records)), maxlen=0))}
