"""Records that are written in another encoding than they were read in."""

from __future__ import annotations

import io

import pytest
from tidemarc import Reader, Writer, convert, errors

BLANK = b"00000nam  2200000   4500"
LATIN = ("245", "10\x1faCafé\x1fcÀ côté".encode("latin-1"))
MARC_8 = ("245", b"10\x1faDvo\xe9r\xe2ak\x1fc\x1b(NmIR\x1b(B")


def written(records, **options):
    target = io.BytesIO()
    with Writer(target, **options) as writer:
        kinds = [note.kind for record in records for note in writer.write(record)]
    return target.getvalue(), kinds


def converted(data, **options):
    target = io.BytesIO()
    done = convert(data, target, to_format="iso2709", **options)
    return target.getvalue(), done.notes


def test_latin_1_that_claims_utf_8_becomes_utf_8(marc):
    for leader, noted in [(BLANK, ["coding_scheme"]), (b"00000nam a2200000   4500", [])]:
        data = marc.record(marc.field("001", "a1"), LATIN, leader=leader)
        result, kinds = written(Reader(data, encoding="latin-1"), encoding="utf-8")
        assert kinds == noted
        assert "Café\x1fcÀ côté".encode() in result
        (found,) = Reader(result)
        assert (found["245"]["a"], found.leader[9], found.encoding) == ("Café", "a", "utf-8")
        notes = {"coding_scheme": 1} if noted else {}
        assert converted(data, encoding="latin-1", to_encoding="utf-8") == (result, notes)


def test_marc_8_becomes_utf_8_in_one_call(marc):
    data = marc.record(marc.field("001", "a1"), MARC_8, leader=BLANK)
    plain = marc.record(leader=BLANK)
    result, notes = converted(data + plain, to_encoding="utf-8")
    assert notes == {"coding_scheme": 2}
    found = list(Reader(result))
    assert [record.leader[9] for record in found] == ["a", "a"]
    assert found[0]["245"].subfields == [("a", "Dvořák"), ("c", "Мир")]
    assert written(Reader(data + plain), encoding="utf-8")[0] == result
    # And back: MARC-8 has one way to write this text, but for the last escape sequence.
    back, _ = converted(result, to_encoding="marc-8")
    assert back == data + plain
    assert written(Reader(result), encoding="marc-8")[0] == back


def test_what_was_read_or_changed_makes_no_difference(marc):
    data = marc.record(marc.field("001", "a1"), MARC_8, ("500", b"  stray\x1fax"), leader=BLANK)
    (record,) = Reader(data)
    expected = written([record], encoding="utf-8")
    (record,) = Reader(data)
    record["245"].subfields, record["001"].data, record.leader
    assert written([record], encoding="utf-8") == expected
    record["245"]["c"] = "中"
    (found,) = Reader(written([record], encoding="utf-8")[0])
    assert found["245"].subfields == [("a", "Dvořák"), ("c", "中")]
    assert found["500"].raw == b"  stray\x1fax"


def test_a_record_in_the_encoding_is_written_byte_for_byte(marc):
    data = b"".join(
        marc.record(marc.field("001", str(number)), ("245", f"10\x1fa{text}".encode()))
        for number, text in enumerate(["Café", "plain", "x\x1f", "中"])
    )
    assert converted(data, to_encoding="utf-8") == (data, {})
    assert written(Reader(data), encoding="utf-8") == (data, [])
    plain = marc.record(leader=BLANK)
    assert converted(plain, to_encoding="marc-8") == (plain, {})


def test_undecodable_text_is_refused_or_replaced_with_a_note(marc):
    for options in [{}, {"overlong": "split"}]:
        with pytest.raises(errors.WriteError) as refused:
            written(Reader(marc.BAD_TEXT), encoding="utf-8", **options)
        assert (refused.value.tag, refused.value.control_number) == ("245", "a1")
    with pytest.raises(errors.WriteError, match=r"record 1, byte 0 .001 a1.: field 245: byte E9"):
        converted(marc.BAD_TEXT, to_encoding="utf-8")
    result, kinds = written(Reader(marc.BAD_TEXT), encoding="utf-8", encoding_errors="replace")
    assert "Caf\ufffd".encode() in result and kinds == ["undecodable"]
    assert converted(marc.BAD_TEXT, to_encoding="utf-8", encoding_errors="replace") == (
        result,
        {"undecodable": 1},
    )


def test_a_character_that_marc_8_lacks_is_refused_or_replaced_with_a_note(marc):
    data = marc.record(marc.field("001", "a1"), marc.field("245", "10$aM ✓$✓x"))
    with pytest.raises(errors.WriteError, match="field 245: "):
        converted(data, to_encoding="marc-8")
    result, notes = converted(data, to_encoding="marc-8", encoding_errors="replace")
    assert b"10\x1faM ?\x1f?x" in result
    assert notes == {"coding_scheme": 1, "unencodable": 1}


def test_text_formats_become_iso_2709_in_the_encoding(marc):
    data = marc.record(marc.field("001", "a1"), MARC_8, leader=BLANK)
    target = io.BytesIO()
    convert(data, target, to_format="marcxml")
    result, _ = converted(target.getvalue(), to_encoding="marc-8")
    assert MARC_8[1] in result
    with pytest.raises(ValueError, match="to_encoding must be 'utf-8' for marcxml"):
        convert(data, io.BytesIO(), to_format="marcxml", to_encoding="marc-8")
    with pytest.raises(ValueError, match="encoding must be 'utf-8', 'marc-8' or None"):
        Writer(io.BytesIO(), encoding="ascii")


def test_force_utf8_writes_utf_8_whatever_the_leader_says(marc):
    data = marc.record(marc.field("001", "a1"), MARC_8, leader=BLANK)
    for options in [{}, {"overlong": "split"}]:
        (record,) = Reader(data)
        record.force_utf8 = True
        result, kinds = written([record], **options)
        assert kinds == ["coding_scheme"]
        assert next(Reader(result))["245"]["a"] == "Dvořák"
        assert "Dvořák".encode() in result and next(Reader(result)).leader[9] == "a"
        assert record.as_marc() == result
        record.force_utf8 = False
        assert record.as_marc() == data


def test_a_record_that_is_too_long_in_the_encoding_is_diverted(marc):
    long = marc.record(("245", b"10\x1fa" + b"\xe2e" * 4_000), leader=BLANK)
    other = io.BytesIO()
    options = {"overlong": "xml", "overlong_to": other}
    result, notes = converted(long, to_encoding="utf-8", **options)
    # In UTF-8 the text is NFC, and fits.
    assert len(result) < 9_999 and notes == {"coding_scheme": 1}
    long = marc.record(("245", b"10\x1fa" + b"\xa5" * 6_000), leader=BLANK)
    result, notes = converted(long, to_encoding="utf-8", **options)
    assert result == b"" and notes == {"coding_scheme": 1, "record_diverted": 1}
    assert "Æ".encode() * 6_000 in other.getvalue()
