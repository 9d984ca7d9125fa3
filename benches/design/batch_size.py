"""How large a batch should be: the GIL, the rate and the memory by the size of the chunks.

A batch is what one chunk holds, so `chunk_size` is the knob for both.
"""

# ruff: noqa: SIM115 - who closes the file is part of what is measured

from __future__ import annotations

import ctypes
import hashlib
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import tidemarc
import tools
from tools import MIB, Context, Outcome, job, table

RECORD = 967
"""Bytes of a mean record of the file: sizes of 1, 10, 100 and 1000 records."""
CHUNK_SIZES = sorted(
    [RECORD * count for count in (1, 10, 100, 1000)] + [kib << 10 for kib in (16, 64, 256, 1024)]
)
SECONDS_BESIDE = 0.25
SIZES_BESIDE = [RECORD, RECORD * 10, 64 << 10, 256 << 10, 1 << 20]


def section(context: Context) -> str:
    """Measure everything, and tell it."""
    path = str(context.file)
    runs = tools.in_turns(
        context.rounds,
        {
            (source, chunk): partial(
                job, "sources", "read", source=source, path=path, chunk_size=chunk
            )
            for chunk in CHUNK_SIZES
            for source in ("path", "file object")
        },
    )
    gil = tools.in_turns(context.rounds, {"": partial(job, "batch_size", "gil")})[""]
    beside = tools.in_turns(
        min(context.rounds, 3),
        {
            (source, chunk): partial(
                job,
                "batch_size",
                "beside",
                path=path,
                chunk_size=chunk,
                as_file=source == "file object",
            )
            for chunk in SIZES_BESIDE
            for source in ("path", "file object")
        },
    )
    alone = []
    for chunk in CHUNK_SIZES:
        row: list[object] = [tools.size(chunk), f"{chunk / context.record_length:,.0f}"]
        for source in ("path", "file object"):
            run = runs[source, chunk]
            batches = context.file.stat().st_size / chunk
            row += [
                f"{context.ns(run['seconds']):.0f}",
                f"{run['seconds'] / batches * 1e6:,.1f}",
                f"{gil['free'] / (run['seconds'] / batches * 1e9):.2%}",
                f"{run['peak'] / MIB:.1f}",
            ]
        alone.append(row)
    contended = [
        [
            tools.size(chunk),
            *(
                f"{run[figure]:{form}}"
                for run in (beside["path", chunk], beside["file object", chunk])
                for figure, form in (("rate", ",.1f"), ("counting", ".0%"))
            ),
        ]
        for chunk in SIZES_BESIDE
    ]
    waits = [
        [
            f"a hash of {tools.size(length)}",
            f"{gil[f'{name} alone'] / 1e3:,.1f}",
            f"{gil[f'{name} beside'] / 1e3:,.1f}",
        ]
        for name, length in _HASHED.items()
    ]
    each = ("ns a record", "µs between two takes", "of it for the GIL", "peak, MiB")
    head = ["chunk", "records a batch"]
    head += [f"{source}: {figure}" for source in ("path", "file") for figure in each]
    return f"""## The size of a batch

Letting go of the GIL and taking it again costs {gil["free"]:.0f} ns if nobody else wants it; a
reader does so at most once a batch. Beside a thread that runs Python code without a pause, it
depends on how long the GIL was let go: if the other thread has woken meanwhile, it keeps the GIL
for the switch interval of {sys.getswitchinterval() * 1e3:.0f} ms.

{table(["work without the GIL", "alone, µs", "beside a busy thread, µs"], waits)}
Rate and memory with no other thread. Peaks are over the size of the interpreter before.

{table(head, alone)}
The same beside a thread that counts in Python without a pause: what the reader reaches, and what
the counter keeps of its rate alone.

{table(["chunk", "path: MB/s", "counter", "file: MB/s", "counter"], contended)}"""


def gil() -> Outcome:
    """Time what lets go of the GIL: alone, and beside a thread that never does of its own will."""
    held, free = ctypes.PyDLL(None).abs, ctypes.CDLL(None).abs  # `abs`, as C function does nothing
    figures = {"free": _mean(free, 1, 200_000) - _mean(held, 1, 200_000)}
    for name, length in _HASHED.items():
        data = bytes(length)
        alone = _mean(hashlib.sha256, data, 50)
        stop = threading.Event()
        counter = threading.Thread(target=_count, args=(stop, []))
        counter.start()
        beside = _mean(hashlib.sha256, data, 50)
        stop.set()
        counter.join()
        figures |= {f"{name} alone": alone, f"{name} beside": beside}
    return figures


# `hashlib` lets go of the GIL for as long as it works, which is a few microseconds and so on.
_HASHED = {"small": 4 << 10, "middle": 32 << 10, "large": 256 << 10}


def _mean(function: Callable[[Any], object], argument: object, calls: int) -> float:
    """Nanoseconds a call."""

    def run() -> None:
        for _ in range(calls):
            function(argument)

    return tools.seconds_of(run) / calls * 1e9


def beside(path: str, chunk_size: int, as_file: bool) -> Outcome:
    """Read for a while beside a counting thread; its share is of its rate while we sleep."""

    def counted(work: Callable[[], float | None]) -> tuple[float | None, float]:
        stop, result = threading.Event(), list[float]()
        counter = threading.Thread(target=_count, args=(stop, result))
        counter.start()
        value = work()
        stop.set()
        counter.join()
        return value, result[0]

    def read() -> float:
        begin = time.perf_counter()
        deadline = begin + SECONDS_BESIDE
        reader = tidemarc.Reader(open(path, "rb") if as_file else path, chunk_size=chunk_size)
        for _record in reader:
            if time.perf_counter() > deadline:
                break
        return reader.position / 1e6 / (time.perf_counter() - begin)

    _, alone = counted(lambda: time.sleep(SECONDS_BESIDE))
    rate, during = counted(read)
    return {"rate": rate, "counting": during / alone}


def _count(stop: threading.Event, result: list[float]) -> None:
    """Count until told to stop; the rate."""
    count, begin = 0, time.perf_counter()
    while not stop.is_set():
        count += 1
    result.append(count / (time.perf_counter() - begin))
