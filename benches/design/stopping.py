"""How soon a reader that is dropped in mid-stream has stopped, and what it leaves behind."""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import tidemarc
import tools
from tools import Context, Outcome, job, table

REPEATS = 50
ENDING = 2.0
"""Seconds after which a thread is taken to stay for ever."""


def section(context: Context) -> str:
    """Measure everything, and tell it."""
    runs = tools.in_turns(
        min(context.rounds, 3),
        {
            what: partial(job, "stopping", "stop", what=what, path=str(context.file))
            for what in OPEN
        },
    )
    rows = [
        [
            what,
            f"{run['drop']:,.0f}",
            f"{run['stopped']:,.0f}",
            f"{run['slowest']:,.0f}",
            f"{run['threads']:.0f}",
            f"{run['left']:.0f}",
            f"{run['descriptors']:.0f}",
        ]
        for what, run in runs.items()
    ]
    head = [
        "dropped in mid-stream",
        "the drop itself, µs",
        "until the thread has ended, µs",
        "the slowest",
        "I/O threads before",
        "after 50 ms",
        "descriptors left",
    ]
    return f"""## Stopping

Each is dropped {REPEATS} times a run. I/O threads are counted by their name in `/proc/self/task`;
the workers of the pool stay, and serve the readers that follow.

{table(head, rows)}"""


def stop(what: str, path: str) -> Outcome:
    """Open, read a little, drop, and watch the thread go; again and again."""
    with tempfile.TemporaryDirectory() as folder:
        fifo = str(Path(folder, "fifo"))
        os.mkfifo(fifo)
        held = os.open(fifo, os.O_RDWR)
        head = _head(path)
        drops, ends, before, left = [], [], [], 0
        descriptors = len(os.listdir("/proc/self/fd"))
        for _ in range(REPEATS):
            readers = [OPEN[what](path, fifo, held, head)]
            before.append(_io_threads())
            begin = time.perf_counter()
            readers.clear()
            dropped = time.perf_counter()
            while _io_threads() and time.perf_counter() - begin < ENDING:
                time.sleep(0)
            ended = time.perf_counter()
            drops.append(dropped - begin)
            ends.append(ended - begin)
            left += ended - begin > 0.05
            _empty(held)
        drops.sort()
        ends.sort()
        return {
            "drop": drops[REPEATS // 2] * 1e6,
            "stopped": ends[REPEATS // 2] * 1e6,
            "slowest": ends[-1] * 1e6,
            "threads": statistics.median(before),
            "left": left,
            "descriptors": len(os.listdir("/proc/self/fd")) - descriptors,
        }


def _head(path: str) -> bytes:
    """The first sound records of the file: more than a chunk, less than a pipe holds twice."""
    with open(path, "rb") as file:
        content = file.read(70_000)
    return content[: content.rindex(b"\x1d") + 1]


def _io_threads() -> int:
    return tools.thread_names().count("tidemarc-io")


def _begun(reader: tidemarc.Reader, records: int) -> tidemarc.Reader:
    for _ in range(records):
        next(reader)
    return reader


def _from_file(path: str, _fifo: str, _held: int, _head: bytes) -> tidemarc.Reader:
    return _begun(tidemarc.Reader(path), 300)


def _from_file_object(path: str, _fifo: str, _held: int, _head: bytes) -> tidemarc.Reader:
    return _begun(tidemarc.Reader(open(path, "rb")), 300)


def _from_silent_fifo(_path: str, fifo: str, held: int, head: bytes) -> tidemarc.Reader:
    """A FIFO from which everything has been read, so that its thread waits for more."""
    reader = tidemarc.Reader(fifo, chunk_size=4096)
    writer = threading.Thread(target=os.write, args=(held, head))
    writer.start()
    _begun(reader, head.count(b"\x1d"))
    writer.join()
    return reader


def _from_full_fifo(_path: str, fifo: str, held: int, head: bytes) -> tidemarc.Reader:
    """A FIFO that has more than was read; the consumer is not at its end."""
    reader = tidemarc.Reader(fifo, chunk_size=1024)
    writer = threading.Thread(target=os.write, args=(held, head))
    writer.start()
    _begun(reader, 20)
    writer.join()
    return reader


def _empty(descriptor: int) -> None:
    """Take out what is left in a pipe."""
    os.set_blocking(descriptor, False)
    try:
        while os.read(descriptor, 1 << 16):
            pass
    except BlockingIOError:
        pass
    os.set_blocking(descriptor, True)


OPEN: dict[str, Callable[[str, str, int, bytes], tidemarc.Reader]] = {
    "a path: a regular file": _from_file,
    "a path: a FIFO that is silent": _from_silent_fifo,
    "a path: a FIFO with more in it": _from_full_fifo,
    "a file object": _from_file_object,
}
