"""What Python adds to a record: the same reading on one thread, from Rust and from Python."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import repeat
from typing import Any

import tidemarc
import tools
from tools import Context, Outcome, job, rust, table

BATCH = 1 << 20
"""Bytes of the batch in memory."""


def section(context: Context) -> str:
    """Measure everything, and tell it."""
    path = str(context.file)
    runs = tools.in_turns(
        context.rounds,
        {
            "rust": lambda: {"seconds": rust_seconds(context, 1)},
            "python": partial(job, "sources", "read", source="path", path=path, threads=1),
            "floor": partial(job, "sources", "floor", records=context.records),
            "steps": partial(job, "python_cost", "steps", path=path),
        },
    )
    rust_ns, python_ns, floor = (
        context.ns(runs[name]["seconds"]) for name in ("rust", "python", "floor")
    )
    steps = runs["steps"]
    rows = [
        ["the crate, `next_batch`, threads 1", f"{rust_ns:.0f}"],
        ["Python, `for`, threads=1", f"{python_ns:.0f}"],
        ["**the difference**", f"**{python_ns - rust_ns:.0f}**"],
        ["", ""],
        ["within one batch in memory: step, make the object, drop it", f"{steps['drop']:.0f}"],
        ["the same, and the objects are kept", f"{steps['keep']:.0f}"],
        ["… to drop them afterwards", f"{steps['drop later']:.0f}"],
        ["the same object again and again: `repeat`", f"{steps['nothing']:.0f}"],
        ["the floor: `map(bytes, repeat(3))`, an object a step", f"{floor:.0f}"],
    ]
    return f"""## What Python adds

Everything on one thread, which reads and parses the same chunks in Rust; the loop in Python is
`deque(reader, maxlen=0)`, which has next to no cost of its own.

{table(["", "ns a record"], rows)}
The middle lines explain the difference: they meet records that are parsed already, in a batch of
{steps["records"]:,.0f}, so that nothing is left but to enter the reader, make the object, drop it.
"""


def rust_seconds(context: Context, threads: int) -> float:
    """How long the crate's own reader takes, by `examples/count.rs`."""
    records, _, _, _, seconds, _ = rust(context, "count", context.file, str(threads)).split()
    if int(records) != context.records:
        raise RuntimeError(f"count found {records} of {context.records} records")
    return float(seconds)


def steps(path: str) -> Outcome:
    """Time the steps through records that are parsed already. Nanoseconds a record."""
    with open(path, "rb") as file:
        data = file.read(BATCH)
    data = data[: data.rindex(b"\x1d") + 1]

    def reader() -> tidemarc.Reader:
        """Make a reader that has parsed everything: its one batch is there with the first."""
        reader = tidemarc.Reader(data, threads=1, chunk_size=2 * BATCH)
        next(reader)
        return reader

    records = sum(1 for _ in reader())

    def mean(work: Callable[[Any], object], of: Callable[[], object]) -> float:
        times = [tools.seconds_of(partial(work, of())) for _ in range(40)]
        return statistics.median(times) / records * 1e9

    def drop(items: Iterable[object]) -> None:
        deque(items, maxlen=0)

    return {
        "records": records,
        "drop": mean(drop, reader),
        "keep": mean(list, reader) - mean(list.clear, lambda: list(reader())),
        "drop later": mean(list.clear, lambda: list(reader())),
        "nothing": mean(drop, lambda: repeat(None, records)),
    }
