"""Records, fields and leaders that hold each other: in a ring, or in a long chain."""

from __future__ import annotations

import copy
import gc
import io
import operator
import pickle
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import tidemarc
from tidemarc.pymarc import (
    Field,
    Indicators,
    Leader,
    RawField,
    Record,
    Subfield,
    record_to_xml,
)

#: Length of a chain for which the stack has no room.
LONG = 50_000


def blank() -> Any:
    """Makes a leader."""
    return Leader(" " * 24)


def title(**parts: Any) -> Any:
    """Makes a field with other objects in the place of its parts."""
    field: Any = Field("245", Indicators("1", "0"), [Subfield("a", "x")])
    for name, value in parts.items():
        setattr(field, name, value)
    return field


def ring_of_leaders() -> Any:
    first, second = blank(), blank()
    first.leader, second.leader = second, first
    return first


def own_subfields(tag: str = "245") -> Any:
    field = title(tag=tag)
    field.subfields = field
    return field


def two_fields() -> Any:
    first, second = title(), title()
    first.subfields, second.subfields = second, first
    return first


def field_and_record() -> Any:
    field, record = title(), Record()
    field.subfields, record.fields = record, field
    return record


class Sized(Record):
    """A record that could be its own list of fields."""

    def __len__(self) -> int:
        return 3


def own_fields() -> Any:
    record = Sized()
    record.fields = record
    return record


def own_leader() -> Any:
    record: Any = Record()
    record.leader.leader = record.leader
    return record


class Coded(Field):
    """A field that could be its own subfield, without a line of Python in between."""

    code = property(operator.itemgetter("a"))


class Equal:
    """An object that is equal to every code."""

    code = property(lambda self: self)
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return True


class Found(Field):
    """A field that finds any code in itself."""

    def __iter__(self) -> Any:
        return iter([Equal()])


class Headed(Record):
    """A record that could be its own heading."""

    format_field = property(operator.attrgetter("author"))
    tag = "100"


def in_its_own_list(field: Any) -> Any:
    field.subfields = [field]
    return field


def in_its_own_place(field: Any) -> Any:
    field.subfields = field
    return field


def headed() -> Any:
    record: Any = Headed()
    record.fields = [record]
    return record


def set_x(it: Any) -> None:
    it["a"] = "x"


def set_first(it: Any) -> None:
    it[0] = "x"


def set_status(it: Any) -> None:
    it.record_status = "x"


def with_field(field: Any) -> Any:
    return Record(fields=[field])


RINGS: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "leader[0]": (ring_of_leaders, lambda it: it[0]),
    "leader[1:3]": (ring_of_leaders, lambda it: it[1:3]),
    "leader[0] = x": (ring_of_leaders, set_first),
    "leader.record_status": (ring_of_leaders, lambda it: it.record_status),
    "leader.record_length": (ring_of_leaders, lambda it: it.record_length),
    "leader.record_status = x": (ring_of_leaders, set_status),
    "str(leader)": (ring_of_leaders, str),
    "repr(leader)": (ring_of_leaders, repr),
    "leader, as_marc": (own_leader, lambda it: it.as_marc()),
    "leader, as_dict": (own_leader, lambda it: it.as_dict()),
    "leader, str": (own_leader, str),
    "leader, Record(leader=)": (ring_of_leaders, lambda it: Record(leader=it)),
    "leader, written": (own_leader, lambda it: written(it)),
    "field[a]": (own_subfields, lambda it: it["a"]),
    "field[a], two": (two_fields, lambda it: it["a"]),
    "field[a] = x": (own_subfields, set_x),
    "field[a], code": (lambda: in_its_own_list(Coded("245")), lambda it: it["a"]),
    "field[a] = x, found": (lambda: in_its_own_place(Found("245")), set_x),
    "a in field": (own_subfields, lambda it: "a" in it),
    "list(field)": (own_subfields, list),
    "field.get": (own_subfields, lambda it: it.get("a")),
    "field.get_subfields": (own_subfields, lambda it: it.get_subfields("a")),
    "field.value": (own_subfields, lambda it: it.value()),
    "field.format_field": (own_subfields, lambda it: it.format_field()),
    "field.delete_subfield": (own_subfields, lambda it: it.delete_subfield("a")),
    "field.subfields_as_dict": (own_subfields, lambda it: it.subfields_as_dict()),
    "field.linkage": (own_subfields, lambda it: it.linkage_occurrence_num()),
    "field.as_marc": (own_subfields, lambda it: it.as_marc("utf-8")),
    "str(field)": (own_subfields, str),
    "str(field), tag": (lambda: (f := title(), setattr(f, "tag", f))[0], str),
    "str(field), indicator": (lambda: (f := title(), setattr(f, "indicator1", f))[0], str),
    "str(field), value": (lambda: (f := title(), f.add_subfield("a", f))[0], str),
    "as_dict": (lambda: with_field(own_subfields()), lambda it: it.as_dict()),
    "as_json": (lambda: with_field(own_subfields()), lambda it: it.as_json()),
    "as_marc": (lambda: with_field(own_subfields()), lambda it: it.as_marc()),
    "title": (lambda: with_field(own_subfields()), lambda it: it.title),
    "xml": (lambda: with_field(own_subfields()), record_to_xml),
    "linked": (
        lambda: with_field(own_subfields("880")),
        lambda it: it.get_linked_fields(it.fields[0]),
    ),
    "written": (lambda: with_field(own_subfields()), lambda it: written(it)),
    "written, xml": (lambda: with_field(own_subfields()), lambda it: written(it, "marcxml")),
    "record[245]": (own_fields, lambda it: it["245"]),
    "record[245], field": (field_and_record, lambda it: it["245"]),
    "remove_fields": (field_and_record, lambda it: it.remove_fields("245")),
    "list(record)": (own_fields, list),
    "record.author": (headed, lambda it: it.author),
}


