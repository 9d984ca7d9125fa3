"""One record a read against chunks and threads; and a model of more threads than we have."""

from __future__ import annotations

import re
from functools import partial

import python_cost
import tools
from tools import Context, Outcome, job, rust, table

BASELINES = ("one record a read", "one record a readinto", "one record a read, ready-made")
PATHS = {1: "path, 1 thread", 2: "path, 2 threads"}
CONTENDERS: dict[str, tuple[str, dict[str, int]]] = {
    **{name: (name, {}) for name in BASELINES},
    "whole chunks by a wrapper in Python": ("whole chunks", {}),
    "io.BytesIO": ("io.BytesIO", {}),
    "file object": ("file object", {}),
    "bytes": ("bytes", {}),
    **{name: ("path", {"threads": threads}) for threads, name in PATHS.items()},
}


def section(context: Context) -> str:
    """Measure everything, and tell it."""
    path = str(context.file)
    jobs = {
        name: partial(job, "sources", "read", source=source, path=path, **options)
        for name, (source, options) in CONTENDERS.items()
    }
    runs = tools.in_turns(context.rounds, jobs)
    times = {name: context.ns(run["seconds"]) for name, run in runs.items()}
    base = times[BASELINES[0]]
    fastest = min(times[name] for name in BASELINES)
    rows = [
        [
            name,
            f"{ns:,.0f}",
            f"{context.rate(runs[name]['seconds']):,.0f}",
            f"{context.ns(runs[name]['cpu']):,.0f}",
            f"{base / ns:.2f}",
            f"{fastest / ns:.2f}",
        ]
        for name, ns in times.items()
    ]
    head = ["source", "ns a record", "MB/s", "CPU ns a record"]
    head += [f"to {BASELINES[0]}", "to the fastest of the first three"]
    return f"""## Chunks and threads

The loop is the same, `deque(reader, maxlen=0)`, and so is the reader; what differs is what it
reads. The first three give it one record a read: as a program without chunks would, the same by
`readinto`, and out of a list, at no cost at all.

{table(head, rows)}
{_model(context, times, base)}"""


def _model(context: Context, times: dict[str, float], base: float) -> str:
    """Predict what more threads bring, from the work of each stage."""
    runs = tools.in_turns(
        context.rounds,
        {
            "stages": partial(_stages, context),
            "rust 1": lambda: {"seconds": python_cost.rust_seconds(context, 1)},
            "rust 2": lambda: {"seconds": python_cost.rust_seconds(context, 2)},
            "python": partial(job, "python_cost", "steps", path=str(context.file)),
        },
    )
    read: float
    frame: float
    loop: float
    read, frame = runs["stages"]["read"], runs["stages"]["read and frame"]
    rust_ns = {n: context.ns(runs[f"rust {n}"]["seconds"]) for n in (1, 2)}
    parse, loop = max(0.0, rust_ns[1] - frame), runs["python"]["drop"]

    def predicted(consumer: float, threads: int) -> float:
        return max(frame, consumer, (frame + parse + consumer) / threads)

    rows = []
    for threads in (1, 2, 4, 8, 16):
        python_ns, crate_ns = predicted(loop, threads), predicted(0, threads)
        measured = ["", ""]
        if threads in rust_ns:
            name = PATHS[threads]
            measured = [f"{times[name]:,.0f}", f"{rust_ns[threads]:,.0f}"]
        rows.append(
            [
                threads,
                f"{python_ns:,.0f}",
                measured[0],
                f"{base / python_ns:.2f}",
                f"{crate_ns:,.0f}",
                measured[1],
            ]
        )
    head = [
        "threads",
        "Python: model, ns a record",
        "measured",
        f"model, to {BASELINES[0]}",
        "the crate: model, ns a record",
        "measured",
    ]
    work = [
        ["read, in one thread", f"{read:.0f}"],
        ["frame, in the same thread", f"{frame - read:.0f}"],
        ["parse, in any thread", f"{parse:.0f}"],
        ["the loop in Python, in the caller's thread", f"{loop:.0f}"],
    ]
    return f"""### A model, no measurement, of more threads

What each stage takes, one thread at a time: `examples/stages.rs` tells reading and framing; the
crate's reader on one thread, less that, is the parsing; the loop is that of "What Python adds".

{table(["stage", "ns a record"], work)}
Reading and framing are done by one thread, and the loop by one; parsing is done by whoever has
time. So with n threads, each on a core of its own,

    T(n) = max(read + frame, loop, (read + frame + parse + loop) / n)

It leaves out what threads cost each other (wakes, caches, memory bandwidth): it is a bound, and no
promise.

{table(head, rows)}"""


def _stages(context: Context) -> Outcome:
    """What `examples/stages.rs` says, by name. Nanoseconds a record."""
    said = rust(context, "stages", context.file)
    return {name: float(ns) for name, ns in re.findall(r"(.+): ([\d.]+) ns a record", said)}
