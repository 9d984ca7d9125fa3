"""Text formats in other encodings, and bytes that are not text."""

from __future__ import annotations

import io

import pytest
from shared.formats import TEXT, texts
from tidemarc import Reader, convert, dumps, errors


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


@pytest.mark.parametrize("format", TEXT)
@pytest.mark.parametrize("leader", [b"00000nam a2200000   4500", b"00000nam  2200000   4500"])
def test_a_byte_that_is_no_text_is_where_the_reader_says_it_is(marc, format, leader):
    # In UTF-8 an incomplete character, in MARC-8 a mark with nothing to stand on.
    data = marc.record(("040", b"  \x1fax\xe9"), leader=leader)
    with pytest.raises(errors.EncodingError) as read:
        next(Reader(data))["040"]["a"]
    assert read.value.reason.startswith("byte E9 at offset 1: ")
    with pytest.raises(errors.WriteError) as refused:
        convert(data, io.BytesIO(), to_format=format)
    assert refused.value.reason == read.value.reason
    assert str(refused.value).startswith(f"record 1, byte 0: field 040: {read.value.reason}; ")