def written(record: Any, format: Any = "iso2709") -> None:
    """Writes a record by tidemarc's rules."""
    tidemarc.Writer(io.BytesIO(), format).write(record)


@pytest.mark.parametrize("way", RINGS)
def test_a_ring_that_is_followed_raises_a_recursion_error(way):
    make, follow = RINGS[way]
    ring = make()
    for _ in range(2):
        with pytest.raises(RecursionError, match="maximum recursion depth exceeded"):
            follow(ring)
    # The counter is at 0 again.
    assert title()["a"] == "x"


def test_a_short_chain_is_followed():
    leader = Leader("0" * 24)
    for _ in range(50):
        outer = blank()
        outer.leader = leader
        leader = outer
    assert leader[5] == "0"


def test_a_long_chain_is_not_followed():
    leader = blank()
    for _ in range(1_000):
        outer = blank()
        outer.leader = leader
        leader = outer
    with pytest.raises(RecursionError, match="more than 200 deep"):
        leader[0]


class MyField(Field):
    """A field of a Python class, whose end CPython takes part in."""


def put(make: Callable[[], Any], name: str, wrap: Callable[[Any], Any] = lambda it: it) -> Any:
    """Makes a function that puts an object into a new one."""

    def into(inner: Any) -> Any:
        outer = make()
        setattr(outer, name, wrap(inner))
        return outer

    return into


LINKS = {
    "field.tag": put(title, "tag"),
    "field.data": put(title, "data"),
    "field.indicators": put(title, "indicators", lambda it: Indicators(it, it)),
    "field.subfields": put(title, "subfields"),
    "field.subfields[0]": put(title, "subfields", lambda it: [Subfield("a", it)]),
    "field.data, in a call": put(title, "data", lambda it: partial(print, it)),
    "raw field": lambda inner: RawField("001", data=inner),
    "my field": put(lambda: MyField("245"), "data"),
    "my field's own": put(lambda: MyField("245"), "mine"),
    "leader.leader": put(blank, "leader"),
    "record.leader": put(Record, "leader"),
    "record.fields": put(Record, "fields"),
    "record.fields[0]": put(Record, "fields", lambda it: [it]),
    "record.pos": put(Record, "pos"),
    "mixed": lambda inner: put(Record, "leader")(put(blank, "leader")(put(title, "data")(inner))),
}


class Mark:
    """An object whose end can be observed."""


@pytest.mark.parametrize(
    ("link", "way"),
    [(link, "dropped") for link in LINKS]
    + [(link, way) for link in ("field.data", "mixed") for way in ("set free", "collected")],
)
def test_a_long_chain_ends(link, way):
    mark = Mark()
    end = weakref.ref(mark)
    last: Any = title(data=mark)
    chain = last
    for _ in range(LONG):
        chain = LINKS[link](chain)
    if way == "set free":
        holder = title(data=chain)
        del chain
        holder.data = None
    elif way == "collected":
        last.tag = chain
    del mark, last
    if way != "set free":
        del chain
    gc.collect()
    assert end() is None


@pytest.mark.parametrize("ask", [str, lambda it: it.as_marc("utf-8"), copy.deepcopy, pickle.dumps])
def test_a_long_chain_is_an_error_and_no_crash(ask):
    chain = title()
    for _ in range(LONG):
        chain = LINKS["field.subfields[0]"](chain)
    with pytest.raises(RecursionError):
        ask(chain)


def test_a_list_that_is_too_deep_is_an_error_and_no_crash():
    deep: Any = []
    for _ in range(LONG):
        deep = [deep]
    field = title(subfields=[Subfield("a", deep)])
    for ask in (str, lambda it: it.as_marc("utf-8"), lambda it: Record(fields=[it]).as_json()):
        with pytest.raises(RecursionError):
            ask(field)


def test_what_ends_on_the_way_may_use_what_is_left():
    seen = []

    class Last(Field):
        def __del__(self):
            # This runs in the middle of the end of a chain: another chain ends, and one is made.
            LINKS["field.data"](title(data=title()))
            seen.append(self["a"])

    chain: Any = Last("245", ["1", "0"], [Subfield("a", "x")])
    for _ in range(1_000):
        chain = LINKS["field.data"](chain)
    del chain
    assert seen == ["x"]
