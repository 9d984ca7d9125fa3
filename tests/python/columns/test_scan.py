"""Scans: their arguments, their runs, what they report."""

from __future__ import annotations

import io
import logging
import os
import pickle
from pathlib import Path

import pytest
import tidemarc
from tidemarc import Column, Selector, errors, scan

COLUMNS = {"id": "control_number", "title": "245$a", "subjects": "650$a"}


def rows(scan):
    """Returns the number of rows of a scan, without any library."""
    return sum(len(batch) for batch in scan._core)


def test_the_columns_have_the_names_and_types_that_were_defined(books):
    schema = scan(books, COLUMNS).schema
    assert schema.names == ("id", "title", "subjects")
    assert schema.types == ("string", "list<string>", "list<string>")
    assert len(schema) == 3
    assert schema == scan(books, COLUMNS).schema != scan(books, ["001"]).schema
    assert repr(schema).splitlines()[1:] == [
        "  id        string",
        "  title     list<string>",
        "  subjects  list<string>",
    ]


def test_a_list_of_definitions_names_each_column_by_its_text(books):
    definitions = ["008/35-37", "record_no", "245ab", Selector("650$a"), Column.metadata("raw")]
    names = ("008/35-37", "record_no", "245ab", "650$a", "raw")
    assert scan(books, definitions).schema.names == names
    assert scan(books, iter(definitions)).schema.names == names
    types = ("string", "int64", "list<string>", "list<string>", "binary")
    assert scan(books, tuple(definitions)).schema.types == types


def test_the_name_of_a_fact_comes_before_a_selector_with_the_same_text(books):
    assert scan(books, {"x": "raw"}).schema.types == ("binary",)
    assert scan(books, {"x": Selector("raw")}).schema.types == ("list<string>",)
    assert scan(books, {"x": Column("raw")}).schema.types == ("list<string>",)


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({}, ValueError, "a table needs a column"),
        ([], ValueError, "a table needs a column"),
        (["001", "001"], ValueError, 'column "001": two columns have this name'),
        ({"x": 5}, TypeError, 'column "x": a column is a selector, a Column or a name, not 5'),
        ({5: "001"}, TypeError, "the name of a column is text, not 5"),
        (7, TypeError, "columns must be a mapping"),
        (Selector("001"), TypeError, "columns must be a mapping"),
        ([None], TypeError, "a column is a selector, a Column or a name, not None"),
    ],
)
def test_columns_that_are_no_table_raise_before_anything_is_read(books, columns, error, message):
    with pytest.raises(error) as caught:
        scan(books, columns)
    assert message in str(caught.value)


@pytest.mark.parametrize("columns", [{"title": "245$a{"}, ["245$a{"]])
def test_a_wrong_selector_raises_with_its_caret_and_the_name_of_the_column(books, columns):
    with pytest.raises(errors.SelectorError) as caught:
        scan(books, columns)
    name = next(iter(columns))
    first, selector, caret = str(caught.value).splitlines()
    assert first.startswith(f'column "{name}": not a selector: expected ')
    assert (selector, caret) == ("    245$a{", "          ^")
    assert (caught.value.column, caught.value.selector, caught.value.position) == (
        name,
        "245$a{",
        6,
    )


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"errors": "yield"}, ValueError),
        ({"errors": "ignore"}, ValueError),
        ({"errors": 5}, TypeError),
        ({"format": "pdf"}, ValueError),
        ({"encoding": "utf-7"}, ValueError),
        ({"encoding_errors": "none"}, ValueError),
        ({"encoding_errors": None}, TypeError),
        ({"threads": 0}, ValueError),
        ({"chunk_size": 0}, ValueError),
        ({"max_record_length": 3}, ValueError),
        ({"max_faults": -1}, ValueError),
        ({"start": -1}, ValueError),
        ({"controls": "x"}, ValueError),
        ({"mnemonics": "x"}, ValueError),
        ({"quarantine": io.BytesIO()}, TypeError),
        ({"read_ahead": False}, TypeError),
    ],
)
def test_a_wrong_option_raises_when_the_scan_is_made(books, options, error):
    with pytest.raises(error):
        scan(books, COLUMNS, **options)


