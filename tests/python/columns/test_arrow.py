"""Scans read by pyarrow, and the streams of Arrow that every library reads."""

from __future__ import annotations

import gc
import io
import threading
import weakref

import pytest
import tidemarc
from tidemarc import Column, Reader, errors, scan

COLUMNS = {
    "id": "control_number",
    "language": "008/35-37",
    "title": Column("245$a", repeat="first"),
    "subjects": "650$a",
    "count": Column("650$a", repeat="count"),
    "has": Column("650", repeat="exists"),
    "faults": "faults",
    "raw": "raw",
}


def test_a_table_has_every_value_of_the_records(books, pyarrow):
    table = scan(books, COLUMNS).to_arrow()
    assert (table.num_rows, len(table["subjects"].combine_chunks().flatten())) == (60, 119)
    for row, record in zip(table.to_pylist(), Reader(books), strict=True):
        subjects = [
            value for field in record.get_fields("650") for value in field.get_subfields("a")
        ]
        assert row == {
            "id": record["001"].data,
            "language": record["008"].data[35:38],
            "title": record["245"]["a"],
            "subjects": subjects or None,
            "count": len(subjects),
            "has": bool(record.get_fields("650")),
            "faults": None,
            "raw": record.raw,
        }


def test_every_way_to_read_gives_the_same_table(books, pyarrow):
    each = scan(books, COLUMNS)
    table = each.to_arrow()
    assert pyarrow.schema(each) == pyarrow.schema(each.schema) == table.schema
    assert pyarrow.table(each) == table
    assert pyarrow.RecordBatchReader.from_stream(each).read_all() == table
    assert pyarrow.Table.from_batches(list(each)) == table
    assert each.head(7).to_arrow() == table.slice(0, 7)
    assert all(isinstance(batch, pyarrow.RecordBatch) for batch in each)


def test_a_table_without_rows_has_its_schema(pyarrow):
    each = scan(b"", COLUMNS)
    assert each.to_arrow().num_rows == 0
    assert each.to_arrow().schema == pyarrow.schema(each) == pyarrow.table(each).schema
    assert list(each) == []


def test_all_columns_are_nullable_and_a_missing_field_is_null(marc, pyarrow):
    columns = {"list": "650$a", "first": Column("650$a", repeat="first"), "c": "650$c"}
    each = scan(marc.record() + marc.record(marc.field("650", " 0$ax$cy$a")), columns)
    assert all(field.nullable for field in pyarrow.schema(each))
    assert each.to_arrow().to_pylist() == [
        {"list": None, "first": None, "c": None},
        {"list": ["x", ""], "first": "x", "c": ["y"]},
    ]


def test_the_wish_of_a_consumer_for_other_types_is_ignored(books, pyarrow):
    each = scan(books, {"id": "control_number"})
    wish = pyarrow.schema([("id", pyarrow.large_string())])
    capsule = each.__arrow_c_stream__(requested_schema=wish.__arrow_c_schema__())
    assert type(capsule).__name__ == "PyCapsule"
    batch = next(iter(each._core))
    assert len(batch.__arrow_c_array__(wish.__arrow_c_schema__())) == 2
    assert pyarrow.record_batch(batch).schema == pyarrow.schema(each)


def test_damage_is_an_error_of_the_stream_with_the_same_text(damaged, pyarrow):
    each = scan(damaged, COLUMNS)
    with pytest.raises(errors.RecordError) as own:
        each.to_arrow()
    with pytest.raises(pyarrow.ArrowInvalid) as theirs:
        pyarrow.table(each)
    assert str(own.value) in str(theirs.value)
    reader = pyarrow.RecordBatchReader.from_stream(each)
    assert reader.read_next_batch().num_rows > 0
    with pytest.raises(pyarrow.ArrowInvalid):
        reader.read_next_batch()
    # After an error, a stream is at its end.
    with pytest.raises(StopIteration):
        reader.read_next_batch()


