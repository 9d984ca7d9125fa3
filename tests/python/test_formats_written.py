"""Writing in every format: records too long for one, control characters, documents that end."""

from __future__ import annotations

import copy
import io
import json
import os
import threading

import pytest
import tidemarc
from shared.formats import BOOKS, FORMATS, WRITTEN, texts, too_long
from tidemarc import Reader, Writer, convert, dumps, errors


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
