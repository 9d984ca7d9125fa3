"""Copies and pickles: the drop-in and native records compared with pymarc, call by call."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pymarc
import pytest
import tidemarc
from tidemarc import pymarc as dropin

BOOKS = Path(__file__).resolve().parent.parent / "fixtures" / "books.mrc"


def family(module: Any, name: str) -> SimpleNamespace:
    """Makes subclasses of a module's classes, which pickles can find."""

    class Slotted(module.Record):  # type: ignore[misc]
        __slots__ = ("note", "unset")

    class SlottedField(module.Field):  # type: ignore[misc]
        __slots__ = ("note",)

    class SlottedLeader(module.Leader):  # type: ignore[misc]
        __slots__ = ("note",)

    class Free(module.Record):  # type: ignore[misc]
        pass

    class FreeField(module.Field):  # type: ignore[misc]
        pass

    class FreeLeader(module.Leader):  # type: ignore[misc]
        pass

    class Stated(module.Record):  # type: ignore[misc]
        __slots__ = ("file", "note")

        def __getstate__(self) -> Any:
            attributes, slots = super().__getstate__()
            slots.pop("file", None)
            return attributes, slots | {"note": self.note + " stated"}

    class Set(module.Record):  # type: ignore[misc]
        __slots__ = ("file", "note")

        def __getstate__(self) -> Any:
            return {"leader": self.leader, "fields": self.fields, "note": self.note}

        def __setstate__(self, state: Any) -> None:
            for key, value in state.items():
                setattr(self, key, value)
            self.file = "opened again"

    class StatedField(module.Field):  # type: ignore[misc]
        def __getstate__(self) -> Any:
            attributes, slots = super().__getstate__()
            return dict(attributes, stated=sorted({"tag", "data", "subfields"} & set(slots))), slots

    class Reduced(module.Record):  # type: ignore[misc]
        def __reduce__(self) -> Any:
            return Reduced, (b"", self.fields)

    class Copied(module.Record):  # type: ignore[misc]
        def __copy__(self) -> str:
            return "mine"

        def __deepcopy__(self, memo: Any) -> str:
            return "mine, deep"

    classes = dict(locals())
    for key in ("module", "name"):
        del classes[key]
    for key, cls in classes.items():
        cls.__qualname__ = f"{name}_{key}"
        cls.__module__ = __name__
        globals()[cls.__qualname__] = cls
    return SimpleNamespace(module=module, name=name, **classes)


def read_by(module: Any) -> Any:
    with BOOKS.open("rb") as file:
        return next(module.MARCReader(file))


#: The classes of pymarc, and those that must behave like them.
PYMARC = family(pymarc, "Peer")
DROPIN = family(dropin, "DropIn")
PYMARC.read = lambda: read_by(pymarc)
DROPIN.read = lambda: read_by(dropin)
NATIVE = SimpleNamespace(**vars(DROPIN))
NATIVE.read = lambda: next(tidemarc.Reader(BOOKS))

WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda it, protocol=protocol: pickle.loads(pickle.dumps(it, protocol))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
}


def filled(record: Any, of: SimpleNamespace) -> Any:
    """Puts two fields into a record."""
    subfields = [of.module.Subfield("a", "x")]
    record.add_field(of.module.Field("001", data="1"), of.module.Field("245", "10", subfields))
    return record


def touched(record: Any) -> Any:
    record["245"].subfields[0]
    record.leader[5]
    return record


def identities(record: Any, again: Any) -> list[bool]:
    """Returns the identities that a copy shares."""
    return [
        again.fields is record.fields,
        again.leader is record.leader,
        again["245"] is record["245"],
        again["245"].subfields is record["245"].subfields,
        again["245"].subfields[0] is record["245"].subfields[0],
        again["245"].get_subfields("a") == record["245"].get_subfields("a"),
        str(again) == str(record),
        again.as_marc() == record.as_marc(),
    ]


def read(of: Any, way: Any) -> Any:
    record = of.read()
    return identities(record, way(record))


def read_and_one_field(of: Any, way: Any) -> Any:
    record = of.read()
    record["245"]["a"] = "New"
    again = way(record)
    again["245"]["a"] = "Newer"
    return record["245"]["a"], identities(record, again)


def read_and_touched(of: Any, way: Any) -> Any:
    record = touched(of.read())
    return identities(record, way(record))


def made(of: Any, way: Any) -> Any:
    record = filled(of.module.Record(force_utf8=True), of)
    record.pos = 7
    again = way(record)
    return again.pos, again.force_utf8, again.to_unicode, identities(record, again)


def half_iterated(of: Any, way: Any) -> Any:
    record = of.read()
    next(iter(record))
    field = record["245"]
    next(iter(field))
    again, field_again = way((record, field)) if way is not copy.copy else (way(record), way(field))
    return str(next(again)), next(field_again)


def one_field(of: Any, way: Any) -> Any:
    seen = []
    for tag in ("001", "245"):
        field = of.read()[tag]
        again = way(field)
        field_list = field.subfields is again.subfields
        seen.append((again.tag, again.data, again.indicators, again.subfields, field_list))
    return seen


def changed_field(of: Any, way: Any) -> Any:
    field = of.read()["245"]
    field.tag, field.indicators = "246", ["1", "4"]
    field.subfields = [of.module.Subfield("a", "x")] * 2
    again = way(field)
    return str(again), again.subfields is field.subfields, again.subfields[0] is again.subfields[1]