def test_a_source_that_cannot_be_opened_raises_when_the_scan_is_made(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        scan(tmp_path / "none.mrc", COLUMNS)
    assert caught.value.filename == str(tmp_path / "none.mrc")
    with pytest.raises(IsADirectoryError):
        scan([tmp_path], COLUMNS)
    for wrong in (3.5, io.StringIO(), None):
        with pytest.raises(TypeError):
            scan(wrong, COLUMNS)


def test_paths_and_memory_are_read_again_and_again(books):
    data = books.read_bytes()
    for source in (books, str(books), data, bytearray(data), memoryview(data)):
        each = scan(source, COLUMNS)
        assert [rows(each), rows(each)] == [60, 60]


def test_a_source_that_flows_is_read_once(books, pipe):
    for open_source in (lambda: io.BytesIO(books.read_bytes()), lambda: books.open("rb")):
        with open_source() as source:
            each = scan(source, COLUMNS)
            assert source.tell() == 0, "nothing is read before the first batch is requested"
            head = each.head(5)
            assert rows(each) == 60
            for again in (each, head):
                with pytest.raises(ValueError, match="can be read only once"):
                    rows(again)
    descriptor = os.open(books, os.O_RDONLY)
    try:
        each = scan(descriptor, COLUMNS)
        assert rows(each) == 60
        with pytest.raises(ValueError, match="can be read only once"):
            rows(each)
    finally:
        os.close(descriptor)


def test_a_fifo_is_opened_by_a_run_only(books, fifo, process):
    each = scan(fifo, COLUMNS)
    assert "3 columns" in repr(each)
    written = process.in_thread(lambda: fifo.write_bytes(books.read_bytes()))
    assert rows(each) == 60
    written()


def test_head_limits_the_rows(books):
    each = scan(books, COLUMNS)
    for count in (0, 1, 5, 59, 60, 61, 10**9):
        assert rows(each.head(count)) == min(count, 60)
        assert [len(batch) for batch in each.head(count)._core] == [min(count, 60)] * (count > 0)
    assert rows(each.head(10).head(3)) == rows(each.head(3).head(10)) == 3
    assert rows(each.head()) == 5
    with pytest.raises(ValueError):
        each.head(-1)
    assert rows(each) == 60


def test_head_reads_no_more_than_it_needs(large):
    each = scan(large, COLUMNS).head(3)
    assert rows(each) == 3
    assert each.stats.bytes_read < 200_000


def test_the_counts_are_those_of_the_latest_run(books, damaged):
    each = scan(books, COLUMNS)
    assert (each.stats, each.summary()) == (None, "not read yet")
    rows(each)
    assert (each.stats.records, each.stats.complete) == (60, True)
    assert each.summary() == f"{books}: 60 records in 73298 bytes"
    assert each.head(5).stats is None
    each = scan(damaged, COLUMNS, errors="skip")
    with pytest.warns(errors.SkippedWarning, match="see Scan.summary"):
        rows(each)
    assert (each.stats.records, each.stats.faults) == (57, 4)
    assert "4 bad spans" in each.summary()


def test_damage_raises_after_the_rows_before_it(damaged):
    each = scan(damaged, COLUMNS)
    batches = iter(each._core)
    expected = [item for item in tidemarc.Reader(damaged, errors="yield")]
    first = next(at for at, item in enumerate(expected) if isinstance(item, tidemarc.Fault))
    assert len(next(batches)) == first
    with pytest.raises(errors.RecordError) as caught:
        next(batches)
    fault = expected[first]
    assert (caught.value.code, caught.value.offset, caught.value.record_number) == (
        fault.code,
        fault.offset,
        fault.number,
    )
    assert len(next(batches)) > 0, "the next call continues after it"


def test_skipped_faults_are_logged_or_go_to_a_function(damaged, caplog):
    faults = [
        item
        for item in tidemarc.Reader(damaged, errors="yield")
        if isinstance(item, tidemarc.Fault)
    ]
    with caplog.at_level(logging.WARNING, "tidemarc"), pytest.warns(errors.SkippedWarning):
        assert rows(scan(damaged, COLUMNS, errors="skip")) == 57
    assert [each.getMessage() for each in caplog.records] == [str(fault) for fault in faults]
    caplog.clear()
    found = []
    assert rows(scan(damaged, COLUMNS, errors=found.append)) == 57
    assert [each.offset for each in found] == [fault.offset for fault in faults]
    assert not caplog.records


def test_an_exception_of_the_function_comes_out_unchanged(damaged):
    class OwnError(Exception):
        pass

    def refuse(fault):
        raise OwnError(fault.code)

    batches = iter(scan(damaged, COLUMNS, errors=refuse)._core)
    next(batches)
    with pytest.raises(OwnError):
        next(batches)


def test_repair_gives_the_rows_that_can_be_repaired(damaged):
    with pytest.warns(errors.SkippedWarning):
        assert rows(scan(damaged, COLUMNS, errors="repair")) == 59


def test_too_many_faults_end_the_run(damaged):
    batches = iter(scan(damaged, COLUMNS, errors="skip", max_faults=0)._core)
    with pytest.raises(errors.TooManyFaultsError):
        for _ in batches:
            pass


def test_the_quarantine_is_written_anew_by_each_run(damaged, tmp_path):
    quarantine = tmp_path / "bad.mrc"
    expected = b"".join(
        item.raw
        for item in tidemarc.Reader(damaged, errors="yield")
        if isinstance(item, tidemarc.Fault)
    )
    each = scan(damaged, COLUMNS, errors=lambda fault: None, quarantine=quarantine)
    repr(each)
    assert not quarantine.exists(), "a repr writes nothing"
    for _ in range(2):
        rows(each)
        assert quarantine.read_bytes() == expected


def test_undecodable_text_is_null_or_raises_or_is_replaced(marc, pyarrow):
    data = marc.record() + marc.BAD_TEXT + marc.record()
    columns = {"title": "245$a", "note": "500$a", "faults": "faults"}
    table = scan(data, columns).to_arrow().to_pylist()
    assert [row["title"] for row in table] == [["Hi"], None, ["Hi"]]
    assert [row["note"] for row in table] == [None, ["Note"], None]
    assert [row["faults"] is None for row in table] == [True, False, True]
    (fault,) = table[1]["faults"]
    assert (fault["tag"], fault["severity"]) == ("245", "lost_field")
    replaced = scan(data, columns, encoding_errors="replace").to_arrow()
    assert replaced["title"].to_pylist() == [["Hi"], ["Caf\ufffd"], ["Hi"]]
    batches = iter(scan(data, columns, encoding_errors="strict")._core)
    assert len(next(batches)) == 1
    with pytest.raises(errors.EncodingError) as caught:
        next(batches)
    assert (caught.value.record_number, caught.value.tag) == (2, "245")
    # Text that no column needs does not raise.
    assert rows(scan(data, ["500$a"], encoding_errors="strict")) == 3


def test_an_exception_of_the_source_comes_out_unchanged(books):
    class Broken(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        rows(scan(Broken(), COLUMNS))


def test_a_file_that_is_gone_raises_when_it_is_read(copied):
    each = scan(copied, COLUMNS)
    copied.unlink()
    assert "id" in repr(each)
    with pytest.raises(FileNotFoundError) as caught:
        rows(each)
    assert caught.value.filename == str(copied)


def test_a_scan_of_a_path_or_of_bytes_is_pickled(books):
    columns = {"id": "001", "title": Column("245$a$b", repeat="join"), "x": Selector("650$a")}
    for source in (books, str(books), books.read_bytes()):
        each = pickle.loads(pickle.dumps(scan(source, columns, threads=1).head(7)))
        assert each.schema == scan(source, columns).schema
        assert rows(each) == 7
    descriptor = os.open(books, os.O_RDONLY)
    try:
        with pytest.raises(TypeError, match="cannot be pickled: pass a path or bytes"):
            pickle.dumps(scan(descriptor, columns))
    finally:
        os.close(descriptor)


def test_changes_of_the_mapping_after_the_call_change_nothing(books):
    columns = {"id": "001"}
    each = scan(books, columns)
    columns["title"] = "245$a"
    assert pickle.loads(pickle.dumps(each)).schema.names == ("id",)


def test_a_scan_is_made_by_the_function_only():
    with pytest.raises(TypeError, match=r"tidemarc\.scan"):
        tidemarc.Scan()


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("chunk_size", [100, 4096, 65536])
def test_threads_and_chunks_change_nothing(large, pyarrow, threads, chunk_size):
    columns = {"id": "001", "title": "245$a", "no": "record_no", "at": "offset_bytes"}
    expected = list(scan(large, columns, threads=1))
    assert list(scan(large, columns, threads=threads, chunk_size=chunk_size)) == expected


def test_formats_are_those_of_the_reader(tmp_path, books, pyarrow):
    columns = {"id": "001", "title": "245$a", "subjects": "650$a", "language": "008/35-37"}
    expected = scan(books, columns).to_arrow()
    for format in ("marcxml", "json", "jsonl", "marcmaker", "line"):
        path = Path(tmp_path / format)
        tidemarc.convert(books, path, to_format=format)
        assert scan(path, columns).to_arrow() == expected
