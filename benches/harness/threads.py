"""The gain of more threads, beside the capacity of the machine."""

from collections.abc import Iterator, Sequence

from harness.job import Mode
from harness.markdown import head, number, ratio, row
from harness.measure import JobResult
from harness.plan import CAPACITY

REFERENCES = ("tidemarc-1", "spin")
"""Contenders of `CAPACITY`: the one reads and indexes, the other only computes."""


def section(results: Sequence[JobResult], modes: Sequence[Mode]) -> Iterator[str]:
    """Yields the table of every contender that uses more than one thread."""
    rows = [cells for result in results for cells in _rows(result, results)]
    if not rows:
        return
    yield "## Default and one thread"
    yield ""
    yield "Capacity is the rate of two copies of a job, each a process on one thread, divided by"
    yield "the rate of one: a second processor can give no more here. The share is the speed-up"
    yield "divided by the capacity of the same job. Beside the speed-up are its least and its"
    yield "greatest by round. Two jobs measure the machine:"
    yield ""
    for mode in modes:
        read, spin = (_or_blank(_reference(results, name, mode)) for name in REFERENCES)
        yield f"- {mode}: read and index {read}, arithmetic in registers {spin}"
    yield ""
    yield from head(
        "job", "contender", "mode", ">1 thread, ns", ">ns", ">speed-up", ">capacity: same job",
        ">read and index", ">arithmetic", ">share",
    )  # fmt: skip
    yield from (row(*cells) for cells in rows)
    yield ""


def _rows(result: JobResult, results: Sequence[JobResult]) -> Iterator[list[str]]:
    for series in result.series:
        name, mode = series.contender.alone, series.contender.mode
        before = series.contender.before
        alone = result.find(name, mode=mode, before=before) if name and series.runs else None
        if alone is None:
            continue
        speed_up = alone.ns / series.ns
        rounds = zip(alone.runs, series.runs, strict=True)
        capacity = _capacity(result, alone.contender.name, mode)
        yield [
            result.job.title,
            series.contender.label + (", before" if before else ""),
            mode,
            number(alone.ns),
            number(series.ns),
            ratio(speed_up, [one.ns / more.ns for one, more in rounds]),
            _or_blank(capacity),
            *(_or_blank(_reference(results, name, mode)) for name in REFERENCES),
            _or_blank(capacity and speed_up / capacity),
        ]


def _reference(results: Sequence[JobResult], name: str, mode: Mode) -> float | None:
    for result in results:
        if result.job.name == CAPACITY.name:
            return _capacity(result, name, mode)
    return None


def _capacity(result: JobResult, name: str, mode: Mode) -> float | None:
    one, two = (result.find(name, mode=mode, copies=copies) for copies in (1, 2))
    return one.ns / two.ns if one and two else None


def _or_blank(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
