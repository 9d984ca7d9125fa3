"""What a reader leaves to other Python threads: while it waits, and while it works."""

# ruff: noqa: SIM115 - who closes the file is part of what is measured

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import tidemarc
import tools
from tools import Context, Outcome, job, table

SECONDS = 0.4
"""How long each counting lasts."""
PAUSE = 0.005
"""Between two records of a slow source."""


def section(context: Context) -> str:
    """Measure everything, and tell it."""
    arguments = {"path": str(context.file)}
    runs = tools.in_turns(
        context.rounds,
        {name: partial(job, "other_threads", "beside", what=name, **arguments) for name in WORK},
    )
    rows = [
        [
            name,
            f"{run['alone'] / 1e6:.2f}",
            f"{run['during'] / 1e6:.2f}",
            f"{run['share']:.0%}",
            f"{run['records']:,.0f}" if run["records"] >= 0 else "",
        ]
        for name, run in runs.items()
    ]
    return f"""## Other Python threads

A thread counts as fast as it can: alone, while the main thread sleeps, and while it does this.

{table(["main thread", "alone, M/s", "during, M/s", "kept", "records/s read"], rows)}
While a reader waits, the others have the GIL. While it works, the loop over it shares the GIL with
them as any loop in Python does: see the last line.
"""


def beside(what: str, path: str) -> Outcome:
    """Count alone, then while the main thread does `what`."""
    alone, _ = _counted(lambda deadline: _sleep(deadline))
    during, records = _counted(lambda deadline: WORK[what](path, deadline))
    return {"alone": alone, "during": during, "share": during / alone, "records": records}


def _counted(work: Callable[[float], int]) -> tuple[float, float]:
    stop, result = threading.Event(), list[float]()

    def count() -> None:
        count, begin = 0, time.perf_counter()
        while not stop.is_set():
            count += 1
        result.append(count / (time.perf_counter() - begin))

    counter = threading.Thread(target=count)
    counter.start()
    begin = time.perf_counter()
    records = work(begin + SECONDS)
    seconds = time.perf_counter() - begin
    stop.set()
    counter.join()
    return result[0], records / seconds if records >= 0 else -1.0


def _sleep(deadline: float) -> int:
    time.sleep(deadline - time.perf_counter())
    return -1


def _loop(_path: str, deadline: float) -> int:
    while time.perf_counter() < deadline:
        pass
    return -1


def _read(source: Any, deadline: float, **options: Any) -> int:
    records = 0
    reader = tidemarc.Reader(source, **options)
    for _record in reader:
        records += 1
        if time.perf_counter() > deadline:
            break
    return records


def _read_again(path: str, deadline: float, as_file: bool = False, **options: int) -> int:
    """Read the file as often as there is time."""
    records = 0
    while time.perf_counter() < deadline:
        records += _read(open(path, "rb") if as_file else path, deadline, **options)
    return records


def _slow_fifo(path: str, deadline: float) -> int:
    with _fifo(path, PAUSE) as fifo:
        return _read(fifo, deadline)


def _silent_fifo(path: str, deadline: float) -> int:
    """Wait for a first record that does not come in time."""
    with _fifo(path, deadline - time.perf_counter()) as fifo:
        return _read(fifo, deadline) - 1


class _SlowFile:
    """A file object that takes its time for each record, without the GIL."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")

    def read1(self, _size: int) -> bytes:
        """Read one record."""
        time.sleep(PAUSE)
        head = self._file.read(5)
        return head + self._file.read(int(head) - 5)


WORK: dict[str, Callable[[str, float], int]] = {
    "waits for a path, a FIFO that is silent": _silent_fifo,
    "waits for a path, a FIFO with a record every 5 ms": _slow_fifo,
    "waits for a file object with a record every 5 ms": lambda path, deadline: _read(
        _SlowFile(path), deadline
    ),
    "reads a path": _read_again,
    "reads a path, threads=1": partial(_read_again, threads=1),
    "reads a file object": partial(_read_again, as_file=True),
    "runs a loop in Python, and no reader": _loop,
}

_WRITER = """
import sys, time
fifo, path, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
with open(fifo, "wb", buffering=0) as out, open(path, "rb") as file:
    while True:
        time.sleep(pause)
        head = file.read(5)
        out.write(head + file.read(int(head) - 5))
"""


@contextmanager
def _fifo(path: str, pause: float) -> Iterator[str]:
    """Make a FIFO into which another process writes a record now and then."""
    with tempfile.TemporaryDirectory() as folder:
        fifo = str(Path(folder, "fifo"))
        os.mkfifo(fifo)
        # Open for both: neither the reader nor the writer meets an end.
        held = os.open(fifo, os.O_RDWR)
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, fifo, path, str(pause)], stderr=subprocess.DEVNULL
        )
        try:
            yield fifo
        finally:
            writer.kill()
            writer.wait()
            os.close(held)
