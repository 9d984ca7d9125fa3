"""Text that is replaced while a record is written, and the notes that report it."""

from __future__ import annotations

import io

import pytest
from conftest import BAD_TEXT
from tidemarc import Reader, Writer, check, convert, errors

MARC_8 = b"00000nam  2200000   4500"
POLICIES = {"replace": "\ufffd", "ignore": "", "backslashreplace": "\\xe9"}
TEXT = ["marcxml", "json", "jsonl", "marcmaker", "line"]


def written(record, format="iso2709", **options):
    target = io.BytesIO()
    with Writer(target, format, **options) as writer:
        notes = writer.write(record)
    return target.getvalue(), [(note.kind, note.tag, note.field, note.is_loss) for note in notes]


NOTED = [("undecodable", "245", 2, True)]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("format", ["iso2709", *TEXT])
def test_text_that_the_reader_replaced_is_noted_when_it_is_written(policy, format):
    (record,) = Reader(BAD_TEXT, encoding_errors=policy)
    record["245"].add_subfield("b", "more")
    data, notes = written(record, format)
    assert notes == NOTED
    (found,) = Reader(data)
    assert found["245"]["a"] == "Caf" + POLICIES[policy]


def test_text_that_was_read_but_not_changed_is_written_as_it_was():
    (record,) = Reader(BAD_TEXT, encoding_errors="replace")
    assert record["245"].subfields[0].value == "Caf\ufffd"
    record["500"]["a"] = "Another note"
    data, notes = written(record)
    assert notes == [] and b"Caf\xe9" in data
    assert written(next(Reader(BAD_TEXT, encoding_errors="replace"))) == (BAD_TEXT, [])


def test_text_that_a_program_repaired_is_not_noted():
    for format in ["iso2709", *TEXT]:
        (record,) = Reader(BAD_TEXT, encoding_errors="replace")
        record["245"]["a"] = "Café"
        assert written(record, format)[1] == [], format


def test_control_fields_are_noted_too(marc):
    data = marc.record(("001", b"a1"), ("005", b"\xe9x"), marc.field("245", "10$aHi"))
    (record,) = Reader(data, encoding_errors="replace")
    record["005"].data += "y"
    assert written(record)[1] == [("undecodable", "005", 2, True)]
    assert written(record, "json")[1] == [("undecodable", "005", 2, True)]


@pytest.mark.parametrize(
    ("policy", "text"),
    [("replace", b"M ?"), ("ignore", b"M "), ("backslashreplace", b"M &#x2713;")],
)
def test_a_character_that_the_encoding_lacks_is_replaced_as_the_writer_says(marc, policy, text):
    data = marc.record(marc.field("001", "a1"), marc.field("245", "10$aM"), leader=MARC_8)
    for way in [lambda record: record["245"], lambda record: record.fields[1]]:
        (record,) = Reader(data)
        way(record)["a"] = "M ✓"
        with pytest.raises(errors.WriteError, match="set leader"):
            written(record)
        bytes_, notes = written(record, encoding_errors=policy)
        assert b"\x1fa" + text + b"\x1e" in bytes_
        assert notes == [("unencodable", "245", 2, True)]


@pytest.mark.parametrize("policy", POLICIES)
def test_undecodable_text_of_a_relabelled_record_is_replaced_as_the_writer_says(marc, policy):
    data = marc.record(("001", b"a1"), ("245", b"10\x1faCaf\xe9"), leader=MARC_8)
    (record,) = Reader(data)
    record.leader[9] = "a"
    with pytest.raises(errors.EncodingError):
        written(record)
    bytes_, notes = written(record, encoding_errors=policy)
    assert notes == NOTED
    assert next(Reader(bytes_))["245"]["a"] == "Caf" + POLICIES[policy]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("format", TEXT)
def test_replacements_are_losses_of_a_conversion(policy, format):
    done = convert(BAD_TEXT, io.BytesIO(), to_format=format, encoding_errors=policy)
    assert (done.records, done.losses, done.notes) == (1, 1, {"undecodable": 1})


def test_check_reports_undecodable_text_whatever_the_policy():
    for policy in ["strict", *POLICIES]:
        summary = check(BAD_TEXT, encoding_errors=policy)
        assert [found.first.code for found in summary.faults] == ["TM501"]
        assert not summary.sound
