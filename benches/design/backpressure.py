"""How far a reader runs ahead of a consumer that stops."""

# ruff: noqa: SIM115 - who closes the file is part of what is measured

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import tidemarc
import tools
from tools import MIB, Context, Outcome, job, table

RECORD = 967
CHUNK_SIZES = [RECORD, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20]
SETTLED = 0.25
"""Seconds after which nothing more is read."""


def section(context: Context) -> str:
    """Measure everything, and tell it."""
    path = str(context.file)
    sources = ("path", "file object", "FIFO")
    runs = tools.in_turns(
        min(context.rounds, 3),
        {
            (source, chunk): partial(
                job, "backpressure", "ahead", source=source, path=path, chunk_size=chunk
            )
            for chunk in CHUNK_SIZES
            for source in sources
        },
    )
    rows = [
        [
            tools.size(chunk),
            *(
                figure
                for run in (runs[source, chunk] for source in sources)
                for figure in (
                    f"{run['ahead'] / 1024:,.0f}",
                    f"{run['ahead'] / chunk:,.1f}",
                    f"{run['grown'] / MIB:.1f}",
                )
            ),
        ]
        for chunk in CHUNK_SIZES
    ]
    moved = max(run["moved"] for run in runs.values())
    each = ("KiB ahead", "in chunks", "MiB grown")
    head = ["chunk", *(f"{source}: {each_one}" for source in sources for each_one in each)]
    return f"""## Backpressure

A consumer takes two chunks' worth of records and stops. What has been read and not delivered is
told by the position of the file; for a FIFO by what its writer could write, less what the pipe
itself holds. It was looked at twice, {SETTLED:g} s apart, and moved by {moved:,.0f} bytes at most.
The memory is that of the process over its size before. (A FIFO brings less than a chunk a read, and
the budget counts whole buffers.)

{table(head, rows)}"""


def ahead(source: str, path: str, chunk_size: int) -> Outcome:
    """Stop in mid-stream, and look how far the source was read."""
    if source == "FIFO":
        return _ahead_of_fifo(path, chunk_size)
    before = tools.forget_peak()
    file = open(path, "rb", buffering=0)
    reader = tidemarc.Reader(path if source == "path" else file, chunk_size=chunk_size)
    delivered = _take(reader, 2 * chunk_size)
    position = partial(_position, path, None if source == "path" else file.fileno())
    if source == "path":
        file.close()  # or it would be taken for the reader's
    return _settled(lambda: position() - delivered) | {"grown": tools.resident() - before}


def _ahead_of_fifo(path: str, chunk_size: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder, open(path, "rb") as file:
        fifo = str(Path(folder, "fifo"))
        os.mkfifo(fifo)
        content = file.read(64 << 20)
        before = tools.forget_peak()
        reader = tidemarc.Reader(fifo, chunk_size=chunk_size)
        out = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        capacity = fcntl.fcntl(out, fcntl.F_GETPIPE_SZ)
        written, stop = 0, False

        def write() -> None:
            nonlocal written
            while not stop and written < len(content):
                try:
                    written += os.write(out, content[written : written + 4096])
                except BlockingIOError:
                    time.sleep(0.0005)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            delivered = _take(reader, 2 * chunk_size)
            outcome = _settled(lambda: max(0, written - capacity - delivered))
            return outcome | {"grown": tools.resident() - before}
        finally:
            stop = True
            writer.join()
            os.close(out)


def _take(reader: tidemarc.Reader, length: int) -> int:
    """Take records of so many bytes, and a little more."""
    taken = 0
    for record in reader:
        taken += len(record.as_marc())
        if taken > length:
            break
    return taken


def _settled(ahead: Callable[[], int]) -> Outcome:
    time.sleep(SETTLED)
    first = ahead()
    time.sleep(SETTLED)
    second = ahead()
    return {"ahead": second, "moved": second - first}


def _position(path: str, descriptor: int | None) -> int:
    """How far an open file of this process was read: that of `path`, if no other is named."""
    if descriptor is None:
        real = os.path.realpath(path)
        links = Path("/proc/self/fd")
        for link in links.iterdir():
            try:
                if os.readlink(link) == real:
                    descriptor = int(link.name)
            except OSError:
                continue  # the one that lists the folder
    if descriptor is None:
        raise RuntimeError("the reader has closed its file: it is shorter than what was read ahead")
    return os.lseek(descriptor, 0, os.SEEK_CUR)
