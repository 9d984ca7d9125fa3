"""From figures to a page of Markdown."""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from harness import comparison, threads
from harness.bars import MIB, Finding, findings
from harness.job import Mode
from harness.markdown import head, number, row
from harness.measure import JobResult, Series


def page(
    surroundings: Mapping[str, str],
    results: Sequence[JobResult],
    notes: Sequence[str],
    modes: Sequence[Mode],
) -> str:
    """Returns the whole report."""
    return "\n".join(_lines(surroundings, results, notes, modes)) + "\n"


def _lines(
    surroundings: Mapping[str, str],
    results: Sequence[JobResult],
    notes: Sequence[str],
    modes: Sequence[Mode],
) -> Iterator[str]:
    yield "# Benchmark results"
    yield ""
    yield "Written by `make bench`; [README.md](README.md) describes the jobs, the method and its"
    yield "weaknesses."
    yield ""
    yield from head("", "")
    for name, value in surroundings.items():
        yield row(name, value)
    yield ""
    compared = list(comparison.section(results))
    yield from compared
    found = findings(results)
    if found and not compared:
        yield from _bars(found)
    yield from threads.section(results, modes)
    for result in results:
        yield from _job(result)
    if notes:
        yield "## Not as planned"
        yield ""
        for note in notes:
            yield f"- {note}"
        yield ""


def _bars(found: Sequence[Finding]) -> Iterator[str]:
    yield "## Bars"
    yield ""
    yield "Times are medians in ns a record, unless the bar names another unit. The figure is that"
    yield "of the medians; beside it the least and the greatest of the rounds taken one by one, and"
    yield "the same ratio of processor times."
    yield ""
    yield from head(
        "job", "bar", ">tidemarc", "against", ">figure", ">by round", ">of CPU", ">limit (goal)", ""
    )
    for finding in found:
        yield row(*_bar_cells(finding))
    yield ""


def _bar_cells(finding: Finding) -> Iterator[str]:
    bar = finding.bar
    times = "x" if bar.rule in ("speed-up", "slow-down") else ""
    yield finding.job_title
    yield bar.text
    yield number(finding.ours)
    if finding.theirs is None:
        yield "the peer did not take part" if bar.against else "none"
    else:
        yield f"{number(finding.theirs)} ({finding.peer})"
    yield "?" if finding.value is None else f"{number(finding.value)}{times}"
    yield "?" if finding.by_round is None else " to ".join(map(number, finding.by_round))
    yield "" if finding.cpu is None else f"{number(finding.cpu)}{times}"
    least = bar.rule in ("speed-up", "share")
    limit = f"{'≥' if least else '≤'} {bar.limit:g}{times}"
    yield limit if bar.goal is None else f"{limit} ({bar.goal:g}{times})"
    yield finding.verdict


_HEAD = (
    "contender",
    ">records",
    ">ns a record",
    ">least to greatest",
    ">CPU ns a record",
    ">process wall, s",
    ">process CPU, s",
    ">waits",
    ">peak, MiB",
    ">threads",
)


def _job(result: JobResult) -> Iterator[str]:
    yield f"## {result.job.title}"
    yield ""
    if result.job.note:
        yield result.job.note
        yield ""
    series = [series for series in result.series if series.runs]
    with_threads = any(run.threads for one in series for run in one.runs)
    width = len(_HEAD) if with_threads else len(_HEAD) - 1
    if series:
        yield from head(*_HEAD[:width])
    for one in series:
        yield row(*_job_cells(one)[:width])
    if series:
        yield ""
    for note in result.notes:
        yield f"- {note}"
    if result.notes:
        yield ""


def _job_cells(series: Series) -> list[str]:
    median, least, greatest = series.of(lambda run: run.ns)
    peaks = [run.peak for run in series.runs if run.peak is not None]
    counts = [run.threads for run in series.runs if run.threads is not None]
    return [
        series.contender.title,
        f"{series.records:,}",
        f"{median:,.0f}",
        f"{least:,.0f} to {greatest:,.0f}",
        f"{series.of(lambda run: run.cpu_ns)[0]:,.0f}",
        f"{series.of(lambda run: run.process_wall)[0]:.3f}",
        f"{series.of(lambda run: run.process_cpu)[0]:.3f}",
        f"{series.of(lambda run: run.waits)[0]:,.0f}",
        f"{statistics.median(peaks) / MIB:,.1f}" if peaks else "",
        f"{max(counts)}" if counts else "",
    ]
