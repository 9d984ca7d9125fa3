"""The format "marc" on a real cluster: the same rows as a serial read, whatever happens."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import Any

import pytest
import tidemarc
from run_examples import run
from tidemarc import Column

pytest.importorskip("pyspark", reason="pyspark is not installed: make test-spark runs these tests")

from tidemarc.spark.writer import MarcWriter, Written

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scale.md"

COLUMNS = {
    "id": "control_number",
    "offset": "offset_bytes",
    "file": "file",
    "language": "008/35-37",
    "year": Column("008/7-10", type="year"),
    "entered": Column("008/0-5", type="date"),
    "illustrated": Column("650", repeat="exists"),
    "title": Column("245$a$b", repeat="join", trim=True),
    "subjects": Column.fields("650", codes="ax"),
    "faults": "faults",
}
#: The same as the option of the format.
OPTION = json.dumps(
    {
        "id": "control_number",
        "offset": {"metadata": "offset_bytes"},
        "file": "file",
        "language": "008/35-37",
        "year": {"selector": "008/7-10", "type": "year"},
        "entered": {"selector": "008/0-5", "type": "date"},
        "illustrated": {"selector": "650", "repeat": "exists"},
        "title": {"selector": "245$a$b", "repeat": "join", "trim": True},
        "subjects": {"fields": "650", "codes": "ax"},
        "faults": "faults",
    }
)


def marc(spark: Any, **options: str) -> Any:
    """Returns a reader of the format with these options."""
    return spark.read.format("marc").options(**options)


def rows(frame: Any) -> list[dict[str, Any]]:
    """Returns the rows of a data frame as plain values, in order."""
    return [row.asDict(recursive=True) for row in frame.collect()]


def serial(path: Any, columns: Any = COLUMNS, **options: Any) -> list[dict[str, Any]]:
    """Returns the rows of a scan in this process."""
    return tidemarc.scan(str(path), columns, **options).to_arrow().to_pylist()


def test_a_file_in_one_partition_and_in_many(spark, books):
    whole = marc(spark, columns=OPTION).load(str(books))
    assert whole.rdd.getNumPartitions() == 1
    assert rows(whole) == serial(books)
    frame = marc(spark, columns=OPTION, target_bytes="5000").load(str(books))
    assert frame.rdd.getNumPartitions() > 10
    assert rows(frame) == serial(books)


def test_many_small_files_share_partitions(spark, folder):
    expected = [row for path in sorted(folder.glob("*.mrc")) for row in serial(path)]
    frame = marc(spark, columns=OPTION, target_bytes="20000").load(str(folder))
    assert 3 <= frame.rdd.getNumPartitions() <= 10
    assert rows(frame) == expected
    several = [f"file://{folder}/000*.mrc", str(folder / "0017.mrc")]
    assert rows(marc(spark, columns=OPTION).load(several)) == [*expected[:9], expected[16]]


def test_splits_through_damage(spark, damaged):
    for errors in ("skip", "repair"):
        frame = marc(spark, columns=OPTION, target_bytes="30000", errors=errors).load(str(damaged))
        assert frame.rdd.getNumPartitions() > 20
        assert rows(frame) == serial(damaged, errors=errors)
    with pytest.raises(Exception, match=r"damaged\.mrc: record \d+, byte"):
        marc(spark, columns=OPTION).load(str(damaged)).collect()


@pytest.mark.parametrize("preset", ["nested", "long", "raw"])
def test_presets_and_their_projection(spark, books, preset):
    frame = marc(spark, columns=preset).load(str(books))
    expected = serial(books, preset)
    assert rows(frame) == expected
    some = marc(spark, columns=preset).schema("length bigint, control_number string")
    narrow = rows(some.load(str(books)))
    assert narrow == [
        {"length": row["length"], "control_number": row["control_number"]} for row in expected
    ]


#: Conditions, and true if the reader applies the whole condition.
FILTERS = {
    "language = 'eng'": True,
    "language != 'eng'": True,
    "NOT (language <=> 'eng')": True,
    "language IN ('eng', 'fre')": True,
    "language NOT IN ('eng', 'fre')": True,
    "year > 1950 AND year <= 2000": True,
    "NOT (year < 1990)": True,
    "year IS NULL": True,
    "year IN (1999, NULL)": False,
    "title LIKE 'T%'": True,
    "title NOT LIKE '%a%'": True,
    "title LIKE '%\U0001d54f' AND illustrated": True,
    "title > '\uffee'": True,
    "entered >= DATE '2001-01-01'": True,
    "illustrated = false OR year = 1999": False,
    "illustrated = false": True,
    "size(subjects) > 0": False,
    "subjects IS NULL": True,
    "subjects[0].ind2 = '0'": False,
}


@pytest.fixture(scope="session")
def varied(tmp_path_factory):
    """A file with every combination of a few values, missing ones too."""
    from itertools import product

    from tidemarc import Field, Record, Subfield

    path = tmp_path_factory.mktemp("varied") / "varied.mrc"
    titles = ["Tea", "tab", "\uffef", "\U0001d54f", None]
    choices = product(
        ["eng", "fre", "   ", None], ["1950", "1951", "1999", "19uu"], titles, [True, False]
    )
    with tidemarc.Writer(path) as writer:
        for language, year, title, subject in choices:
            record = Record(leader="00000nam a2200000 a 4500")
            if language is not None:
                head = "990131s" if subject else "020131s"
                data = f"{head}{year}    xx            000 0 {language} d"
                record.add_field(Field("008", data=data))
            if title is not None:
                record.add_field(Field("245", ["1", "0"], [Subfield("a", title)]))
            if subject:
                record.add_field(Field("650", [" ", "0"], [Subfield("a", "Tea")]))
            writer.write(record)
    return path


@pytest.fixture
def pushdown(spark):
    """The setting of Spark without which it refuses every reader that takes filters."""
    setting = "spark.sql.python.filterPushdown.enabled"
    spark.conf.set(setting, "true")
    yield
    spark.conf.unset(setting)


def test_filters_have_the_same_rows_when_they_are_pushed_down(spark, varied, pushdown):
    plain = marc(spark, columns=OPTION).load(str(varied))
    for each, is_whole in FILTERS.items():
        expected = [row.offset for row in plain.where(each).select("offset").collect()]
        # Spark 4.3 keeps the filters of a data frame for its next query.
        pushing = marc(spark, columns=OPTION, pushdown="true").load(str(varied))
        query = pushing.where(each).select("offset")
        assert [row.offset for row in query.collect()] == expected, each
        assert 0 < len(expected) < 160, each
        plan = query._jdf.queryExecution().executedPlan().toString()
        assert bool(re.search(r"\bFilter\b", plan)) == (not is_whole), (each, plan)


def test_an_empty_folder_has_no_rows(spark, tmp_path):
    assert marc(spark).load(str(tmp_path)).count() == 0
    (tmp_path / "empty.mrc").touch()
    assert marc(spark).load(str(tmp_path)).count() == 0


@pytest.mark.parametrize("form", ["iso2709", "marcxml", "jsonl", "iso2709 bgzf"])
def test_a_data_frame_becomes_files(spark, books, tmp_path, form):
    target = str(tmp_path / "out")
    frame = marc(spark, target_bytes="20000").load(str(books))
    form, _, compression = form.partition(" ")
    write = frame.write.format("marc").option("format", form)
    if compression:
        write = write.option("compression", compression)
    write.mode("append").save(target)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    if compression:
        assert all(name.endswith(".mrc.bgz") for name in names)
        assert marc(spark).load(target).count() == 60
        return
    assert len(names) == frame.rdd.getNumPartitions()
    written = [record for name in names for record in tidemarc.Reader(f"{target}/{name}")]
    assert [r.as_dict() for r in written] == [r.as_dict() for r in tidemarc.Reader(books)]
    if form == "iso2709":
        assert b"".join((tmp_path / "out" / n).read_bytes() for n in names) == books.read_bytes()
        again = marc(spark).load(target)
        again.limit(10).write.format("marc").mode("overwrite").save(target)
        assert marc(spark).load(target).count() == 10
        marc(spark).load(str(books)).write.format("marc").mode("append").save(target)
        assert marc(spark).load(target).count() == 70
        (tmp_path / "out" / "other.mrc").touch()
        with pytest.raises(Exception, match=r"other\.mrc; mode overwrite would remove"):
            again.write.format("marc").mode("overwrite").save(target)


def test_a_write_that_fails_leaves_nothing(spark, books, tmp_path):
    target = tmp_path / "out"
    frame = marc(spark, target_bytes="20000").load(str(books))
    frame.limit(5).write.format("marc").mode("append").save(str(target))
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    broken = frame.selectExpr("IF(record_no = 7, 'x', leader) AS leader", "fields")
    with pytest.raises(Exception, match=r"row 7 of the task .*leader"):
        broken.write.format("marc").mode("overwrite").save(str(target))
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


def test_an_overwrite_that_cannot_remove_an_old_file_keeps_all_records(tmp_path):
    name = "part-00000-" + 32 * "0" + ".mrc"
    writer = MarcWriter(str(tmp_path), ".mrc", {}, [name])
    (tmp_path / name).mkdir()  # a folder is not removed as a file is
    (tmp_path / f"_temporary-{writer.job}").mkdir()
    new = f"7-part-00001-{writer.job}.mrc"
    (tmp_path / f"_temporary-{writer.job}" / new).write_bytes(b"new")
    with pytest.raises(OSError):
        writer.commit([Written(new)])
    writer.abort([None])
    assert (tmp_path / new[2:]).read_bytes() == b"new"
    # Before the first removal a failure leaves the old files alone.
    (tmp_path / new[2:]).unlink()
    with pytest.raises(RuntimeError):
        writer.commit([None])
    assert (tmp_path / name).is_dir()


def test_mistakes_are_named(spark, books):
    def message(reader: Any) -> str:
        with pytest.raises(Exception) as caught:
            reader.load(str(books)).count()
        return str(caught.value)

    assert "option 'colums' is unknown" in message(marc(spark, colums="nested"))
    assert "column 'a'" in message(marc(spark, columns='{"a": {"selectr": "001"}}'))
    wrong = marc(spark, columns=OPTION).schema("id string, missing string")
    assert "the schema has the column 'missing'" in message(wrong)
    wrong = marc(spark, columns=OPTION).schema("year string")
    assert "'year' is string; it is bigint" in message(wrong)


def test_a_worker_without_the_packages_says_so(books):
    from pyspark import cloudpickle
    from tidemarc.spark import MarcDataSource

    source = MarcDataSource({"path": str(books)})
    sent = cloudpickle.dumps((source, source.reader(source.schema())))
    program = """
        import pickle, sys
        sys.modules[sys.argv[1]] = None  # the import fails
        pickle.loads(sys.stdin.buffer.read())
    """
    for package in ("pyarrow", "tidemarc"):
        command = [sys.executable, "-c", dedent(program), package]
        ended = subprocess.run(command, input=sent, capture_output=True)
        assert ended.returncode == 1
        last = ended.stderr.decode().splitlines()[-1]
        assert f"the Python of this Spark worker cannot import {package}" in last
        assert f"for {sys.executable} on" in last
    _, reader = cloudpickle.loads(sent)
    (partition,) = reader.partitions()
    assert sum(batch.num_rows for batch in reader.read(partition)) == 60


def test_the_examples_of_the_documentation(spark):
    assert run(DOCUMENT, "spark", spark=spark) == 5


def test_a_killed_worker_changes_nothing(spark, cluster, damaged):
    def slow(rows: Any) -> Any:
        time.sleep(0.2)
        yield from rows

    options = {"columns": OPTION, "target_bytes": "30000", "errors": "repair"}
    frame = marc(spark, **options).load(str(damaged))
    result: list[Any] = []
    job = Thread(target=lambda: result.extend(frame.rdd.mapPartitions(slow).collect()))
    job.start()
    tracker = spark.sparkContext.statusTracker()

    def done() -> int:
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        return sum(stage.numCompletedTasks for stage in stages if stage)

    while done() < 5 and job.is_alive():
        time.sleep(0.05)
    assert "Asked to launch executor" in cluster.log("worker-0").read_text()
    cluster.kill("worker-0")
    assert job.is_alive(), "the job was over before a worker was killed"
    job.join()
    assert [row.asDict(recursive=True) for row in result] == serial(damaged, errors="repair")
