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
from harness.plan import JOBS
from harness.setup import BENCHES, SetupError, data_directory, prepare


def _arguments() -> argparse.Namespace:
    names = [job.name for job in JOBS]
    parser = argparse.ArgumentParser(description="Measure tidemarc against its peers.")
    parser.add_argument("--jobs", help=f"some of {','.join(names)} (default: all)")
    parser.add_argument("--rounds", type=int, default=11, help="runs of each contender (11)")
    parser.add_argument("--cores", help="the two cores to use, such as 0,1")
    parser.add_argument("--output", type=Path, help="where to write the report")
    arguments = parser.parse_args()
    chosen = arguments.jobs.split(",") if arguments.jobs else names
    if unknown := set(chosen) - set(names):
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    if arguments.rounds < 1:
        parser.error("at least one round is needed")
    arguments.jobs = [job for job in JOBS if job.name in chosen]
    return arguments


def main() -> int:
    """Run the benchmarks; the exit status."""
    if not hasattr(os, "sched_setaffinity"):
        print("the benchmarks need Linux: they pin processes and read /proc", file=sys.stderr)
        return 1
    arguments = _arguments()
    load = os.getloadavg()[0]
    try:
        bench = prepare(data_directory())
    except SetupError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    wanted = [int(core) for core in arguments.cores.split(",")] if arguments.cores else None
    cores = measure.pin(wanted)
    if len(cores) < 2:
        bench.notes.append("Only one core was to be had: figures for two threads mean little.")
    before, own = surroundings.busy(cores), measure.processor_seconds()
    results = [measure.measure(bench, job, arguments.rounds) for job in arguments.jobs]
    after, own = surroundings.busy(cores), measure.processor_seconds() - own
    about = surroundings.describe(bench, cores) | {
        "rounds": f"{arguments.rounds}, interleaved",
        "load average before": f"{load:.2f}",
        "the two cores while measuring": f"{after.work - before.work:.0f} s of work, of which "
        f"{own:.0f} s the benchmark's; "
        f"{after.stolen - before.stolen:.1f} s stolen",
    }
    text = bench.hide_paths(report.page(about, results, bench.notes))

    raw = {
        result.job.name: {name: [asdict(run) for run in series.runs]
                          for name, series in result.series.items()}
        for result in results
    }  # fmt: skip
    (bench.data / "results.json").write_text(json.dumps(raw, indent=1))

    ours = any(name.startswith("tidemarc") for result in results for name in result.series)
    whole = len(arguments.jobs) == len(JOBS)
    output = arguments.output or (BENCHES / "RESULTS.md" if ours and whole else None)
    if output is None:
        print(text, end="")
        why = "not all jobs were run" if ours else "tidemarc took no part"
        print(f"bench: {why}, so RESULTS.md is left alone", file=sys.stderr)
    else:
        output.write_text(text)
        print(f"bench: wrote {output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
