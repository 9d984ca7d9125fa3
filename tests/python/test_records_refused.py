"""Values that records, fields and leaders refuse: missing tags and codes, wrong types."""

from __future__ import annotations

import copy

import pytest
import tidemarc
from shared.records import one
from tidemarc import Field, Leader, Record, Subfield
from tidemarc.pymarc import BadLeaderValue, FieldNotFound, RecordLeaderInvalid


def test_a_tag_that_is_not_there_is_a_key_error(book):
    with pytest.raises(KeyError) as caught:
        book["999"]
    (message,) = caught.value.args
    assert message.endswith(": no field 999")
    assert book.get("999") is None
    assert book.get("999", 5) == 5
    assert "999" not in book
    assert book.get_fields("999") == []


def test_a_code_that_is_not_there_is_a_key_error(book):
    field = book["245"]
    with pytest.raises(KeyError) as caught:
        field["9"]
    (message,) = caught.value.args
    assert message.endswith(": field 245 has no subfield $9")
    assert field.get("9") is None
    assert field.get("9", 5) == 5
    assert "9" not in field
    assert field.get_subfields("9") == []
    assert field.delete_subfield("9") is None


def test_setting_a_subfield_wants_exactly_one_of_its_code():
    field = Field("500", [" ", " "], [Subfield("a", "1"), Subfield("b", "2"), Subfield("b", "3")])
    field["a"] = "x"
    assert field["a"] == "x"
    with pytest.raises(KeyError, match="no code 'z'"):
        field["z"] = "x"
    with pytest.raises(KeyError, match="more than one code 'b'"):
        field["b"] = "x"
    with pytest.raises(KeyError, match="field is a control field"):
        Field("001", data="x")["a"] = "x"
    assert [subfield.value for subfield in field] == ["x", "2", "3"]


@pytest.mark.parametrize("tag", [5, None, b"245", ["245"]])
def test_what_is_no_text_is_no_tag_of_a_field(book, tag):
    with pytest.raises(KeyError):
        book[tag]
    assert tag not in book
    assert book.get(tag) is None
    assert book.get_fields(tag) == []


@pytest.mark.parametrize(
    ("indicators", "error"),
    [
        ("1", TypeError),
        ("123", TypeError),
        (["1"], ValueError),
        (("1", "2", "3"), ValueError),
        (5, TypeError),
    ],
)
def test_indicators_are_two(indicators, error):
    with pytest.raises(error):
        Field("245", indicators)
    field = Field("245", "10")
    with pytest.raises(error):
        field.indicators = indicators
    assert field.indicators == ("1", "0")
    field.indicators = None
    assert field.indicators == ("1", "0"), "as pymarc has it"


def test_subfields_in_the_old_style_are_refused():
    with pytest.raises(ValueError, match="no longer accepts strings"):
        Field("245", "10", ["a", "Title"])


def test_a_control_field_has_no_indicators(book):
    field = book["001"]
    assert field.indicators is None
    assert (field.indicator1, field.indicator2) == ("", "")
    with pytest.raises(AttributeError):
        field.indicator1 = "1"
    assert field.subfields == []
    assert field.get("a") is None
    assert "a" not in field
    assert field.get_subfields("a") == []


def test_a_field_that_is_not_in_the_record_is_not_removed(book):
    count = len(book.fields)
    with pytest.raises(FieldNotFound, match="does not contain the specified field"):
        book.remove_field(Field("245", "10"))
    # One that says the same is another one all the same.
    with pytest.raises(FieldNotFound):
        book.remove_field(copy.copy(book["245"]))
    assert len(book.fields) == count


def test_a_leader_is_24_characters():
    for text in ("", "x" * 23, "x" * 25, "é" * 12):
        with pytest.raises(RecordLeaderInvalid):
            Leader(text)
    for thing in (None, 5, b"x" * 24):
        with pytest.raises(TypeError):
            Leader(thing)


def test_a_leader_that_is_not_ascii_is_kept_and_not_written(tmp_path):
    record = Record()
    record.leader = Leader("é" * 24)
    record.leader.coding_scheme = "x"
    assert str(record.leader) == "é" * 9 + "x" + "é" * 14
    with pytest.raises(tidemarc.errors.WriteError), tidemarc.Writer(tmp_path / "x") as writer:
        writer.write(record)


def test_a_leader_cannot_grow(book):
    leader = book.leader
    before = str(leader)
    with pytest.raises(BadLeaderValue, match="xx is too long to be inserted at 23"):
        leader[23] = "xx"
    with pytest.raises(IndexError):
        leader[-1] = "x"
    with pytest.raises(IndexError):
        leader[24]
    with pytest.raises(TypeError):
        leader[:5] = "x"
    with pytest.raises(TypeError):
        leader["coding_scheme"] = 5
    with pytest.raises(BadLeaderValue, match="Character coding scheme is 1 char field, got aa"):
        leader.coding_scheme = "aa"
    with pytest.raises(AttributeError):
        leader.colour = "x"
    with pytest.raises(AttributeError):
        _ = leader.colour
    assert str(leader) == before


def test_what_a_record_knows_of_its_place_cannot_be_set(book):
    for name in ("raw", "number", "offset", "source", "title"):
        with pytest.raises(AttributeError):
            setattr(book, name, None)


def test_what_stands_in_the_place_of_a_list_is_used_as_one(book):
    book["245"].subfields = (Subfield("a", "T"), Subfield("b", "U"))
    assert book.title == "T U"
    assert book["245"].value() == "T U"
    book.fields = (book["245"], book["001"])
    assert [field.tag for field in book] == ["245", "001"]
    assert one(book.as_marc()).title == "T U"


def test_records_have_no_attributes_of_their_own(book):
    for thing in (book, book["245"], book.leader):
        with pytest.raises(AttributeError):
            thing.mine = "x"


@pytest.mark.parametrize("key", ["\ud800", "", "a\0b", 5, None])
def test_what_is_no_tag_and_no_code_is_not_there(key, book):
    for it in (book, book["245"], Record(), book.copy()):
        assert key not in it
        assert it.get(key) is None
        with pytest.raises(KeyError):
            it[key]
    assert book.get_fields(key) == book["245"].get_subfields(key) == []
