"""Where reading begins: a start in the middle, a descriptor, junk before the first record."""

from __future__ import annotations

import io
import os

import pytest
from shared.records import control_numbers
from tidemarc import Reader, check


@pytest.mark.parametrize("source", ["path", "bytes", "file", "buffer"])
def test_reading_may_begin_at_any_record(books, source):
    data = books.read_bytes()
    every = list(Reader(books))
    for at in (0, 1, 30, 59):
        start = every[at].offset
        opened = {
            "path": books,
            "bytes": data,
            "file": io.BytesIO(data),
            "buffer": bytearray(data),
        }[source]
        reader = Reader(opened, start=start)
        assert [record.offset for record in reader] == [record.offset for record in every[at:]]
        assert reader.position == len(data)
        assert (reader.stats.start, reader.stats.complete) == (start, True)
    assert list(Reader(books, start=len(data) + 10)) == []
    for option in ("start", "max_faults"):
        with pytest.raises(ValueError, match=f"{option} must be at least 0, not -1"):
            Reader(books, **{option: -1})
        with pytest.raises(TypeError, match=option):
            Reader(books, **{option: "1"})


def test_a_descriptor_is_read_from_where_it_stands(books, records):
    data = books.read_bytes()
    descriptor = os.open(books, os.O_RDONLY)
    try:
        os.lseek(descriptor, len(records[0]), os.SEEK_SET)
        reader = Reader(descriptor, start=len(records[1]))
        # What lies before is not read.
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == len(records[0] + records[1])
        assert [record.raw for record in reader] == records[2:]
        assert reader.position == reader.stats.total_bytes == len(data) - len(records[0])
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("source", ["path", "bytes", "buffer", "descriptor"])
def test_a_start_beyond_the_end_is_the_end(books, source):
    data = books.read_bytes()
    with books.open("rb") as file:
        opened = {"path": books, "bytes": data, "buffer": bytearray(data)}.get(
            source, file.fileno()
        )
        reader = Reader(opened, start=10_000_000)
        assert list(reader) == []
        assert reader.position == reader.stats.total_bytes == reader.stats.start == len(data)


def test_junk_before_records_costs_no_record(books, tmp_path):
    data = books.read_bytes()
    path = tmp_path / "books.mrc"
    for junk in (b"#", b"(", b"{", b"[", b"=LDR  junk\n", b"<a>", b"<?xml version='1.0'?>"):
        path.write_bytes(junk + data)
        for source in (junk + data, path, io.BytesIO(junk + data), bytearray(junk + data)):
            reader = Reader(source, errors="yield")
            fault, *rest = reader
            assert (fault.raw, len(rest), reader.format) == (junk, 60, "iso2709")
        summary = check(path)
        assert (summary.sound, summary.stats.records) == (False, 60)


def test_junk_between_records_is_no_other_format_where_reading_begins_at_it(books, tmp_path):
    data = books.read_bytes()
    path = tmp_path / "books.mrc"
    for junk in (b'{"a":1}\n', b"<a", b"=LDR  x\n", b"<junk>", b"<html>" + b"x" * 70_000):
        both = data + junk + data
        path.write_bytes(both)
        for repair in (False, True):
            assert (
                control_numbers(Reader(both, errors="skip", repair=repair))
                == control_numbers(Reader(data)) * 2
            )
            for source in (both, path, io.BytesIO(both), bytearray(both)):
                reader = Reader(source, start=len(data), errors="yield", repair=repair)
                fault, *rest = reader
                assert (fault.raw, control_numbers(rest)) == (junk, control_numbers(Reader(data)))
        assert len(list(Reader(junk + data, start=len(junk)))) == 60
