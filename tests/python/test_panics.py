"""No panic reaches Python, for any input and any arguments of the methods.

A panic that does so is raised as `PanicException`, which is not an `Exception`; so it passes every
`except` below and fails the test.
"""

from __future__ import annotations

import copy
import io
import itertools
import operator
import pickle
import random

import pytest
import tidemarc
import tidemarc.pymarc
from tidemarc import Reader, Writer, _tidemarc

#: Values that nobody should pass. There are no small whole numbers: they are descriptors to a
#: reader.
ODD = [
    None, "", "\ud800", "é\0", "245", "x" * 100_000, b"", b"\xff" * 9, -1, 2**31, 2**63, 2**64,
    float("nan"), True, [], ["a"], ["a", "b", "c"], {}, {"x": None}, object(), slice(None, None, -1),
]  # fmt: skip

#: Methods that make other objects than the one tested, or lists as long as memory lasts.
LEFT_OUT = {"__class__", "__new__", "__init__", "__mul__", "__rmul__", "__imul__"}


def attempt(function, *arguments, **named):
    """Calls the function; returns None if it refuses."""
    try:
        return function(*arguments, **named)
    except Exception:
        return None


def use(record):
    """Reads everything from a record, tidemarc's or pymarc's."""
    for name in dir(record):
        if not name.startswith("_"):
            value = attempt(getattr, record, name)
            if callable(value) and not name.startswith(("add", "remove", "pop", "sort", "clear")):
                attempt(value)
    for field in attempt(list, record) or []:
        for name in dir(field):
            value = attempt(getattr, field, name)
            if callable(value) and name in {"value", "format_field", "as_marc", "__str__"}:
                attempt(value)
        attempt(str, field)
    attempt(str, record)
    attempt(repr, record)
    attempt(copy.deepcopy, record)


def damage(data: bytes, chance: random.Random) -> bytes:
    """Changes, loses and adds a few bytes, most of them at places that have a meaning."""
    damaged = bytearray(data)
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(damaged))
        # The place is in the leader and the directory of some record, or anywhere.
        if chance.random() < 0.7:
            at = min(damaged.rfind(b"\x1d", 0, at) + 1 + chance.randrange(60), len(damaged) - 1)
        new = chance.choice([b"\x1d", b"\x1e", b"\x1f", b"\x1b", b"0", b"9", b" ", b"\xff", b""])
        damaged[at : at + chance.choice([0, 1, 1, 1, 5])] = new
    return bytes(damaged)


@pytest.mark.parametrize("seed", range(40))
def test_no_panic_whatever_is_read(seed, fixtures):
    chance = random.Random(seed)
    files = sorted(fixtures.glob("*.mrc"))
    data = damage(chance.choice(files).read_bytes()[:20_000], chance)
    for errors, threads in itertools.product(["skip", "yield", "repair"], [1, 2]):
        reader = Reader(data, errors=errors, threads=threads, chunk_size=chance.choice([50, 65536]))
        items = attempt(list, reader) or []
        for item in items[:5]:
            use(item)
            writer = Writer(io.BytesIO())
            attempt(writer.write, item)
    for options in ({}, {"to_unicode": False}, {"force_utf8": True}, {"hide_utf8_warnings": True}):
        records = attempt(list, tidemarc.pymarc.MARCReader(data, permissive=True, **options)) or []
        for record in records[:5]:
            use(record)


def objects(books):
    """Makes one object of each class, since their methods may change them."""
    data = books.read_bytes()
    record = next(Reader(data))
    theirs = next(tidemarc.pymarc.MARCReader(data))
    fault = next(item for item in Reader(data[:-9], errors="yield") if not hasattr(item, "fields"))
    reader = Reader(data)
    yield from [record, record["245"], record.leader, record.fields, fault, reader, reader.stats]
    yield from [theirs, theirs["245"], theirs.leader, tidemarc.pymarc.MARCReader(data)]
    yield from [Writer(io.BytesIO()), record["245"].subfields, record["001"]]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_no_panic_whatever_a_method_is_handed(count, books, tmp_path, monkeypatch):
    # Some of the texts are names of files to some of the methods.
    monkeypatch.chdir(tmp_path)
    chance = random.Random(count)
    choices = list(itertools.product(ODD, repeat=count))
    for place in range(len(list(objects(books)))):
        thing = list(objects(books))[place]
        for name in dir(thing):
            if name in LEFT_OUT:
                continue
            for arguments in chance.sample(choices, min(len(choices), 25)):
                value = attempt(getattr, thing, name)
                if callable(value):
                    attempt(value, *arguments)
                elif count == 1:
                    attempt(setattr, thing, name, *arguments)
        if count == 1:
            for odd in ODD:
                for operation in (operator.getitem, operator.contains, operator.eq, operator.lt):
                    attempt(operation, thing, odd)
        if hasattr(thing, "fields"):
            use(thing)


SOUND = b"00063nam a2200049   4500001000600000245000700006\x1eocm01\x1e10\x1faHi\x1e\x1d"


@pytest.mark.parametrize(
    "raw",
    [b" " + SOUND, SOUND + b" ", SOUND * 2, b"x" + SOUND, SOUND[:-1] + b"x" + SOUND, b"", b" "],
)
def test_what_is_no_single_record_is_none_in_a_pickle_either(raw):
    with pytest.raises(tidemarc.RecordError):
        _tidemarc._new_record(tidemarc.Record, (raw, 1, 0, None, 0))


def test_a_fault_in_a_pickle_has_one_last_at_most():
    reader = Reader(SOUND[:-5] + b" " + SOUND[:-5], errors="yield", max_faults=1)
    fault = list(reader)[-1]
    assert fault.kind == "too_many_faults"
    assert pickle.loads(pickle.dumps(fault)).cause.kind == fault.cause.kind
    restore, (parts,) = fault.__reduce__()
    for _ in range(20_000):
        parts = (*parts[:-2], (None, parts), parts[-1])
    with pytest.raises(ValueError, match="has no last itself"):
        restore(parts)


@pytest.mark.parametrize("offset", [2**63, 2**64 - 1, 2**64])
def test_no_offset_in_a_pickle_is_greater_than_a_file_can_be(offset):
    record = next(Reader(SOUND))
    restore, (cls, raw), _ = record["245"].__reduce__()
    for attempted in (
        lambda: _tidemarc._new_record(tidemarc.Record, (SOUND, 1, offset, None, 0)),
        lambda: restore(cls, (*raw[:-1], offset)),
        lambda: _tidemarc._restore_fault(fault_parts(offset)),
    ):
        with pytest.raises((ValueError, OverflowError)):
            attempted()


def fault_parts(number: int) -> tuple:
    what = ("directory", "lost_record", min(number, 2**32 - 1), 0)
    return (what, None, number, number, None, None, b"raw", (number, number), (None, None), None)


def test_the_greatest_numbers_in_a_pickle_do_not_overflow():
    number = 2**63 - 1000
    record = _tidemarc._new_record(tidemarc.Record, (SOUND, 2**64 - 1, number, None, 0))
    use(record)
    assert (record.number, record.offset) == (2**64 - 1, number)
    use(pickle.loads(pickle.dumps(record)))
    fault = _tidemarc._restore_fault(fault_parts(number))
    assert (fault.offset, fault.location, fault.entry) == (number, None, 2**32 - 1)
    assert fault.detail() and fault.to_json() and fault.to_dict() and str(fault)
