"""Every format through one Reader, one Writer and convert()."""

from __future__ import annotations

import copy
import gzip
import io
import json
import logging
import mmap
import os
import pickle
import socket
import sys
import tarfile
import threading
from pathlib import Path

import pytest
import tidemarc
from tidemarc import Fault, Reader, Writer, check, convert, dumps, errors

FORMATS = ["iso2709", "marcxml", "json", "jsonl", "marcmaker", "line"]
TEXT = FORMATS[1:]
#: JSON and JSON Lines are read alike.
READ_AS = {"jsonl": "json"}

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

BOOKS = list(Reader(FIXTURES / "books.mrc"))
WRITTEN = {format: dumps(BOOKS, format) for format in FORMATS}

#: For each text format, a damaged record between two sound ones.
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


class Drip:
    """A file that returns one byte for each read."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        """Returns one byte, regardless of `size`."""
        return self.file.read(1)


def from_socket(data):
    """Returns one end of a socket into which another thread writes."""
    ours, theirs = socket.socketpair()

    def write():
        with theirs:
            theirs.sendall(data)

    threading.Thread(target=write, daemon=True).start()
    return ours


def from_pipe(data):
    """Returns the descriptor of a pipe into which another thread writes."""
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


def texts(records):
    """Returns the content of records, with the leader."""
    return [str(record) for record in records]


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
    for end in [len(data) - 3, len(data) // 2, 3000]:
        *records, last = Reader(data[:end], errors="yield")
        assert isinstance(last, Fault)
        assert last.kind == "truncation"
        assert texts(records) == texts(BOOKS[: len(records)])


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


def test_what_iso_2709_cannot_hold_is_read_from_text_and_copied():
    long = {
        "fields": [
            {"001": "a1"},
            {"500": {"ind1": " ", "ind2": " ", "subfields": [{"a": "word " * 3000}]}},
        ]
    }
    (found,) = Reader(json.dumps(long).encode())
    assert len(found["500"]["a"]) == 15_000
    with pytest.raises(errors.WriteError):
        found.as_marc()
    assert str(copy.deepcopy(found)) == str(found)
    assert [note.kind for note in found.conversion_notes] == ["leader_missing"]
    assert next(Reader(dumps(found, "marcxml")))["500"]["a"] == found["500"]["a"]


def test_too_long_records_are_split_or_go_elsewhere(tmp_path):
    text = {
        "fields": [
            {"001": "a1"},
            {"500": {"ind1": " ", "ind2": " ", "subfields": [{"a": "word " * 3000}]}},
        ]
    }
    (long,) = Reader(json.dumps(text).encode())
    target = io.BytesIO()
    with Writer(target, overlong="split") as writer:
        notes = writer.write(long)
        assert writer.write(BOOKS[0]) == ()
    assert [note.kind for note in notes] == ["field_split"]
    assert notes[0].is_loss
    assert (notes[0].tag, notes[0].field) == ("500", 2)
    split, book = Reader(target.getvalue())
    assert "".join(f["a"] for f in split.get_fields("500")) == long["500"]["a"]
    assert book.as_marc() == BOOKS[0].as_marc()
    path, target = tmp_path / "long.xml", io.BytesIO()
    with Writer(target, overlong="xml", overlong_to=path) as writer:
        assert writer.write(BOOKS[0]) == ()
        assert not path.exists()
        assert [note.kind for note in writer.write(long)] == [
            "record_diverted",
            "schema_leader",
        ]
    assert len(list(Reader(target.getvalue()))) == 1
    assert texts(Reader(path)) == [str(long)]
    with pytest.raises(ValueError, match="overlong_to"):
        Writer(io.BytesIO(), overlong="xml")
    done = convert(
        json.dumps(text).encode(),
        tmp_path / "x.mrc",
        to_format="iso2709",
        overlong="xml",
        overlong_to=tmp_path / "y.xml",
    )
    assert (done.records, done.notes["record_diverted"]) == (1, 1)
    assert texts(Reader(tmp_path / "y.xml")) == [str(long)]


def test_control_characters_are_treated_as_asked():
    made = tidemarc.Record(
        leader=str(BOOKS[0].leader),
        fields=[tidemarc.Field("500", subfields=[tidemarc.Subfield("a", "a\x0bb")])],
    )
    with pytest.raises(errors.WriteError, match=r"field 500: .* U\+000B"):
        dumps(made, "marcxml")
    target = io.BytesIO()
    with Writer(target, "marcxml", controls="replace") as writer:
        (note,) = writer.write(made)
    assert (note.kind, str(note)) == (
        "control_character",
        "field 500: a control character was dropped or replaced",
    )
    assert next(Reader(target.getvalue()))["500"]["a"] == "a\ufffdb"
    data = b'{"fields":[{"001":"a\\u001fb"}]}'
    assert next(Reader(data, controls="skip"))["001"].data == "ab"
    with pytest.raises(errors.RecordSyntaxError):
        next(Reader(data))


def test_text_in_other_encodings_becomes_unicode(tmp_path, marc):
    marc8 = marc.record(
        marc.field("001", "a1"),
        ("245", b"10\x1faDvo\xe9r\xe2ak"),
        leader=b"00000nam  2200000   4500",
    )
    for format in TEXT:
        (found,) = Reader(dumps(Reader(marc8), format))
        assert found["245"]["a"] == "Dvořák"
        assert found.leader.coding_scheme == "a"
        path = tmp_path / format
        done = convert(marc8, path, to_format=format)
        assert (done.records, done.losses, done.notes) == (1, 0, {"coding_scheme": 1})
        assert texts(Reader(path)) == [str(found)]
    (changed,) = Reader(marc8)
    changed["245"]["a"] = "Мир 中 ✓"
    assert next(Reader(dumps(changed, "json")))["245"]["a"] == "Мир 中 ✓"
    latin = marc.record(
        marc.field("001", "a1"), ("245", b"10\x1faCaf\xe9"), leader=b"00000nam  2200000   4500"
    )
    (asked,) = Reader(latin, encoding="iso-8859-1")
    assert "Café" in dumps(asked, "json").decode()
    done = convert(latin, path, to_format="json", encoding="iso-8859-1")
    assert "Café" in path.read_text()


def test_bytes_that_are_no_text_are_refused_or_treated_as_asked(marc):
    bad = marc.record(marc.field("001", "a1"), ("245", b"10\x1faCaf\xe9"))
    with pytest.raises(errors.WriteError, match="field 245"):
        dumps(Reader(bad), "json")
    assert "Caf\ufffd" in dumps(Reader(bad), "json", encoding_errors="replace").decode()
    assert r"Caf\\xe9" in dumps(Reader(bad), "json", encoding_errors="backslashreplace").decode()


@pytest.mark.parametrize("first", FORMATS)
@pytest.mark.parametrize("second", FORMATS)
def test_conversions_keep_everything(first, second, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(WRITTEN[first])
    done = convert(source, target, to_format=second)
    assert (done.records, done.faults, done.refused, done.losses) == (60, 0, 0, 0)
    assert (done.from_format, done.to_format) == (READ_AS.get(first, first), second)
    assert target.read_bytes() == WRITTEN[second]
    memory = io.BytesIO()
    convert(WRITTEN[first], memory, to_format=second, from_format=first)
    assert memory.getvalue() == WRITTEN[second]
    memory = io.BytesIO()
    convert(Drip(WRITTEN[first]), memory, to_format=second, threads=1)
    assert memory.getvalue() == WRITTEN[second]


def test_a_conversion_stops_at_what_is_damaged_or_passes_it_over(tmp_path, caplog, marc):
    target = tmp_path / "target.xml"
    data = marc.record() + marc.BAD_DIRECTORY + marc.record()
    with pytest.raises(errors.DirectoryError):
        convert(data, target, to_format="marcxml")
    assert not target.exists()
    with pytest.raises(errors.DirectoryError):
        convert(data, memory := io.BytesIO(), to_format="marcxml")
    assert len(list(Reader(memory.getvalue()))) == 1
    with caplog.at_level(logging.WARNING, "tidemarc"):
        done = convert(data, target, to_format="marcxml", errors="skip")
    assert (done.records, done.faults) == (2, 1)
    assert len(list(Reader(target))) == 2
    assert len(caplog.records) == 1
    bad = marc.record(marc.field("001", "a\x0b1"))
    with pytest.raises(errors.WriteError, match="record 1: field 001"):
        convert(bad, target, to_format="marcxml")
    done = convert(bad + marc.record(), target, to_format="marcxml", errors="skip")
    assert (done.records, done.refused) == (1, 1)


def test_a_conversion_that_cannot_begin_makes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        convert(tmp_path / "nowhere", tmp_path / "target", to_format="json")
    assert not (tmp_path / "target").exists()


def ways_to(path, folder):
    """Makes all sorts of paths that lead to a file."""
    link = folder / "link"
    link.symlink_to(path)
    return [path, str(path), os.path.join(path.parent, ".", path.name), link, str(link)]


@pytest.mark.skipif(sys.platform == "win32", reason="files are replaced on POSIX")
def test_a_file_may_be_converted_onto_itself(tmp_path):
    path = tmp_path / "books.mrc"
    spelled = ways_to(path, tmp_path)
    expected = dumps(BOOKS, "marcxml")
    for target in spelled:
        for source in [target, *spelled]:
            path.write_bytes(WRITTEN["iso2709"])
            done = convert(source, target, to_format="marcxml")
            assert (done.records, path.read_bytes()) == (60, expected)
        for open_ in (open, gzip.open):
            path.write_bytes(WRITTEN["iso2709"])
            if open_ is gzip.open:
                path.write_bytes(gzip.compress(WRITTEN["iso2709"]))
            with open_(path, "rb") as file:
                assert convert(file, target, to_format="marcxml").records == 60
            assert path.read_bytes() == expected
        path.write_bytes(WRITTEN["iso2709"])
        with open(path, "rb") as file:
            assert convert(file.fileno(), target, to_format="marcxml").records == 60
        assert path.read_bytes() == expected
    archive = tmp_path / "books.tar"
    path.write_bytes(WRITTEN["iso2709"])
    with tarfile.open(archive, "w") as tar:
        tar.add(path, "books.mrc")
    with tarfile.open(archive) as tar:
        convert(tar.extractfile("books.mrc"), archive, to_format="marcxml")
    assert archive.read_bytes() == expected


@pytest.mark.parametrize("path_type", [str, Path])
def test_a_conversion_that_fails_leaves_its_target_as_it_was(path_type, damaged, tmp_path):
    path, new = path_type(tmp_path / "books.mrc"), path_type(tmp_path / "new")
    Path(path).write_bytes(damaged.read_bytes())
    for target in (path, new):
        with pytest.raises(errors.RecordError):
            convert(path, target, to_format="marcxml")
    assert [each.name for each in tmp_path.iterdir()] == ["books.mrc"]
    assert Path(path).read_bytes() == damaged.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="inodes")
def test_a_conversion_refuses_to_write_over_its_source_whatever_leads_to_it(tmp_path):
    path, link, other = (tmp_path / name for name in ("books.mrc", "link", "other.xml"))
    path.write_bytes(WRITTEN["iso2709"])
    os.link(path, link)
    archive = tmp_path / "books.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(path, "books.mrc")
    mapped_file = open(path, "r+b")
    with (
        mapped_file,
        mmap.mmap(mapped_file.fileno(), 0) as mapped,
        open(path, "rb") as file,
        open(path, "r+b") as writable,
        tarfile.open(archive) as tar,
        gzip.open(path, "rb") as packed,
        io.BytesIO(WRITTEN["iso2709"]) as memory,
    ):
        member = tar.extractfile("books.mrc")
        before = archive.read_bytes()
        # A file object is written at its position, and so is the target of a descriptor.
        descriptor = f"/proc/self/fd/{writable.fileno()}"
        in_place = [
            (path, writable),
            (file, writable),
            (writable, writable),
            (writable, writable.raw),
            (writable.raw, writable),
            (memory, memory),
            (mapped, mapped),
        ]
        if os.path.exists(descriptor):
            in_place += [
                (path, descriptor),
                (writable, descriptor),
                (writable.fileno(), descriptor),
            ]
        # The records that are too long are not all the records of a source.
        paths = [
            (path, path),
            (str(path), str(path)),
            (file, path),
            (file, link),
            (file.fileno(), str(path)),
            (link, path),
            (member, archive),
            (packed, path),
        ]
        for source, target in in_place:
            with pytest.raises(ValueError, match="source and target are the same file"):
                convert(source, target, to_format="marcxml")
        for source, target in in_place + paths:
            with pytest.raises(ValueError, match="source and overlong_to are the same file"):
                convert(source, other, to_format="marc", overlong="xml", overlong_to=target)
        assert memory.getvalue() == WRITTEN["iso2709"]
    assert path.read_bytes() == WRITTEN["iso2709"]
    assert archive.read_bytes() == before
    assert not other.exists()
    # An object with two directions has nothing to lose.
    one, two = socket.socketpair()
    with one, two, two.makefile("rwb", buffering=0) as both:
        one.sendall(BOOKS[0].raw)
        one.shutdown(socket.SHUT_WR)
        assert convert(both, both, to_format="marc").records == 1
        assert one.recv(len(BOOKS[0].raw)) == BOOKS[0].raw


def too_long(number, text=""):
    """Makes a record that only a text format can hold or, with some texts, no format."""
    fields = [tidemarc.Field("001", data=str(number))]
    for _ in range(2):
        value = tidemarc.Subfield("a", text + "x" * 6000)
        fields.append(tidemarc.Field("500", [" ", " "], [value]))
    value = tidemarc.Subfield("a", "y" * 12_000)
    fields.append(tidemarc.Field("501", [" ", " "], [value]))
    return tidemarc.Record(fields=fields)


def test_a_record_that_no_format_can_hold_is_passed_over(tmp_path, caplog):
    records = [too_long(n, "\x0b" if n % 3 == 0 else "") for n in range(1, 10)]
    records.insert(4, BOOKS[0])
    source = dumps(records, "jsonl")
    for target, other in [
        (tmp_path / "x.mrc", tmp_path / "x.xml"),
        (io.BytesIO(), io.BytesIO()),
    ]:
        caplog.clear()
        options = {"to_format": "iso2709", "overlong": "xml", "overlong_to": other}
        done = convert(source, target, errors="skip", **options)
        assert (done.records, done.refused) == (7, 3)
        assert done.notes == {"record_diverted": 6, "schema_leader": 6}
        said = [entry.getMessage() for entry in caplog.records]
        assert [words.partition(":")[0] for words in said] == ["record 3", "record 7", "record 10"]
        assert "U+000B" in said[0]
    written = [int(record["001"].data) for record in Reader(tmp_path / "x.xml")]
    assert written == [1, 2, 4, 5, 7, 8]
    assert len(list(Reader(tmp_path / "x.mrc"))) == 1
    (tmp_path / "x.mrc").write_bytes(b"old")
    options["overlong_to"] = tmp_path / "y.xml"
    with pytest.raises(errors.WriteError, match=r"^record 3: .*U\+000B"):
        convert(source, tmp_path / "x.mrc", **options)
    assert (tmp_path / "x.mrc").read_bytes() == b"old"
    assert not (tmp_path / "y.xml").exists()


@pytest.mark.parametrize("round_", range(12))
def test_threads_that_share_a_writer_share_its_second_file(round_, tmp_path, process):
    path, other = tmp_path / "x.mrc", tmp_path / "x.xml"
    ready = threading.Barrier(8)
    with Writer(path, overlong="xml", overlong_to=other) as writer:

        def write():
            ready.wait()
            for number in range(3):
                writer.write(too_long(number))

        for result in [process.in_thread(write) for _ in range(8)]:
            result()
    assert sorted(int(record["001"].data) for record in Reader(other)) == sorted([0, 1, 2] * 8)


def test_records_that_are_too_long_do_not_go_where_the_others_go(tmp_path):
    path = tmp_path / "books.mrc"
    path.write_bytes(WRITTEN["iso2709"])
    new, link = tmp_path / "new", tmp_path / "link"
    link.symlink_to(new)
    with open(path, "r+b") as file:
        for target, other in [(path, path), (file, path), (file, file), (new, str(new))]:
            with pytest.raises(ValueError, match="target and overlong_to are the same file"):
                Writer(target, overlong="xml", overlong_to=other)
        with pytest.raises(ValueError, match="target and overlong_to are the same file"):
            convert(b"", new, to_format="marc", overlong="xml", overlong_to=link)
    assert path.read_bytes() == WRITTEN["iso2709"]
    assert not new.exists()
    Writer(os.devnull, overlong="xml", overlong_to=os.devnull).close()


def test_other_threads_run_while_a_conversion_does(tmp_path, process):
    source = tmp_path / "many.mrc"
    source.write_bytes(WRITTEN["iso2709"] * 200)
    wait = process.in_thread(lambda: convert(source, tmp_path / "many.xml", to_format="marcxml"))
    assert wait().records == 12_000
    wait = process.in_thread(lambda: len(list(Reader(tmp_path / "many.xml"))))
    assert wait() == 12_000


@pytest.mark.parametrize("format", FORMATS)
def test_a_document_without_records_is_one(format):
    empty = dumps([], format)
    assert list(Reader(empty, format=format)) == []
    if format == "json":
        assert json.loads(empty) == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_writer_to_a_path_ends_its_document(format, tmp_path):
    path = tmp_path / "books"
    with Writer(path, format) as writer:
        assert writer.format == format
        for book in BOOKS:
            assert writer.write(book) == ()
    assert path.read_bytes() == WRITTEN[format]
    writer = Writer(path, format)
    for book in BOOKS:
        writer.write(book)
    del writer
    assert path.read_bytes() == WRITTEN[format]


def test_a_refused_record_leaves_no_trace():
    bad = tidemarc.Record(fields=[tidemarc.Field("001", data="a\x0b")])
    target = io.BytesIO()
    with Writer(target, "marcxml") as writer:
        for book in [bad, BOOKS[0], bad, BOOKS[1], bad]:
            if book is bad:
                with pytest.raises(errors.WriteError):
                    writer.write(book)
            else:
                writer.write(book)
    assert target.getvalue() == dumps(BOOKS[:2], "marcxml")


def test_marcxml_as_asked():
    xml = dumps(BOOKS[0], "marcxml", collection=False, namespace=False)
    assert xml.startswith(b"<record>\n  <leader>")
    assert b'xmlns="http://www.loc.gov/MARC21/slim"' in dumps(BOOKS[0], "xml")
    utf16 = dumps(BOOKS, "marcxml").decode().replace("UTF-8", "UTF-16").encode("utf-16")
    reader = Reader(utf16)
    records = list(reader)
    assert texts(records) == texts(BOOKS)
    assert reader.position == len(utf16)
    start = utf16.decode("utf-16").index("<record>")
    assert records[0].offset == 2 + 2 * start


@pytest.mark.parametrize("format", TEXT)
@pytest.mark.parametrize("leader", [b"00000nam a2200000   4500", b"00000nam  2200000   4500"])
def test_a_byte_that_is_no_text_is_where_the_reader_says_it_is(marc, format, leader):
    # The byte is an incomplete character in UTF-8, and a mark without a letter in MARC-8.
    data = marc.record(("040", b"  \x1fax\xe9"), leader=leader)
    with pytest.raises(errors.EncodingError) as read:
        next(Reader(data))["040"]["a"]
    assert read.value.reason.startswith("byte E9 at offset 1: ")
    with pytest.raises(errors.WriteError) as refused:
        convert(data, io.BytesIO(), to_format=format)
    assert str(refused.value) == f"record 1: field 040: {read.value.reason}"
