"""Every format through one Reader, from every source."""

from __future__ import annotations

import copy
import io
import logging
import os
import pickle
import socket
import threading

import pytest
import tidemarc
from shared.formats import BOOKS, FORMATS, READ_AS, TEXT, WRITTEN, Drip, texts
from tidemarc import Fault, Reader, check, dumps, errors

#: For each text format a damaged record between two sound ones.
DAMAGED = {
    "marcxml": b"<collection><record><leader>00000nam a2200000   4500</leader>"
    b'<controlfield tag="001">a1</controlfield></record><record>'
    b'<controlfield tag="001">a2</controlfield><datafield tag="2450" ind1=" " ind2=" "/></record>'
    b'<record><controlfield tag="001">a3</controlfield></record></collection>',
    "json": b'[{"fields":[{"001":"a1"}]},{"fields":[{"001":"a2"},{"2450":"x"}]},'
    b'{"fields":[{"001":"a3"}]}]',
    "marcmaker": b"=LDR  00000nam a2200000   4500\n=001  a1\n\n=LDR  00000nam a2200000   4500\n"
    b"=001  a2\n=2450  10$aX\n\n=LDR  00000nam a2200000   4500\n=001  a3\n",
    "line": b"00000nam a2200000   4500\n001 a1\n\n00000nam a2200000   4500\n001 a2\n2450 10 $a X\n\n"
    b"00000nam a2200000   4500\n001 a3\n",
}


def from_socket(data):
    """Give the end of a socket into which another thread writes."""
    ours, theirs = socket.socketpair()

    def write():
        with theirs:
            theirs.sendall(data)

    threading.Thread(target=write, daemon=True).start()
    return ours


def from_pipe(data):
    """Give the descriptor of a pipe into which another thread writes."""
    out, into = os.pipe()

    def write():
        with os.fdopen(into, "wb") as file:
            file.write(data)

    threading.Thread(target=write, daemon=True).start()
    return out


