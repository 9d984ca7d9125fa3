"""Running jobs in turns and taking their figures."""

import re
import shlex
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from harness.builds import Build
from harness.job import Contender, Job
from harness.process import Cores, JobError, Process, Run, average, peak_run, together
from harness.setup import BENCHES, Bench


@dataclass
class Series:
    """All runs of one contender at one job, in order of time."""

    contender: Contender
    records: int
    """Number of records of its file."""
    runs: list[Run] = field(default_factory=list)

    def of(self, figure: Callable[[Run], float]) -> tuple[float, float, float]:
        """Returns median, least and greatest of a figure."""
        values = [figure(run) for run in self.runs]
        return statistics.median(values), min(values), max(values)

    @property
    def ns(self) -> float:
        """Median of the wall time for a record."""
        return self.of(lambda run: run.ns)[0]


@dataclass
class JobResult:
    """The figures of one job, and notes on the contenders that have none."""

    job: Job
    series: list[Series]
    notes: list[str]

    def find(self, name: str, **attributes: Any) -> Series | None:
        """Returns the first series of the contender `name` with these attributes, if it has runs.

        Without any, the series is of a single copy in the first mode.
        """
        wanted = {"name": name, "copies": 1, "before": False} | attributes
        for one in self.series:
            if one.runs and all(getattr(one.contender, key) == wanted[key] for key in wanted):
                return one
        return None


def absence(bench: Bench, contender: Contender) -> str | None:
    """Returns why a contender cannot take part, if it cannot."""
    build = _build(bench, contender)
    if not contender.files <= bench.files.keys():
        return "its file is not there"
    match contender.kind:
        case "rust":
            missing = contender.argument not in build.rust_jobs
            return "not in the build of the Rust jobs" if missing else None
        case "python":
            package = _package(contender)
            missing = package != "floor" and package not in build.modules
            return f"{package} is not installed" if missing else None
        case "command":
            missing = bench.program(build, contender.needs) is None
            return f"{contender.needs} is not installed" if missing else None


def _package(contender: Contender) -> str:
    """Returns the Python package that a contender needs."""
    return "tidemarc" if contender.side == "ours" else contender.argument.split("-")[0]


def _build(bench: Bench, contender: Contender) -> Build:
    if contender.before:
        assert bench.before is not None, "the plan has a second build only if there is one"
        return bench.before
    return bench.current


def measure(bench: Bench, cores: Cores, job: Job, rounds: int) -> JobResult:
    """Runs every contender once untimed, which warms the caches; then the rounds."""
    result = JobResult(job, [], [])
    checks: dict[int, list[str]] = {}
    for contender in job.contenders:
        reason = absence(bench, contender)
        try:
            if reason is None:
                check = _verify(bench, cores, job, contender)
                if check is not None:
                    checks.setdefault(check, []).append(contender.title)
                result.series.append(Series(contender, bench.files[contender.file][1]))
        except JobError as failure:
            reason = str(failure)
        if reason is not None:
            result.notes.append(f"{contender.title}: {reason}")
    if len(checks) > 1:
        each = "; ".join(f"{', '.join(names)}: {check:,}" for check, names in checks.items())
        result.notes.append(f"The contenders' work differs (checksum on the sample): {each}")
    for n in range(rounds):
        print(f"{job.name}: round {n + 1} of {rounds}", file=sys.stderr, flush=True)
        # Every second round runs backwards, so that none always follows the same neighbour.
        for series in result.series[:: -1 if n % 2 else 1]:
            try:
                series.runs.append(_run(bench, cores, job, series.contender, series.contender.file))
            except JobError as failure:
                result.notes.append(f"{series.contender.title}: {failure}")
                result.series.remove(series)
    return result


def _work(job: Job) -> str:
    return job.work or job.name


def _verify(bench: Bench, cores: Cores, job: Job, contender: Contender) -> int | None:
    """Runs a contender once, untimed, on its file and on the sample.

    Returns its checksum on the sample. A contender that differs from an earlier one only in its
    mode or its number of copies is verified already.
    """
    if contender.copies > 1 or contender.mode != job.contenders[0].mode:
        return None
    if contender.kind == "python" and _work(job) == "iterate":
        job = replace(job, work="count")
    if contender.kind == "command":
        # Its arguments may name other files too, and it has no checksum.
        return _run(bench, cores, job, contender, contender.file).check
    if contender.file == "full":
        _run(bench, cores, job, contender, "full")
    own = contender.file not in ("full", "sample")
    return _run(bench, cores, job, contender, contender.file if own else "sample").check


def _command(bench: Bench, work: str, contender: Contender, file: str) -> list[str]:
    path, records = bench.files[file]
    build = _build(bench, contender)
    match contender.kind:
        case "rust":
            return [str(build.rust), contender.argument, str(path)]
        case "python":
            script = str(BENCHES / "python_jobs.py")
            python = build.elsewhere.get(_package(contender), build.python)
            return [str(python), script, work, contender.argument, str(path), str(records)]
        case "command":
            paths = {name: str(path) for name, (path, _) in bench.files.items()}
            paths |= {"file": str(path), "cache": str(bench.data)}
            program, *words = shlex.split(contender.argument)
            words = [re.sub(r"\{(\w+)\}", lambda name: paths[name[1]], word) for word in words]
            return [str(bench.program(build, program)), *words]


def _run(bench: Bench, cores: Cores, job: Job, contender: Contender, file: str) -> Run:
    """Runs a contender once, each copy in a process of its own."""
    command = _command(bench, _work(job), contender, file)
    cores.use(contender.mode)
    try:
        if contender.kind == "command" and not job.timed:
            return peak_run(command, contender.status, bench.files[file][1])
        runs = [_start(bench, command, contender, file) for _ in range(contender.starts)]
        return runs[0] if len(runs) == 1 else average(runs)
    except JobError as failure:
        raise JobError(bench.hide_paths(str(failure))) from None


def _start(bench: Bench, command: list[str], contender: Contender, file: str) -> Run:
    silent = contender.kind == "command"
    processes = [Process(command, silent=silent) for _ in range(contender.copies)]
    # Every process is waited for before a failure of one is reported.
    ends = [process.end(contender.status) for process in processes]
    return together([end.figures(bench.files[file][1], many=file == "one") for end in ends])
