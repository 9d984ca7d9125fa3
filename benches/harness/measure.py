"""Running jobs in turns and taking their figures."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.plan import Contender, Job
from harness.setup import BENCHES, Bench

TIME_LIMIT = 900.0
"""Seconds after which a run is given up."""


class JobError(Exception):
    """A run that came to nothing, and why."""


@dataclass(frozen=True)
class Run:
    """One process that did one job."""

    ns: float
    """Wall time inside the job, per record."""
    cpu_ns: float
    """User and system time of all threads inside the job, per record."""
    process_wall: float
    process_cpu: float
    """The whole process in seconds, start-up included, as `wait4` tells it."""
    waits: int
    """Voluntary context switches: how often a thread of the process went to sleep."""
    peak: float | None
    """Peak resident memory in KiB."""
    threads: int | None
    records: int | None
    check: int | None


@dataclass
class Series:
    """All runs of one contender at one job, in order of time."""

    contender: Contender
    records: int
    """How many records its file has."""
    runs: list[Run] = field(default_factory=list)

    def of(self, figure: Callable[[Run], float]) -> tuple[float, float, float]:
        """Median, least and greatest of a figure."""
        values = [figure(run) for run in self.runs]
        return statistics.median(values), min(values), max(values)


@dataclass
class JobResult:
    """What came of one job."""

    job: Job
    series: dict[str, Series]
    notes: list[str]


def pin(cores: Sequence[int] | None) -> list[int]:
    """Keep this process and all it starts on two cores, of two physical ones if there are."""
    usable = sorted(os.sched_getaffinity(0))
    if cores is None:
        cores = [core for core in usable if core == min(_siblings(core) & set(usable))][:2]
        cores = (list(cores) + [core for core in usable if core not in cores])[:2]
    os.sched_setaffinity(0, cores)
    return list(cores)


def _siblings(core: int) -> set[int]:
    """Find the logical processors that share a physical core with `core`."""
    path = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    try:
        parts = path.read_text().strip().split(",")
        ends = [[int(end) for end in part.split("-")] for part in parts]
    except (OSError, ValueError):
        return {core}
    return {n for part in ends for n in range(part[0], part[-1] + 1)} | {core}


def processor_seconds() -> float:
    """User and system time of this process and of all that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def absence(bench: Bench, contender: Contender) -> str | None:
    """Why a contender cannot take part, if it cannot."""
    if contender.file not in bench.files:
        return "its file is not there"
    match contender.kind:
        case "rust":
            missing = contender.argument not in bench.rust_jobs
            return "not in the build of the Rust jobs" if missing else None
        case "python":
            package = contender.argument.split("-")[0]
            missing = package != "floor" and package not in bench.modules
            return f"{package} is not installed" if missing else None
        case "command":
            return "not on the PATH" if bench.yaz is None else None


def measure(bench: Bench, job: Job, rounds: int) -> JobResult:
    """One untimed run each to check them and to warm the caches, then the rounds."""
    result = JobResult(job, {}, [])
    checks: dict[int, list[str]] = {}
    for contender in job.contenders:
        reason = absence(bench, contender)
        try:
            if reason is None:
                check = _verify(bench, job, contender)
                if check is not None:
                    checks.setdefault(check, []).append(contender.label)
                records = bench.files[contender.file][1]
                result.series[contender.name] = Series(contender, records)
        except JobError as failure:
            reason = str(failure)
        if reason is not None:
            result.notes.append(f"{contender.label}: {reason}")
    if len(checks) > 1:
        told = "; ".join(f"{', '.join(names)}: {check:,}" for check, names in checks.items())
        result.notes.append(f"The contenders' work differs (checksum on the sample): {told}")
    for n in range(rounds):
        print(f"{job.name}: round {n + 1} of {rounds}", file=sys.stderr, flush=True)
        for name, series in list(result.series.items()):
            try:
                series.runs.append(_run(bench, job.name, series.contender, series.contender.file))
            except JobError as failure:
                result.notes.append(f"{series.contender.label}: {failure}")
                del result.series[name]
    return result


def _verify(bench: Bench, job: Job, contender: Contender) -> int | None:
    """Run a contender once, untimed, on its file and on the sample; its checksum on the sample."""
    counting = contender.kind == "python" and job.name in ("iterate", "fileobj", "memory")
    name = "count" if counting else job.name
    if contender.file == "full":
        _run(bench, name, contender, "full")
    own = contender.file not in ("full", "sample")
    return _run(bench, name, contender, contender.file if own else "sample").check


def _command(bench: Bench, job: str, contender: Contender, file: str) -> list[str]:
    path, records = bench.files[file]
    match contender.kind:
        case "rust":
            return [str(bench.rust), contender.argument, str(path)]
        case "python":
            script = str(BENCHES / "python_jobs.py")
            name = {"fileobj": "iterate", "memory": "iterate", "one-python": "one"}.get(job, job)
            return [str(bench.python), script, name, contender.argument, str(path), str(records)]
        case "command":
            return [str(bench.yaz), *contender.argument.split(), str(path)]


def _run(bench: Bench, job: str, contender: Contender, file: str) -> Run:
    """Run a contender once, in a process of its own."""
    command = _command(bench, job, contender, file)
    silent = contender.kind == "command"
    with tempfile.TemporaryFile() as complaints:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL if silent else subprocess.PIPE, stderr=complaints
        )
        limit = threading.Timer(TIME_LIMIT, process.kill)
        limit.start()
        said = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        limit.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.stdout:
            process.stdout.close()
        if process.returncode != 0:
            complaints.seek(0)
            lines = complaints.read().decode(errors="replace").strip().splitlines()
            last = bench.hide_paths(lines[-1]) if lines else "no message"
            raise JobError(f"failed with status {process.returncode}: {last}")
    cpu = usage.ru_utime + usage.ru_stime
    inside: dict[str, Any] = json.loads(said) if said else {"seconds": wall, "cpu": cpu}
    wanted: int = bench.files[file][1]
    found: int | None = inside.get("records")
    if file == "one":
        wanted = found or wanted  # how often the file was opened
    elif found not in (None, wanted):
        raise JobError(f"found {found} of {wanted} records")
    return Run(
        ns=inside["seconds"] * 1e9 / wanted,
        cpu_ns=inside["cpu"] * 1e9 / wanted,
        process_wall=wall,
        process_cpu=cpu,
        waits=usage.ru_nvcsw,
        # Not ru_maxrss: in a child that begins at the size of its parent.
        peak=inside.get("peak_kib"),
        threads=inside.get("threads"),
        records=found,
        check=inside.get("check"),
    )
