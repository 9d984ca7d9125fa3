"""Make the measurements that docs/decisions rest on, and write RESULTS.md.

    python benches/design/run.py [--file FILE] [NAME …]

FILE, or the environment variable TIDEMARC_BENCH_FILE, is the file of 250,000 records that
`make bench` fetches. Nothing here passes or fails: it reports.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tidemarc
from tools import HERE, ROOT, Context

SECTIONS = {
    "batch_size": "the size of a batch",
    "other_threads": "what a reader leaves to other Python threads",
    "backpressure": "how far the reader runs ahead of a consumer that stops",
    "stopping": "how soon a dropped reader has stopped",
    "python_cost": "what Python adds to a record",
    "start": "what it costs to start the pipeline",
    "speedup": "one record a read against chunks and threads, and a model for more",
    "memory": "records that are kept, and endless streams",
}


def _arguments() -> argparse.Namespace:
    names = "\n".join(f"  {name:<14} {what}" for name, what in SECTIONS.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"names:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure (default: all)")
    parser.add_argument("--file", type=Path, default=os.environ.get("TIDEMARC_BENCH_FILE"))
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, in turns (5)")
    parser.add_argument("--gigabytes", type=float, default=2, help="endless streams end here (2)")
    parser.add_argument("--cores", help="the two cores to use (0,1)")
    parser.add_argument("--output", type=Path, help="where to write (RESULTS.md, if all was run)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(SECTIONS):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    if arguments.file is None or not Path(arguments.file).is_file():
        parser.error("name the file of records: --file, or TIDEMARC_BENCH_FILE")
    return arguments


def _pin(wanted: str | None) -> list[int]:
    usable = sorted(os.sched_getaffinity(0))
    cores = [int(core) for core in wanted.split(",")] if wanted else usable[:2]
    os.sched_setaffinity(0, cores)
    return cores


def _surroundings(context: Context, cores: list[int], load: float) -> str:
    def said(*command: str) -> str:
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError:
            return "unknown"
        return (done.stdout.splitlines() or ["unknown"])[0]

    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    about = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": said("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
        "machine": f"{model[1] if model else platform.machine()}, {os.cpu_count()} processors",
        "system": f"{platform.system()} {platform.release()}",
        "pinned to": f"cores {', '.join(map(str, cores))}",
        "load before": f"{load:.2f}",
        "file": f"{context.file.name}: {context.records:,} records, "
        f"{context.file.stat().st_size:,} bytes, cached",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Rust": said("rustc", "--version"),
        "tidemarc": tidemarc.__version__,
        "rounds": f"{context.rounds}, in turns; medians",
    }
    return "".join(f"- {name}: {value}\n" for name, value in about.items())


def main() -> None:
    """Measure what was asked for."""
    if not hasattr(os, "sched_setaffinity"):
        sys.exit("run.py: this needs Linux: it pins processes and reads /proc")
    arguments = _arguments()
    names = [name for name in SECTIONS if name in (arguments.names or SECTIONS)]
    load, cores = os.getloadavg()[0], _pin(arguments.cores)
    records = sum(1 for _ in tidemarc.Reader(arguments.file))  # and so it is in the page cache
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as scratch:
        context = Context(
            arguments.file, records, arguments.rounds, arguments.gigabytes, Path(scratch)
        )
        parts = [
            "# What the design rests on\n\nWritten by `benches/design/run.py`. "
            "The decisions are in [docs/decisions](../../docs/decisions/README.md).\n\n"
            + _surroundings(context, cores, load)
        ]
        for name in names:
            begin = time.perf_counter()
            print(f"design: {name} …", end=" ", file=sys.stderr, flush=True)
            parts.append(importlib.import_module(name).section(context))
            print(f"{time.perf_counter() - begin:.0f} s", file=sys.stderr)
    text = "\n".join(parts)
    whole = len(names) == len(SECTIONS)
    output = arguments.output or (HERE / "RESULTS.md" if whole else None)
    if output is None:
        print(text)
    else:
        output.write_text(text)
        print(f"design: wrote {output}", file=sys.stderr)


if __name__ == "__main__":
    main()
