"""Text that does not decode: an error when its field is read, with a position."""

from __future__ import annotations

import pytest
from tidemarc import Reader, errors


def test_text_that_does_not_decode_raises_with_its_position_when_that_field_is_read(marc):
    reader = Reader(marc.record() + marc.BAD_TEXT)
    next(reader)
    record = next(reader)
    assert record["500"]["a"] == "Note"
    assert record["001"].data == "a1"
    field = record["245"]
    accesses = [
        lambda: field["a"],
        lambda: field.get("a"),
        lambda: field.get_subfields("a"),
        lambda: field.subfields,
        lambda: field.value(),
        lambda: "a" in field,
        lambda: list(field),
        lambda: record.title,
        lambda: field.subfields_as_dict(),
        lambda: field.delete_subfield("a"),
        lambda: field.add_subfield("b", "x"),
        lambda: field.__setitem__("a", "x"),
    ]
    for access in accesses:
        with pytest.raises(errors.EncodingError) as caught:
            access()
        error = caught.value
        assert (error.record_number, error.tag, error.kind) == (2, "245", "encoding")
        assert reader.stats.bytes_read == len(marc.record() + marc.BAD_TEXT)
        data = marc.record() + marc.BAD_TEXT
        assert error.offset == data.index(b"\xe9")
        assert error.raw == b"10\x1faCaf\xe9"
        assert error.reason == "byte E9 at offset 3: an incomplete character in UTF-8"
    assert record.as_marc() == record.raw == marc.BAD_TEXT


def test_a_record_and_a_field_as_lines_mark_each_undecodable_byte(marc):
    data = marc.record(
        ("001", b"a\xe91"), ("245", b"10\x1faCaf\xe9$\x1fbx"), marc.field("500", "  $aNote")
    )
    record = next(Reader(data))
    lines = ["=001  a\\xe91", "=245  10$aCaf\\xe9$$bx", "=500  \\\\$aNote"]
    for _ in range(2):
        assert str(record).splitlines()[1:] == lines
        assert [str(field) for field in record] == lines
        assert repr(record["245"]) == f"<tidemarc.Field {lines[1]}>"
    record["245"].indicators = "00"
    assert str(record["245"]) == lines[1].replace("10", "00")
    assert record.as_marc() == data.replace(b"10\x1f", b"00\x1f")


def test_text_that_does_not_decode_is_no_fault_of_structure(damaged):
    record = next(item for item in Reader(damaged, errors="yield") if item.number == 51)
    with pytest.raises(errors.EncodingError):
        record["245"].value()
    with pytest.raises(ValueError):
        record["245"].value()


def test_text_that_is_not_utf8_is_read_where_it_is_ascii(fixtures, marc):
    for record in Reader(fixtures / "ascii.mrc"):
        assert record.leader[9] == " "
        assert record.title
        assert str(record)
    latin = marc.record(
        marc.field("245", "10$aPlain"),
        ("500", b"  \x1faCaf\xe9"),
        leader=b"00000nam  2200000   4500",
    )
    record = next(Reader(latin))
    assert record.title == "Plain"
    with pytest.raises(errors.EncodingError) as caught:
        record["500"].value()
    assert caught.value.reason == "byte E9 at offset 3: a combining mark with no character after it"
    assert caught.value.offset == latin.index(b"\xe9")
    escape = marc.record(("245", b"10\x1fa\x1b(!abc"), leader=b"00000nam  2200000   4500")
    with pytest.raises(errors.EncodingError):
        _ = next(Reader(escape)).title


def test_a_control_field_that_does_not_decode_raises_when_it_is_read(marc):
    record = next(Reader(marc.record(("001", b"a\xff"), marc.field("245", "10$aHi"))))
    assert repr(record) == "<tidemarc.Record 1 (001 a\\xff)>"
    for _ in range(2):
        with pytest.raises(errors.EncodingError):
            _ = record["001"].data
    assert record.title == "Hi"
