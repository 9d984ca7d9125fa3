"""What the measurements share: jobs in processes of their own, medians, tables."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TIME_LIMIT = 300.0
"""Seconds after which a job is given up."""
MIB = 1024.0
"""Of what /proc tells in KiB."""

Outcome = dict[str, Any]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Context:
    """What there is to measure with."""

    file: Path
    """Some 250,000 sound records, in the page cache."""
    records: int
    rounds: int
    """How often everything is run, in turns. Medians are reported."""
    gigabytes: float
    """How long the endless streams are."""
    scratch: Path
    """A folder for files that are needed for a while, in memory if possible."""

    @property
    def record_length(self) -> float:
        """The mean, in bytes."""
        return self.file.stat().st_size / self.records

    def ns(self, seconds: float) -> float:
        """Nanoseconds a record."""
        return seconds * 1e9 / self.records

    def rate(self, seconds: float) -> float:
        """MB a second."""
        return self.file.stat().st_size / 1e6 / seconds


def job(module: str, function: str, **arguments: Any) -> Outcome:
    """Run a function of one of these modules in a process of its own; what it returned."""
    command = [sys.executable, str(HERE / "tools.py"), module, function, json.dumps(arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=TIME_LIMIT, check=True)
    outcome: Outcome = json.loads(done.stdout)
    return outcome


def rust(context: Context, example: str, *arguments: str | Path) -> str:
    """What one of the crate's examples prints."""
    command = [str(rust_example(example)), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=TIME_LIMIT, check=True)
    return done.stdout.decode()


_built: dict[str, Path] = {}


def rust_example(name: str) -> Path:
    """Build an example, if that is still to be done; where it is."""
    if name not in _built:
        command = ["cargo", "build", "--release", "--quiet", "--message-format=json", "--example"]
        done = subprocess.run([*command, name], cwd=ROOT, stdout=subprocess.PIPE, check=True)
        for line in done.stdout.splitlines():
            message = json.loads(line)
            if message.get("executable") and message["target"]["name"] == name:
                _built[name] = Path(message["executable"])
    return _built[name]


def in_turns(rounds: int, jobs: Mapping[Key, Callable[[], Outcome]]) -> dict[Key, Outcome]:
    """Run every job so many times, in turns; the median of each figure of each job."""
    runs: dict[Key, list[Outcome]] = {key: [] for key in jobs}
    for _ in range(rounds):
        for key, run in jobs.items():
            runs[key].append(run())
    return {key: medians(outcomes) for key, outcomes in runs.items()}


def medians(outcomes: Sequence[Outcome]) -> Outcome:
    """Figure by figure."""
    return {name: statistics.median(each[name] for each in outcomes) for name in outcomes[0]}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; the first column is text, the others are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def size(count: float) -> str:
    """Write a number of bytes as people say it."""
    if count >= 1 << 20 and count % (1 << 20) == 0:
        return f"{count / (1 << 20):.0f} MiB"
    if count >= 1 << 10 and count % (1 << 10) == 0:
        return f"{count / (1 << 10):.0f} KiB"
    return f"{count:,.0f} B"


# Inside a job.


def resident(line: str = "VmRSS") -> int:
    """The memory of this process in KiB: now, or with "VmHWM" its peak."""
    with open("/proc/self/status") as status:
        return next(int(row.split()[1]) for row in status if row.startswith(f"{line}:"))


def forget_peak() -> int:
    """Let the peak begin anew with what is used now, and say how much that is, in KiB."""
    try:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
    except OSError:
        pass  # then the peak of the start-up counts as the job's
    return resident()


def thread_names() -> list[str]:
    """Of this process's threads."""
    names = []
    for task in os.listdir("/proc/self/task"):
        try:
            names.append(Path(f"/proc/self/task/{task}/comm").read_text().strip())
        except OSError:
            continue  # it has just ended
    return names


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _main(module: str, function: str, arguments: str) -> None:
    outcome = getattr(__import__(module), function)(**json.loads(arguments))
    print(json.dumps(outcome))


if __name__ == "__main__":
    _main(*sys.argv[1:])
