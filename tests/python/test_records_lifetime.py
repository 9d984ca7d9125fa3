"""The lifetime of records: what a record and a field keep alive, and cycles that are collected."""

from __future__ import annotations

import gc
import weakref

import pytest
from shared.records import one
from tidemarc import Field, Indicators, Reader, Record, Subfield


def test_a_record_lets_go_of_its_fields(books):
    class Watched(Field):
        pass

    record = next(Reader(books))
    field = Watched("999", "  ")
    gone = weakref.ref(field)
    record.add_field(field)
    del field
    assert gone() is not None
    del record
    assert gone() is None


def test_a_field_outlives_its_record(books):
    field = next(Reader(books))["245"]
    gc.collect()
    assert field["a"]
    assert str(field)


def test_nothing_is_left_of_what_was_read(books, process):
    def read():
        for record in Reader(books):
            record.title, record.leader, str(record), record.fields
            record["245"]["a"] = "x"
            record.as_marc(), record.copy()

    for _ in range(5):
        read()
    gc.collect()
    before, objects = process.resident(), len(gc.get_objects())
    for _ in range(60):
        read()
    gc.collect()
    assert process.resident() - before < 4 << 20
    assert len(gc.get_objects()) - objects < 100


def a_field_that_knows_its_record(record):
    class Child(Field):
        parent = None

    child = Child("500", [" ", " "], [Subfield("a", "x")])
    child.parent = record
    record.add_field(child)


def a_list_that_knows_its_record(record):
    class Fields(list):
        parent = None

    fields = Fields(record.fields)
    fields.parent = record
    record.fields = fields


def a_field_that_was_looked_up(record):
    field = record["245"]
    field.subfields.append(Subfield("x", record))


def a_leader_that_is_none(record):
    record.leader = [record]


def a_leader_of_something_else(record):
    record.leader.leader = [record]


class Text(str):
    """Text with attributes."""

    def __new__(cls, text, record):
        made = super().__new__(cls, text)
        made.record = record
        return made


def data_that_know_their_record(record):
    record["001"].data = Text("x", record)


def indicators_that_know_their_record(record):
    record["245"].indicators = Indicators("1", Text("0", record))


def a_tag_that_knows_its_record(record):
    record["245"].tag = Text("246", record)


@pytest.mark.parametrize(
    "tie",
    [
        a_field_that_knows_its_record,
        a_list_that_knows_its_record,
        a_field_that_was_looked_up,
        a_leader_that_is_none,
        a_leader_of_something_else,
        data_that_know_their_record,
        indicators_that_know_their_record,
        a_tag_that_knows_its_record,
    ],
)
def test_cycles_are_collected(tie, marc):
    class Mine(Record):
        pass

    record = Mine(marc.record())
    other = one(marc.record())
    gone = weakref.ref(record)
    other.fields.append(record)
    record.other = other
    tie(other)
    tie(record)
    del record, other
    gc.collect()
    assert gone() is None
