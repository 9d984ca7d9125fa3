"""Memory: records that are kept, and streams that do not end."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import tidemarc
import tools
from tools import MIB, ROOT, Context, Outcome, job, table

FIXTURE = ROOT / "tests" / "fixtures" / "books.mrc"
BLOCK = 1 << 20
"""About how long a piece of an endless stream is."""


def section(context: Context) -> str:
    """Measure everything, and tell it."""
    kept = tools.in_turns(
        min(context.rounds, 3),
        {how: partial(job, "memory", "keep", how=how, path=str(context.file)) for how in KEEP},
    )
    kept_rows = [
        [
            how,
            f"{run['kept']:,.0f}",
            f"{run['held'] / MIB:.1f}",
            f"{run['each'] / 1024:.1f}",
            f"{run['back'] / MIB:.1f}",
            f"{run['trimmed'] / MIB:.1f}",
        ]
        for how, run in kept.items()
    ]
    total = int(context.gigabytes * 1e9)
    endless = {
        "Python, a file object": partial(job, "memory", "endless_file", total=total),
        "Python, a FIFO": partial(job, "memory", "endless_fifo", total=total),
        "the crate, a pipe on the standard input": partial(endless_rust, total),
    }
    rows = []
    for name, run in endless.items():
        outcome = run()
        rows.append(
            [
                name,
                f"{outcome['records']:,.0f}",
                f"{outcome['bytes'] / 1e9:.2f}",
                f"{outcome['bytes'] / 1e6 / outcome['seconds']:,.0f}",
                f"{outcome['early'] / MIB:.1f}",
                f"{outcome['late'] / MIB:.1f}",
            ]
        )
    head = ["source", "records", "GB", "MB/s", "peak after a tenth, MiB", "peak at the end, MiB"]
    kept_head = [
        "kept",
        "records",
        "MiB in all",
        "KiB each",
        "MiB when dropped",
        "MiB when trimmed",
    ]
    return f"""## Memory

One record in a thousand is kept, out of the whole file. A record holds on to the chunk it came in;
a copy does not. What is dropped goes back to the C library, which keeps it for the next that asks;
`malloc_trim` gives it back to the system.

{table(kept_head, kept_rows)}
Streams of the fixture's records, made on the fly and never stored. Python's peaks are over the size
of the interpreter before; the crate's are those of the whole process.

{table(head, rows)}"""


KEEP: dict[str, Callable[[tidemarc.Record], object]] = {
    "nothing": lambda record: None,
    "the records": lambda record: record,
    "copies of them": lambda record: record.copy(),
    "their bytes": lambda record: record.raw,
}


def keep(how: str, path: str) -> Outcome:
    """Keep one record in a thousand, and see what that takes."""
    before = tools.forget_peak()
    kept = [
        KEEP[how](record)
        for number, record in enumerate(tidemarc.Reader(path))
        if number % 1000 == 0
    ]
    held = tools.resident() - before
    outcome = {"kept": len(kept), "held": held, "each": held * 1024 / len(kept)}
    kept.clear()
    outcome["back"] = tools.resident() - before
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim:
        trim(0)
    return outcome | {"trimmed": tools.resident() - before}


def _block() -> bytes:
    content = FIXTURE.read_bytes()
    return content * (BLOCK // len(content))


class _Endless:
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


def endless_file(total: int) -> Outcome:
    """Read a file object that makes its bytes."""
    block = _block()
    return _consume(_Endless(block, total // len(block)), total)


def endless_fifo(total: int) -> Outcome:
    """Read a FIFO that another process fills."""
    block = _block()
    with tempfile.TemporaryDirectory() as folder:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        with subprocess.Popen(["sh", "-c", f'exec cat > "{fifo}"'], stdin=subprocess.PIPE) as cat:
            assert cat.stdin is not None
            writer = threading.Thread(target=_write, args=(cat.stdin, block, total))
            writer.start()
            outcome = _consume(str(fifo), total)
            writer.join()
    return outcome


def _write(out: BinaryIO, block: bytes, total: int) -> None:
    try:
        for _ in range(total // len(block)):
            out.write(block)
        out.close()
    except BrokenPipeError:
        pass  # the reader will say why


def _consume(source: Any, total: int) -> Outcome:
    """Read to the end, and look at the peak on the way."""
    before = tools.forget_peak()
    records, early = 0, None
    begin = time.perf_counter()
    reader = tidemarc.Reader(source)
    for _record in reader:
        records += 1
        if records % 10_000 == 0 and early is None and reader.position >= total / 10:
            early = tools.resident("VmHWM") - before
    seconds = time.perf_counter() - begin
    late = tools.resident("VmHWM") - before
    return {
        "records": records,
        "bytes": reader.position,
        "seconds": seconds,
        "early": early if early is not None else late,
        "late": late,
    }


def endless_rust(total: int) -> Outcome:
    """Let `examples/count.rs` count what it is sent."""
    block = _block()
    peaks = []
    begin = time.perf_counter()
    command = [str(tools.rust_example("count")), "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as count:
        assert count.stdin is not None and count.stdout is not None
        pieces = total // len(block)
        for piece in range(pieces):
            count.stdin.write(block)
            if piece in (pieces // 10, pieces - 1):
                peaks.append(_peak_of(count.pid))
        count.stdin.close()
        said = count.stdout.read().split()
    return {
        "records": int(said[0]),
        "bytes": pieces * len(block),
        "seconds": time.perf_counter() - begin,
        "early": peaks[0],
        "late": peaks[-1],
    }


def _peak_of(process: int) -> int:
    with open(f"/proc/{process}/status") as status:
        return next(int(row.split()[1]) for row in status if row.startswith("VmHWM:"))
