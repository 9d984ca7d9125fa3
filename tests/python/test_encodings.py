"""The encoding in which a record's text is read, the reports on undecodable bytes, and writing the
text back.
"""

from __future__ import annotations

import io
import pickle

import pytest
import tidemarc
from tidemarc import Reader, Writer
from tidemarc.errors import EncodingError

MIR = "\u041c\u0438\u0440"


def record(*fields: tuple[str, bytes], coding_scheme: bytes = b" ") -> bytes:
    """Makes a record of these fields, byte by byte."""
    directory = b""
    data = b""
    for tag, value in fields:
        directory += b"%s%04d%05d" % (tag.encode(), len(value) + 1, len(data))
        data += value + b"\x1e"
    base = 24 + len(directory) + 1
    leader = b"%05dnam %s22%05d   4500" % (base + len(data) + 1, coding_scheme, base)
    return leader + directory + b"\x1e" + data + b"\x1d"


def read(data: bytes, **options: object) -> tidemarc.Record:
    (only,) = Reader(data, **options)  # type: ignore[call-overload]
    return only


MARC8 = record(("001", b"id1"), ("245", b"10\x1faDvo\xe9r\xe2ak\x1fb\x1b(NmIR\x1fcMir"))
# The coded data of a UNIMARC record: a date, and 01 03 at positions 26-29.
CODED = b"  \x1fa20260101d2026    m  y0frey0103    ba"


def test_marc8_is_decoded_and_begins_anew_at_each_subfield():
    book = read(MARC8)
    assert (book.encoding, book.encoding_reason) == ("marc-8", "leader/09 is ' '")
    assert book["245"]["a"] == "Dvořák"
    assert [value for _, value in book["245"].subfields] == ["Dvořák", MIR, "Mir"]
    assert book.title == f"Dvořák {MIR}"
    assert book["245"].value() == f"Dvořák {MIR} Mir"
    assert str(book["245"]) == f"=245  10$aDvořák$b{MIR}$cMir"


def test_utf8_is_utf8_whatever_the_leader_claims():
    book = read(record(("245", b"10\x1fa" + "Dvořák".encode())))
    assert (book.encoding, book.title) == ("utf-8", "Dvořák")
    assert book.encoding_reason == "the record is valid UTF-8"


@pytest.mark.parametrize("coding_scheme", [b" ", b"a"])
def test_unimarc_says_it_in_field_100_and_not_in_the_leader(coding_scheme):
    data = record(("100", CODED), ("200", b"1 \x1faP\xc2eguy"), coding_scheme=coding_scheme)
    book = read(data)
    assert book["200"]["a"] == "Péguy"
    assert "0103" in (book.encoding_reason or "")


def test_an_encoding_that_is_asked_for_is_taken():
    data = record(("245", b"10\x1fana\xefve"))
    book = read(data, encoding="iso-8859-1")
    assert (book.title, book.encoding) == ("naïve", "iso-8859-1")
    assert book.encoding_reason == "it was specified"
    assert read(data, encoding="latin-1").title == "naïve"
    with pytest.raises(EncodingError):
        _ = read(data, encoding="utf-8").title


@pytest.mark.parametrize(
    ("errors", "text"),
    [("replace", "x\ufffdy"), ("ignore", "xy"), ("backslashreplace", "x\\xffy")],
)
@pytest.mark.parametrize("coding_scheme", [b" ", b"a"])
def test_what_is_no_text_becomes_what_was_asked_for(errors, text, coding_scheme):
    data = record(("001", b"id1"), ("245", b"10\x1fax\xffy"), coding_scheme=coding_scheme)
    book = read(data, encoding_errors=errors)
    assert (book.title, book["245"].value(), book["245"]["a"]) == (text, text, text)
    assert book.as_marc() == data


@pytest.mark.parametrize("coding_scheme", [b" ", b"a"])
def test_strict_says_where_it_is(coding_scheme):
    data = record(("001", b"id1"), ("245", b"10\x1faab\x1fcx\xffy"), coding_scheme=coding_scheme)
    book = read(data)
    assert book["001"].data == "id1"
    with pytest.raises(EncodingError) as caught:
        _ = book["245"]["c"]
    assert (caught.value.tag, caught.value.control_number) == ("245", "id1")
    assert caught.value.offset == data.index(b"\xff")
    assert caught.value.raw == b"10\x1faab\x1fcx\xffy"
    # A field shows the bytes that cause the trouble.
    assert repr(book["245"]) == r"<tidemarc.Field =245  10$aab$cx\xffy>"
    assert book["245"].raw == caught.value.raw


def test_numeric_references_are_characters_if_asked():
    data = record(("245", b"10\x1fa&#x4E16; &amp;"))
    assert read(data).title == "&#x4E16; &amp;"
    assert read(data, numeric_references=True).title == "世 &amp;"


def test_a_conversion_reads_numeric_references_if_asked():
    data = record(("245", b"10\x1fa&#x4E16;"))
    for asked, expected in [(False, b">&amp;#x4E16;<"), (True, ">世<".encode())]:
        target = io.BytesIO()
        tidemarc.convert(data, target, to_format="marcxml", numeric_references=asked)
        assert expected in target.getvalue()


def test_what_was_read_is_written_in_its_own_encoding():
    book = read(MARC8)
    book["245"]["c"] = "Антонин Dvořák"
    again = read(book.as_marc())
    assert again.encoding == "marc-8"
    assert again["245"]["c"] == "Антонин Dvořák"
    assert again["245"]["a"] == "Dvořák"
    assert again.raw[9:10] == b" "
    # Unchanged fields keep their bytes.
    assert b"\x1faDvo\xe9r\xe2ak\x1fb\x1b(NmIR" in again.raw
    with pytest.raises(ValueError, match="MARC-8"):
        book["245"]["c"] = "😀"
        book.as_marc()
    book.leader[9] = "a"
    assert read(book.as_marc()).title == f"Dvořák {MIR}"
    assert read(book.as_marc())["245"]["c"] == "😀"


def test_copies_and_pickles_know_the_encoding():
    options = {"encoding": "iso-8859-1", "encoding_errors": "replace"}
    book = read(record(("245", b"10\x1fana\xefve")), **options)
    for again in (pickle.loads(pickle.dumps(book)), book.copy()):
        assert (again.title, again.encoding, again.raw) == ("naïve", "iso-8859-1", book.raw)
    assert pickle.loads(pickle.dumps(book["245"])).value() == "naïve"


def test_a_writer_writes_it_too():
    output = io.BytesIO()
    with Writer(output) as writer:
        for book in Reader(MARC8 * 3):
            book["245"].add_subfield("9", "ž")
            writer.write(book)
    assert [book["245"]["9"] for book in Reader(output.getvalue())] == ["ž"] * 3


@pytest.mark.parametrize("options", [{"encoding": "klingon"}, {"encoding_errors": "pray"}])
def test_names_that_are_none_are_refused(options):
    with pytest.raises(ValueError, match="must be"):
        Reader(MARC8, **options)
