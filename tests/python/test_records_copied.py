"""Copies, pickles and subclasses of records, fields and leaders."""

from __future__ import annotations

import copy
import pickle

import pytest
import tidemarc
from shared.records import COPIES, one
from tidemarc import Field, Reader, Record, Subfield


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_is_the_same_and_its_own(way, books):
    for record in Reader(books):
        edited = record.number % 2
        if edited:
            record["245"]["a"] = "Edited"
            record.leader[5] = "d"
            record.add_field(Field("999", "  ", [Subfield("a", "x")]))
        again = COPIES[way](record)
        assert type(again) is Record
        assert str(again) == str(record)
        assert again.as_marc() == record.as_marc()
        assert (again.raw, again.number, again.offset, again.source) == (
            record.raw,
            record.number,
            record.offset,
            record.source,
        )
        again["245"]["a"] = "Only here"
        again.leader[6] = "z"
        again.fields.pop()
        assert record["245"]["a"] == ("Edited" if edited else one(record.raw)["245"]["a"])
        assert record.leader[6] != "z"


@pytest.mark.parametrize("way", COPIES)
def test_a_made_record_is_copied(way):
    record = Record(leader="00000cas a2200000 a 4500")
    record.add_field(Field("001", data="é"), Field("245", "10", [Subfield("a", "T")]))
    again = COPIES[way](record)
    assert str(again) == str(record)
    assert again.raw is again.number is again.offset is None
    again["245"]["a"] = "U"
    assert record.title == "T"
    assert str(COPIES[way](Record())) == str(Record())


@pytest.mark.parametrize("way", COPIES)
def test_text_that_does_not_decode_is_copied_as_it_is(way, marc):
    record = one(marc.BAD_TEXT)
    assert COPIES[way](record).as_marc() == marc.BAD_TEXT
    assert record["001"].data == "a1"
    record.get_fields("500")
    again = COPIES[way](record)
    assert again.as_marc() == marc.BAD_TEXT
    assert again["500"]["a"] == "Note"
    with pytest.raises(tidemarc.errors.EncodingError) as caught:
        again["245"].value()
    assert caught.value.offset == marc.BAD_TEXT.index(b"\xe9")


def test_a_shallow_copy_shares_its_fields(book):
    again = copy.copy(book)
    assert again.as_marc() == book.raw
    assert again.fields is book.fields
    assert again["245"] is book["245"]


def test_fields_are_copied_and_pickled(book):
    for field in book:
        for way in (copy.copy, copy.deepcopy, COPIES["pickle"]):
            again = way(field)
            assert type(again) is Field
            assert again is not field
            assert str(again) == str(field)
            assert again.indicators == field.indicators
    field = book["245"]
    again = copy.deepcopy(field)
    again["a"] = "x"
    assert field["a"] != "x"


def test_copies_keep_what_belongs_together_together(book):
    record, field = copy.deepcopy((book, book["245"]))
    field["a"] = "Together"
    assert record["245"] is field
    assert record.title.startswith("Together")


def test_leaders_are_copied_and_pickled(book):
    for way in (copy.copy, copy.deepcopy, COPIES["pickle"]):
        again = way(book.leader)
        assert str(again) == str(book.leader)
        again[5] = "x"
        assert book.leader[5] != "x"


class MyRecord(Record):
    """A record with attributes and a method."""

    def shout(self):
        return self.title.upper()


class MyField(Field):
    """A field with an attribute."""

    note = None


def test_subclasses_have_attributes_and_are_copied_with_them():
    record = MyRecord(fields=[MyField("245", "10", [Subfield("a", "T")])])
    record.mine = [1, 2]
    record["245"].note = "mine"
    assert record.shout() == "T"
    for way in COPIES.values():
        again = way(record)
        assert type(again) is MyRecord
        assert again.mine == [1, 2]
        assert again.shout() == "T"
        assert type(again["245"]) is MyField
        assert again["245"].note == "mine"


def test_subclasses_may_have_properties_and_arguments_of_their_own():
    class Mine(Record):
        def __init__(self, title):
            super().__init__(fields=[Field("245", "10", [Subfield("a", title)])])

        @property
        def title(self):
            return "<" + super().title + ">"

    assert Mine("T").title == "<T>"
    assert Record.title.__get__(Mine("T")) == "T"


def test_a_subclass_of_a_field_may_say_its_own():
    class Loud(Field):
        def __str__(self):
            return "LOUD"

    record = Record(fields=[Loud("245", "10", [Subfield("a", "T")])])
    assert str(record).endswith("LOUD\n")
    assert one(record.as_marc()).title == "T"


def test_what_makes_copies_is_no_argument_of_a_constructor(book):
    with pytest.raises(TypeError):
        Record(_origin=(book.raw, 1, 0, None, 0))
    with pytest.raises(TypeError):
        Field("245", _raw=("245", b"10", 0, 1, 0))


class Asks(Record):
    def __new__(cls, must):
        record = super().__new__(cls)
        record.must = must
        return record

    def __init__(self, must):
        super().__init__()


class AsksToo(Field):
    def __new__(cls, must):
        return super().__new__(cls, "500")

    def __init__(self, must):
        super().__init__("500", [" ", " "], [Subfield("a", must)])


def test_a_subclass_that_asks_for_arguments_is_copied():
    record = Asks("x")
    record.add_field(AsksToo("y"))
    for other in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert (type(other), other.must, type(other["500"])) == (Asks, "x", AsksToo)
        assert other.as_marc() == record.as_marc()
