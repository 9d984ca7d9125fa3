"""Many threads, one record: reads, edits and drops."""

from __future__ import annotations

import gc

import tidemarc
from shared.threads import together
from tidemarc import Reader


def test_a_record_may_be_read_by_many_threads(books, restless):
    records = [next(iter(Reader(books))) for _ in range(30)]
    expected = str(next(Reader(books)))

    def read():
        for record in records:
            assert str(record) == expected
            assert record["245"].value()
            assert record.get_fields("650", "245")
            assert record.as_marc() == record.raw
            assert record.title
            assert [field.value() for field in record.fields]
            assert record.copy().raw == record.raw
            for field in record.fields:
                assert field.control_field or field.indicators
                assert field.control_field or field.get_subfields("a") is not None

    together(*[read] * 6)


def test_records_may_be_edited_by_many_threads(restless):
    record = tidemarc.Record()
    fields = [tidemarc.Field("500", [" ", " "], []) for _ in range(4)]
    record.add_field(*fields)

    def edit(at):
        for count in range(200):
            fields[at].add_subfield("a", str(count))
            record.add_field(tidemarc.Field("9%02d" % at, [" ", " "], []))
            assert record.as_marc()

    together(*[lambda at=at: edit(at) for at in range(4)])
    assert len(record.fields) == 4 + 4 * 200
    for field in fields:
        assert field.get_subfields("a") == [str(count) for count in range(200)]


def test_a_finalizer_that_runs_in_the_middle_is_handed_the_same_objects(books):
    class Cycle:
        def __init__(self, look):
            self.me, self.look = self, look

        def __del__(self):
            self.look()

    threshold = gc.get_threshold()
    for touch in (
        lambda record: record.fields,
        lambda record: record.get_fields("245"),
        lambda record: str(record),
        lambda record: record["245"].subfields,
        lambda record: record.leader,
        lambda record: record.copy(),
    ):
        record = next(Reader(books))
        seen = []
        Cycle(lambda record=record, seen=seen: seen.append(record["245"]))
        gc.set_threshold(1)
        try:
            touch(record)
        finally:
            gc.set_threshold(*threshold)
        gc.collect()
        assert seen == [record["245"]]
        assert seen[0] in record.fields


def test_an_edit_is_not_undone_by_who_only_looks(restless, books):
    # Over the lists: a record has but one place at which an iteration of it stands.
    records = list(Reader(books))

    def look():
        for record in records:
            for field in record.fields:
                field.indicators, field.subfields, field.data  # noqa: B018

    def edit():
        for record in records:
            for field in record.fields:
                if not field.control_field:
                    field.indicators = "78"
                    field.subfields.append(tidemarc.Subfield("9", "x"))

    together(look, edit, look)
    for record in records:
        for field in record.fields:
            if not field.control_field:
                assert field.indicators == ("7", "8")
                assert field["9"] == "x"


def test_records_are_dropped_by_whichever_thread(large):
    reader = Reader(large, threads=4, chunk_size=5000)
    kept = list(reader)

    def drop(at):
        def let_go():
            for place in range(at, len(kept), 4):
                kept[place] = None

        return let_go

    together(*[drop(at) for at in range(4)])
    assert kept == [None] * 3000


def test_a_panicking_exception_never_reaches_python(restless, books):
    # Python code that runs in the middle of a method and comes back to the same object is served.
    record = next(Reader(books))
    field = record["245"]
    looking = False

    class Nosy:
        def __len__(self):
            look()
            return 2

        def __getitem__(self, at):
            look()
            return "10"[at]

    def look():
        nonlocal looking
        if looking:
            return
        looking = True
        for function in (
            lambda: record["245"],
            lambda: str(record),
            lambda: record.as_marc(),
            lambda: record.get_fields("245"),
            lambda: record.title,
            lambda: field.value(),
            lambda: record.copy(),
            lambda: "245" in record,
            lambda: record.remove_fields("999"),
        ):
            function()
        looking = False

    field.indicators = Nosy()
    assert field.indicators == ("1", "0")

    class Said(str):
        def replace(self, *_):
            look()
            return str(self)

        def __eq__(self, other):
            look()
            return False

        __hash__ = str.__hash__

        def __bool__(self):
            look()
            return True

    record["001"].data = Said("said")
    assert "=001  said" in str(record)
    assert b"said" in record.as_marc()
    assert record.copy() is not None

    class Odd:
        @property
        def code(self):
            look()
            return "a"

        @property
        def value(self):
            look()
            return "odd"

    field.subfields = [Odd()]
    assert field["a"] == "odd"
    assert record.title == "odd"
    assert field.value() == "odd"
    assert field.get_subfields("a") == ["odd"]
    assert b"odd" in record.as_marc()
    field["a"] = "x"
    assert field.delete_subfield("a") == "x"
