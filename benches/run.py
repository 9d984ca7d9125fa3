"""`make bench`: fetch the peers and the corpus, run every job, write RESULTS.md.

See README.md for what is measured and how.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from harness import measure, report, surroundings
from harness.commands import SetupError
from harness.job import Job
from harness.plan import CAPACITY, JOBS, variants
from harness.process import Cores, busy_processes, processor_seconds
from harness.setup import BENCHES, data_directory, prepare


def _arguments() -> argparse.Namespace:
    names = [job.name for job in JOBS]
    groups = {job.group for job in JOBS if job.group}
    parser = argparse.ArgumentParser(description="Measure tidemarc against its peers.")
    parser.add_argument(
        "--jobs", help=f"some of {','.join([*names, *sorted(groups)])} (default: all)"
    )
    parser.add_argument("--rounds", type=int, default=7, help="runs of each contender (7)")
    parser.add_argument("--cores", help="the two cores to use, such as 0,1")
    parser.add_argument(
        "--modes",
        default="pinned,unpinned",
        help="on the two cores, on all that may be used, or both (pinned,unpinned)",
    )
    parser.add_argument(
        "--against", metavar="COMMIT", help="compare with the build of this commit, without peers"
    )
    parser.add_argument(
        "--busy",
        type=int,
        default=0,
        metavar="N",
        help="measure beside this many processes that only count (0)",
    )
    parser.add_argument(
        "--sort-bytes",
        type=float,
        default=2e9,
        metavar="N",
        help="bytes that the command sorts (2e9)",
    )
    parser.add_argument("--output", type=Path, help="where to write the report")
    arguments = parser.parse_args()
    chosen = arguments.jobs.split(",") if arguments.jobs else names
    chosen = [name for one in chosen for name in _members(one)]
    if unknown := set(chosen) - set(names):
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    if arguments.rounds < 1:
        parser.error("at least one round is needed")
    arguments.modes = list(dict.fromkeys(arguments.modes.split(",")))
    if not set(arguments.modes) <= {"pinned", "unpinned"}:
        parser.error("the modes are pinned and unpinned")
    is_special = arguments.against or arguments.busy
    arguments.whole = set(chosen) == set(names) and not is_special
    arguments.jobs = _plan(chosen, arguments)
    return arguments


def _members(name: str) -> list[str]:
    """Returns the jobs of a group, or the name itself if it is that of no group."""
    return [job.name for job in JOBS if job.group == name] or [name]


def _plan(chosen: list[str], arguments: argparse.Namespace) -> list[Job]:
    """Returns the jobs with the runs to make of each."""
    against = arguments.against is not None
    jobs = [job for job in JOBS if job.name in chosen and (job.timed or not against)]
    plan = [variants(job, arguments.modes, against) for job in jobs]
    if any(one.alone for job in jobs for one in job.contenders):
        plan.insert(0, variants(CAPACITY, arguments.modes, against=False))
    return plan


def main() -> int:
    """Runs the benchmarks. Returns the exit status."""
    if not hasattr(os, "sched_setaffinity"):
        print("the benchmarks need Linux: they pin processes and read /proc", file=sys.stderr)
        return 1
    arguments = _arguments()
    load = os.getloadavg()[0]
    contenders = [one for job in arguments.jobs for one in job.contenders]
    needs = {one.needs for one in contenders}
    files = {file for one in contenders for file in one.files}
    try:
        bench = prepare(
            data_directory(), needs, files, arguments.against, int(arguments.sort_bytes)
        )
    except SetupError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    wanted = [int(core) for core in arguments.cores.split(",")] if arguments.cores else None
    cores = Cores(wanted)
    if len(cores.chosen) < 2:
        bench.notes.append("Only one core may be used: figures for two threads mean little.")
    watched = cores.usable if "unpinned" in arguments.modes else cores.chosen
    before, own = surroundings.busy(watched), processor_seconds()
    with busy_processes(arguments.busy):
        results = [measure.measure(bench, cores, job, arguments.rounds) for job in arguments.jobs]
    after, own = surroundings.busy(watched), processor_seconds() - own
    about = surroundings.describe(bench, cores, arguments.modes) | {
        "rounds": f"{arguments.rounds}, interleaved",
        "load average before": f"{load:.2f}",
        f"{len(watched)} cores while measuring": f"{after.work - before.work:.0f} s of work, of "
        f"which {own:.0f} s the benchmark's; "
        f"{after.stolen - before.stolen:.1f} s stolen",
    }
    if arguments.busy:
        about["beside"] = f"{arguments.busy} processes that count, on all usable cores"
    text = bench.hide_paths(report.page(about, results, bench.notes, arguments.modes))

    raw = {
        result.job.name: {
            series.contender.title: [asdict(run) for run in series.runs] for series in result.series
        }
        for result in results
    }
    (bench.data / "results.json").write_text(json.dumps(raw, indent=1))

    ours = any(series.contender.side == "ours" for result in results for series in result.series)
    output = arguments.output or (BENCHES / "RESULTS.md" if ours and arguments.whole else None)
    if output is None:
        print(text, end="")
        why = "tidemarc took no part" if arguments.whole else "this is only a part or a comparison"
        print(f"bench: {why}, so RESULTS.md is left alone", file=sys.stderr)
    else:
        output.write_text(text)
        print(f"bench: wrote {output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
