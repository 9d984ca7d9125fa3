"""The current build beside another one."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from harness.markdown import head, number, ratio, row
from harness.measure import JobResult, Series
from harness.process import Run

SLOWER = 1.02
"""Ratio, after to before, above which a row is marked."""


class _Change(NamedTuple):
    """The figures of one contender in both builds."""

    job: str
    before: Series
    after: Series

    def ratio(self, figure: Callable[[Run], float]) -> float:
        return self.after.of(figure)[0] / self.before.of(figure)[0]

    def by_round(self, figure: Callable[[Run], float]) -> list[float]:
        rounds = zip(self.after.runs, self.before.runs, strict=True)
        return [figure(after) / figure(before) for after, before in rounds]


_FIGURES: dict[str, Callable[[Run], float]] = {
    "wall": lambda run: run.ns,
    "CPU": lambda run: run.cpu_ns,
}


def section(results: Sequence[JobResult]) -> Iterator[str]:
    """Yields the table of all contenders that have run in both builds."""
    changes = [change for result in results for change in _changes(result)]
    if not changes:
        return
    yield "## After and before"
    yield ""
    yield "Times are medians in ns a record. A ratio is the time after divided by the time before,"
    yield "of the medians, with the least and the greatest of the single rounds. Ratios above"
    yield f"{SLOWER:g} are marked."
    yield ""
    for name, figure in _FIGURES.items():
        ratios = [change.ratio(figure) for change in changes]
        above = sum(ratio > SLOWER for ratio in ratios)
        yield (
            f"- {name}: {above} of {len(ratios)} ratios above {SLOWER:g}; median "
            f"{statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}"
        )
    yield ""
    columns = (f">{column}" for name in _FIGURES for column in ("before", "after", f"{name} ratio"))
    yield from head("job", "contender", "mode", *columns, "above")
    yield from (row(*_cells(change)) for change in changes)
    yield ""


def _changes(result: JobResult) -> Iterator[_Change]:
    for after in result.series:
        one = after.contender
        before = result.find(one.name, mode=one.mode, before=True)
        if not one.before and one.copies == 1 and after.runs and before:
            yield _Change(result.job.title, before, after)


def _cells(change: _Change) -> Iterator[str]:
    contender = change.after.contender
    yield from (change.job, contender.label, contender.mode)
    for figure in _FIGURES.values():
        yield from (number(one.of(figure)[0]) for one in (change.before, change.after))
        yield ratio(change.ratio(figure), change.by_round(figure))
    above = [name for name, figure in _FIGURES.items() if change.ratio(figure) > SLOWER]
    yield f"**{' and '.join(above)}**" if above else ""
