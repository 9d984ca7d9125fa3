"""One run: a process on chosen cores, and its figures."""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import IO, Any

from harness.job import Mode

TIME_LIMIT = 900.0
"""Seconds after which a run is given up."""


class JobError(Exception):
    """A reason why a run has no figures."""


@dataclass(frozen=True)
class Run:
    """One process that did one job, or several that did it at the same time."""

    ns: float
    """Wall time inside the job, per record."""
    cpu_ns: float
    """User and system time of all threads inside the job, per record."""
    process_wall: float
    process_cpu: float
    """The whole process in seconds, start-up included, as `wait4` reports it."""
    waits: int
    """Voluntary context switches: the number of times that a thread went to sleep."""
    peak: float | None
    """Peak resident memory in KiB."""
    threads: int | None
    records: int | None
    check: int | None


class Cores:
    """The cores that runs are pinned to, and all that the harness may use."""

    def __init__(self, wanted: Sequence[int] | None) -> None:
        """Chooses two cores, of two physical ones if there are, unless some are specified."""
        self.usable = sorted(os.sched_getaffinity(0))
        if wanted is None:
            usable = set(self.usable)
            apart = [core for core in self.usable if core == min(_siblings(core) & usable)][:2]
            wanted = (apart + [core for core in self.usable if core not in apart])[:2]
        self.chosen = list(wanted)

    def use(self, mode: Mode) -> None:
        """Keeps this thread, and the processes that it starts from now on, on the mode's cores."""
        os.sched_setaffinity(0, self.chosen if mode == "pinned" else self.usable)


def _siblings(core: int) -> set[int]:
    """Returns the logical processors that share a physical core with `core`."""
    path = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    try:
        parts = path.read_text().strip().split(",")
        ends = [[int(end) for end in part.split("-")] for part in parts]
    except (OSError, ValueError):
        return {core}
    return {n for part in ends for n in range(part[0], part[-1] + 1)} | {core}


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keeps this many processes busy, on any core that the harness may use."""
    command = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def processor_seconds() -> float:
    """Returns the user and system time of this process and of all that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Process:
    """A job that runs in a process of its own."""

    def __init__(self, command: list[str], *, silent: bool) -> None:
        """Starts the process. If it is `silent`, its output is not figures, and is dropped."""
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - `end` closes it
        self._begin = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL if silent else subprocess.PIPE,
            stderr=self._complaints,
        )
        self._limit = threading.Timer(TIME_LIMIT, self._process.kill)
        self._limit.start()

    def end(self, success: int = 0) -> "Ended":
        """Waits for the process. `success` is its status if it has done its work."""
        output = self._process.stdout
        said = output.read() if output else b""
        _, status, usage = os.wait4(self._process.pid, 0)
        wall = time.perf_counter() - self._begin
        self._limit.cancel()
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if output:
            output.close()
        with self._complaints as complaints:
            last = _last_line(complaints)
        cpu = usage.ru_utime + usage.ru_stime
        failed = self._process.returncode != success
        return Ended(failed, self._process.returncode, last, said, wall, cpu, usage.ru_nvcsw)


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no message"


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    failed: bool
    code: int
    complaint: str
    """Last line of its standard error."""
    said: bytes
    wall: float
    cpu: float
    waits: int

    def figures(self, records: int, *, many: bool) -> Run:
        """Returns its figures for a record, of a file of `records`.

        With `many`, the file was read many times, and the process counted the times.
        """
        if self.failed:
            raise JobError(f"failed with status {self.code}: {self.complaint}")
        silent = {"seconds": self.wall, "cpu": self.cpu}
        inside: dict[str, Any] = json.loads(self.said) if self.said else silent
        found: int | None = inside.get("records")
        if many:
            records = found or records
        elif found not in (None, records):
            raise JobError(f"found {found} of {records} records")
        return Run(
            ns=inside["seconds"] * 1e9 / records,
            cpu_ns=inside["cpu"] * 1e9 / records,
            process_wall=self.wall,
            process_cpu=self.cpu,
            waits=self.waits,
            # Not ru_maxrss: in a child that begins at the size of its parent.
            peak=inside.get("peak_kib"),
            threads=inside.get("threads"),
            records=found,
            check=inside.get("check"),
        )


def together(runs: Sequence[Run]) -> Run:
    """Returns the figures of processes that ran at the same time as those of one.

    Their rates are added. Each is timed from its own start, so that two starts at slightly
    different times do not count as time without work.
    """
    if len(runs) == 1:
        return runs[0]
    peaks = [run.peak for run in runs if run.peak is not None]
    return Run(
        ns=1 / sum(1 / run.ns for run in runs),
        cpu_ns=sum(run.cpu_ns for run in runs) / len(runs),
        process_wall=max(run.process_wall for run in runs),
        process_cpu=sum(run.process_cpu for run in runs),
        waits=sum(run.waits for run in runs),
        peak=sum(peaks) if len(peaks) == len(runs) else None,
        threads=None,
        records=None,
        check=None,
    )


def average(runs: Sequence[Run]) -> Run:
    """Returns the mean of runs that followed each other. They have neither peaks nor checks."""
    return Run(
        ns=fmean(run.ns for run in runs),
        cpu_ns=fmean(run.cpu_ns for run in runs),
        process_wall=fmean(run.process_wall for run in runs),
        process_cpu=fmean(run.process_cpu for run in runs),
        waits=round(fmean(run.waits for run in runs)),
        peak=None,
        threads=None,
        records=None,
        check=None,
    )


_PR_SET_CHILD_SUBREAPER = 36


def peak_run(command: Sequence[str], success: int, records: int) -> Run:
    """Runs a program that does not report its peak memory, and takes it from the kernel.

    `ru_maxrss` of a process begins at the size of the process that started it. A shell is small, so
    a shell starts the program and ends; the program becomes a child of this process.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise JobError(f"its memory cannot be measured: {os.strerror(ctypes.get_errno())}")
    script = '"$@" > /dev/null & echo $!'
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as complaints:
        shell = subprocess.run(
            ["/bin/sh", "-c", script, "sh", *command], stdout=subprocess.PIPE, stderr=complaints
        )
        _, status, usage = os.wait4(int(shell.stdout), 0)
        code = os.waitstatus_to_exitcode(status)
        if code != success:
            raise JobError(f"failed with status {code}: {_last_line(complaints)}")
    wall, cpu = time.perf_counter() - begin, usage.ru_utime + usage.ru_stime
    return Run(
        ns=wall * 1e9 / records,
        cpu_ns=cpu * 1e9 / records,
        process_wall=wall,
        process_cpu=cpu,
        waits=usage.ru_nvcsw,
        peak=usage.ru_maxrss,
        threads=None,
        records=None,
        check=None,
    )
