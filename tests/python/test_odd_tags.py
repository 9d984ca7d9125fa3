"""Tags that are not three letters or digits, in records that are otherwise sound."""

from __future__ import annotations

import copy
import io
import logging
import pickle

import pytest
import tidemarc.pymarc as pymarc
from conftest import field, record
from tidemarc import Reader, Writer, check, convert

TAGS = [".33", "24 ", "   "]


def with_tag(tag):
    return record(field("001", "a1"), field(tag, "10$aHi"), field("500", "  $aNote"))


@pytest.mark.parametrize("tag", TAGS)
def test_a_record_keeps_its_fields_and_names_the_problem(tag):
    data = with_tag(tag)
    (found,) = Reader(data)
    assert [field.tag for field in found] == ["001", tag, "500"]
    assert found[tag]["a"] == "Hi"
    (fault,) = found.faults
    assert (fault.code, fault.kind, fault.severity) == ("TM206", "tag", "information")
    assert fault.tag == tag
    assert fault.reason == f'the tag "{tag}" is not three letters or digits'
    summary = check(data)
    assert summary.sound
    assert [(found.times, found.first.code) for found in summary.faults] == [(1, "TM206")]


@pytest.mark.parametrize("tag", TAGS)
def test_it_can_be_copied_changed_and_written(tag):
    (found,) = Reader(with_tag(tag))
    found[tag]["a"] = "Changed"
    for again in (found, copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        target = io.BytesIO()
        with Writer(target) as writer:
            assert writer.write(again) == ()
        (written,) = Reader(target.getvalue())
        assert written[tag]["a"] == "Changed"
    for field_ in (copy.deepcopy(found[tag]), pickle.loads(pickle.dumps(found[tag]))):
        assert (field_.tag, field_["a"]) == (tag, "Changed")
    with pytest.raises(ValueError, match="three ASCII letters or digits"):
        found["500"].tag = tag


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("format", ["marcxml", "json", "jsonl", "marcmaker", "line"])
def test_every_format_holds_it(tag, format):
    target, back = io.BytesIO(), io.BytesIO()
    assert convert(with_tag(tag), target, to_format=format).losses == 0
    assert convert(target.getvalue(), back, to_format="iso2709").losses == 0
    assert back.getvalue() == with_tag(tag)


@pytest.mark.parametrize("tag", TAGS)
def test_the_drop_in_delivers_the_same_with_recovery(tag):
    (plain,) = pymarc.MARCReader(with_tag(tag))
    (recovered,) = pymarc.MARCReader(with_tag(tag), recover=True)
    assert str(plain) == str(recovered)
    assert plain.as_marc() == recovered.as_marc() == with_tag(tag)


def test_recovery_delivers_what_pymarc_delivers(caplog):
    # The directory is not sound, and neither are most of its fields: nothing can be repaired.
    data = record(field("001", "a1"), field("245", "10$aHi"))
    data = data.replace(b"001000300000245000700003", b"001000400001245000500002")
    sound = record()
    (plain,) = pymarc.MARCReader(data)
    with caplog.at_level(logging.WARNING, "tidemarc"):
        recovered, last = pymarc.MARCReader(data + sound, recover=True)
    assert str(recovered) == str(plain)
    assert last.title == "Hi"
    (logged,) = [entry for entry in caplog.records if entry.name == "tidemarc"]
    assert logged.message.endswith("; delivered as without recovery")
    # Without a repair tidemarc's own reader has no record here.
    (fault,) = Reader(data, errors="yield", repair=True)
    assert fault.severity == "lost_record"


def test_recovery_delivers_what_pymarc_delivers_where_a_repaired_field_is_undecodable(caplog):
    # The repair finds the title, which is not UTF-8. pymarc finds an empty one behind the record.
    data = record(field("001", "a1"), field("245", "10$aHi"), field("500", "  $aNote"))
    data = data.replace(b"Hi", b"\xffi").replace(b"245000700003", b"245000704004")
    (plain,) = pymarc.MARCReader(data)
    assert plain is not None
    with caplog.at_level(logging.WARNING, "tidemarc"):
        (recovered,) = pymarc.MARCReader(data, recover=True)
    assert str(recovered) == str(plain)
    (logged,) = [entry for entry in caplog.records if entry.name == "tidemarc"]
    assert "UnicodeDecodeError" in logged.message
