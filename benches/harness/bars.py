"""What tidemarc must reach, and whether it has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.measure import JobResult, Series
from harness.process import Run

MIB = 1024.0  # of peaks, which are in KiB
MICROSECOND = 1000.0  # of times, which are in ns

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
    `excess`: the subject's figure less the least of `against` is at most `limit`.
    `value`: the subject's figure is at most `limit`.

    `goal` is what to strive for; `unit` is what `limit` and `goal` are multiples of.
    """

    job: str
    text: str
    subject: str
    against: tuple[str, ...]
    rule: Literal["speed-up", "slow-down", "excess", "value"]
    limit: float
    goal: float | None = None
    figure: Figure = "time"
    unit: float = 1.0


_PARALLEL = ("mrrc-parallel", "mrrc-batches")

BARS: tuple[Bar, ...] = (
    Bar("read", "2 threads, rate to that of the read loop", "tidemarc-2", ("bare",), "speed-up",
        0.65, 0.75),
    Bar("read", "1 thread, rate to that of the read loop", "tidemarc-1", ("bare",), "speed-up",
        0.42, 0.50),
    Bar("read", "to mrrc's MarcReader", "tidemarc-2", ("mrrc-reader",), "speed-up", 30),
    Bar("read", "to mrrc's parse_batch_parallel", "tidemarc-2", _PARALLEL, "speed-up", 20),
    Bar("read", "to marc21's MarcReader", "tidemarc-2", ("marc21",), "speed-up", 10),
    Bar("iterate", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 35),
    Bar("iterate", "to pymarc", "tidemarc", ("pymarc",), "speed-up", 350),
    Bar("iterate", "time, to that of the floor", "tidemarc", ("floor",), "slow-down", 3, 2.5),
    Bar("title", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 20),
    Bar("extract", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 20),
    Bar("extract", "to pymarc", "tidemarc", ("pymarc",), "speed-up", 25),
    Bar("roundtrip", "to mrrc", "tidemarc", ("mrrc",), "speed-up", 25),
    Bar("fileobj", "rate to that of the path", "tidemarc-file", ("tidemarc",), "speed-up",
        0.70, 0.85),
    Bar("edit", "the drop-in to pymarc", "tidemarc-pymarc", ("pymarc",), "speed-up", 20),
    Bar("as_dict", "the drop-in to pymarc", "tidemarc-pymarc", ("pymarc",), "speed-up", 10),
    Bar("as_json", "the drop-in to pymarc", "tidemarc-pymarc", ("pymarc",), "speed-up", 10),
    Bar("marc8", "Rust: to pymarc", "marc8", ("pymarc",), "speed-up", 100),
    Bar("marc8", "Python: to pymarc", "tidemarc-marc8", ("pymarc",), "speed-up", 30),
    Bar("xml_write", "to yaz-marcdump", "tidemarc-convert", ("yaz",), "speed-up", 5),
    Bar("xml_read", "to pymarc", "tidemarc", ("pymarc-xml",), "speed-up", 20),
    Bar("columns", "ten, 1 thread: time to that of the read loop", "columns-1", ("bare",),
        "slow-down", 8.5, 7),
    Bar("columns", "ten, default: time to that of 1 thread", "columns", ("columns-1",),
        "slow-down", 1.0),
    Bar("columns", "nested, 1 thread: time to that of the read loop", "nested-1", ("bare",),
        "slow-down", 27.5, 17),
    Bar("columns", "ten: peak, MiB", "columns", (), "value", 64, None, "peak", MIB),
    Bar("read", "peak, MiB", "tidemarc-2", (), "value", 16, None, "peak", MIB),
    Bar("memory", "Rust: peak, MiB", "tidemarc-2", (), "value", 16, None, "peak", MIB),
    Bar("iterate", "peak over the bare interpreter's, MiB", "tidemarc", ("floor",), "excess",
        24, None, "peak", MIB),
    Bar("memory", "Python: peak over the bare interpreter's, MiB", "tidemarc", ("floor",), "excess",
        24, None, "peak", MIB),
    Bar("one-rust", "time over opening, µs", "one-tidemarc", ("one-open",), "excess",
        50, None, "time", MICROSECOND),
    Bar("one-rust", "threads of the process", "one-tidemarc", (), "value", 1, None, "threads"),
    Bar("one-python", "time over opening, µs", "tidemarc", ("floor",), "excess",
        50, None, "time", MICROSECOND),
    Bar("one-python", "threads of the process", "tidemarc", (), "value", 1, None, "threads"),
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
        return value >= limit if self.bar.rule == "speed-up" else value <= limit


def findings(results: Sequence[JobResult]) -> list[Finding]:
    """Every bar for which there are figures of tidemarc."""
    jobs = {result.job.name: result for result in results}
    return [
        _finding(bar, jobs[bar.job], subject)
        for bar in BARS
        if bar.job in jobs and (subject := jobs[bar.job].find(bar.subject))
    ]


def _finding(bar: Bar, result: JobResult, subject: Series) -> Finding:
    def figure(run: Run) -> float:
        return _FIGURES[bar.figure](run) / bar.unit

    def median(series: Series) -> float:
        return series.of(figure)[0]

    title = result.job.title
    ours = median(subject)
    peers = [peer for name in bar.against if (peer := result.find(name))]
    if not bar.against:
        values = [figure(run) for run in subject.runs]
        return Finding(bar, title, ours, None, None, ours, (min(values), max(values)))
    if not peers:
        return Finding(bar, title, ours, None, None, None, None)
    peer = min(peers, key=median)
    theirs = median(peer)
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
