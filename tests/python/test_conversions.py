"""`convert`: what it keeps, where it stops, and targets that it refuses or leaves as they were."""

from __future__ import annotations

import gzip
import io
import logging
import mmap
import os
import socket
import sys
import tarfile
from pathlib import Path

import pytest
from shared.formats import BOOKS, FORMATS, READ_AS, WRITTEN, Drip, too_long
from tidemarc import Reader, convert, dumps, errors


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


@pytest.mark.parametrize("numeric_references", [False, True])
def test_numeric_references_in_text_are_converted_as_they_are_read(numeric_references):
    source = b"=LDR  00000nam  2200000   4500\n=245  00$aA &#x4E2D; B\n\n"
    (read,) = Reader(source, numeric_references=numeric_references)
    assert read["245"]["a"] == ("A \u4e2d B" if numeric_references else "A &#x4E2D; B")
    target = io.BytesIO()
    options = {"numeric_references": numeric_references}
    convert(source, target, to_format="jsonl", **options)
    (written,) = Reader(target.getvalue())
    assert written["245"]["a"] == read["245"]["a"]


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
    with pytest.raises(errors.WriteError, match=r"record 1, byte 0.*: field 001"):
        convert(bad, target, to_format="marcxml")
    done = convert(bad + marc.record(), target, to_format="marcxml", errors="skip")
    assert (done.records, done.refused) == (1, 1)


def test_a_conversion_that_cannot_begin_makes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        convert(tmp_path / "nowhere", tmp_path / "target", to_format="json")
    assert not (tmp_path / "target").exists()


def ways_to(path, folder):
    """Make paths of all sorts that lead to a file."""
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
        # A file object is written where it stands, and so is what a descriptor leads to.
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
        # The records that are too long are not all that a source has.
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
    # What has two directions has nothing to lose.
    one, two = socket.socketpair()
    with one, two, two.makefile("rwb", buffering=0) as both:
        one.sendall(BOOKS[0].raw)
        one.shutdown(socket.SHUT_WR)
        assert convert(both, both, to_format="marc").records == 1
        assert one.recv(len(BOOKS[0].raw)) == BOOKS[0].raw


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
        assert [words.partition(",")[0] for words in said] == ["record 3", "record 7", "record 10"]
        assert "U+000B" in said[0]
    written = [int(record["001"].data) for record in Reader(tmp_path / "x.xml")]
    assert written == [1, 2, 4, 5, 7, 8]
    assert len(list(Reader(tmp_path / "x.mrc"))) == 1
    (tmp_path / "x.mrc").write_bytes(b"old")
    options["overlong_to"] = tmp_path / "y.xml"
    with pytest.raises(errors.WriteError, match=r"^record 3, .*U\+000B"):
        convert(source, tmp_path / "x.mrc", **options)
    assert (tmp_path / "x.mrc").read_bytes() == b"old"
    assert not (tmp_path / "y.xml").exists()


def test_other_threads_run_while_a_conversion_does(tmp_path, process):
    source = tmp_path / "many.mrc"
    source.write_bytes(WRITTEN["iso2709"] * 200)
    wait = process.in_thread(lambda: convert(source, tmp_path / "many.xml", to_format="marcxml"))
    assert wait().records == 12_000
    wait = process.in_thread(lambda: len(list(Reader(tmp_path / "many.xml"))))
    assert wait() == 12_000