SOURCES = {
    "bytes": lambda data, path: data,
    "bytearray": lambda data, path: bytearray(data),
    "file object": lambda data, path: io.BytesIO(data),
    "one byte a read": lambda data, path: Drip(data),
    "socket": lambda data, path: from_socket(data),
    "pipe": lambda data, path: from_pipe(data),
    "path": lambda data, path: path.write_bytes(data) and path,
    "open file": lambda data, path: path.write_bytes(data) and path.open("rb"),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
@pytest.mark.parametrize("format", FORMATS)
def test_every_source_is_read_in_every_format(source, format, tmp_path):
    opened = source(WRITTEN[format], tmp_path / "books")
    with Reader(opened) as reader:
        records = list(reader)
        assert reader.format == READ_AS.get(format, format)
        assert reader.stats.complete
        assert reader.position == len(WRITTEN[format])
    if isinstance(opened, int):
        os.close(opened)
    elif hasattr(opened, "close"):
        opened.close()
    assert texts(records) == texts(BOOKS)
    assert [record.number for record in records] == list(range(1, 61))
    assert [record.as_marc() for record in records] == [book.as_marc() for book in BOOKS]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("chunk_size", [1, 100, 65536])
def test_neither_chunks_nor_threads_matter(format, threads, chunk_size, tmp_path):
    path = tmp_path / "books"
    path.write_bytes(WRITTEN[format])
    reader = Reader(path, threads=threads, chunk_size=chunk_size)
    records = list(reader)
    whole = Reader(WRITTEN[format])
    expected = list(whole)
    assert texts(records) == texts(expected)
    assert [record.offset for record in records] == [record.offset for record in expected]
    assert reader.stats == whole.stats


@pytest.mark.parametrize("format", [*FORMATS, "utf-16"])
def test_reading_may_begin_behind_any_record(format, tmp_path):
    data = WRITTEN["marcxml"].decode().encode(format) if format == "utf-16" else WRITTEN[format]
    path = tmp_path / "books"
    path.write_bytes(data)
    reader = Reader(data)
    places = [(record.offset, reader.position) for record in reader]
    for at in (0, 1, 30, 59):
        for start in places[at]:
            after = [place for place in places if place[0] >= start]
            for source in (data, path, io.BytesIO(data)):
                rest = Reader(source, start=start)
                assert [(record.offset, rest.position) for record in rest] == after
                assert rest.position == len(data)


def test_offsets_in_utf_16_do_not_depend_on_the_chunks():
    data = WRITTEN["marcxml"].decode().encode("utf-16")
    expected = [data.index(record.raw.decode().encode("utf-16-le")) for record in Reader(data)]
    for chunk_size in (100, 65536):
        reader = Reader(data, chunk_size=chunk_size)
        assert [record.offset for record in reader] == expected
        assert reader.position == len(data)


def test_what_is_no_record_is_not_passed_over_without_a_word():
    one, two = (dumps([book], "marcxml", collection=False).decode() for book in BOOKS[:2])
    data = f"<collection>{one}PRECIOUS TEXT <foo>x</foo> </record>{two}</collection>".encode()
    reader = Reader(data, errors="yield")
    faults = [item for item in reader if isinstance(item, Fault)]
    assert [fault.raw for fault in faults] == [b"PRECIOUS TEXT ", b"<foo>x</foo>", b"</record>"]
    assert {fault.severity for fault in faults} == {"lost_record"}
    assert (reader.stats.records, check(data).sound) == (2, False)
    (fault,) = Reader(b"<rss><title>x</title></rss>", errors="yield")
    assert fault.reason == "the document has no record in it"


@pytest.mark.parametrize("format", FORMATS)
def test_a_named_format_is_taken_at_its_word(format):
    assert texts(Reader(WRITTEN[format], format=format)) == texts(BOOKS)
    reader = Reader(b"", format=format)
    assert reader.format == format
    assert list(reader) == []
    other = "json" if format != "json" and format != "jsonl" else "line"
    found = Reader(WRITTEN[format], format=other, errors="yield")
    assert not any(isinstance(item, tidemarc.Record) for item in found)


def test_what_looks_like_no_format_is_iso_2709():
    reader = Reader(b"hello, world, this is no MARC at all", errors="yield")
    assert [type(item) for item in reader] == [Fault]
    assert reader.format == "iso2709"
    assert Reader(b"").format in (None, "iso2709")
    with pytest.raises(ValueError, match="format must be 'auto', 'iso2709'"):
        Reader(b"", format="xml2")


def test_nothing_is_read_before_it_is_asked_for():
    calls = []

    class File:
        def read(self, size):
            calls.append(size)
            return b""

    reader = Reader(File())
    assert (calls, reader.format) == ([], None)
    assert list(reader) == []
    assert len(calls) == 1


@pytest.mark.parametrize("format", DAMAGED)
def test_a_damaged_record_raises_in_its_place_and_the_next_follows(format):
    reader = Reader(DAMAGED[format])
    assert next(reader)["001"].data == "a1"
    with pytest.raises(errors.RecordSyntaxError) as caught:
        next(reader)
    error = caught.value
    assert (error.kind, error.record_number) == ("syntax", 2)
    assert error.raw in DAMAGED[format]
    assert DAMAGED[format].index(error.raw) == error.offset
    assert next(reader)["001"].data == "a3"
    assert list(reader) == []
    assert (reader.stats.records, reader.stats.faults) == (2, 1)
    assert reader.stats.complete


@pytest.mark.parametrize("format", DAMAGED)
@pytest.mark.parametrize("source", [bytes, Drip], ids=["whole", "one byte a read"])
def test_a_damaged_record_is_a_fault_or_is_passed_over_as_asked(format, source, caplog):
    before, fault, after = Reader(source(DAMAGED[format]), errors="yield")
    assert (before.number, fault.number, after.number) == (1, 2, 3)
    assert isinstance(fault, Fault)
    assert fault.kind == "syntax"
    assert fault.reason
    assert fault.raw == DAMAGED[format][fault.offset :][: len(fault.raw)]
    with caplog.at_level(logging.WARNING, "tidemarc"):
        assert len(list(Reader(source(DAMAGED[format]), errors="skip"))) == 2
    assert len(caplog.records) == 1


@pytest.mark.parametrize("format", ["marcxml", "json"])
def test_a_file_that_was_cut_ends_in_a_fault(format):
    data = WRITTEN[format]
    for end in [len(data) - 2, len(data) // 2, 3000]:
        *records, last = Reader(data[:end], errors="yield")
        assert isinstance(last, Fault)
        assert last.kind == "truncation"
        assert last.raw
        assert texts(records) == texts(BOOKS[: len(records)])


@pytest.mark.parametrize("errors", ["strict", "yield", "skip"])
@pytest.mark.parametrize("format", ["marcxml", "json"])
def test_a_file_that_was_cut_right_behind_a_record_ends_in_an_error(format, errors):
    data = WRITTEN[format].rstrip()
    end = {"marcxml": b"</record>", "json": b"}"}[format]
    reader = Reader(data[: data.rindex(end) + len(end)], errors=errors)
    records = []
    with pytest.raises(OSError, match="the input ends before its"):
        for record in reader:
            records.append(record)
    assert texts(records) == texts(BOOKS)
    assert next(reader, None) is None
    assert not reader.stats.complete


@pytest.mark.parametrize("format", TEXT)
def test_the_exception_of_a_file_passes_through_and_nothing_before_it_is_lost(format):
    class Honest(io.BytesIO):
        def __init__(self, data):
            super().__init__(data)
            self.reads = 0

        def readinto1(self, buffer):
            self.reads += 1
            if self.reads == 9:
                raise KeyError("mine")
            return super().readinto(buffer[:500])

    file = Honest(WRITTEN[format])
    reader = Reader(file)
    found = []
    with pytest.raises(KeyError, match="mine"):
        for book in reader:
            found.append(book)
    found.extend(reader)
    assert texts(found) == texts(BOOKS)


@pytest.mark.parametrize("format", TEXT)
def test_a_reader_is_closed_in_the_middle(format, tmp_path):
    path = tmp_path / "books"
    path.write_bytes(WRITTEN[format])
    with Reader(path) as reader:
        first = next(reader)
    with pytest.raises(ValueError, match="closed"):
        next(reader)
    assert str(first) == str(BOOKS[0])
    assert reader.stats.records == 1


@pytest.mark.parametrize("format", TEXT)
def test_threads_share_a_reader(format, process):
    reader = Reader(WRITTEN[format])
    shares = [process.in_thread(lambda: list(reader)) for _ in range(4)]
    found = [record for share in shares for record in share()]
    assert sorted(record.number for record in found) == list(range(1, 61))


@pytest.mark.parametrize("format", TEXT)
def test_a_record_out_of_text_is_one_like_any_other(format):
    book = list(Reader(WRITTEN[format]))[3]
    assert book.title == BOOKS[3].title
    assert book.as_dict() == BOOKS[3].as_dict()
    assert book.source is None
    assert book.raw in WRITTEN[format]
    assert WRITTEN[format].index(book.raw) == book.offset
    for twin in [copy.deepcopy(book), pickle.loads(pickle.dumps(book)), copy.copy(book)]:
        assert str(twin) == str(book)
        assert (twin.number, twin.offset) == (book.number, book.offset)
    one = book["245"]
    assert pickle.loads(pickle.dumps(one)).subfields == one.subfields
    book["245"]["a"] = "Ünder /"
    again = next(Reader(book.as_marc()))
    assert again["245"]["a"] == "Ünder /"
    assert again.leader.coding_scheme == "a"
    assert next(Reader(dumps(book, "line")))["245"]["a"] == "Ünder /"