def test_a_failure_of_the_source_is_an_oserror_of_the_stream(copied, pyarrow):
    class Broken(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            raise OSError(5, "broken")

    with pytest.raises(OSError, match="broken"):
        pyarrow.table(scan(Broken(), COLUMNS))


def test_a_source_of_python_is_read_from_another_thread(books, pyarrow, process):
    each = scan(io.BytesIO(books.read_bytes()), COLUMNS)
    reader = pyarrow.RecordBatchReader.from_stream(each)
    assert process.in_thread(reader.read_all)() == scan(books, COLUMNS).to_arrow()


def test_a_source_of_python_lets_other_threads_run(books, pyarrow):
    data = books.read_bytes() * 40

    class Slow(io.BytesIO):
        def readinto(self, buffer):
            event.wait(0.001)
            return super().readinto(buffer)

    event = threading.Event()
    assert scan(Slow(data), COLUMNS).to_arrow().num_rows == 2400


def test_a_stream_that_is_dropped_unread_releases_everything(large, process, pyarrow):
    descriptors = process.open_descriptors()
    for stop in (0, 1):
        for _ in range(5):
            each = scan(large, COLUMNS, threads=4, chunk_size=4096)
            reader = pyarrow.RecordBatchReader.from_stream(each)
            for _ in range(stop):
                reader.read_next_batch()
            capsule = each.__arrow_c_stream__()
            del reader, capsule, each
    process.eventually(lambda: process.io_threads() == 0)
    process.eventually(lambda: process.open_descriptors() == descriptors)


def test_an_iteration_that_stops_early_leaves_no_thread(large, process, pyarrow):
    for batch in scan(large, COLUMNS, threads=4, chunk_size=4096):
        assert batch.num_rows
        break
    del batch
    process.eventually(lambda: process.io_threads() == 0)
    with pytest.raises(ZeroDivisionError):
        for _ in scan(large, COLUMNS, threads=4, chunk_size=4096):
            raise ZeroDivisionError
    gc.collect()
    process.eventually(lambda: process.io_threads() == 0)


def test_a_stream_outlives_its_scan(books, pyarrow):
    each = scan(books.read_bytes(), COLUMNS)
    expected = each.to_arrow()
    reader = pyarrow.RecordBatchReader.from_stream(each)
    batches = iter(each)
    del each
    gc.collect()
    assert reader.read_all() == expected == pyarrow.Table.from_batches(batches)


def test_batches_outlive_their_stream(books, pyarrow):
    batches = list(scan(books, COLUMNS))
    gc.collect()
    assert pyarrow.Table.from_batches(batches) == scan(books, COLUMNS).to_arrow()


def test_several_threads_read_one_scan_and_one_stream(large, pyarrow):
    from shared.threads import together

    each = scan(large, {"id": "001"}, chunk_size=4096)
    expected = each.to_arrow()
    assert together(*[each.to_arrow] * 4) == [expected] * 4
    rows = iter(each._core)
    counts = together(*[lambda: sum(len(batch) for batch in rows)] * 4)
    assert sum(counts) == 3000


def test_a_scan_in_a_ring_with_its_source_is_collected(books):
    class Source(io.BytesIO):
        pass

    source = Source(books.read_bytes())
    source.scan = scan(source, {"id": "001"})
    gone = weakref.ref(source)
    del source
    gc.collect()
    assert gone() is None


def test_a_run_cannot_be_used_from_inside_its_own_read(books):
    class Recursive(io.BytesIO):
        def readinto(self, buffer):
            with pytest.raises(RuntimeError, match="called again from inside"):
                next(self.rows)
            return super().readinto(buffer)

    source = Recursive(books.read_bytes())
    source.rows = iter(scan(source, {"id": "001"})._core)
    assert sum(map(len, source.rows)) == 60


def test_a_missing_package_is_named(books, monkeypatch):
    import sys

    each = scan(books, COLUMNS)
    for name, call in [
        ("pyarrow", each.to_arrow),
        ("pyarrow", lambda: iter(each)),
        ("pyarrow", lambda: each.write_parquet("x")),
        ("polars", each.to_polars),
        ("pandas", each.to_pandas),
    ]:
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(ImportError, match=f"needs the package {name}: pip install {name}"):
                call()


def test_the_package_needs_none_of_them():
    import subprocess
    import sys

    script = (
        "import sys, tidemarc; print(*{'pyarrow', 'polars', 'pandas', 'duckdb'} & {*sys.modules})"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (output.stdout.strip(), output.returncode) == ("", 0)
    assert tidemarc.Scan.__module__ == "tidemarc"