def field_without_data(of: Any, way: Any) -> Any:
    again = way(of.module.Field("001"))
    return again.data, again.indicators, again.subfields, again.control_field


def together(of: Any, way: Any) -> Any:
    record = of.read()
    things = [record, record["245"], record["245"].subfields, record.leader, record]
    again, field, subfields, leader, same = way(things)
    return [
        again is same,
        again["245"] is field,
        field.subfields is subfields,
        again.leader is leader,
    ]


def leader(of: Any, way: Any) -> Any:
    leader = of.module.Leader("0" * 24)
    again = way(leader)
    again[5] = "x"
    return str(leader), str(again)


def odd_leader(of: Any, way: Any) -> Any:
    leader = of.module.Leader("0" * 24)
    leader.leader = leader
    again = way(leader)
    return again.leader is again, again.leader is leader


def ring_through_a_field(of: Any, way: Any) -> Any:
    record = filled(of.Free(), of)
    field = of.FreeField("500", "  ", [of.module.Subfield("a", "x")])
    field.parent, record.own = record, field
    record.add_field(field)
    again, other = way(record), way(field)
    return [
        again.own.parent is again,
        again["500"] is again.own,
        again.own.parent["500"] is again.own,
        other.parent.own is other,
        other.parent["500"] is other,
        type(again).__name__.partition("_")[2],
    ]


def ring_of_subfields(of: Any, way: Any) -> Any:
    field = of.module.Field("245")
    field.subfields = field
    again = way(field)
    return again.subfields is again


def ring_of_records(of: Any, way: Any) -> Any:
    record = of.module.Record()
    record.fields.append(record)
    record.leader = record
    again = way(record)
    return again.fields[0] is again, again.leader is again


def slots(of: Any, way: Any) -> Any:
    record = filled(of.Slotted(), of)
    record.note = ["x"]
    field = of.SlottedField("500", "  ", [of.module.Subfield("a", "x")])
    field.note = record
    head = of.SlottedLeader("0" * 24)
    head.note = "leader"
    again, other, leader = way(record), way(field), way(head)
    return [
        again.note,
        again.note is record.note,
        hasattr(again, "unset"),
        str(again),
        type(other.note) is of.Slotted,
        str(other),
        leader.note,
        str(leader),
    ]


def attributes(of: Any, way: Any) -> Any:
    record, field = filled(of.Free(), of), of.FreeField("001", data="x")
    head = of.FreeLeader("0" * 24)
    record.note = field.note = head.note = {"x"}
    return [(again.note, again.note is record.note) for again in map(way, (record, field, head))]


def own_state(of: Any, way: Any) -> Any:
    record = filled(of.Stated(), of)
    record.file, record.note = open, "note"
    again = way(record)
    return hasattr(again, "file"), again.note, str(again)


def own_setstate(of: Any, way: Any) -> Any:
    record = filled(of.Set(), of)
    record.file, record.note = iter([]), "note"
    again = way(record)
    return again.file, again.note, str(again)


def own_state_of_a_field(of: Any, way: Any) -> Any:
    field = of.StatedField("245", "10", [of.module.Subfield("a", "x")])
    field.note = 5
    again = way(field)
    return again.note, again.stated, str(again)


def own_reduce(of: Any, way: Any) -> Any:
    record = filled(of.Reduced(leader="x" * 24), of)
    again = way(record)
    return str(again), type(again) is of.Reduced


def own_copy(of: Any, way: Any) -> Any:
    again = way(filled(of.Copied(), of))
    return again if isinstance(again, str) else str(again)


OPERATIONS = [
    read,
    read_and_one_field,
    read_and_touched,
    made,
    half_iterated,
    one_field,
    changed_field,
    field_without_data,
    together,
    leader,
    odd_leader,
    ring_through_a_field,
    ring_of_subfields,
    ring_of_records,
    slots,
    attributes,
    own_state,
    own_setstate,
    own_state_of_a_field,
    own_reduce,
    own_copy,
]


def outcome(operation: Any, of: Any, way: Any) -> Any:
    """Returns the result of an operation, or the class of its exception."""
    try:
        return operation(of, way)
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("of", [DROPIN, NATIVE], ids=["drop-in", "native"])
def test_copies_and_pickles_are_those_of_pymarc(of, operation, way):
    expected = outcome(operation, PYMARC, WAYS[way])
    assert not isinstance(expected, type), expected
    found = operation(of, WAYS[way])
    assert found == expected


@pytest.mark.parametrize("protocol", [0, 1])
def test_the_oldest_protocols_work_too(protocol):
    for record in (DROPIN.read(), NATIVE.read()):
        again = pickle.loads(pickle.dumps(record, protocol))
        assert str(again) == str(record)


def test_a_record_that_nobody_touched_is_pickled_by_its_bytes():
    record = NATIVE.read()
    assert len(pickle.dumps(record)) < len(record.raw) + 300
    again = pickle.loads(pickle.dumps(record))
    assert (again.raw, again.number, again.offset) == (record.raw, record.number, record.offset)
    assert again.as_marc() == record.raw


def test_a_shallow_copy_of_a_field_that_does_not_decode_is_made(marc):
    record: Any = next(tidemarc.Reader(io.BytesIO(marc.BAD_TEXT)))
    again = copy.copy(record["245"])
    assert again.raw == record["245"].raw
    with pytest.raises(tidemarc.errors.EncodingError):
        again.value()
