"""What tidemarc must reach, and whether it has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.command_plan import MEMORY_CONTENDERS
from harness.measure import JobResult, Series
from harness.process import Run

MIB = 1024.0  # of peaks, which are in KiB
MICROSECOND = 1000.0  # of times, which are in ns
MILLISECOND = 1e6

Figure = Literal["time", "peak", "threads"]

_FIGURES: dict[Figure, Callable[[Run], float]] = {
    "time": lambda run: run.ns,
    "peak": lambda run: float("nan") if run.peak is None else run.peak,
    "threads": lambda run: float("nan") if run.threads is None else run.threads,
}


@dataclass(frozen=True)
class Bar:
    """One thing that tidemarc must reach.

    `speed-up`: the time of the fastest of `against`, divided by the subject's, is at least
    `limit`.
    `slow-down`: the subject's time, divided by that of the fastest of `against`, is at most
    `limit`.
    `share`: the speed-up over `against`, the same work on one thread, divided by the capacity of
    the machine for that work, is at least `limit`.
    `excess`: the subject's figure less the least of `against` is at most `limit`.
    `value`: the subject's figure is at most `limit`.

    `against` names contenders of the same job, or `JOB/CONTENDER`. `goal` is what to strive for;
    `unit` is what `limit` and `goal` are multiples of.
    """

    job: str
    text: str
    subject: str
    against: tuple[str, ...]
    rule: Literal["speed-up", "slow-down", "share", "excess", "value"]
    limit: float
    goal: float | None = None
    figure: Figure = "time"
    unit: float = 1.0


_PARALLEL = ("mrrc-parallel", "mrrc-batches")

BARS: tuple[Bar, ...] = (
    Bar("read", "2 threads, rate to that of the read loop", "tidemarc-2", ("bare",), "speed-up",
        0.65, 0.75),
    Bar("read", "1 thread, rate to that of the read loop", "tidemarc-1", ("bare",), "speed-up",
        0.50, 0.60),
    Bar("read", "default to 1 thread", "tidemarc", ("tidemarc-1",), "speed-up", 1.25, 1.5),
    Bar("read", "to mrrc's MarcReader", "tidemarc-2", ("mrrc-reader",), "speed-up", 30),
    Bar("read", "to mrrc's parse_batch_parallel", "tidemarc-2", _PARALLEL, "speed-up", 20),
    Bar("read", "to marc21's MarcReader", "tidemarc-2", ("marc21",), "speed-up", 10),
    Bar("iterate", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 35),
    Bar("iterate", "to pymarc", "tidemarc", ("pymarc",), "speed-up", 350),
    Bar("iterate", "time, to that of the floor", "tidemarc", ("floor",), "slow-down", 3, 2.5),
    Bar("iterate", "1 thread: time to that of Rust's read", "tidemarc-1", ("read/tidemarc-1",),
        "slow-down", 1.40, 1.30),
    Bar("iterate", "default: time to that of 1 thread", "tidemarc", ("tidemarc-1",), "slow-down",
        1.02, 1.0),
    Bar("title", "1 thread: time over the loop's, ns", "tidemarc-1", ("iterate/tidemarc-1",),
        "excess", 110, 90),
    Bar("title", "default: time to that of 1 thread", "tidemarc", ("tidemarc-1",), "slow-down",
        1.02, 1.0),
    Bar("values", "1 thread: time to that of the floor", "tidemarc-1", ("floor",), "slow-down",
        1.4, 1.25),
    Bar("values", "default: time to that of 1 thread", "tidemarc", ("tidemarc-1",), "slow-down",
        1.02, 1.0),
    Bar("values", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 20),
    Bar("title", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 20),
    Bar("extract", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 20),
    Bar("extract", "to pymarc", "tidemarc", ("pymarc",), "speed-up", 25),
    Bar("roundtrip", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 25),
    Bar("fileobj", "rate to that of the path", "tidemarc-file", ("tidemarc",), "speed-up",
        0.70, 0.85),
    Bar("fileobj", "time to that of the path, threads=1", "tidemarc-file", ("tidemarc-1",),
        "slow-down", 1.15, 1.08),
    Bar("edit", "the drop-in to pymarc", "tidemarc-pymarc", ("pymarc",), "speed-up", 20),
    Bar("as_dict", "the drop-in to pymarc", "tidemarc-pymarc", ("pymarc",), "speed-up", 10),
    Bar("as_json", "the drop-in to pymarc", "tidemarc-pymarc", ("pymarc",), "speed-up", 10),
    Bar("marc8", "Rust: to pymarc", "marc8", ("pymarc",), "speed-up", 100),
    Bar("marc8", "Python: to pymarc", "tidemarc-marc8", ("pymarc",), "speed-up", 30),
    Bar("xml_write", "to yaz-marcdump", "tidemarc-convert", ("yaz",), "speed-up", 5),
    Bar("xml_write", "share of the capacity", "tidemarc-convert", ("tidemarc-convert-1",), "share",
        0.90, 0.97),
    Bar("xml_read", "share of the capacity", "tidemarc", ("tidemarc-1",), "share", 0.90, 0.97),
    Bar("xml_read", "to pymarc", "tidemarc", ("pymarc-xml",), "speed-up", 20),
    Bar("columns", "ten, 1 thread: time to that of the read loop", "columns-1", ("bare",),
        "slow-down", 8.5, 7),
    Bar("columns", "ten, default: time to that of 1 thread", "columns", ("columns-1",),
        "slow-down", 1.0),
    Bar("columns", "ten, default: share of the capacity", "columns", ("columns-1",), "share",
        0.92, 0.97),
    Bar("columns", "two ranges: share of the capacity", "columns-ranges", ("columns-1",), "share",
        0.95),
    Bar("columns", "nested, 1 thread: time to that of the read loop", "nested-1", ("bare",),
        "slow-down", 27.5, 17),
    Bar("columns", "ten: peak, MiB", "columns", (), "value", 64, None, "peak", MIB),
    Bar("tables", "into pyarrow, 1 thread: time to that of Rust", "tidemarc-scan-1",
        ("columns-1",), "slow-down", 1.05),
    Bar("tables", "into pyarrow, default: time to that of Rust", "tidemarc-scan", ("columns",),
        "slow-down", 1.05),
    Bar("tables", "into pyarrow, 1 thread: to a loop over records", "tidemarc-scan-1",
        ("tidemarc-loop",), "speed-up", 6, 8),
    Bar("tables", "to marctable", "tidemarc-parquet", ("marctable",), "speed-up", 500),
    Bar("tables", "to polars-marc21", "tidemarc-two", ("polars_marc21",), "speed-up", 4, 7),
    Bar("tables", "Parquet, rate to that of pyarrow alone", "tidemarc-parquet",
        ("pyarrow-memory",), "speed-up", 0.60),
    Bar("tables", "ten: peak over the interpreter with pyarrow, MiB", "tidemarc-scan",
        ("pyarrow",), "excess", 64, None, "peak", MIB),
    Bar("tables", "nested: peak over the interpreter with pyarrow, MiB", "tidemarc-nested",
        ("pyarrow",), "excess", 64, None, "peak", MIB),
    Bar("read", "peak, MiB", "tidemarc-2", (), "value", 16, None, "peak", MIB),
    Bar("memory", "Rust: peak, MiB", "tidemarc-2", (), "value", 16, None, "peak", MIB),
    Bar("iterate", "peak over the bare interpreter's, MiB", "tidemarc", ("floor",), "excess",
        24, None, "peak", MIB),
    Bar("memory", "Python: peak over the bare interpreter's, MiB", "tidemarc", ("floor",), "excess",
        24, None, "peak", MIB),
    Bar("packed", "gzip: time to that of the bare decompressor", "gzip", ("bare-gzip",),
        "slow-down", 1.08),
    Bar("packed", "BGZF, default: share of the capacity", "bgzf", ("gzip-1",), "share", 0.90),
    Bar("packed", "zstd: time to that of the bare decompressor", "zstd", ("bare-zstd",),
        "slow-down", 1.10),
    Bar("packed", "gzip: peak over the plain file, MiB", "gzip", ("tidemarc",), "excess",
        32, None, "peak", MIB),
    Bar("packed", "BGZF: peak over the plain file, MiB", "bgzf", ("tidemarc",), "excess",
        32, None, "peak", MIB),
    Bar("packed", "zstd: peak over the plain file, MiB", "zstd", ("tidemarc",), "excess",
        32, None, "peak", MIB),
    Bar("one-rust", "time over opening, µs", "one-tidemarc", ("one-open",), "excess",
        50, None, "time", MICROSECOND),
    Bar("one-rust", "threads of the process", "one-tidemarc", (), "value", 1, None, "threads"),
    Bar("one-python", "time over opening, µs", "tidemarc", ("floor",), "excess",
        50, None, "time", MICROSECOND),
    Bar("one-python", "threads of the process", "tidemarc", (), "value", 1, None, "threads"),
    Bar("command-count", "to yaz-marcdump -n", "tidemarc", ("yaz",), "speed-up", 12, 20),
    Bar("command-count", "to marc21 count", "tidemarc", ("marc21",), "speed-up", 8, 12),
    Bar("command-marcxml", "to yaz-marcdump", "tidemarc", ("yaz",), "speed-up", 10, 14),
    Bar("command-line", "to yaz-marcdump", "tidemarc", ("yaz",), "speed-up", 6, 10),
    Bar("command-filter", "to marc21 filter", "tidemarc", ("marc21",), "speed-up", 4, 8),
    Bar("command-ids", "time to that of count", "ids", ("count",), "slow-down", 1.5),
    Bar("command-select", "ten columns, to two of marc21 select", "tidemarc", ("marc21",),
        "speed-up", 3),
    Bar("command-stats", "to marc21 describe", "tidemarc", ("marc21",), "speed-up", 5, 10),
    Bar("command-diff", "time to that of reading both", "diff", ("count",), "slow-down", 2.5),
    Bar("command-sort", "time to that of GNU sort", "tidemarc", ("sort",), "slow-down", 3),
    Bar("command-start", "binary, ms", "binary", (), "value", 3, None, "time", MILLISECOND),
    Bar("command-start", "Python script, over the interpreter, ms", "script", ("python",),
        "excess", 25, None, "time", MILLISECOND),
    *(
        Bar("command-memory", f"{label}: peak, MiB", name, (), "value", 32, None, "peak", MIB)
        for name, label in MEMORY_CONTENDERS
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """How a bar was met: all figures in the unit of the bar."""

    bar: Bar
    job_title: str
    ours: float
    theirs: float | None
    peer: str | None
    """The label of the peer that counted; none if the bar needs none, or none took part."""
    value: float | None
    """What is held against the limit, from the medians."""
    by_round: tuple[float, float] | None
    """The least and the greatest of the same from each round by itself."""
    cpu: float | None = None
    """The ratio of two times again, taken of processor time: other work on the machine hardly
    touches it, but it does not tell what a second thread gains."""

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.value is None:
            return "?"
        if self.bar.goal is not None and self._reaches(self.value, self.bar.goal):
            return "goal"
        return "met" if self._reaches(self.value, self.bar.limit) else "**missed**"

    def _reaches(self, value: float, limit: float) -> bool:
        return value >= limit if self.bar.rule in ("speed-up", "share") else value <= limit


def findings(results: Sequence[JobResult]) -> list[Finding]:
    """Every bar for which there are figures of tidemarc."""
    jobs = {result.job.name: result for result in results}
    return [
        _finding(bar, jobs, subject)
        for bar in BARS
        if bar.job in jobs and (subject := jobs[bar.job].find(bar.subject))
    ]


def _find(jobs: Mapping[str, JobResult], bar: Bar, name: str) -> Series | None:
    job, _, contender = name.rpartition("/")
    result = jobs.get(job or bar.job)
    return result.find(contender) if result else None


def _finding(bar: Bar, jobs: Mapping[str, JobResult], subject: Series) -> Finding:
    def figure(run: Run) -> float:
        return _FIGURES[bar.figure](run) / bar.unit

    def median(series: Series) -> float:
        return series.of(figure)[0]

    title = jobs[bar.job].job.title
    ours = median(subject)
    peers = [peer for name in bar.against if (peer := _find(jobs, bar, name))]
    if not bar.against:
        values = [figure(run) for run in subject.runs]
        return Finding(bar, title, ours, None, None, ours, (min(values), max(values)))
    if not peers:
        return Finding(bar, title, ours, None, None, None, None)
    peer = min(peers, key=median)
    theirs = median(peer)
    if bar.rule == "share":
        # The time of two copies of the peer, of which each would have the machine alone.
        two = jobs[bar.job].find(peer.contender.name, copies=2)
        if two is None:
            return Finding(bar, title, ours, theirs, peer.contender.label, None, None)
        pairs = zip(map(figure, subject.runs), map(figure, two.runs), strict=True)
        share = [both / own for own, both in pairs]
        span = (min(share), max(share))
        value = median(two) / ours
        return Finding(bar, title, ours, theirs, peer.contender.label, value, span)
    rounds = zip(map(figure, subject.runs), map(figure, peer.runs), strict=True)
    values = [_compare(bar, *pair) for pair in rounds]
    value = _compare(bar, ours, theirs)
    span = (min(values), max(values))
    cpu = None
    if bar.rule in ("speed-up", "slow-down"):
        cpu = _compare(bar, *(series.of(lambda run: run.cpu_ns)[0] for series in (subject, peer)))
    return Finding(bar, title, ours, theirs, peer.contender.label, value, span, cpu)


def _compare(bar: Bar, ours: float, theirs: float) -> float:
    match bar.rule:
        case "speed-up":
            return theirs / ours
        case "slow-down":
            return ours / theirs
        case _:
            return ours - theirs
