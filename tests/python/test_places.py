"""Exceptions about records and fields that were read say which record they are about."""

from __future__ import annotations

import io

import pytest
import tidemarc
from tidemarc import Reader, Writer, convert, errors
from tidemarc.pymarc import MARCReader

LONG = ("500", b"  \x1fa" + b"x" * 10_000)


@pytest.fixture
def path(marc, tmp_path):
    path = tmp_path / "two.mrc"
    path.write_bytes(b"".join(marc.numbered(2)))
    return path


def second(path):
    reader = Reader(path)
    next(reader)
    return next(reader)


def message(call):
    with pytest.raises(KeyError) as caught:
        call()
    (text,) = caught.value.args
    return text


def test_a_key_error_says_which_record_and_what_is_missing(path):
    record = second(path)
    place = f"{path}: record 2, byte {record.offset} (001 1)"
    title, number = record["245"], record["001"]
    assert message(lambda: record["999"]) == f"{place}: no field 999"
    assert message(lambda: title["z"]) == f"{place}: field 245 has no subfield $z"
    assert message(lambda: number["a"]) == (
        f"{place}: field 001 is a control field, without subfields"
    )
    assert message(lambda: title.__setitem__("z", "x")) == (
        f"{place}: field 245 has no subfield $z"
    )
    assert message(lambda: number.__setitem__("a", "x")) == f"{place}: field 001 is a control field"
    title.add_subfield("a", "again")
    assert message(lambda: title.__setitem__("a", "x")) == (
        f"{place}: field 245 has more than one subfield $a"
    )
    assert record.get("999") is None and title.get("z") is None


def test_asking_for_what_is_missing_changes_nothing(path):
    record = second(path)
    before = record.as_marc()
    for _ in range(2):
        message(lambda: record["999"])
        message(lambda: record["245"]["z"])
    assert record.as_marc() == before


def test_a_changed_control_number_is_the_one_that_is_shown(path):
    record = second(path)
    record["001"].data = "new"
    assert message(lambda: record["999"]).endswith(" (001 new): no field 999")


def test_pymarc_and_records_of_programs_have_no_message(marc):
    (record,) = MARCReader(marc.record())
    made = tidemarc.Record()
    for call in [lambda: record["999"], lambda: record["245"]["z"], lambda: made["999"]]:
        with pytest.raises(KeyError) as caught:
            call()
        assert caught.value.args == ()
    with pytest.raises(KeyError, match="no code 'z'"):
        record["245"]["z"] = "x"


def test_a_record_that_cannot_be_written_says_which_and_which_option_helps(marc, tmp_path):
    path = tmp_path / "odd.mrc"
    path.write_bytes(marc.record() + marc.BAD_TEXT + marc.record(marc.field("001", "\x01b")))
    _, bad, control = Reader(path)
    place = f"{path}: record 2, byte {bad.offset} (001 a1): field 245: "
    with pytest.raises(errors.WriteError) as caught:
        Writer(io.BytesIO(), "json").write(bad)
    assert str(caught.value) == (
        f'{place}{caught.value.reason}; encoding_errors="replace" writes the rest'
    )
    assert (caught.value.tag, caught.value.control_number) == ("245", "a1")
    with pytest.raises(errors.WriteError, match=r'; controls="skip" or "replace" writes the rest$'):
        Writer(io.BytesIO(), "marcxml").write(control)
    bad["500"].subfields = [tidemarc.Subfield("a", "x" * 10_000)]
    with pytest.raises(errors.WriteError) as caught:
        Writer(io.BytesIO()).write(bad)
    assert str(caught.value) == (
        f"{path}: record 2, byte {bad.offset} (001 a1): field 500: with 10,005 bytes it is longer "
        'than the 9,999 that a directory entry can state; overlong="split" or "xml" writes it'
    )


def test_a_conversion_says_which_record_it_refused(marc, tmp_path):
    path = tmp_path / "odd.mrc"
    path.write_bytes(marc.record() + marc.BAD_TEXT)
    with pytest.raises(errors.WriteError) as caught:
        convert(path, io.BytesIO(), to_format="json")
    error = caught.value
    assert error.tag == "245" and error.reason.startswith("byte E9 at offset 3")
    assert str(error) == (
        f"{path}: record 2, byte 60 (001 a1): field 245: {error.reason}; "
        'encoding_errors="replace" writes the rest'
    )


def test_native_fields_refuse_bad_values_when_they_are_set(path):
    field = second(path)["245"]
    for bad, error in [(["10", "2"], ValueError), (None, TypeError)]:
        with pytest.raises(error, match="field 245"):
            field.indicators = bad
    with pytest.raises(ValueError, match="field 245"):
        field.indicator1 = "10"
    with pytest.raises(TypeError, match=r"Subfield\(code, value\)"):
        field.subfields = [("a", "x")]
    with pytest.raises(TypeError, match="field 245"):
        field["a"] = None
