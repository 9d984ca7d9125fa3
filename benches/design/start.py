"""What it costs to start the pipeline, and from what length on it is worth it."""

from __future__ import annotations

import os
import statistics
import time
from collections import deque
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import tidemarc
import tools
from tools import Context, Outcome, job, table

CHUNK = 64 << 10
CHUNKS = [0.5, 1, 2, 4, 16, 64]
LOOKS = 300
SECONDS = 0.3
"""Each length is read again and again for so long."""


def section(context: Context) -> str:
    """Measure everything, and tell it."""
    files = {chunks: _cut(context, chunks) for chunks in CHUNKS}
    runs = tools.in_turns(
        context.rounds,
        {
            chunks: partial(job, "start", "compare", path=str(path))
            for chunks, path in files.items()
        },
    )
    rows = [
        [
            f"{chunks:g}",
            f"{run['records']:,.0f}",
            f"{run['open']:,.1f}",
            f"{run['one']:,.1f}",
            f"{run['default']:,.1f}",
            f"{run['default'] - run['one']:+,.1f}",
            f"{run['one'] / run['default']:.2f}",
            f"{run['io']:.0f} and {run['workers']:.0f}",
        ]
        for chunks, run in runs.items()
    ]
    head = [
        "chunks of 64 KiB",
        "records",
        "open and close, µs",
        "threads=1, µs",
        "default, µs",
        "difference",
        "speed-up",
        "threads seen: I/O and workers",
    ]
    return f"""## Starting

A file is opened, read to its end and dropped, from Python. A file of N chunks is a little shorter
than that, so that one read empties the first two.

{table(head, rows)}
Threads are those seen between any two of the first {LOOKS} records, in twenty readings, before
any other reader of the process: one that has done its work before anybody looks is not seen.
"""


def _cut(context: Context, chunks: float) -> Path:
    """Make a file of the first records, as many as the chunks hold."""
    with open(context.file, "rb") as file:
        head = file.read(int(chunks * CHUNK) - 1)
    path = context.scratch / f"{chunks}-chunks.mrc"
    path.write_bytes(head[: head.rindex(b"\x1d") + 1])
    return path


def compare(path: str) -> Outcome:
    """Read with and without the pipeline, in turns. Microseconds."""
    io = workers = 0
    for _ in range(20):
        for _record in islice(tidemarc.Reader(path), LOOKS):
            names = tools.thread_names()
            io = max(io, names.count("tidemarc-io"))
            workers = max(workers, sum(name.startswith("tidemarc-") for name in names) - io)
    one: list[float] = []
    default: list[float] = []
    opened: list[float] = []
    deadline = time.perf_counter() + SECONDS
    while time.perf_counter() < deadline:
        opened.append(tools.seconds_of(partial(_open, path)))
        one.append(tools.seconds_of(partial(_read, path, threads=1)))
        default.append(tools.seconds_of(partial(_read, path)))
    return {
        "records": sum(1 for _ in tidemarc.Reader(path)),
        "open": statistics.median(opened) * 1e6,
        "one": statistics.median(one) * 1e6,
        "default": statistics.median(default) * 1e6,
        "io": io,
        "workers": workers,
    }


def _open(path: str) -> None:
    os.close(os.open(path, os.O_RDONLY))


def _read(path: str, **options: Any) -> None:
    deque(tidemarc.Reader(path, **options), maxlen=0)
