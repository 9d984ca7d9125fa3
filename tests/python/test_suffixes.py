"""The format of a path without a named format."""

from __future__ import annotations

import gzip
import io
import os
import pathlib

import pytest
from shared.formats import BOOKS, FIXTURES, WRITTEN
from tidemarc import Reader, Writer, convert

SUFFIXES = {
    "": "iso2709",
    ".mrc": "iso2709",
    ".marc": "iso2709",
    ".dat": "iso2709",
    ".utf8": "iso2709",
    ".bin": "iso2709",
    ".iso": "iso2709",
    ".MRC": "iso2709",
    ".xml": "marcxml",
    ".Xml": "marcxml",
    ".marcxml": "marcxml",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".mrk": "marcmaker",
    ".mrk8": "marcmaker",
    ".mrc.xml": "marcxml",
}
UNKNOWN = [".txt", ".line", ".mrc.xz", ".new", ".xlsx", ".mrc ", ".x\u00e9\n"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", [str, pathlib.Path])
def test_the_suffix_of_a_path_decides(tmp_path, suffix, kind):
    path, format = kind(tmp_path / f"books{suffix}"), SUFFIXES[suffix]
    with Writer(path) as writer:
        assert writer.format == format
        for record in BOOKS:
            writer.write(record)
    assert pathlib.Path(path).read_bytes() == WRITTEN[format]
    os.remove(path)
    done = convert(FIXTURES / "books.mrc", path)
    assert (done.to_format, done.records) == (format, 60)
    assert pathlib.Path(path).read_bytes() == WRITTEN[format]
    with Writer(path, None) as writer:
        assert writer.format == format


@pytest.mark.parametrize("suffix", UNKNOWN)
def test_an_unknown_suffix_is_refused_and_nothing_is_made(tmp_path, suffix):
    path = tmp_path / f"books{suffix}"
    for argument, write in [
        ("format", lambda: Writer(path)),
        ("to_format", lambda: convert(WRITTEN["json"], path)),
    ]:
        with pytest.raises(ValueError, match=rf"^{argument}: the suffix \.") as raised:
            write()
        for known in SUFFIXES:
            assert known.lower() in str(raised.value) or known == ".mrc.xml"
        assert str(raised.value).isprintable()
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="the suffix"):
        Writer(path)
    assert path.read_bytes() == b"old"
    # A named format is written to any path.
    with Writer(path, "marcxml") as writer:
        assert writer.format == "marcxml"
    convert(WRITTEN["json"], path, to_format="iso2709")
    assert path.read_bytes() == WRITTEN["iso2709"]


def test_a_suffix_belongs_to_the_name_and_not_to_a_folder(tmp_path):
    (tmp_path / "books.xml").mkdir()
    with Writer(tmp_path / "books.xml" / "new") as writer:
        assert writer.format == "iso2709"
    with Writer(tmp_path / ".xml") as writer:
        assert writer.format == "iso2709", "a hidden file"


def test_a_file_object_receives_iso_2709_whatever_its_name_is(tmp_path):
    with open(tmp_path / "books.xml", "wb") as file, Writer(file) as writer:
        assert writer.format == "iso2709"
    with gzip.open(tmp_path / "books.xml.gz", "wb") as file:
        assert convert(WRITTEN["json"], file).to_format == "iso2709"
    target = io.BytesIO()
    convert(WRITTEN["json"], target)
    assert target.getvalue() == WRITTEN["iso2709"]


def test_an_encoding_is_checked_against_the_format_of_the_suffix(tmp_path):
    with pytest.raises(ValueError, match="must be 'utf-8' for marcxml"):
        Writer(tmp_path / "x.xml", encoding="marc-8")


def test_a_path_with_bytes_that_are_not_utf_8(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/b\xe9.xml")
    with Writer(path) as writer:
        assert writer.format == "marcxml"
        assert "b\ufffd.xml" in repr(writer)
    with pytest.raises(ValueError, match="the suffix"):
        Writer(os.fsdecode(os.fsencode(tmp_path) + b"/b.\xe9"))


def test_the_repr_of_a_writer_says_what_it_writes_and_where(tmp_path):
    path = tmp_path / "books.xml"
    writer = Writer(path)
    assert repr(writer) == f"<tidemarc.Writer: 0 records as marcxml to {path}, open>"
    for record in Reader(FIXTURES / "books.mrc"):
        writer.write(record)
    assert repr(writer) == f"<tidemarc.Writer: 60 records as marcxml to {path}, open>"
    writer.close()
    assert repr(writer) == f"<tidemarc.Writer: 60 records as marcxml to {path}, closed>"
    target = io.BytesIO()
    writer = Writer(target)
    assert repr(writer) == "<tidemarc.Writer: 0 records as iso2709 to a _io.BytesIO, open>"
    with pytest.raises(TypeError):
        writer.write(None)
    assert "0 records" in repr(writer)

    class Curious(io.BytesIO):
        def write(self, data):
            seen.append(repr(writer))
            return super().write(data)

    seen = []
    writer = Writer(Curious())
    writer.write(BOOKS[0])
    assert len(seen) == 1
    assert seen[0].endswith("Curious, in use>")
    assert repr(writer).endswith("open>")
