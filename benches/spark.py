"""Measure Spark: tidemarc's format "marc" and pymarc in `mapPartitions`, with one worker and two.

`make bench-spark` runs it. The cluster is that of the tests, with workers of one core each. The
query is ten columns of every record, counted, and counted by language. pymarc reads a file for each
task, cut beforehand. Each figure is the least of all rounds. The report goes to standard output.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BENCHES = Path(__file__).resolve().parent
sys.path[:0] = [str(BENCHES), str(BENCHES.parent / "tests" / "spark")]

from column_jobs import TEN  # noqa: E402
from harness.markdown import head, number, row  # noqa: E402
from harness.setup import data_directory, fetch_corpus  # noqa: E402
from spark_cluster import HOST, Cluster, environment  # noqa: E402

RECORDS = 250_000
#: Work that needs a processor and nothing else.
SPIN = "sum(range(60_000_000))"


def columns() -> str:
    """Returns the ten columns as the option of the format."""
    return json.dumps(
        {
            name: {"selector": selector, "repeat": "list" if is_list else "first"}
            for name, (selector, is_list) in TEN.items()
        }
    )


def with_pymarc(paths: Iterator[str]) -> Iterator[tuple[Any, ...]]:
    """Yields the ten columns of the records in the files."""
    from pymarc import MARCReader

    def first(record: Any, tag: str, code: str) -> str | None:
        field = record.get(tag)
        return field.get(code) if field is not None else None

    def every(record: Any, tag: str) -> list[str] | None:
        found = [text for field in record.get_fields(tag) for text in field.get_subfields("a")]
        return found or None

    for path in paths:
        with open(path, "rb") as file:
            for record in MARCReader(file):
                control, fixed = record.get("001"), record.get("008")
                data = fixed.data if fixed is not None else None
                yield (
                    control.data if control is not None else None,
                    data[7:11] if data else None,
                    data[35:38] if data else None,
                    every(record, "020"),
                    first(record, "100", "a"),
                    first(record, "245", "a"),
                    first(record, "245", "b"),
                    first(record, "260", "b"),
                    first(record, "260", "c"),
                    every(record, "650"),
                )


def query(frame: Any, records: int) -> float:
    """Counts the rows, all and by language, and returns the seconds."""
    start = time.perf_counter()
    count = frame.count()
    languages = frame.groupBy("language").count().collect()
    seconds = time.perf_counter() - start
    if count != records or sum(each["count"] for each in languages) != records:
        sys.exit(f"the query found {count:,} records instead of {records:,}")
    return seconds


def session(cluster: Cluster) -> Any:
    """Returns a session on the cluster."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(cluster.url).appName("tidemarc-bench")
    for key, value in {
        "spark.driver.bindAddress": HOST,
        "spark.driver.host": HOST,
        "spark.executor.memory": "900m",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }.items():
        builder = builder.config(key, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


def tidemarc_query(spark: Any, file: Path, copies: int) -> Callable[[], float]:
    """Returns the query over a file, which is read as if there were several copies of it."""
    reader = spark.read.format("marc").option("columns", columns())
    frame = reader.option("target_bytes", str(64 << 20)).load([str(file)] * copies)
    return lambda: query(frame, RECORDS * copies)


def pymarc_query(spark: Any, parts: list[str]) -> Callable[[], float]:
    """Returns the same query by pymarc, over the parts of the file."""
    kinds = ("string", "array<string>")
    schema = ", ".join(f"{name} {kinds[is_list]}" for name, (_, is_list) in TEN.items())
    rows = spark.sparkContext.parallelize(parts, len(parts)).mapPartitions(with_pymarc)
    frame = spark.createDataFrame(rows, schema)
    return lambda: query(frame, RECORDS)


def cut(file: Path, folder: str, parts: int) -> list[str]:
    """Cuts the file into parts with whole records."""
    import tidemarc

    names = [os.path.join(folder, f"{part}.mrc") for part in range(parts)]
    for name, place in zip(
        names, tidemarc.splits(file, -(-file.stat().st_size // parts)), strict=True
    ):
        with open(name, "wb") as target:
            target.writelines(record.raw for record in tidemarc.Reader(file, range=place))
    return names


def capacity() -> float:
    """Returns how many times the work of one process two processes do in the same time."""

    def seconds(processes: int) -> float:
        start = time.perf_counter()
        started = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(processes)]
        for process in started:
            process.wait()
        return time.perf_counter() - start

    return 2 * min(seconds(1) for _ in range(3)) / min(seconds(2) for _ in range(3))


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(description="Measure the format marc of Spark.")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each query (3)")
    parser.add_argument("--copies", type=int, default=8, help="times the file is read (8)")
    arguments = parser.parse_args()
    file = fetch_corpus(data_directory())
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="tidemarc-spark-") as folder:
        variables = environment(Path(folder))
        for name in set(os.environ) - set(variables):
            del os.environ[name]
        os.environ.update(variables)
        parts = cut(file, folder, 16)
        for workers in (2, 1):
            place = Path(folder, str(workers))
            place.mkdir()
            with Cluster(place, workers) as cluster:
                spark = session(cluster)
                queries = {
                    "tidemarc": (tidemarc_query(spark, file, arguments.copies), arguments.copies),
                    "pymarc": (pymarc_query(spark, parts), 1),
                }
                for name, (run, times) in queries.items():
                    if workers == 1 and name == "pymarc":
                        continue
                    run()  # starts the processes of Python
                    seconds = min(run() for _ in range(arguments.rounds))
                    found[f"{name}, {workers}"] = seconds * 1e9 / (2 * RECORDS * times)
                spark.stop()
    power = capacity()
    print(*head("workers", "reader", ">ns a record"), sep="\n")
    for key, value in found.items():
        name, workers = key.split(", ")
        print(row(workers, name, number(value)))
    ratio = found["pymarc, 2"] / found["tidemarc, 2"]
    share = found["tidemarc, 1"] / found["tidemarc, 2"] / power
    print(f"\nto pymarc in mapPartitions: {ratio:.1f} (bar: 20)")
    print(f"two workers to one, of the capacity {power:.2f}: {share:.2f} (bar: 0.85)")


if __name__ == "__main__":
    main()
